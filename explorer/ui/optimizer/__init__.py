"""What an optimizer keeps of a parameter, beside the parameter."""

"""What the user sees: the only room that knows widgets."""

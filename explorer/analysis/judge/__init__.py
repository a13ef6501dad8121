"""What is wrong with the values of a checkpoint, by what each tensor is for."""

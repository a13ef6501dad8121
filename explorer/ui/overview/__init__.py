"""The overview of a file: a column for each of its tensors."""

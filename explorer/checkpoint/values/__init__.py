"""The values of tensors: read from where they lie in the file, and made into numbers."""

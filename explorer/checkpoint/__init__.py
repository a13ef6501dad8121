"""What is in the file: containers, the inert unpickler, tensors and where their bytes lie. No Qt, no torch."""

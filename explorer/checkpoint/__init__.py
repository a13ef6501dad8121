"""What is in the file: containers, the inert unpickler, tensors and their values; and copies of it. No Qt, no torch."""

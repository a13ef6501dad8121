"""Measuring the tensors of the open file behind the window."""

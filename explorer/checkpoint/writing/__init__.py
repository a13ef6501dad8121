"""Writes copies of checkpoints: new files only, checked against what they were copied from."""

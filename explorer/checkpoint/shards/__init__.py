"""Checkpoints that lie in several files."""

"""Saving copies: what is to be another in them, and the work behind the window."""

"""Choosing, opening, watching and checking files."""

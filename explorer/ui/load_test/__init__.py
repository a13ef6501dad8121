"""Test-load: which model, whether its file may run, what loads, and what would help."""

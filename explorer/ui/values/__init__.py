"""A tensor as a table of its exact numbers."""

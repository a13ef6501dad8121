"""What is directly in a selected layer: a table of it, and families of layers of which one is unlike the others."""

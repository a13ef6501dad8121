"""The panel about a selected layer: its tensors together, and the table of what is in it."""

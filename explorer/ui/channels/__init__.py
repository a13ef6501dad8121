"""How the values of every channel of a tensor are distributed, side by side."""

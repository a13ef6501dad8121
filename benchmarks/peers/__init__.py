"""Other programs for checkpoints, asked the same of the same files in one run: `make bench-peers`."""

"""The selected tensor: its facts, its histogram and its statistics."""

"""What all plots have in common: zoom, cursor, menu, and ways to take them elsewhere."""

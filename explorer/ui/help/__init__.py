"""What Help shows: what the marks mean, the keys, and which program this is."""

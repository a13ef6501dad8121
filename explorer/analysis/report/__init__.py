"""Pages for a browser, about one checkpoint and about a comparison."""

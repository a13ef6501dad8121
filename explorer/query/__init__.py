"""What is looked for: the language that filters the tree, the problems and the comparison alike."""

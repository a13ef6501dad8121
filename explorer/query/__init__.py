"""What is looked for: the language that filters the tree and the tables alike."""

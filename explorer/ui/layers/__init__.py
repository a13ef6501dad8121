"""The tree of layers: its rows, cells and marks, how they are sorted and filtered, and the panel around it."""

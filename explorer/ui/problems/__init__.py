"""What is wrong with the values of the open file, as a table at the bottom of the window."""

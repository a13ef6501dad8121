"""What came out for the checksums of the file, as a table at the bottom of the window."""

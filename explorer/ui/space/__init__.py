"""Where the bytes of the file are, as a bar and a table."""

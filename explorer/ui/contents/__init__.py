"""Everything in the file that is not a tensor, as a readable tree."""

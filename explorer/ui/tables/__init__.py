"""What every table of the program has: heads, order, widths, keys, a menu, and the ways to take rows elsewhere."""

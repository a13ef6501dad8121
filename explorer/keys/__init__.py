"""Which key is which: rules that rename keys, and which rules would bring one set of keys onto another."""

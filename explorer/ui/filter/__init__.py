"""The field that filters, with its completion, its errors and the filters that were saved."""

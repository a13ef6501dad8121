"""The figures of tensors: statistics over all values, of one tensor, of many and of a layer."""

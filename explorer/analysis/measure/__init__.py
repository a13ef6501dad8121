"""The figures of tensors: statistics over all values, of one tensor and of many, and how they are kept."""

"""Speed and memory against the limit and against torch.load, each a ratio within one run. ``python -m benchmarks``."""

"""The checkpoints of one training run: how far each layer went from file to file."""

"""What changed: how far the tensors of two checkpoints are apart, one by one and layer by layer."""

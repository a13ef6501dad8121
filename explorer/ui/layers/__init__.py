"""The layer tree: the model, its delegate and the panel around it."""

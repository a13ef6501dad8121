"""The panel of a run: how far each layer went over several checkpoints."""

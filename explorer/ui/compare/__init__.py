"""What changed: a second checkpoint, every tensor of both with its state and figures, and a pair as pictures."""

"""Where tensors live: on which device each is, moving them, and measuring them there."""

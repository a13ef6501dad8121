"""Where tensors live: on which device each is, moving them, measuring and comparing them there."""

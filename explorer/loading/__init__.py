"""Does it load: the user's model in a process of its own, what load_state_dict says, and what would help."""

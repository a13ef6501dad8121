"""How each container lays out pickles and storages, and what a damaged one still has. In a process of its own."""

"""Checkpoint Explorer: see what is inside a PyTorch checkpoint.

Rooms, from the file to the pixel: ``checkpoint`` (what is in the file), ``analysis`` (what the numbers say),
``tasks`` (work behind the window) and ``ui`` (what the user sees). Imports go one way: ui -> tasks, and
ui, commands -> analysis -> checkpoint -> progress.
"""

__version__ = "0.1.0"

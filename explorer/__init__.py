"""Checkpoint Explorer: see what is inside a PyTorch checkpoint.

Rooms, from the file to the pixel: ``checkpoint`` (what is in the file), ``keys`` (which key is which), ``analysis``
(what the numbers say), ``loading`` (does it load), ``devices`` (where it lies), ``query`` (what is looked for),
``tasks`` (work behind the window), ``commands`` (without a window) and ``ui`` (what the user sees). Imports go one way:
ui -> tasks; ui -> query, devices -> analysis; ui, commands -> analysis, loading -> checkpoint, keys -> progress. Nearly
all use ``formatting``; ``start`` and ``app`` put them together.
"""

__version__ = "0.1.0"

"""Keys of what has the keyboard: no action of a menu stands for them."""

from typing import Final

from explorer.ui.tables.taking import SORT_KEY

Listed = tuple[tuple[str, tuple[str, ...]], ...]
"""What is done, and its keys; no keys for what is done by typing."""

BY_TYPING: Final = "type its first letters"
IN_THE_TREE: Final[Listed] = (
    ("Go to the next or the previous row", ("Down", "Up")),
    ("Open or close a layer", ("Return",)),
    ("See the values of a tensor's problem", ("Return",)),
    ("Open a layer, or go into it", ("Right",)),
    ("Close a layer, or go to the one above", ("Left",)),
    ("Select more rows", ("Shift+Down", "Shift+Up")),
    ("Select all rows", ("Ctrl+A",)),
    ("Go to the first or the last row", ("Home", "End")),
    ("Go to a name", ()),
)
"""What Qt's trees and the tree of layers do by themselves."""
IN_THE_TABLE: Final[Listed] = (
    ("Go to the next or the previous row", ("Down", "Up")),
    ("Go to the first or the last row", ("Home", "End")),
    ("Look at what the row stands for", ("Return",)),
    ("Copy the selected rows", ("Ctrl+C",)),
    ("Choose by what the rows are sorted", (SORT_KEY,)),
)
"""What every table does while it has the keyboard."""
IN_THE_PLOT: Final[Listed] = (
    ("Read the next or the previous bin", ("Right", "Left")),
    ("Zoom in or out", ("+", "-")),
    ("Show all bins again", ("Home", "0")),
)
"""What the histogram does while it has the keyboard."""
IN_THE_OVERVIEW: Final[Listed] = (
    ("Read the next or the previous column", ("Right", "Left")),
    ("Select its tensor, or zoom in on its tensors", ("Return",)),
    ("Zoom in or out", ("+", "-")),
    ("Show all columns again", ("Home", "0")),
)
"""What the overview of the file does while it has the keyboard."""
IN_THE_HEAT_MAPS: Final[Listed] = (
    ("Read the next or the previous cell", ("Right", "Left", "Down", "Up")),
    ("Zoom in or out", ("+", "-")),
    ("Show all cells again", ("Home", "0")),
    ("Of a compared pair, go to the largest difference", ("Ctrl+G",)),
    ("Move the curtain between A and B", ("Shift+Right", "Shift+Left")),
)
"""What heat maps do while they have the keyboard."""
IN_THE_COMPARISON: Final[Listed] = (
    ("Go to the next or the previous pair", ("Down", "Up")),
    ("Look at its tensor in A", ("Return",)),
    ("Go over the map of layers", ("Left", "Right", "Up", "Down")),
)
"""What the rows and the map of a comparison do while they have the keyboard."""
IN_A_RUN: Final[Listed] = (
    ("Read the next or the previous file", ("Right", "Left")),
    ("Show all files again", ("Home", "0")),
    ("Draw more layers", ("Shift+Down", "Shift+Up")),
    ("Compare the two files of a cell, and come back", ("Return", "Esc")),
    ("Have the files as they were before the last change", ("Ctrl+Z",)),
)
"""What the lines and the table of a run do while they have the keyboard."""
IN_THE_VALUES: Final[Listed] = (
    ("Go from value to value", ("Right", "Left", "Down", "Up")),
    ("Go to the first or the last column", ("Home", "End")),
    ("Go to the first or the last value", ("Ctrl+Home", "Ctrl+End")),
    ("Select more values", ("Shift+Right", "Shift+Left", "Shift+Down", "Shift+Up")),
    ("Copy what is selected", ("Ctrl+C",)),
)
"""What the table of values does while it has the keyboard."""
IN_CHANNELS: Final[Listed] = (
    ("Read the next or the previous channel, or singular value", ("Right", "Left")),
    ("Select the channel", ("Return",)),
    ("Zoom in or out", ("+", "-")),
    ("Show all again", ("Home", "0")),
)
"""What channels and singular values do while they have the keyboard."""
EVERYWHERE: Final[Listed] = (
    ("Go to the next or the previous control", ("Tab", "Shift+Tab")),
    ("Go from tab to tab, or from choice to choice", ("Right", "Left")),
    ("Press a button", ("Space", "Return")),
    ("Open the menu bar", ("F10", "Alt+F")),
    ("Close the panel below that has the keyboard", ("Esc",)),
    ("Tick a column in its menu, which stays open", ("Space",)),
    ("Copy the picture of the plot that has the keyboard", ("Ctrl+C",)),
)
"""What holds for every control."""
OWN_KEYS: Final[dict[str, Listed]] = {
    "Everywhere": EVERYWHERE,
    "In the tree of layers": IN_THE_TREE,
    "In every table": IN_THE_TABLE,
    "In the histogram": IN_THE_PLOT,
    "In the overview": IN_THE_OVERVIEW,
    "In a heat map": IN_THE_HEAT_MAPS,
    "In the table of values": IN_THE_VALUES,
    "In channels and the spectrum": IN_CHANNELS,
    "In a comparison": IN_THE_COMPARISON,
    "In a run": IN_A_RUN,
}
"""By where that is."""

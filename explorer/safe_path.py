"""Keeps Python from importing what lies in the folder that the program was started in."""

# Until the path is safe nothing is imported that Python may not have at hand already: not even pathlib.
import os
import sys


def leave_current_folder() -> None:
    """Take the current folder off the module path, however it came there, unless the program itself lies in it.

    ``python -m`` puts it first, and so does an empty element of PYTHONPATH. A stranger's cuda.py in a download folder
    must not be imported.
    """
    try:
        here = os.getcwd()  # noqa: PTH109 - as above
    except OSError:
        here = ""  # it is gone, so nothing lies in it
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as above
    sys.path[:] = [place for place in sys.path if place and (place != here or place == root)]
    if here == root and root not in sys.path:
        sys.path.insert(0, root)

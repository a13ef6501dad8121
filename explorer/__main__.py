"""``python -m explorer``: the same program as ``checkpoint-explorer``."""

# Python puts the current folder first; a stranger's cuda.py in a download folder must never be imported. Until that is
# undone, nothing is imported that Python may not have at hand already: not even pathlib.
import os
import sys

try:
    here = os.getcwd()  # noqa: PTH109 - as above
except OSError:
    here = ""  # it is gone, so nothing lies in it
if sys.path and sys.path[0] in ("", here):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as above
    sys.path[0:1] = [root] if here == root else []

from explorer.app import main

if __name__ == "__main__":
    sys.exit(main())

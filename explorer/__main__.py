"""``python -m explorer``: the same program as ``checkpoint-explorer``."""

import sys
from pathlib import Path

# Python puts the current folder first; a stranger's cuda.py in a download folder must never be imported.
try:
    here = str(Path.cwd())
except OSError:
    here = ""  # it is gone, so nothing lies in it
if sys.path and sys.path[0] in ("", here):
    root = str(Path(__file__).resolve().parents[1])
    sys.path[0:1] = [root] if here == root else []

from explorer.app import main

if __name__ == "__main__":
    sys.exit(main())

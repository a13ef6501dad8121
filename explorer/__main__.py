"""``python -m explorer``: the same program as ``checkpoint-explorer``."""

import sys

from explorer.start import main

if __name__ == "__main__":
    sys.exit(main())

"""python main.py [FILE [FILE]]: hands over to explorer.start."""

import sys

from explorer.start import main

if __name__ == "__main__":
    sys.exit(main())

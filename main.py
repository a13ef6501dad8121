"""python main.py [FILE [FILE]]: hands over to explorer.app."""

import sys

from explorer.app import main

if __name__ == "__main__":
    sys.exit(main())

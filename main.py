"""python main.py [FILE [FILE]]: hands over to explorer.app."""

import sys

from explorer.safe_path import leave_current_folder

leave_current_folder()

from explorer.app import main  # noqa: E402 - only then is it safe to import more

if __name__ == "__main__":
    sys.exit(main())

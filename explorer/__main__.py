"""``python -m explorer``: the same program as ``checkpoint-explorer``."""

import sys

from explorer.safe_path import leave_current_folder

leave_current_folder()

from explorer.app import main  # noqa: E402 - only then is it safe to import more

if __name__ == "__main__":
    sys.exit(main())

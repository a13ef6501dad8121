"""Begins: nothing is imported from the current folder, and Ctrl+C is answered from the first moment on."""

import sys

from explorer.safe_path import leave_current_folder


def main() -> int:
    """Run the program; returns its exit status."""
    leave_current_folder()
    # Only then is it safe to import more.
    from explorer.interruptions import Interruptions  # noqa: PLC0415

    with Interruptions() as interruptions:
        from explorer import app  # noqa: PLC0415

    words = sys.argv[1:]
    try:
        return app.interrupted(words) if interruptions.told else app.main(words)
    except KeyboardInterrupt:
        return app.interrupted(words)

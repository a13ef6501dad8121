"""Starts the trial: ``python -I __main__.py``, which reads requests from its stdin and answers on its stdout."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import site
import sys
from pathlib import Path

_NAME = "checkpoint_explorer_trial"


def add_user_site() -> None:
    """Look where ``pip install --user`` puts packages, as this interpreter does without ``-I``, and where it does."""
    in_venv_alone = sys.prefix != sys.base_prefix and len(site.PREFIXES) == 1
    if not sys.flags.isolated or in_venv_alone or os.environ.get("PYTHONNOUSERSITE"):
        return
    folder = site.getusersitepackages()
    with contextlib.suppress(OSError):
        owner = Path(folder).stat().st_uid
        if hasattr(os, "getuid") and (owner not in (os.getuid(), 0) or os.getuid() != os.geteuid()):
            return
        before = list(sys.path)
        site.addsitedir(folder)
        added = sys.path[len(before) :]
        # The user's come before those of all.
        place = next((n for n, each in enumerate(before) if each in site.getsitepackages()), len(before))
        sys.path[:] = before[:place] + added + before[place:]


def main() -> None:
    """Make a package of the files beside this one, which is in no folder where Python looks, and run it."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        _NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None  # noqa: S101 - it ends in .py
    assert spec.loader is not None  # noqa: S101 - as above
    package = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = package
    spec.loader.exec_module(package)
    importlib.import_module(f"{_NAME}.answering").main()


if __name__ == "__main__":
    add_user_site()
    main()

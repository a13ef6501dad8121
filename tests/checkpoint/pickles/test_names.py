"""Which names of a pickle are code."""

import pathlib

import pytest

from explorer.checkpoint.pickles.names import ONLY_DATA


@pytest.mark.parametrize("module", [pathlib.PurePath.__module__, "pathlib", "pathlib._local"])
def test_paths_are_data_by_the_name_that_any_python_gives_them(module: str) -> None:
    kinds = (pathlib.PosixPath, pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.WindowsPath)
    assert {f"{module}.{kind.__name__}" for kind in kinds} <= ONLY_DATA

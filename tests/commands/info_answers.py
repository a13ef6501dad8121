"""Asks ``info`` for JSON, which is to be valid."""

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.app import main

TOP = {
    *("file", "bytes", "container", "verdict", "message", "code", "warnings", "entries", "tensors", "problems"),
    *("notes", "space", "checksums"),
}
Capture = pytest.CaptureFixture[str]


def refuse(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def parse(printed: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(printed, parse_constant=refuse)
    return answer


def info(capsys: Capture, path: Path, *options: str) -> dict[str, Any]:
    assert main(["info", str(path), "--json", *options]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return parse(printed.out)

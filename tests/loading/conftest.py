"""Model files that a test writes, and trials of them that are ended with it."""

import os
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.loading.asking import ask_to_load
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import Report, no_report

PROC = Path("/proc")
MARK = "MARK_OF_A_TEST"
"""An environment variable by which a test finds again whatever was started."""

PLENTY_S = 100.0
"""To wait for what will not take so long: importing torch on a busy machine takes a while."""

BEGINNING = """
import atexit, ctypes, gc, json, os, signal, subprocess, sys, threading, time, warnings
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, width: int = 3):
        super().__init__()
        self.fc = nn.Linear(2, width)
"""
"""Of most model files here."""

FITTING: list[list[Any]] = [["fc.weight", [3, 2], "float32"], ["fc.bias", [3], "float32"]]
"""Keys, shapes and dtypes of `Net`."""


class Trials:
    """Asks about model files of a test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[WarmTrial] = []

    def write(self, source: str, name: str = "model_file.py") -> Path:
        """Write a model file: `Net`, and what the test adds."""
        path = self.folder / name
        path.write_text(BEGINNING + textwrap.dedent(source), encoding="utf-8")
        return path

    def start(self, interpreter: Path | None = None) -> WarmTrial:
        process = WarmTrial(interpreter or Path(sys.executable))
        self.processes.append(process)
        return process

    def ask(
        self,
        path: Path,
        process: WarmTrial | None = None,
        *,
        report: Report = no_report,
        seconds: float = PLENTY_S,
        do: str = "load",
        **request: Any,
    ) -> dict[str, Any]:
        """Load what fits `Net`, where nothing else is asked."""
        request = {"name": "Net", "build": None, "args": [], "nbytes": 36, "strict": True} | request
        request = {
            "tensors": FITTING,
            "others": [],
            "metadata": None,
            "keys": {},
            "inside": {},
            "odd": {},
            "small": None,
            "real": None,
        } | request
        trial, request = process or self.start(), {"path": str(path), **request}
        if do == "load":
            return ask_to_load(trial, request, report, seconds)
        return trial.ask({"do": do, **request}, report, seconds)


@pytest.fixture
def trials(tmp_path: Path) -> Iterator[Trials]:
    """Trials, all ended in the end."""
    made = Trials(tmp_path)
    yield made
    for process in made.processes:
        process.close()


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[int, str]]:
    """Tells the processes that came from this test and still run, wherever they went."""
    monkeypatch.setenv(MARK, str(tmp_path))
    words = f"{MARK}={tmp_path}".encode()

    def find() -> dict[int, str]:
        found = {}
        for folder in PROC.iterdir() if PROC.exists() else ():
            if not folder.name.isdecimal() or int(folder.name) == os.getpid():
                continue
            try:
                if words in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    return find


def wait_until_none(find: Callable[[], dict[int, str]], seconds: float = 5) -> dict[int, str]:
    """What is still there after a moment for those that were just killed."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.02)):
        left = find()
        if not left:
            break
        pause.wait(0.02)
    return left

"""Commands that are asked to end: one sentence, the status 2, and nothing left behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from explorer.interruptions import Interruptions

MAIN = Path(__file__).resolve().parents[1] / "main.py"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def none_ignored() -> Iterator[None]:
    """As in a terminal: what starts the tests behind it, or without one, may have them ignored."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("none_ignored")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_held_until_it_is_allowed_and_handlers_come_back(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in SIGNALS]
    with Interruptions() as interruptions:
        signal.raise_signal(number)
        assert interruptions.told
        with pytest.raises(KeyboardInterrupt):
            interruptions.allow()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with Interruptions() as interruptions:
            signal.raise_signal(signal.SIGHUP)
            interruptions.allow()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.thorough)])
def test_a_copy_that_is_asked_to_end_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    torch.save({"a": torch.ones(4_000_000)}, tmp_path / "source.pth")
    words = [sys.executable, str(MAIN), "remap", "source.pth", "copy.pth", "--device", "cuda:0"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while len(list(tmp_path.iterdir())) < 2:
            assert process.poll() is None
        process.send_signal(number)
        said, complained = process.communicate(timeout=60)
    assert (process.returncode, said, complained.count(b"\n")) == (2, b"", 1)
    assert b"nothing was left behind" in complained
    assert [path.name for path in tmp_path.iterdir()] == ["source.pth"]

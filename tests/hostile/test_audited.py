"""The audit hook sees what it is for; what fuzzing found stays mended."""

import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.hostile import audited
from tests.hostile.audited import ForkingReader, open_audited


class Payload:
    """Would import a module and make a file, if anybody ran what its pickle asks for."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return exec, ("import wave; open('canary', 'w')",)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder for the reader process."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A file with code in it."""
    path = tmp_path / "hostile.pt"
    torch.save({"weight": torch.ones(2), "code": Payload()}, path)
    return path


def test_code_in_a_file_trips_nothing(hostile: Path, empty: Path) -> None:
    opened = open_audited(hostile, empty)
    assert (opened.verdict, opened.code) == ("references-code", ("builtins.exec",))
    assert (opened.events, opened.left) == ([], [])
    assert 0 < opened.peak_nbytes < 100_000_000


def test_the_hook_sees_a_reader_that_runs_code(hostile: Path, empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    careless = "import wave\nopen('canary', 'w').close()\nmain()\n"
    monkeypatch.setattr(audited, "_ONCE", audited._ONCE.replace("main()\n", careless))
    opened = open_audited(hostile, empty)
    assert {event.split()[0] for event in opened.events} >= {"import", "open", "exec"}
    assert opened.left == ["file canary"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(struct.pack("<Q", 12) + '{"a":1}'.encode("utf-16-le")[:12] + bytes(30), id="utf-16 header"),
        pytest.param(b"V\\u12\np0\n.", id="cut escape"),
        pytest.param(b"(lp0\nV\\U0011\n.", id="wrong escape"),
        pytest.param(pickle.dumps(np.array(["abc", "\u20ac"])), id="text of NumPy"),
        pytest.param(b"(S'\\xff'\nl.", id="bytes as text"),
    ],
)
def test_text_of_any_kind_brings_no_codec(tmp_path: Path, empty: Path, data: bytes) -> None:
    path = tmp_path / "text.pt"
    path.write_bytes(data)
    opened = open_audited(path, empty)
    assert opened.verdict in ("malformed", "data-only", "references-code")
    assert opened.events == []


def test_what_python_complains_of_by_itself_trips_nothing(tmp_path: Path, empty: Path) -> None:
    # Its C code gives up a bytearray for which there is no room, and may take its memory, as it was before, for one in
    # use. That it prints, with the lines of the reader that led there.
    numbers = b"(" + 20 * b"K\x01" + b"t"
    cut = b"\x80\x05" + numbers + b"\x96" + (1 << 38).to_bytes(8, "little") + bytes(300)
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", cut)
    data = (tmp_path / "a.pt").read_bytes()
    (tmp_path / "a.pt").write_bytes(data.replace(b"PK\x01\x02", b"PK\x01\x03"))
    opened = open_audited(tmp_path / "a.pt", empty)
    assert (opened.verdict, opened.events) == ("malformed", [])


def test_one_file_after_the_other_is_opened_whatever_became_of_the_last(tmp_path: Path, empty: Path) -> None:
    bomb, sound = tmp_path / "bomb.pt", tmp_path / "sound.pt"
    bomb.write_bytes(b"\x80\x02(" + b"]" * 20_000_000 + b"l.")
    sound.write_bytes(pickle.dumps({"a": 1}))
    with ForkingReader(empty) as reader:
        assert reader.open(bomb).verdict == "limit"
        assert reader.open(sound).verdict == "data-only"
        assert reader.open(tmp_path / "missing.pt").verdict == "unreadable"

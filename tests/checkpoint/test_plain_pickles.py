"""Files that pickle wrote, not torch.save: told from texts, listed, and asked for names of code."""

import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from tests.checkpoint.stored_bytes import stored_bytes

PROTOCOLS = pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))


def written(path: Path, data: bytes) -> Checkpoint:
    path.write_bytes(data)
    return open_checkpoint(path)


class Payload:
    """Would print, if anybody ran what its pickle asks for."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return print, ("was run",)


@PROTOCOLS
def test_a_plain_pickle_is_listed_as_contents(tmp_path: Path, protocol: int) -> None:
    value = {"epoch": 3, "names": ["a", "b"], "nested": {"lr": 0.25}}
    checkpoint = written(tmp_path / "a.pkl", pickle.dumps(value, protocol))
    assert (checkpoint.container, checkpoint.verdict, checkpoint.code) == ("pickle", "data-only", ())
    assert checkpoint.message is not None
    assert "no tensors" in checkpoint.message
    assert {row.name: row.text for row in checkpoint.contents} == {
        "epoch": "3",
        "names": "2 items",
        "0": "a",
        "1": "b",
        "nested": "1 item",
        "lr": "0.25",
    }


@PROTOCOLS
def test_code_in_a_plain_pickle_is_named(tmp_path: Path, protocol: int) -> None:
    checkpoint = written(tmp_path / "a.pkl", pickle.dumps([Payload()], protocol))
    assert (checkpoint.verdict, checkpoint.code) == ("references-code", ("builtins.print",))
    assert checkpoint.message is not None
    assert "It was not run." in checkpoint.message
    assert "no tensors" in checkpoint.message


def test_of_a_name_that_a_pickle_computes_what_is_written_is_told(tmp_path: Path) -> None:
    named = b"\x8c\x08operator\x94\x8c\x06concat\x94\x93\x94"
    # builtins, and the result of concat("ev", "al")
    computed = b"\x8c\x08builtins\x94h\x02\x8c\x02ev\x94\x8c\x02al\x94\x86R\x93"
    with pytest.raises(CheckpointError) as caught:
        written(tmp_path / "a.pkl", b"\x80\x04" + named + b"0" + computed + b".")
    assert caught.value.verdict == "malformed"
    assert caught.value.code == ("operator.concat", "ev.al")


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.asfortranarray(np.arange(6).reshape(2, 3)), "int64 [2, 3]: 0, 1, 2, 3, 4, 5"),
        (
            np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
            "int64 [2, 3, 4]: " + ", ".join(map(str, range(16))) + ", …",
        ),
        (np.array(["abc", "de"]), "text [2]: 'abc', 'de'"),
        (np.array([b"abc"]), "bytes [1]: b'abc'"),
        (np.array([1 + 2j, 3]), "complex128 [2]: (1+2j), (3+0j)"),
        (np.complex64(1 + 2j), "(1+2j)"),
        (np.zeros(2, dtype=[("a", "i4"), ("b", "f4")]), "structured [2]"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "datetime64 [1]"),
    ],
)
def test_arrays_of_any_dtype_are_told_in_a_line(tmp_path: Path, protocol: int, value: object, said: str) -> None:
    (row,) = written(tmp_path / "a.pkl", pickle.dumps({"it": value}, protocol)).contents
    assert row.text == said
    assert row.type.startswith("numpy.")


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_arrays_of_numpy_are_contents(tmp_path: Path, protocol: int) -> None:
    value = {"flat": np.arange(3), "deep": np.ones((2, 2), np.float32), "one": np.float32(2.5), "none": np.zeros(0)}
    checkpoint = written(tmp_path / "a.pkl", pickle.dumps(value, protocol))
    assert {row.name: (row.type, row.text) for row in checkpoint.contents} == {
        "flat": ("numpy.ndarray", "int64 [3]: 0, 1, 2"),
        "deep": ("numpy.ndarray", "float32 [2, 2]: 1.0, 1.0, 1.0, 1.0"),
        "one": ("numpy.float32", "2.5"),
        "none": ("numpy.ndarray", "float64 [0]"),
    }


STATE = {
    "weight": torch.arange(600.0).view(20, 30),
    "half": torch.arange(6).half(),
    "turned": torch.arange(6.0).view(2, 3).t(),
    "same": torch.arange(600.0).view(20, 30),
    "parameter": torch.nn.Parameter(torch.ones(2)),
}


@PROTOCOLS
def test_tensors_in_a_plain_pickle_are_listed_with_their_values(tmp_path: Path, protocol: int) -> None:
    checkpoint = written(tmp_path / "state.pkl", pickle.dumps({"model": STATE}, protocol))
    assert checkpoint.code == ("torch.storage._load_from_bytes",)
    assert [tensor.key for tensor in checkpoint.tensors] == list(STATE)
    with open_values(checkpoint) as values:
        for tensor, expected in zip(checkpoint.tensors, STATE.values(), strict=True):
            assert tensor.kind.shape == tuple(expected.shape)
            assert f"torch.{tensor.kind.dtype}" == str(expected.dtype)
            if protocol < 3:
                # The older protocols have no bytes: they write them as text.
                assert tensor.kind.problem == "Its values are written as text inside a pickle, which is not read."
            else:
                read = stored_bytes(values, tensor).tobytes()
                assert read == expected.detach().contiguous().numpy().tobytes()


def test_a_whole_module_in_a_plain_pickle_lists_its_state_dict(tmp_path: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    checkpoint = written(tmp_path / "module.pkl", pickle.dumps(module))
    assert [tensor.path for tensor in checkpoint.tensors] == [(key,) for key in module.state_dict()]
    assert {tensor.kind.problem for tensor in checkpoint.tensors} == {None}


@pytest.mark.parametrize("held", [b"", b"\x80\x02N.", pickle.dumps(0x1950A86A20F9469CFC6C), b"x" * 100])
def test_a_storage_of_nonsense_is_a_problem_of_its_tensor(tmp_path: Path, held: bytes) -> None:
    data = pickle.dumps({"good": torch.ones(2), "bad": torch.zeros(2)})
    begin = data.rindex(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    length = int.from_bytes(data[begin - 4 : begin], "little")
    assert data[begin - 5 : begin - 4] == pickle.BINBYTES
    changed = data[: begin - 4] + struct.pack("<I", len(held)) + held + data[begin + length :]
    good, bad = written(tmp_path / "a.pkl", changed.replace(data[2:11], b"")).tensors
    assert good.kind.problem is None
    assert bad.kind.problem is not None


def test_pickles_that_follow_are_asked_for_names_of_code(tmp_path: Path) -> None:
    checkpoint = written(tmp_path / "a.pkl", pickle.dumps({"a": 1}) + pickle.dumps(Payload()) + pickle.dumps(2))
    assert checkpoint.code == ("builtins.print",)
    assert checkpoint.warnings == ("2 more pickles follow the first: not shown, but for the names of code.",)
    assert [row.name for row in checkpoint.contents] == ["a"]
    checkpoint = written(tmp_path / "b.pkl", pickle.dumps({"a": 1}) + b"more")
    assert checkpoint.warnings == ("4 bytes follow the pickle; they were not looked at.",)


def test_code_in_a_damaged_pickle_of_the_oldest_protocol_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as caught:
        written(tmp_path / "a.pkl", b"cbuiltins\nexec\n(X\x3e\x0a f = open()tR.")
    assert (caught.value.verdict, caught.value.code) == ("malformed", ("builtins.exec",))


@pytest.mark.parametrize(
    "text",
    [
        b"class,score\ncat,0.5\ndog,0.4\nThat is all.",
        b"(a remark in parentheses, and nothing else.)",
        b"(a remark in parentheses, and more words.",
        b"config of the run.\nSecond line.",
        b"cat",
        b"(",
        b"]",
    ],
)
def test_texts_that_begin_like_a_pickle_are_no_pickles(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(CheckpointError, match="it is plain text") as caught:
        written(tmp_path / "notes.txt", text)
    assert caught.value.code == ()


@settings(max_examples=12)  # each starts a reader
@given(text=st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_no_text_is_taken_for_code(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("texts") / "a.txt"
    try:
        code = written(path, f"c{text} ends.".encode()).code
    except CheckpointError as error:
        code = error.code
    assert code == ()


def huge_memo(put: bytes) -> bytes:
    return b"\x80\x02}" + put + b"K\x01K\x02s."


@pytest.mark.parametrize(
    ("put", "place"),
    [(b"r\xff\xff\xff\xff", "4,294,967,295"), (b"p1000000000000000000\n", "1,000,000,000,000,000,000")],
    ids=["binary", "text"],
)
def test_a_memo_that_no_pickler_writes_is_damage_and_no_question_of_size(
    tmp_path: Path, put: bytes, place: str
) -> None:
    with pytest.raises(CheckpointError) as caught:
        written(tmp_path / "a.pkl", huge_memo(put))
    assert caught.value.verdict == "malformed"
    assert "at byte 3" in caught.value.why
    assert place in caught.value.why


@pytest.mark.parametrize("opcode", [b"X", b"B", b"T"], ids=["text", "bytes", "old-text"])
def test_a_text_longer_than_the_file_is_damage_and_no_question_of_size(tmp_path: Path, opcode: bytes) -> None:
    with pytest.raises(CheckpointError) as caught:
        written(tmp_path / "a.pkl", b"\x80\x03]" + opcode + struct.pack("<I", 2_000_000_000) + b"a.")
    assert caught.value.verdict == "malformed"
    assert "but only 2 remain" in caught.value.why


def test_a_pickle_that_takes_too_much_memory_is_beyond_the_limit(tmp_path: Path) -> None:
    # A tuple of empty lists: one opcode and one byte each, as any pickler could write it, and 64 bytes in memory.
    data: Any = b"\x80\x04(" + b"]" * 17_000_000 + b"t."
    with pytest.raises(CheckpointError) as caught:
        written(tmp_path / "a.pkl", data)
    assert caught.value.verdict == "limit"

"""Pickles that are carried over: only the devices of storages are another."""

import io
import pickletools
import zipfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.opcodes import walk
from explorer.checkpoint.writing.retag import Carried, NotCarried, carry
from tests.checkpoint.writing.saving import ids, repacked, same, saved

TAGS = ("cpu", "cuda:0", "cuda:1", "mps")


def pickle_in(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.read("archive/data.pkl")


def carried(archive: bytes, device: str) -> tuple[Carried, bytes]:
    """The pickle of an archive for a device, and the archive with it."""
    made = carry(pickle_in(archive), 0, device)
    return made, repacked(archive, made.data)


base = torch.arange(24, dtype=torch.float32)
tensors = st.sampled_from([base, base[3:9], base.view(4, 6).t(), torch.ones(2, dtype=torch.int64), torch.zeros(0, 3)])
# The same objects each time, as a configuration and torch.save have them: equal texts that share a place in the memo.
texts = st.sampled_from([*TAGS, "storage", "0", "1", "weight"])
plain = st.one_of(texts, tensors, st.integers(-(2**40), 2**40), st.none(), st.booleans(), st.floats(allow_nan=False))
contents = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(texts, inner, max_size=4),
        st.tuples(inner, inner),
    ),
    max_leaves=12,
)


@given(contents, st.sampled_from(TAGS), st.sampled_from(TAGS), st.sampled_from(TAGS))
@settings(max_examples=40)
def test_only_the_devices_change(content: object, first: str, second: str, device: str) -> None:
    archive = saved(content, first, second)
    made, copy = carried(archive, device)
    before, after = ids(pickle_in(archive)), ids(made.data)
    assert after == [(*pid[:3], device, pid[4]) for pid in before]
    assert made.retagged == len({pid[2] for pid in before if pid[3] != device})
    loaded, expected = (torch.load(io.BytesIO(each), weights_only=True, map_location="cpu") for each in (copy, archive))
    assert same(loaded, expected)
    assert made.retagged or copy == archive


def test_a_text_that_tag_and_value_share_stays_in_the_value() -> None:
    tag = "cuda:0"
    content = {"device": tag, "weight": base, "again": [tag, tag]}
    for ordered in (content, dict(reversed(content.items()))):
        made, copy = carried(saved(ordered, tag), "cpu")
        assert b"cuda:0" in made.data
        loaded = torch.load(io.BytesIO(copy), weights_only=True)
        assert (loaded["device"], loaded["again"]) == ("cuda:0", ["cuda:0", "cuda:0"])
        assert loaded["weight"].device == torch.device("cpu")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_frames_are_as_long_as_what_they_hold(protocol: int) -> None:
    content = {"a": base, "device": "cuda:0", "b": base[:2], "long": "x" * 70_000, "c": torch.ones(3)}
    archive = saved(content, "cuda:0", pickle_protocol=protocol)
    made, copy = carried(archive, "cpu")
    pickletools.dis(made.data, io.StringIO())
    assert {pid[3] for pid in ids(made.data)} == {"cpu"}
    loaded = torch.load(io.BytesIO(copy), weights_only=False)  # written above; protocol 4 needs it
    assert same(loaded, content)


def test_the_old_layout_gets_the_ids_of_the_new_one() -> None:
    content = {"a": base, "b": base[1:], "device": "cuda:0"}
    data = saved(content, "cuda:0", _use_new_zipfile_serialization=False)
    start = 0
    for _ in range(3):
        start = walk(data, start).end
    made = carry(data, start, "cuda:1", legacy=True)
    (key,) = made.keys
    assert ids(made.data) == [("storage", "FloatStorage", key, "cuda:1", 24)] * 2
    assert b"cuda:0" in made.data


def test_a_view_of_a_storage_is_not_carried_over() -> None:
    view = b"(X\x01\0\0\0bK\0K\x01t"
    pickled = b"\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x03\0\0\0cpuK\x01" + view + b"tQ."
    with pytest.raises(NotCarried, match="view of another"):
        carry(pickled, 0, "cpu", legacy=True)


def test_an_id_that_is_also_a_value_is_not_carried_over() -> None:
    id_of = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0aX\x03\0\0\0cpuK\x01tq\x09"
    for used_again, is_value in ((b"h\x09", True), (b"h\x09Q", False)):
        pickled = b"\x80\x02" + id_of + b"Q" + used_again + b"\x86."
        assert carry(pickled, 0, None).data == pickled
        if is_value:
            with pytest.raises(NotCarried, match="is a value in it too"):
                carry(pickled, 0, "cuda:1")
        else:
            assert {pid[3] for pid in ids(carry(pickled, 0, "cuda:1").data)} == {"cuda:1"}


@given(st.binary(max_size=60))
@settings(max_examples=40)
def test_what_is_no_pickle_is_refused(data: bytes) -> None:
    try:
        end = walk(b"\x80\x02" + data).end
    except CheckpointError as error:
        assert "cannot be walked over" in str(error)  # noqa: PT017 - some of it is a pickle
    else:
        assert end <= len(data) + 2

"""Checkpoints as other machines save them, and what is in their pickles."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from explorer.checkpoint.pickles.unpickler import InertUnpickler
from explorer.checkpoint.writing.archive import ArchiveWriter


@contextmanager
def on_device(*tags: str) -> Iterator[None]:
    """Have torch.save write that storages are on a device which this machine lacks; of several, one after the other."""
    given: dict[int, str] = {}

    def tag(storage: Any) -> str:
        return given.setdefault(storage._cdata, tags[len(given) % len(tags)])

    with patch("torch.serialization.location_tag", tag):
        yield


def saved(content: object, *tags: str, **how: Any) -> bytes:
    """What torch.save writes on a machine with these devices."""
    stream = io.BytesIO()
    with on_device(*tags):
        torch.save(content, stream, **how)
    return stream.getvalue()


def save(path: Path, content: object, *tags: str, legacy: bool = False) -> Path:
    """Write a checkpoint."""
    path.write_bytes(saved(content, *tags, _use_new_zipfile_serialization=not legacy))
    return path


def tags_of(path: Path) -> set[str]:
    """The devices of all storages, by the pickle of an archive."""
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        return {pid[3] for pid in ids(archive.read(name))}


def ids(pickled: bytes) -> list[Any]:
    """The persistent ids of a pickle, in order, each class by its name."""
    found: list[Any] = []

    class Reading(InertUnpickler):
        def persistent_load(self, pid: Any, /) -> object:
            found.append((pid[0], pid[1].qualname, *pid[2:]))
            return None

    Reading(io.BytesIO(pickled), {}).load()
    return found


def repacked(archive: bytes, pickled: bytes) -> bytes:
    """An archive with another pickle in it."""
    made = bytearray()
    writer = ArchiveWriter(made.extend)
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        for name in source.namelist():
            data = pickled if name.endswith("/data.pkl") else source.read(name)
            writer.add(name, len(data), [data] if data else [])
    writer.finish()
    return bytes(made)


def same(one: Any, other: Any, *, places: bool = True) -> bool:
    """Whether two loaded values are equal: types, order, bits, strides and, if `places`, where in their storages."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return _same_tensors(one, other, places=places)
    if isinstance(one, Mapping):
        inside = list(one) == list(other) and all(same(one[key], other[key], places=places) for key in one)
        return inside and same(getattr(one, "_metadata", None), getattr(other, "_metadata", None))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(same(*pair, places=places) for pair in zip(one, other, strict=True))
    return bool(one == other)


def _same_tensors(one: torch.Tensor, other: torch.Tensor, *, places: bool) -> bool:
    facts = [(each.dtype, each.shape, each.layout, each.requires_grad, each.is_quantized) for each in (one, other)]
    if facts[0] != facts[1]:
        return False
    if one.is_quantized:
        scheme = one.qscheme() == other.qscheme()
        return scheme and bool((one.int_repr() == other.int_repr()).all()) and torch.equal(_plain(one), _plain(other))
    if one.layout != torch.strided:
        return torch.equal(one.to_dense(), other.to_dense())
    views = [(each.stride(), each.is_conj(), each.is_neg()) for each in (one, other)]
    moved = places and one.storage_offset() != other.storage_offset()
    return views[0] == views[1] and not moved and _bits(one) == _bits(other)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.dequantize()


def _bits(tensor: torch.Tensor) -> list[int]:
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    bits: list[int] = plain.view(torch.uint8).tolist() if plain.numel() else []
    return bits

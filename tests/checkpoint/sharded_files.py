"""Sharded checkpoints as other programs write them, and as they would if they cut tensors in any way."""

import io
import itertools
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.distributed.checkpoint.filesystem import _StorageInfo
from torch.distributed.checkpoint.metadata import (
    BytesStorageMetadata,
    ChunkStorageMetadata,
    Metadata,
    MetadataIndex,
    TensorProperties,
    TensorStorageMetadata,
)

State = dict[str, torch.Tensor]
Box = tuple[tuple[int, ...], tuple[int, ...]]
"""Offsets and sizes of a chunk."""

SAVED: dict[str, Callable[[State, Path], object]] = {"safetensors": save_file, "bin": torch.save}


def shard_name(number: int, total: int, suffix: str = "safetensors") -> str:
    return f"model-{number + 1:05}-of-{total:05}.{suffix}"


def model(layers: int = 4) -> State:
    """Distinct values everywhere; names in an order that is not the alphabet's."""
    values = torch.arange(float(layers * 24)).reshape(layers, 4, 6)
    state = {f"layers.{place}.weight": values[place].clone() for place in reversed(range(layers))}
    return state | {"head.bias": torch.tensor([1.5, -2.5], dtype=torch.bfloat16)}


def save_shards(
    folder: Path, state: State, total: int = 3, suffix: str = "safetensors", index: Mapping[str, object] | None = None
) -> Path:
    """Deal tensors to files like cards, and write the index that leads to them.

    Args:
        folder: Made where it is not there.
        state: What to save, in the order of the index.
        total: How many files.
        suffix: Of the files, which says how they are written.
        index: In place of the weight_map that fits.
    """
    folder.mkdir(exist_ok=True)
    names = [shard_name(number, total, suffix) for number in range(total)]
    fitting = {key: names[place % total] for place, key in enumerate(state)}
    for name in names:
        SAVED[suffix]({key: state[key] for key in state if fitting[key] == name}, folder / name)
    path = folder / f"model.{suffix}.index.json"
    nbytes = sum(tensor.nbytes for tensor in state.values())
    about = {"metadata": {"total_size": nbytes}, "weight_map": fitting if index is None else dict(index)}
    path.write_text(json.dumps(about))
    return path


def grid(shape: Sequence[int], cuts: Sequence[Sequence[int]]) -> list[Box]:
    """Chunks from where each dimension is cut."""
    sides = []
    for size, places in zip(shape, cuts, strict=True):
        ends = sorted({0, size, *(place for place in places if 0 < place < size)})
        sides.append(list(itertools.pairwise(ends)) or [(0, 0)])
    return [(tuple(low for low, _ in box), tuple(high - low for low, high in box)) for box in itertools.product(*sides)]


def save_chunks(
    folder: Path,
    state: State,
    boxes: Mapping[str, list[Box]],
    others: Mapping[str, object] | None = None,
    paths: Mapping[str, tuple[object, ...]] | None = None,
    *,
    files: int = 2,
    transposed: bool = False,
    without: Sequence[tuple[str, int]] = (),
) -> Path:
    """Write a folder as torch.distributed.checkpoint does for several processes.

    Args:
        folder: Made where it is not there.
        state: The tensors.
        boxes: Chunks of each; whole where it has none.
        others: Values that are no tensors.
        paths: Keys from the top, by flat names.
        files: Number of files, to which chunks are dealt.
        transposed: Chunks keep the stride of a transposed tensor.
        without: Chunks, as key and place, that the metadata does not locate.
    """
    folder.mkdir(exist_ok=True)
    written = [io.BytesIO() for _ in range(files)]
    described: dict[str, TensorStorageMetadata | BytesStorageMetadata] = {}
    stored = {}
    turn = itertools.cycle(range(files))

    def put(value: object) -> _StorageInfo:
        number = next(turn)
        blob = io.BytesIO()
        torch.save(value, blob)
        info = _StorageInfo(f"__{number}_0.distcp", written[number].tell(), blob.tell())
        written[number].write(blob.getvalue())
        return info

    for key, tensor in state.items():
        chunks = boxes.get(key, [((0,) * tensor.ndim, tuple(tensor.shape))])
        described[key] = TensorStorageMetadata(
            TensorProperties(dtype=tensor.dtype),
            tensor.size(),
            [ChunkStorageMetadata(torch.Size(offsets), torch.Size(sizes)) for offsets, sizes in chunks],
        )
        for place, (offsets, sizes) in enumerate(chunks):
            window = tuple(slice(low, low + size) for low, size in zip(offsets, sizes, strict=True))
            part = tensor[window].clone()
            if transposed and part.ndim > 1:
                part = part.transpose(0, -1).contiguous().transpose(0, -1)
            info = put(part)
            if (key, place) not in without:
                stored[MetadataIndex(key, offsets, place)] = info
    for key, value in (others or {}).items():
        described[key] = BytesStorageMetadata()
        stored[MetadataIndex(key)] = put(value)
    for number, stream in enumerate(written):
        (folder / f"__{number}_0.distcp").write_bytes(stream.getvalue())
    metadata = Metadata(described, dict(paths or {}), stored)
    (folder / ".metadata").write_bytes(pickle.dumps(metadata))
    return folder

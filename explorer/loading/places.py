"""Where the values of tensors are, for a process that reads them itself and knows nothing of checkpoints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.framing import first_byte
from explorer.checkpoint.storages import Storage

if TYPE_CHECKING:
    from explorer.checkpoint.values.open_files import OpenFiles

BYTES_PER_S: Final = 30_000_000
"""So slow a disk still gives the values in time."""
MOST_SMALL: Final = 16
"""Elements of a tensor that is handed over with its values even where nobody asks for them: a hook may look at one."""
_SMALL_STORAGE: Final = 1 << 16
_SMALL_TOGETHER: Final = 1 << 20


def small_of(tensors: Sequence[TensorInfo]) -> list[int]:
    """Places of the tensors in a list that are so small that their values can be handed over by the way."""
    found: list[int] = []
    room = _SMALL_TOGETHER
    for place, tensor in enumerate(tensors):
        if tensor.kind.numel > MOST_SMALL or tensor.storage is None or why_not(tensor):
            continue
        room -= tensor.storage.nbytes
        if tensor.storage.nbytes <= _SMALL_STORAGE and room >= 0:
            found.append(place)
    return found


def places_of(checkpoint: Checkpoint, tensors: Sequence[TensorInfo], keys: Sequence[str]) -> dict[str, Any]:
    """Say where the values of tensors are, as trial_values.py takes it.

    Args:
        checkpoint: Where they are from.
        tensors: Which; of none is there a reason `why_not`.
        keys: What each is handed over as.

    Raises:
        CheckpointError: A file has changed, or cannot be read.
    """
    # It brings NumPy, which other commands need not wait for.
    from explorer.checkpoint.values.open_files import OpenFiles  # noqa: PLC0415

    files = OpenFiles(checkpoint.files)
    storages: dict[int, list[Any]] = {}
    places: dict[int, int] = {}
    try:
        for tensor in tensors:
            if tensor.storage is not None and tensor.storage.number not in storages:
                places[tensor.storage.number] = len(places)
                storages[tensor.storage.number] = _place(tensor.storage, files)
    finally:
        files.close()
    return {
        "files": [[str(file.path), *file.identity] for file in checkpoint.files],
        "storages": list(storages.values()),
        "values": [
            [
                key,
                tensor.kind.dtype,
                tensor.kind.shape,
                tensor.kind.stride,
                tensor.offset,
                None if tensor.storage is None else places[tensor.storage.number],
                checkpoint.files[0 if tensor.storage is None else tensor.storage.file].byteorder,
                tensor.kind.conj,
                tensor.kind.neg,
            ]
            for key, tensor in zip(keys, tensors, strict=True)
        ],
    }


def why_not(tensor: TensorInfo) -> str:
    """Why its values cannot be handed over, as a sentence; "" where they can."""
    kind = tensor.kind
    if kind.layout != "strided":
        return f"{'they are not in the file' if kind.valueless else f'it is {kind.layout}'}."
    if kind.quantization is not None or kind.element.family == "quantized":
        return "it is quantized."
    return kind.problem or ""


def _place(storage: Storage, files: "OpenFiles") -> list[Any]:
    """File, first byte, length, length in the file, whether it is deflated, and chunks or None."""
    if storage.chunks is not None:
        chunks = [
            [chunk.offsets, chunk.sizes, chunk.stride, chunk.file, chunk.position] for chunk in storage.chunks.chunks
        ]
        whole = [storage.chunks.shape, storage.chunks.itemsize, chunks]
        return [storage.file, 0, storage.nbytes, 0, False, whole]
    first = first_byte(storage, lambda *place: files.read(storage.file, *place).tobytes())
    deflated = storage.framing == "zip-deflated"
    stored = storage.stored_nbytes if deflated else storage.nbytes
    return [storage.file, first, storage.nbytes, stored, deflated, None]

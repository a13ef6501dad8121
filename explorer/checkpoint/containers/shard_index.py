"""The index of a sharded checkpoint: JSON that says in which file each tensor is.

Format: ``save_torch_state_dict`` in huggingface_hub, and transformers before it: an object with ``weight_map``, from
the name of each tensor to that of a file in the same folder, and ``metadata`` about all of them.
"""

import json
import os
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.limits import limit_time
from explorer.checkpoint.pickles.modules import MAX_TENSORS
from explorer.checkpoint.pread import read_at
from explorer.checkpoint.recognise import not_a_checkpoint

MAX_INDEX: Final = 100_000_000
"""Bytes of an index. A million tensors take as many."""

MAX_SHARDS: Final = 10_000

METADATA: Final = ".metadata"
"""The file that says what a folder of torch.distributed.checkpoint holds."""

SHARD_END: Final = ".distcp"
"""How the files beside it are called."""

_DAMAGED: Final = "The index of the shards is damaged"
_MAP: Final = "weight_map"
_INDEX: Final = ".index.json"
_LIKELY: Final = ("model.safetensors.index.json", ".safetensors.index.json", ".bin.index.json", _INDEX)
"""Ends of the names of indexes, the best first."""

_SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pkl", ".tar", ".jit")
_MAX_NAMES: Final = 100_000
_NAMED: Final = 3
_NAMED_INDEXES: Final = 10


class ShardIndex(NamedTuple):
    """What an index says.

    Attributes:
        shard_of: Name of each tensor -> that of its file, or None where the index gives none.
        others: Everything else in it.
        damage: What is wrong with it; None when it is sound.
    """

    shard_of: dict[str, str | None]
    others: dict[str, Any]
    damage: CheckpointError | None


def read_index(descriptor: int, file_nbytes: int, start: bytes) -> ShardIndex | None:
    """Read an index; None where the file is something else than JSON.

    Args:
        descriptor: The file, open for reading.
        file_nbytes: Its size.
        start: Its first bytes.

    Raises:
        CheckpointError: It is JSON but no index, or damaged beyond use.
    """
    if not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or start.startswith(b"{\0"):
        return None
    if file_nbytes > MAX_INDEX:
        raise CheckpointError("This is JSON text", f"too long for an index: {file_nbytes:,} bytes", verdict="limit")
    limit_time(file_nbytes)
    twice: list[str] = []
    read = _read_json(read_at(descriptor, 0, file_nbytes), twice)
    if read is None or _MAP not in read:
        raise not_a_checkpoint(start, file_nbytes)
    named = read.pop(_MAP)
    if not isinstance(named, dict):
        raise CheckpointError(_DAMAGED, f"its {_MAP} gives no file for any name")
    if not named:
        raise CheckpointError(
            "This is not a checkpoint", f"it is JSON text whose {_MAP} is empty", verdict="unsupported"
        )
    if len(named) > MAX_TENSORS:
        raise CheckpointError("The index is too long", f"it names {len(named):,} tensors", verdict="limit")
    shard_of = {name: shard if isinstance(shard, str) else None for name, shard in named.items()}
    if len(set(shard_of.values())) > MAX_SHARDS:
        raise CheckpointError("The index is too long", f"it names more than {MAX_SHARDS:,} files", verdict="limit")
    return ShardIndex(shard_of, read, _damage(shard_of, twice))


def _read_json(text: bytes, twice: list[str]) -> dict[str, Any] | None:
    """Read an object, and note names that stand in one twice; None where the text is nothing like an index.

    Raises:
        CheckpointError: It is a damaged index.
    """

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            twice.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return made

    try:
        read = json.loads(text, object_pairs_hook=noted)
    except (ValueError, RecursionError) as error:
        if f'"{_MAP}"'.encode() not in text:
            return None
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200].rstrip(".")
        raise CheckpointError(_DAMAGED, why, "fetch it again") from None
    return read if isinstance(read, dict) else None


def _damage(shard_of: dict[str, str | None], twice: list[str]) -> CheckpointError | None:
    if twice:
        return CheckpointError(_DAMAGED, f"the name {twice[0][:80]!r} stands in it twice; the last one is taken")
    wrong = next((name for name, shard in shard_of.items() if shard is None), None)
    return None if wrong is None else CheckpointError(_DAMAGED, f"it gives no file for {wrong[:80]!r}")


def find_index(folder: str) -> tuple[str, list[str]]:
    """Find what makes a folder a checkpoint: an index, or the metadata of torch.distributed.checkpoint.

    Returns:
        Its path, and a sentence, or none, on others that are there as well.

    Raises:
        CheckpointError: There is none; it says what in the folder could be opened.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, _MAX_NAMES))
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        raise CheckpointError("The folder may not be read", why, verdict="unreadable") from None
    indexes = sorted((name for name in names if name.endswith(_INDEX)), key=_likeliness)
    if METADATA in names:
        indexes.append(METADATA)
    if not indexes:
        raise _no_index(names)
    return str(Path(folder, indexes[0])), _said_of_others(indexes[1:])


def _said_of_others(indexes: list[str]) -> list[str]:
    named = [repr(name[:80]) for name in indexes[:_NAMED_INDEXES]]
    if not named:
        return []
    if len(named) == 1:
        return [f"The folder also holds {named[0]}, which can be opened by itself."]
    more = len(indexes) - len(named)
    which = f"{', '.join(named)} and {more:,} more" if more else f"{', '.join(named[:-1])} and {named[-1]}"
    return [f"The folder also holds {which}, which can be opened by themselves."]


def _likeliness(name: str) -> int:
    return next(place for place, end in enumerate(_LIKELY) if name.endswith(end))


def _no_index(names: list[str]) -> CheckpointError:
    why = "it holds no sharded checkpoint"
    files = [name for name in names if name.lower().endswith(_SUFFIXES)]
    if not files:
        return CheckpointError("This is a folder", f"{why}, nor a file called like one", "", verdict="unreadable")
    more = f" or {len(files) - _NAMED:,} more" if len(files) > _NAMED else ""
    listed = ", ".join(repr(name[:80]) for name in files[:_NAMED])
    return CheckpointError("This is a folder", why, f"open a file inside it: {listed}{more}", verdict="unreadable")

"""Which files are a run, in which order, and what each is called beside the others."""

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from explorer.checkpoint.errors import CheckpointError

MOST: Final = 200
"""So many files are compared; of more the first ones."""

_SUFFIXES: Final = (".pth", ".pt", ".bin", ".ckpt", ".safetensors", ".tar", ".jit")
_MODELS: Final[tuple[str, ...]] = (
    "model.safetensors",
    "pytorch_model.bin",
    "adapter_model.safetensors",
    "adapter_model.bin",
)
"""What holds the weights in a folder that has an optimizer's state and the like beside them."""
_INDEXES: Final = ".index.json"
_METADATA: Final = ".metadata"
"""What `torch.distributed.checkpoint` has in its folders."""
_SHARD: Final = re.compile(r"-[0-9]+-of-[0-9]+\.")
_NUMBER: Final = re.compile(r"([0-9]+)")
_BETWEEN: Final = " _-=.,/\\"
_PART: Final = re.compile(r"[0-9]+|[ _\-=.,/\\]+|[^0-9 _\-=.,/\\]+")
"""A number, a word, or what is between them."""


def in_order(paths: Sequence[Path]) -> list[Path]:
    """Put files in the order of the numbers in their names: ``step_900`` before ``step_1000``; each once."""
    return sorted(dict.fromkeys(paths), key=lambda path: _natural(str(path)))


def put_among(paths: Sequence[Path], more: Sequence[Path]) -> list[Path]:
    """Put more files into a run, whose own order stays.

    A file with a name like others of the run but for its numbers goes where these say; any other where the time says
    at which it was written, and last where that is not known.

    Args:
        paths: Of the run, in order.
        more: Any.
    """
    found = list(paths)
    for path in in_order(more):
        if path not in found:
            found.insert(_place(found, path), path)
    return found


def _place(paths: Sequence[Path], path: Path) -> int:
    alike = [at for at, other in enumerate(paths) if _without_numbers(other) == _without_numbers(path)]
    if alike:
        before = [at for at in alike if _natural(str(paths[at])) < _natural(str(path))]
        return before[-1] + 1 if before else alike[0]
    time = _written(path)
    before = [at for at, other in enumerate(paths) if _written(other) <= time]
    return before[-1] + 1 if before else 0


def _without_numbers(path: Path) -> str:
    return _NUMBER.sub("0", str(path)).casefold()


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return math.inf


def _natural(text: str) -> tuple[tuple[str | int, ...], str]:
    # Words and numbers take turns, so like is compared with like.
    parts = _NUMBER.split(text)
    return tuple(int(part) if at % 2 else part.casefold() for at, part in enumerate(parts)), text


def files_in(folder: Path) -> list[Path]:
    """The checkpoints of a run in a folder, in order.

    Args:
        folder: With files like ``step_1000.pth``, or with a folder for each step: one that is a sharded checkpoint
            counts itself, of any other the file with the weights.

    Raises:
        CheckpointError: It cannot be listed, or holds none.
    """
    try:
        found = [path for entry in os.scandir(folder) if (path := _checkpoint_of(entry)) is not None]
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CheckpointError("The folder was not read", why, "choose another", verdict="unreadable") from None
    if not found:
        raise CheckpointError(
            "No checkpoints are in the folder",
            f"no file in it ends in {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}",
            "choose the files themselves",
            verdict="unsupported",
        )
    return in_order(found)


def _checkpoint_of(entry: "os.DirEntry[str]") -> Path | None:
    path = Path(entry.path)
    if not entry.is_dir():
        return path if _is_checkpoint(entry.name) else None
    try:
        names = sorted(inside.name for inside in path.iterdir())
    except OSError:
        return None
    if any(name.endswith(_INDEXES) or name == _METADATA for name in names):
        return path
    # Of several files that may be the weights none is guessed.
    weights = [name for name in _MODELS if name in names][:1] or [name for name in names if _is_checkpoint(name)]
    return path / weights[0] if len(weights) == 1 else None


def _is_checkpoint(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES) and not name.startswith(".") and _SHARD.search(name) is None


def short_names(paths: Sequence[Path]) -> list[str]:
    """What tells files apart: ``1000`` and ``2000`` of ``step_1000.pth`` and ``step_2000.pth``.

    Args:
        paths: Absolute ones, each once.

    Returns:
        A name for each, as characters of the path: without the words and numbers at either end that all have; of
        files in several folders their names, where these tell them apart; else what follows the folder that all are in.
    """
    if len(paths) < 2:
        return [path.name for path in paths]
    parts = [_PART.findall(str(path)) for path in paths]
    before = _alike(parts)
    after = _alike([each[before:][::-1] for each in parts])
    short = ["".join(each[before : len(each) - after]).strip(_BETWEEN) for each in parts]
    fits = all(short) and len(set(short)) == len(short)
    names = [path.name for path in paths]
    if (
        len({path.parent for path in paths}) > 1
        and len(set(names)) == len(names)
        and any(os.sep in one for one in short)
    ):
        return names
    if fits:
        return short
    folder = os.path.commonpath([path.parent for path in paths])
    return [os.path.relpath(path, folder) for path in paths]


def _alike(parts: Sequence[Sequence[str]]) -> int:
    """How many of the first parts all have."""
    return next((at for at, each in enumerate(zip(*parts, strict=False)) if len(set(each)) > 1), min(map(len, parts)))

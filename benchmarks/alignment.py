"""Finding which key is which, against torch-liberator, on renamed keys of the real checkpoints in CORPUS.

torch-liberator is no dependency: where it is not installed, or CORPUS is not set, these rows are left out. A pair is
right where a renamed key is paired with what it was called before; both get the same keys and shapes, in one run.
"""

import contextlib
import importlib.util
import io
import os
import random
import re
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from benchmarks.rows import Row
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.alignment import Sized, align

PATIENCE_S = 20
"""For the peer, of which some cases take hours."""


class Renamed(NamedTuple):
    """Keys of a checkpoint that were renamed.

    Attributes:
        checkpoint: What is to be aligned.
        model: With what.
        pairs: New names and old ones, of what is in both.
    """

    checkpoint: list[Sized]
    model: list[Sized]
    pairs: dict[str, str]


class Score:
    """What one way of aligning gets right."""

    def __init__(self) -> None:
        self.right = self.wrong = self.given_up = 0
        self.seconds = 0.0

    def count(self, case: Renamed, way: Callable[[Renamed], dict[str, str]]) -> None:
        """Align once more, and count."""
        begin = time.perf_counter()
        try:
            found = way(case)
        except TimeoutError:
            found = {}
            self.given_up += 1
        self.seconds += time.perf_counter() - begin
        right = sum(case.pairs.get(ours) == theirs for ours, theirs in found.items())
        self.right += right
        self.wrong += len(found) - right


def alignment(folder: Path | None = None) -> list[Row]:
    """Score both on every renaming of every real checkpoint."""
    folder = folder or Path(os.environ.get("CORPUS", ""))
    if not os.fspath(folder) or not folder.is_dir() or importlib.util.find_spec("torch_liberator") is None:
        return []
    ways = {"isomorphism": Score(), "embedding": Score()}
    rows = []
    total: dict[str, tuple[Score, dict[str, Score], int]] = {}
    for keys in _checkpoints(folder):
        for kind, case in renamings(keys, random.Random(0)):  # noqa: S311 - repeatable, and no secret
            ours, theirs, possible = total.get(kind, (Score(), {way: Score() for way in ways}, 0))
            ours.count(case, _by_ours)
            for way, score in theirs.items():
                score.count(case, partial(_by_peer, way=way))
            total[kind] = ours, theirs, possible + len(case.pairs)
    for kind, (ours, theirs, possible) in total.items():
        best = max(theirs.values(), key=lambda score: (score.right, -score.wrong))
        rows.append(_row(f"keys aligned, {kind}", ours, best, possible))
    return rows


def _row(what: str, ours: Score, theirs: Score, possible: int) -> Row:
    given_up = f", {theirs.given_up} given up" if theirs.given_up else ""
    return Row(
        what,
        f"{ours.right:,} of {possible:,} right, {ours.wrong} wrong, {ours.seconds:.2f} s",
        f"{theirs.right:,} right, {theirs.wrong:,} wrong, {theirs.seconds:.2f} s{given_up}",
        f"{theirs.seconds / ours.seconds:.0f} times as fast",
        "no fewer, 0 wrong, faster",
    )


def _checkpoints(folder: Path) -> Iterator[list[Sized]]:
    seen = set()
    for path in sorted(folder.rglob("*")):
        with contextlib.suppress(CheckpointError):
            checkpoint = open_checkpoint(path) if path.is_file() else None
            if checkpoint is None or checkpoint.chosen is None:
                continue
            tensors = [checkpoint.tensors[number] for number in checkpoint.chosen.numbers]
            keys: list[Sized] = [(tensor.key, tensor.kind.shape) for tensor in tensors]
            if str(keys) not in seen:
                seen.add(str(keys))
                yield keys


def renamings(keys: Sequence[Sized], chance: random.Random) -> Iterator[tuple[str, Renamed]]:
    """What others do to names, each with its kind."""
    segments = sorted({part for key, _ in keys for part in key.split(".")[:-1] if not part.isdigit()})
    yield "prefix", _renamed(keys, lambda key: f"module.{key}")
    yield "prefix", _renamed(keys, lambda key: f"model.net._orig_mod.{key}")
    yield "changed numbering", _renamed(keys, lambda key: re.sub(r"(^|\.)\d+(?=\.)", _next, key))
    yield "flattened names", _renamed(keys, lambda key: key.replace(".", "_", max(0, key.count(".") - 1)))
    if len({key.split(".")[0] for key, _ in keys}) == 1:
        yield "removed level", _renamed(keys, lambda key: key.partition(".")[2] or key)
    for segment in chance.sample(segments, min(3, len(segments))):
        whole = re.compile(rf"(^|\.){re.escape(segment)}(?=\.)")
        yield "renamed segment", _renamed(keys, partial(whole.sub, r"\1renamed"))
        yield "added level", _renamed(keys, partial(whole.sub, r"\g<0>._orig_mod"))
    if segments:
        yield "all segments renamed", _renamed(keys, _reversed)
    if len(keys) > 4:
        yield "head dropped, prefix", _renamed(keys[:-2], lambda key: f"module.{key}", keys)
        extra: list[Sized] = [("ema.decay", ()), ("teacher.head.weight", (7, 5))]
        yield "extra keys, prefix", _renamed(keys, lambda key: f"module.{key}", keys, extra)


def _next(number: re.Match[str]) -> str:
    dot, _, digits = number[0].rpartition(".")
    return f"{dot}{'.' if number[0].startswith('.') else ''}{int(digits) + 1}"


def _reversed(key: str) -> str:
    *segments, last = key.split(".")
    return ".".join([*(part if part.isdigit() else f"s_{part[::-1]}" for part in segments), last])


def _renamed(
    keys: Sequence[Sized],
    name: Callable[[str], str],
    model: Sequence[Sized] | None = None,
    extra: Sequence[Sized] = (),
) -> Renamed:
    pairs = {name(key): key for key, _ in keys}
    return Renamed([*((name(key), shape) for key, shape in keys), *extra], list(model or keys), pairs)


class _Model:
    """As much of a model as the peer asks for: it tells which tensor came to which key."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        self.loaded: dict[str, Any] = {}

    def state_dict(self) -> dict[str, Any]:
        return dict(self.state)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.loaded = state


def _by_ours(case: Renamed) -> dict[str, str]:
    return align(case.checkpoint, case.model).pairs


def _by_peer(case: Renamed, way: str) -> dict[str, str]:
    import torch  # noqa: PLC0415 - only where there is a peer
    from torch_liberator.initializer import load_partial_state  # noqa: PLC0415 - as above

    given = {key: torch.empty(shape or (), device="meta") for key, shape in case.checkpoint}
    model = _Model({key: torch.empty(shape or (), device="meta") for key, shape in case.model})
    names = {id(value): key for key, value in given.items()}
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PATIENCE_S)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
            load_partial_state(model, given, leftover=None, mangle=False, association=way, verbose=0)
    finally:
        signal.alarm(0)
    return {names[id(value)]: key for key, value in model.loaded.items() if id(value) in names}


def _give_up(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


if __name__ == "__main__":
    for row in alignment():
        print(" | ".join(row))

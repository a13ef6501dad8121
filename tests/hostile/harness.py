"""Opens every file of a folder of hostile and odd files, and holds what is told of each against the folder's list.

    python -m tests.hostile.harness FOLDER [FOLDER ...]

A folder has a ``manifest.json``: a list of files with ``path``; ``accept``, the verdicts that are right, with
"+problem", "+warning" or "+expanded" where that is to be shown too; ``code_ref``, names of code that are to be
reported; and for some ``oracle``: dtype, shape and SHA-256 of each tensor's contiguous little-endian bytes, as
PyTorch read them.
"""

import hashlib
import json
import re
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.names import ADMITTED
from explorer.checkpoint.values.reading import Values, open_values
from tests.checkpoint.stored_bytes import stored_bytes
from tests.hostile.audited import Opened, open_audited

MAX_SECONDS: Final = 10.0
MAX_NBYTES: Final = 1_000_000_000
MAX_VALUES_NBYTES: Final = 1 << 26
"""Of a tensor whose values are read although nothing tells what they should be."""


@dataclass
class Checked:
    """A file and what is wrong with what was told of it.

    Attributes:
        path: As the list has it.
        opened: What came of it.
        faults: In words; none where all is right.
        tensors: Tensors that were compared with those of PyTorch.
        seconds: Opening it and reading values.
        cpu_seconds: The same in processor time, of both processes: what counts, whatever else the machine does.
    """

    path: str
    opened: Opened
    faults: list[str] = field(default_factory=list)
    tensors: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def listed(folder: Path) -> list[dict[str, Any]]:
    """The files that a folder's list has."""
    facts: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return facts


def check(folder: Path, facts: dict[str, Any], empty: Path) -> Checked:
    """Open a file of a list.

    Args:
        folder: Of the list.
        facts: What the list has of the file.
        empty: An empty folder for the reader process to run in.
    """
    begin, begin_cpu = time.perf_counter(), time.process_time()
    opened = open_audited(_place(folder, facts["path"]), empty)
    done = Checked(facts["path"], opened)
    done.faults += [f"it tripped: {event}" for event in opened.events]
    done.faults += [f"it left {what}" for what in opened.left]
    if opened.peak_nbytes >= MAX_NBYTES:
        done.faults.append(f"it took {opened.peak_nbytes:,} bytes")
    if not any(_accepted(wanted, opened) for wanted in facts["accept"]):
        done.faults.append(f"it is told to be {opened.verdict}, not one of {facts['accept']}")
    asked = set(facts.get("code_ref", []))
    missing = asked - set(opened.code) - ADMITTED
    if missing:
        done.faults.append(f"the code it names is not told: {sorted(missing)}")
    if opened.checkpoint is not None:
        _check_values(opened.checkpoint, facts.get("oracle", {}), done)
    elif facts.get("oracle"):
        done.faults.append("PyTorch reads it, and it was refused")
    done.seconds = time.perf_counter() - begin
    done.cpu_seconds = time.process_time() - begin_cpu + opened.cpu_seconds
    if done.cpu_seconds >= MAX_SECONDS:
        done.faults.append(f"it took {done.cpu_seconds:.1f} s")
    return done


def _place(folder: Path, name: str) -> Path:
    """Where a file of a list is; the script that makes such files counts from the folder above."""
    return folder / name if (folder / name).exists() else folder.parent / name


def _accepted(wanted: str, opened: Opened) -> bool:
    verdict, *flags = wanted.split("+")
    return verdict == opened.verdict and all(_shown(flag, opened.checkpoint) for flag in flags)


def _shown(flag: str, checkpoint: Checkpoint | None) -> bool:
    if checkpoint is None:
        return False
    kinds = [checkpoint.tensors.kind(number) for number in range(len(checkpoint.tensors))]
    if flag == "problem":
        return any(kind.problem is not None for kind in kinds)
    if flag == "expanded":
        return any(0 in kind.stride for kind in kinds)
    return flag == "warning" and bool(checkpoint.warnings)


def _check_values(checkpoint: Checkpoint, oracle: dict[str, Any], done: Checked) -> None:
    left = {_oracle_name(name): known for name, known in oracle.items()}
    with open_values(checkpoint) as values:
        for tensor in checkpoint.tensors if len(checkpoint.tensors) <= 10_000 else checkpoint.tensors[:10_000]:
            known = left.pop(".".join(tensor.path), None)
            if known is None and tensor.kind.stored_numel * tensor.kind.element.itemsize > MAX_VALUES_NBYTES:
                continue
            try:
                data = contiguous_bytes(checkpoint, values, tensor)
            except CheckpointError as error:
                if known is not None and known[2] is not None:
                    done.faults.append(f"{tensor.key!r} is not read: {error}")
                continue
            # Numbers that share a byte are shown as such nowhere.
            with suppress(CheckpointError):
                for _ in values.blocks(tensor):
                    pass
            if known is None:
                continue
            dtype, shape, digest = known
            done.tensors += 1
            if (dtype, shape) != (tensor.kind.dtype, shape and list(tensor.kind.shape)):
                done.faults.append(f"{tensor.key!r} is told to be {tensor.kind.dtype} {tensor.kind.shape}")
            elif digest is not None and hashlib.sha256(data.tobytes()).hexdigest() != digest:
                done.faults.append(f"{tensor.key!r} has other values")
    done.faults += [f"{name!r} is not listed" for name in left]


def _oracle_name(name: str) -> str:
    """The keys of a tensor as the list writes them, with positions in lists and tuples as our paths have them."""
    return re.sub(r"\[(\d+)\]", r".\1", name).lstrip(".")


def contiguous_bytes(checkpoint: Checkpoint, values: Values, tensor: TensorInfo) -> NDArray[np.uint8]:
    """The bytes of a tensor's elements, little-endian, with conjugation and negation applied."""
    data = stored_bytes(values, tensor)
    kind = tensor.kind
    is_complex = kind.element.family == "complex"
    unit = kind.element.itemsize // (2 if is_complex else 1)
    if checkpoint.byteorder == "big" and unit > 1:
        data = np.ascontiguousarray(data.reshape(-1, unit)[:, ::-1]).reshape(-1)
    if kind.conj or kind.neg:
        numbers = data.view({4: "<f4", 8: "<f8"}[unit]).copy()
        numbers[1::2] *= -1 if kind.conj else 1
        data = (-numbers if kind.neg else numbers).view(np.uint8)
    return data


def main() -> int:
    """Check folders and print the counts."""
    done: list[Checked] = []
    with tempfile.TemporaryDirectory() as empty:
        for folder in map(Path, sys.argv[1:]):
            for facts in listed(folder):
                done.append(check(folder, facts, Path(empty)))
                for fault in done[-1].faults:
                    print(f"{facts['path']}: {fault}", flush=True)
    wrong = [one for one in done if any("told to be" in fault for fault in one.faults)]
    print(f"files opened            {len(done):,}")
    print(f"with nothing wrong      {sum(not one.faults for one in done):,}")
    print(f"verdicts right          {len(done) - len(wrong):,}")
    print(f"tensors compared        {sum(one.tensors for one in done):,}")
    print(f"events tripped          {sum(len(one.opened.events) for one in done):,}")
    for one in sorted(done, key=lambda one: -one.cpu_seconds)[:8]:
        cost = f"{one.seconds:6.1f} s, processor {one.cpu_seconds:5.1f} s {one.opened.peak_nbytes / 1e6:7.0f} MB"
        print(f"{cost}  {one.path} ({one.opened.verdict})")
    print(f"most memory             {max(one.opened.peak_nbytes for one in done) / 1e6:.0f} MB")
    return int(any(one.faults for one in done))


if __name__ == "__main__":
    sys.exit(main())

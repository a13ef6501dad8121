"""What a copy is to be, and what came of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from explorer.checkpoint.dtypes import DTYPES

ChooseNames = Callable[[Sequence[str]], Mapping[str, str]]
"""Given the keys of an entry, says which are written and under which names; those that it leaves out are dropped."""

_DEVICE: Final = re.compile(r"cpu|mps|(?:cuda|xpu|hpu|npu|mtia)(?::\d{1,3})?")

NESTED: Final = ("zip", "legacy")
"""Containers whose structure is written as it is, or anew; of the others only a state_dict is."""

_NAMED: Final = 5
"""Devices that are told by their names."""
CAST_TO: Final = tuple(name for name, dtype in DTYPES.items() if dtype.family == "float")
"""Dtypes that tensors can be cast to."""


def device_problem(device: str) -> str | None:
    """Why a storage cannot be tagged with a device, as a clause; None where it can."""
    if _DEVICE.fullmatch(device):
        return None
    return f"{device!r} is no device that torch.load knows: write it as cpu, cuda:0, mps or xpu:0"


def full_device(device: str) -> str:
    """The device as torch.save writes it: ``cuda`` is ``cuda:0``."""
    return device if device in ("cpu", "mps", "hpu") or ":" in device else f"{device}:0"


@dataclass(frozen=True)
class CopyOptions:
    """What is to be another than in the source; everything else stays as it is.

    Attributes:
        device: The device that torch.load brings storages to, such as ``cpu`` or ``cuda:1``.
        entry: RFC 6901 path of the one entry that is written, as the top of the new file.
        names: Which keys of the entry are written, and how they are called. Without `entry` it is the chosen one,
            and the rest of the file is written as it is.
        dtype: What floating tensors are cast to, of `CAST_TO`.
        compact: Of storages only those parts are written that their tensors span.
        break_sharing: Each tensor gets a storage of its own, as large as it; also one that stands in two places.
        salvage: Of a damaged file what is whole is written, as one state_dict, and the rest left out.
    """

    device: str | None = None
    entry: str | None = None
    names: ChooseNames | None = None
    dtype: str | None = None
    compact: bool = False
    break_sharing: bool = False
    salvage: bool = False


@dataclass(frozen=True)
class Verified:
    """What was compared between the copy, opened anew, and the source.

    Attributes:
        tensors: That have dtype, shape, strides and name as they should, and lie where they should.
        same: Of these, those whose bytes are the source's to the bit.
        nbytes: How many bytes were compared.
        seconds: How long it took.
    """

    tensors: int
    same: int
    nbytes: int
    seconds: float


@dataclass(frozen=True)
class CopyMade:
    """A copy that was written and found to be right.

    Attributes:
        out: Where it is.
        nbytes: Its size.
        tensors: How many it holds.
        dropped: Tensors of the source that it does not hold.
        dropped_keys: Keys of the entry that were left out, with tensors or other values, in order.
        renamed: Keys that are called otherwise than in the source.
        retagged: Storages with another device than in the source.
        devices: On which the copy says it was saved; none where its format has no such tag.
        source_devices: On which the source says so.
        cast: Tensors of another dtype than in the source.
        overflowed: Stored values beyond the largest one of the new dtype, as of `Caster.overflowed`.
        flushed: Stored values that were not 0, and are in the new dtype.
        warnings: What the user should know, as sentences.
        code: Names of code that the copy asks for, as its source did.
        seconds: How long writing took, until the disk had all.
        verified: What was compared.
    """

    out: Path
    nbytes: int
    tensors: int
    dropped: int
    dropped_keys: tuple[str, ...]
    renamed: int
    retagged: int
    devices: tuple[str, ...]
    source_devices: tuple[str, ...]
    cast: int
    overflowed: int
    flushed: int
    warnings: tuple[str, ...]
    code: tuple[str, ...]
    seconds: float
    verified: Verified

    @property
    def message(self) -> str:
        """What was done, in a sentence or two."""
        said = [f"{_plural(self.tensors, 'tensor')} written"]
        for number, words in (
            (self.renamed, "renamed"),
            (self.cast, "cast"),
            (self.dropped, "left out"),
        ):
            said += [f"{number:,} {words}"] if number else []
        what = f"{', '.join(said)}{self._for_device()}"
        if self.cast == 0:
            return f"{what}; the copy was opened again, and every tensor is equal to the source to the bit."
        same = f"{self.verified.same:,} of {self.verified.tensors:,} tensors are equal to the source to the bit"
        return f"{what}; the copy was opened again: {same}, the others are its values, cast."

    def _for_device(self) -> str:
        if not self.devices:
            return ""
        before = f" instead of {_listed(self.source_devices)}" if self.retagged else " as the source is"
        return f", saved on {_listed(self.devices)}{before if self.source_devices else ''}"


def _listed(devices: tuple[str, ...]) -> str:
    more = " and others" if len(devices) > _NAMED else ""
    return ", ".join(name[:40] for name in devices[:_NAMED]) + more


def _plural(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"

"""Plans a copy whose structure is another than the source's: its pickle is written anew from what was recorded.

Runs in the planning process.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.entry_paths import entry_path
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.listing import entries_of
from explorer.checkpoint.pickles.modules import is_module
from explorer.checkpoint.pickles.structure import FoundEntry
from explorer.checkpoint.writing.carrying import FOLDER, as_archive, device_warnings, source_record
from explorer.checkpoint.writing.layout import StorageLayout
from explorer.checkpoint.writing.naming import AskNames, put_in_place, rename_keys
from explorer.checkpoint.writing.pickling import NamesCode, PickleWriter
from explorer.checkpoint.writing.plan import Plan
from explorer.checkpoint.writing.tensor_calls import TensorPlacer


@dataclass(frozen=True)
class Structure:
    """How the structure of a copy is another: the same as of `CopyOptions`, but for how keys are called.

    Attributes:
        device: As there.
        entry: As there.
        top: RFC 6901 path of the entry whose keys are renamed where all is written.
        names: Says how keys are called; None where they stay.
        dtype: As there.
        compact: As there.
        break_sharing: As there.
    """

    device: str | None
    entry: str | None
    top: str
    names: AskNames | None
    dtype: str | None
    compact: bool
    break_sharing: bool = False


def plan_restructured(found: Found, wanted: Structure) -> Plan:
    """Plan it.

    Args:
        found: The source: a zip archive of torch.save's, or a file in the layout before.
        wanted: How the copy is another.

    Raises:
        CheckpointError: It cannot be written so.
    """
    part = found.parts[0]
    entries = entries_of(part)
    root: Any = part.root if wanted.entry is None else _entry(entries, wanted.entry, part.root).node
    plan = Plan()
    if wanted.names is not None:
        entry = _entry(entries, wanted.top if wanted.entry is None else wanted.entry, part.root)
        module = "take it out as a state_dict with --entry PATH" if wanted.entry is None else ""
        renamed = rename_keys(entry.node, entry.others, wanted.names, module if is_module(entry.node) else "")
        plan.names = renamed.names
        root = put_in_place(root, entry.path if wanted.entry is None else (), renamed.entry)
    layout = StorageLayout(compact=wanted.compact, dtype=wanted.dtype, break_sharing=wanted.break_sharing)
    placer = TensorPlacer(layout, part.find_record, wanted.device, casting=wanted.dtype is not None)
    placer.look_through(root)
    try:
        pickle = PickleWriter(placer.replace, share_tensors=not wanted.break_sharing).pickle(root)
    except NamesCode as name:
        why = f"it names code, {str(name)[:80]}, and only data is written anew"
        alone = "take out its state_dict with --entry PATH, or change only the device"
        advice = alone if wanted.entry is None else ""
        raise CheckpointError("The file's structure is not written anew", why, advice, verdict="unsupported") from None
    storages = []
    for key, (number, begin, nbytes, cast) in layout.placed:
        whole = source_record(f"{FOLDER}data/{number}", part.find_record(key))  # type: ignore[arg-type]  # a storage's
        storages.append(whole._replace(begin=begin, nbytes=nbytes, cast=cast))
    plan.retagged = len(placer.retagged)
    plan.warnings += device_warnings(pickle, wanted.device)
    plan.records = as_archive(pickle, found.byteorder, storages)
    if mixed := layout.mixed():
        plan.warnings.append(f"{mixed:,} storages are used as several dtypes at once and were not cast.")
    return plan


def _entry(entries: Iterable[FoundEntry], path: str, root: object) -> FoundEntry:
    for entry in entries:
        if entry_path(entry.path) == path:
            return entry
    if path == "":
        return FoundEntry((), root, "state_dict")
    raise CheckpointError(f"The file has no entry {path[:80]!r}", "", "info FILE lists them", verdict="unsupported")

"""Sends what one parsed file holds: its tensors, entry by entry, and everything else as rows."""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

from explorer.checkpoint.answer import SLICE, Answer, damage_fields
from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.containers.safetensors import Header, SafeTensor
from explorer.checkpoint.containers.zipfiles import overlap_damage
from explorer.checkpoint.contents import MAX_TEXT, content_rows
from explorer.checkpoint.document import ContentRow
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.entries import find_entries
from explorer.checkpoint.entry_names import ATTRIBUTES
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.pickles.calls import attributes_of
from explorer.checkpoint.pickles.modules import MAX_TENSORS
from explorer.checkpoint.pickles.names import named_code
from explorer.checkpoint.pickles.plain_values import plain_of
from explorer.checkpoint.pickles.rebuild import NOT_PARAMETERS, TensorRows, contiguous
from explorer.checkpoint.pickles.structure import FoundEntry, beside_state, may_hold, tensors_of, versions_of
from explorer.checkpoint.pickles.unpickler import WITH_STATE, TensorCall
from explorer.checkpoint.values.channels import ChannelReader

MAX_HANGING: Final = 100
"""Such entries at most, for each slice of an entry."""
MAX_RECORDS: Final = 20_000
"""So many records without tensors are sent; their number says nothing about the tensors."""
ZIPS = ("zip", "torchscript", "torch.package")
"""Containers whose storages are records of an archive."""


def send_found(found: Found, descriptor: int, answer: Answer, done: dict[str, Any], table: TensorRows) -> None:
    """Send what the pickles of a file hold.

    Args:
        found: What was parsed.
        descriptor: The file.
        answer: Takes the frames.
        done: The last frame, as far as it is known.
        table: Collects the tensors; empty.
    """
    sent: list[dict[str, Any]] = []
    counts: dict[int, int] = {}
    entries: list[FoundEntry] = []
    total = 0
    in_use: set[Any] = set()
    last: Part | None = None
    for part in found.parts:
        if last is None or part.find_record is not last.find_record:
            in_use |= names_in_use(table, last)
            last, find = part, part.find_record
            reader = ChannelReader(descriptor, find, found.byteorder)
            table.look_in(find, reader.read, reader.shapes)
        found_entries = entries_of(part)
        for entry in found_entries:  # which grows
            # A table of TorchScript's belongs to the entry of the module before it.
            joins = bool(sent) and part.attribute is not None and sent[-1]["path"] == entry.path
            place = len(sent) - joins
            held = 0
            found_tensors = tensors_of(entry)
            while inside := list(islice(found_tensors, min(SLICE, MAX_TENSORS - total - held))):
                table.add(inside)
                answer.send_rows(place, [tail[0] if len(tail) == 1 else tail for tail, _ in inside], table)
                held += len(inside)
                found_entries += _hanging_on(entry, inside, found)
            if held and joins:
                sent[-1]["tensors"] += held
            elif held:
                sent.append({"path": entry.path, "kind": entry.kind, "tensors": held})
                _send_versions(place, entry.node, answer)
                plain = plain_of(entry.node)
                if plain is not None:
                    answer.send({"plain": plain, "entry": place})
            found_entries += _beside(entry)
            entries.append(entry)
            counts[id(entry.node)] = held
            total += held
    in_use |= names_in_use(table, last)
    if total == MAX_TENSORS:
        found.warnings.append(f"Only the first {MAX_TENSORS:,} tensors are listed.")
    damage = found.damage
    if found.container in ZIPS:
        damage = damage or overlap_damage(table.positions, table.stored_nbytes)
    tops = [(part.attribute or "/".join(part.path), part.root) for part in found.parts]
    done.update(
        container=found.container,
        byteorder=found.byteorder,
        warnings=found.warnings,
        code=named_code(found.names),
        entries=sent,
        contents=list(content_rows(tops, entries, counts)),
        records=found.others(in_use)[:MAX_RECORDS],
        **damage_fields(damage),
    )


def _hanging_on(entry: FoundEntry, inside: list[tuple[tuple[str, ...], TensorCall]], found: Found) -> list[FoundEntry]:
    """Entries of the tensors that were set as attributes on tensors: they are none that a model would load."""
    if WITH_STATE.isdisjoint(map(type, (call for _, call in inside))) or entry.kind == ATTRIBUTES:
        return []
    held = ((tail, attributes_of(call)) for tail, call in inside if type(call) in WITH_STATE)
    likely = (
        (tail, named) for tail, named in held if any(isinstance(one, TensorCall) or may_hold(one) for _, one in named)
    )
    entries = (FoundEntry((*entry.path, *tail), dict(named), ATTRIBUTES) for tail, named in likely)
    made = list(islice((some for some in entries if next(tensors_of(some), None)), MAX_HANGING + 1))
    if len(made) > MAX_HANGING:
        found.warnings.append(
            f"More than {MAX_HANGING} tensors have tensors as attributes; those of the others stand under Contents."
        )
    return made[:MAX_HANGING]


def _beside(entry: FoundEntry) -> list[FoundEntry]:
    """An entry of the tensors that another one has beside its state_dict; [] for nearly every one."""
    found = beside_state(entry.node) if entry.kind != ATTRIBUTES else []
    made = FoundEntry((*entry.path, ATTRIBUTES), dict(found), ATTRIBUTES)
    has_tensors = next(tensors_of(made), None) is not None
    return [made] if has_tensors else []


def _send_versions(place: int, node: object, answer: Answer) -> None:
    versions = versions_of(node)
    if versions is not None:
        for first in range(0, len(versions) or 1, SLICE):
            answer.send({"versions": versions[first : first + SLICE], "entry": place})


def names_in_use(table: TensorRows, part: Part | None) -> set[Any]:
    """Records in which tensors lie, of those that were looked for last."""
    return set() if part is None else set(map(part.name_of, table.keys_in_use()))


def entries_of(part: Part) -> list[FoundEntry]:
    """Every state_dict in a pickle, with its path from the top of the file."""
    if part.attribute is not None:
        return [FoundEntry(part.path, part.root, "module", dotted=(part.attribute,))]
    return [entry._replace(path=(*part.path, *entry.path)) for entry in find_entries(part.root)]


def send_header(header: Header, answer: Answer, done: dict[str, Any]) -> None:
    """Send what a file of safetensors holds.

    Args:
        header: What was parsed.
        answer: Takes the frames.
        done: The last frame, as far as it is known.
    """
    tensors, nbytes, metadata, damage = header
    table = TensorRows()
    known: dict[Alike, int] = {}
    for first in range(0, len(tensors) or 1, SLICE):
        some = tensors[first : first + SLICE]
        add_safetensors(table, some, known)
        answer.send_rows(0, [tensor.name for tensor in some], table)
    texts = [ContentRow(-1, "__metadata__", "dict", f"{len(metadata):,} items")] if metadata else []
    texts += [ContentRow(0, key, type(value).__name__, str(value)[:MAX_TEXT]) for key, value in metadata.items()]
    done.update(
        container="safetensors",
        code=[],
        entries=[{"path": (), "kind": "state_dict", "tensors": len(tensors)}] if tensors else [],
        contents=texts,
        records=[header_record(nbytes)],
        **damage_fields(damage),
    )


def header_record(nbytes: int) -> FileRecord:
    """What a file of safetensors begins with."""
    return FileRecord("header", "header", 0, nbytes, nbytes)


Alike = tuple[str, tuple[int, ...], str | None, bool]
"""What tells kinds of a header's tensors apart: dtype, shape, problem, and whether they count as parameters."""


def add_safetensors(table: TensorRows, tensors: Sequence[SafeTensor], known: dict[Alike, int]) -> None:
    """Append tensors of a header, which were checked, to a table.

    Args:
        table: Grows by a row for each.
        tensors: Of the header.
        known: Numbers of kinds in the table, which grows too: to make a kind takes longer than all the rest.
    """
    kinds = []
    for tensor in tensors:
        name = tensor.name
        counted = not name.endswith(NOT_PARAMETERS) or name.rpartition(".")[2] not in NOT_PARAMETERS
        alike = tensor.dtype, tensor.shape, tensor.problem, counted
        kind = known.get(alike)
        if kind is None:
            kind = known[alike] = table.intern(_safetensors_kind(tensor, counted=counted))
        kinds.append(kind)
    table.add_raw(kinds, [tensor.position for tensor in tensors], [tensor.nbytes for tensor in tensors])


def _safetensors_kind(tensor: SafeTensor, *, counted: bool) -> TensorKind:
    return TensorKind(
        dtype=tensor.dtype,
        shape=tensor.shape,
        stride=contiguous(tensor.shape),
        stored_shape=tensor.shape,
        saved_device=None,
        counts_as_parameters=counted and DTYPES[tensor.dtype].family in ("float", "complex"),
        problem=tensor.problem,
    )

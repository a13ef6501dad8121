"""A checkpoint that an index spreads over files: all their tensors in the order of the index, as one state_dict."""

from itertools import islice
from typing import Any, Final

from explorer.checkpoint.answer import SLICE, Answer, damage_fields
from explorer.checkpoint.containers.files import parse_file
from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.containers.safetensors import SafeTensor
from explorer.checkpoint.containers.shard_index import ShardIndex
from explorer.checkpoint.containers.zipfiles import overlap_damage
from explorer.checkpoint.contents import content_rows
from explorer.checkpoint.dtypes import UNKNOWN
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.listing import (
    MAX_RECORDS,
    ZIPS,
    Alike,
    add_safetensors,
    entries_of,
    header_record,
    names_in_use,
)
from explorer.checkpoint.pickles.modules import MAX_TENSORS
from explorer.checkpoint.pickles.names import named_code
from explorer.checkpoint.pickles.rebuild import TensorRows
from explorer.checkpoint.pickles.structure import FoundEntry, tensors_of
from explorer.checkpoint.shards.files import Shard, Shards, as_checkpoint_error, as_clause
from explorer.checkpoint.values.channels import ChannelReader

_ANOTHER: Final = "it may be the shard of another checkpoint: fetch the one that belongs here"
_NAMED: Final = 3
"""Tensors that a sentence names."""


def unreadable(problem: str) -> TensorKind:
    """The kind of a tensor of which nothing but the name is known."""
    return TensorKind(UNKNOWN.name, (0,), (1,), (0,), saved_device=None, counts_as_parameters=False, problem=problem)


def send_sharded(
    index: ShardIndex, shards: Shards, answer: Answer, names: dict[str, None], done: dict[str, Any]
) -> None:
    """Read the shards of an index and send what they hold.

    Args:
        index: What the index says.
        shards: The folder that it lies in.
        answer: Takes the frames.
        names: Takes the names of code that the shards ask for.
        done: The last frame, as far as it is known.
    """
    reading = _Reading(shards, names)
    order = list(dict.fromkeys(shard for shard in index.shard_of.values() if shard is not None))
    for place, name in enumerate(order):
        answer.send_progress(place, len(order), "shards")
        reading.read(name)
    entries = reading.arrange(index, answer)
    found = (shards.damage(len(order)), index.damage, reading.not_held)
    damages = [damage for damage in found if damage is not None]
    tops: list[tuple[str, object]] = [(key, value) for key, value in index.others.items() if key]
    done.update(
        container="sharded",
        code=named_code(names),
        entries=entries,
        contents=list(content_rows([*tops, *reading.tops], reading.entries, reading.counts)),
        shards=shards.facts(),
        missing=shards.missing(),
        records=reading.records,
        **damage_fields(damages[0] if damages else None),
    )
    done["warnings"] += [*(damage.sentence for damage in damages[1:]), *reading.warnings]


class _Reading:
    """Collects the tensors of all shards, and then puts them into the order of the index.

    Attributes:
        tops: What else the shards hold, by their names.
        entries: The state_dicts in them.
        counts: Of tensors in each, by the id of its object.
        warnings: Oddities.
        not_held: What is wrong where the index names tensors that their shards do not hold.
        records: Where the shards keep what is no tensor's values.
    """

    def __init__(self, shards: Shards, names: dict[str, None]) -> None:
        self._shards = shards
        self._names = names
        self._table = TensorRows()
        self._known: dict[Alike, int] = {}
        self._held: dict[str, dict[str, list[int]]] = {}
        self.tops: list[tuple[str, object]] = []
        self.entries: list[FoundEntry] = []
        self.counts: dict[int, int] = {}
        self.warnings: list[str] = []
        self.not_held: CheckpointError | None = None
        self.records: list[FileRecord] = []

    def read(self, name: str) -> None:
        """Read one shard; what is wrong with it is noted, and the others are read all the same."""
        held = self._held[name] = {}
        try:
            shard = self._shards.open(name)
            self._table.where = f"In {name[:80]!r}"
            try:
                parsed = parse_file(shard.descriptor, shard.nbytes, self._names)
                if isinstance(parsed, Found):
                    damage = self._add_found(name, parsed, shard, held)
                    self._shards.agree_on_byteorder(shard.number, parsed.byteorder)
                else:
                    damage = parsed.damage
                    first = len(self._table.kind_of)
                    held.update((tensor.name, [row]) for row, tensor in enumerate(parsed.tensors, first))
                    add_safetensors(self._table, [self._placed(tensor) for tensor in parsed.tensors], self._known)
                    self._keep([header_record(parsed.nbytes)], shard.number)
                    if parsed.metadata:
                        self.tops.append((name, parsed.metadata))
            finally:
                # Whatever was added lies in this file.
                missing = len(self._table.positions) - len(self._table.files)
                self._table.files.extend([shard.number] * missing)
        except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything
            damage = as_checkpoint_error(error)
        if damage is not None:
            said = CheckpointError(as_clause(damage), advice=damage.advice, verdict=damage.verdict)
            self._shards.broken.setdefault(name, said)

    def _placed(self, tensor: SafeTensor) -> SafeTensor:
        return tensor if tensor.problem is None else tensor._replace(problem=self._table.placed(tensor.problem))

    def _keep(self, records: list[FileRecord], number: int) -> None:
        room = MAX_RECORDS - len(self.records)
        self.records += [record._replace(file=number) for record in records[:room]]

    def _add_found(self, name: str, found: Found, shard: Shard, held: dict[str, list[int]]) -> CheckpointError | None:
        table = self._table
        storages = len(table.positions)
        in_use: set[Any] = set()
        for part in found.parts:
            reader = ChannelReader(shard.descriptor, part.find_record, found.byteorder)
            table.look_in(part.find_record, reader.read, reader.shapes)
            for entry in entries_of(part):
                inside = list(islice(tensors_of(entry), MAX_TENSORS - len(table.kind_of)))
                for row, (tail, _) in enumerate(inside, len(table.kind_of)):
                    held.setdefault(".".join((*entry.path, *tail)), []).append(row)
                table.add(inside)
                self.entries.append(entry)
                self.counts[id(entry.node)] = len(inside)
            in_use |= names_in_use(table, part)
            self.tops.append(("/".join((name, *part.path, *filter(None, [part.attribute]))), part.root))
        self._keep(found.others(in_use), shard.number)
        self.warnings += [f"{name[:80]!r}: {warning}" for warning in found.warnings]
        if found.damage is None and found.container in ZIPS:
            return overlap_damage(table.positions[storages:], table.stored_nbytes[storages:])
        return found.damage

    def arrange(self, index: ShardIndex, answer: Answer) -> list[dict[str, Any]]:
        """Send the tensors: first those of the index, in its order, then those that it does not name.

        Returns:
            The entries of the last frame.
        """
        table, order, tails = self._table, list[int](), list[str]()
        lost: dict[str, list[str]] = {}
        for name, shard in index.shard_of.items():
            rows = None if shard is None else self._held[shard].get(name)
            if rows:
                order.append(rows.pop(0))
            else:
                order.append(len(table.kind_of))
                table.append_unreadable(unreadable(self._why_not_held(shard)))
                lost.setdefault(shard or "", []).append(name)
            tails.append(name)
        self._tell_lost(lost)
        apart: list[tuple[str, list[str]]] = []
        for shard, held in self._held.items():
            left = [(name, row) for name, rows in held.items() for row in rows]
            again = [(name, row) for name, row in left if name in index.shard_of]
            new = [(name, row) for name, row in left if name not in index.shard_of]
            if left:
                some = ", ".join(repr(name[:80]) for name, _ in left[:_NAMED])
                more = " …" if len(left) > _NAMED else ""
                count = "1 tensor" if len(left) == 1 else f"{len(left):,} tensors"
                self.warnings.append(f"The index does not say that {shard[:80]!r} holds {count}: {some}{more}.")
            order += [row for _, row in new]
            tails += [name for name, _ in new]
            if again:
                apart.append((shard, [name for name, _ in again]))
        for shard, again_names in apart:
            order += [self._held[shard][name].pop(0) for name in again_names]
        table.reorder(order)
        entries: list[dict[str, Any]] = []
        for path, kept in [((), tails), *(((shard,), again_names) for shard, again_names in apart)]:
            for first in range(0, len(kept), SLICE):
                answer.send_rows(len(entries), kept[first : first + SLICE], table)
            if kept:
                entries.append({"path": path, "kind": "state_dict", "tensors": len(kept)})
        return entries

    def _why_not_held(self, shard: str | None) -> str:
        if shard is None:
            return "The index does not say in which file it is."
        broken = self._shards.broken.get(shard)
        if broken is not None:
            return f"Its shard {shard[:80]!r} cannot be read: {broken.sentence}"
        return f"Its shard {shard[:80]!r} does not hold it."

    def _tell_lost(self, lost: dict[str, list[str]]) -> None:
        for shard, tensors in lost.items():
            if not shard:
                continue
            count = "1 tensor" if len(tensors) == 1 else f"{len(tensors):,} tensors"
            if shard in self._shards.broken:
                if len(self._shards.broken) == 1:
                    continue  # how many can be read is said anyway
                self.warnings.append(f"Without {shard[:80]!r} the values of {count} are missing.")
            elif self.not_held is None:
                some = ", ".join(repr(name[:80]) for name in tensors[:_NAMED])
                more = f" and {len(tensors) - _NAMED:,} more" if len(tensors) > _NAMED else ""
                why = f"{shard[:80]!r} does not hold {some}{more}"
                self.not_held = CheckpointError("The index does not fit its shards", why, _ANOTHER)

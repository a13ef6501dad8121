"""Tests whether an entry of a checkpoint loads into a model of the user's: what is asked, and the answer in figures."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from explorer.checkpoint.damage import is_lost
from explorer.checkpoint.document import Checkpoint, Entry, PlainValues, TensorInfo
from explorer.checkpoint.entry_paths import entry_keys
from explorer.checkpoint.errors import SOUND, CheckpointError
from explorer.formatting import plural
from explorer.keys.key_mapping import Rule, left_in, rename
from explorer.loading.asking import ask_to_load
from explorer.loading.inside import how_kept, inside_of, row_of
from explorer.loading.model_file import call_with
from explorer.loading.places import BYTES_PER_S, places_of, small_of, why_not
from explorer.loading.report import LoadReport, Offered, report_of, said_by_torch
from explorer.loading.trial_process import TIMEOUT_S, TrialError
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import Report


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model of the user's, and how it is made.

    Attributes:
        file: The file that defines it.
        name: Of a class, a factory or an instance in it.
        arguments: Of the class or factory, by name or by place.
        build: A Python expression that makes the model instead, in the file's namespace; None for a plain call.
        device: Where values are loaded, as PyTorch names it, once they are.
    """

    file: Path
    name: str
    arguments: tuple[Any, ...] | dict[str, Any] = ()
    build: str | None = None
    device: str = "cpu"

    @property
    def expression(self) -> str:
        """The Python that makes it."""
        return self.build if self.build is not None else call_with(self.name, self.arguments)


@dataclass(frozen=True, slots=True)
class Handed:
    """What load_state_dict gets.

    Attributes:
        tensors: In the file's order, rules applied.
        others: Keys of values that are no tensors, with the name of their type.
        nbytes: Of all tensors.
        versions: Of the modules that they were taken from, by their dotted names, rules applied; None where the
            checkpoint does not say.
        numbers: Rows of the tensors in the checkpoint's table.
        unread: How many of them have values that cannot be read from the file.
        lost: Keys of those of which that is so because the file is damaged.
        source: Where they are from; None where values are not to be looked for.
        plain: What stands beside the tensors, as far as it is plain data; rules applied.
        inside: Of others that hold tensors, what is in them, as `inside.inside_of` writes it down.
        left_out: What rules leave out, as the checkpoint calls it.
    """

    tensors: tuple[Offered, ...]
    others: tuple[tuple[str, str], ...]
    nbytes: int
    versions: Mapping[str, int] | None = None
    numbers: tuple[int, ...] = ()
    unread: int = 0
    lost: frozenset[str] = frozenset()
    source: Checkpoint | None = field(default=None, compare=False, repr=False)
    plain: PlainValues = field(default_factory=PlainValues)
    inside: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[Offered, ...] = ()

    @property
    def damage(self) -> str:
        """Why the file itself does not load, as a sentence; "" where nothing is wrong with it."""
        if self.source is not None and self.source.verdict not in SOUND:
            return self.source.message or f"The file is {self.source.verdict}."
        return f"Of {plural(len(self.lost), 'tensor')} the file holds no readable values." if self.lost else ""

    @property
    def remark(self) -> str:
        """What a load of the real values would fail at, as a sentence; "" where at nothing."""
        if self.damage:
            return self.damage
        return f"Of {plural(self.unread, 'tensor')} the file holds no readable values." if self.unread else ""


_Noted = TypeVar("_Noted")
_MOST_SAID: Final = 300
_ONLY_TENSORS: Final = ("safetensors", "sharded")
"""Containers of which programs take the tensors and nothing else."""


def handed(checkpoint: Checkpoint, entry: Entry, rules: Sequence[Rule] = ()) -> Handed:
    """Gather what an entry hands to load_state_dict, its keys renamed.

    That is what stands directly in it: a mapping inside is one value, as load_state_dict does not look into it.

    Args:
        checkpoint: Where it is from.
        entry: One of its entries.
        rules: Applied to its keys.

    Raises:
        KeyMappingError: A rule makes no sense, or two keys would have one name.
    """
    above = len(entry_keys(entry.path))
    tensors: list[TensorInfo] = []
    others: dict[str, str] = {}
    for number in entry.numbers:
        tensor = checkpoint.tensors[number]
        if len(tensor.path) > above + 1:
            others[tensor.path[above]] = "dict"
        elif tensor.kind.is_known:
            tensors.append(tensor)
    held = {tensor.key for tensor in tensors}
    # Parts of a tensor subclass stand below it, and it is handed over as a whole.
    others = {key: kind for key, kind in others.items() if key not in held}
    # Elsewhere what stands beside the tensors is the format's own, and no program hands it over.
    if entry.kind == "state_dict" and checkpoint.container not in _ONLY_TENSORS:
        others |= _values_beside(checkpoint, entry.path, held)
    return _renamed(checkpoint, tensors, others, rules, entry)


def whole_top(checkpoint: Checkpoint, rules: Sequence[Rule] = ()) -> Handed:
    """Gather what the outermost object hands to load_state_dict, also where it holds no tensors itself.

    Args:
        checkpoint: Where it is from.
        rules: As for `handed`.

    Raises:
        KeyMappingError: As `handed`.
    """
    top = checkpoint.entry("")
    if top is not None:
        return handed(checkpoint, top, rules)
    return _renamed(checkpoint, [], _values_beside(checkpoint, "", set()), rules, None)


def _values_beside(checkpoint: Checkpoint, path: str, tensors: set[str]) -> dict[str, str]:
    """Keys of what stands beside the tensors of an entry, with the names of their types."""
    row = row_of(checkpoint, entry_keys(path))
    # A row without a type is a remark.
    beside = (other for other in checkpoint.contents if other.parent == row and other.type)
    return {other.name: other.type for other in beside if other.name not in tensors}


def _renamed(
    checkpoint: Checkpoint,
    tensors: Sequence[TensorInfo],
    others: Mapping[str, str],
    rules: Sequence[Rule],
    entry: Entry | None,
) -> Handed:
    names = left_in(rename([*(tensor.key for tensor in tensors), *others], rules))
    left_out = tuple(Offered(each.key, each.kind.shape, each.kind.dtype) for each in tensors if each.key not in names)
    tensors = [tensor for tensor in tensors if tensor.key in names]
    others = {key: kind for key, kind in others.items() if key in names}
    versions, plain = (None, PlainValues()) if entry is None else (entry.versions, entry.plain)
    path = () if entry is None else entry_keys(entry.path)
    return Handed(
        tensors=tuple(Offered(names[tensor.key], tensor.kind.shape, tensor.kind.dtype) for tensor in tensors),
        others=tuple((names[key], kind) for key, kind in others.items()),
        nbytes=sum(tensor.kind.nbytes for tensor in tensors),
        versions=_of_renamed_modules(versions, names) if versions and rules else versions,
        numbers=tuple(tensor.number for tensor in tensors),
        unread=sum(tensor.kind.problem is not None for tensor in tensors),
        lost=frozenset(names[tensor.key] for tensor in tensors if is_lost(tensor)),
        source=checkpoint,
        plain=PlainValues(
            values={names[key]: value for key, value in plain.values.items() if key in others},
            # One that is renamed is a string from then on.
            keys={key: value for key, value in plain.keys.items() if names.get(key) == key},
            metadata=_of_renamed_modules(plain.metadata, names) if rules else plain.metadata,
        ),
        inside={names[key]: tree for key, tree in inside_of(checkpoint, path, others).items()},
        left_out=left_out,
    )


def _of_renamed_modules(noted: Mapping[str, _Noted], names: Mapping[str, str]) -> dict[str, _Noted]:
    """What is noted of modules by their new names, which those of what they hold tell."""
    renamed = {}
    for key, name in names.items():
        module, _, last = key.rpartition(".")
        if module in noted and name.rpartition(".")[2] == last:
            renamed[name.rpartition(".")[0]] = noted[module]
    return renamed


def load_into(
    trial: WarmTrial,
    model: ModelChoice,
    given: Handed,
    report: Report,
    *,
    strict: bool,
    seconds: float = TIMEOUT_S,
) -> LoadReport:
    """Make the model anew and call its load_state_dict.

    Args:
        trial: Of the interpreter that has its packages.
        model: Which, and how it is made.
        given: What it is to load.
        report: Called with the stage.
        strict: As load_state_dict takes it.
        seconds: To wait at most.

    Raises:
        TrialError: It could not be tested.
        Cancelled: By `report`.
    """
    asked = asked_of(model, given, strict=strict)
    answer = ask_to_load(trial, {**asked, "small": _small(given), "real": None}, report, seconds)
    remark = given.remark
    if answer["looks_at_values"] is not None and given.source is not None:
        said = said_by_torch(answer["looks_at_values"]).strip().partition("\n")[0][:_MOST_SAID]
        try:
            places = _all_places(given.source, given)
            nbytes = sum(storage[2] for storage in places["storages"])
            asked |= {"real": places, "values_nbytes": nbytes, "small": None}
            answer = ask_to_load(trial, asked, report, seconds + nbytes / BYTES_PER_S)
        except (CheckpointError, TrialError) as error:
            if isinstance(error, TrialError) and error.stage not in ("construct", "load"):
                raise
            why = error.sentence if isinstance(error, CheckpointError) else error.message
            remark = f"{remark} With values it might load otherwise, and they could not be tried: {why}"
        else:
            remark = f"{remark} It was made on the CPU and given the file's values, since without them it said: {said}"
    report_made = report_of(answer, given.tensors, strict=strict)
    report_made = replace(report_made, left_out=tuple(tensor.key for tensor in given.left_out))
    if given.damage:
        # The shapes were tried; whoever loads the file itself gets an error, or a part of it.
        report_made = replace(
            report_made, loads=False, damage=given.damage, lost=given.lost, loaded=report_made.loaded - given.lost
        )
    return replace(report_made, remark=" ".join(filter(None, [report_made.remark, remark.strip()])))


def _small(given: Handed) -> dict[str, Any] | None:
    """Where the values of small tensors are, which a hook may look at; None where they cannot be told."""
    if given.source is None:
        return None
    tensors = [given.source.tensors[number] for number in given.numbers]
    small = small_of(tensors)
    with contextlib.suppress(CheckpointError):
        if small:
            return places_of(given.source, [tensors[n] for n in small], [given.tensors[n].key for n in small])
    return None


def _all_places(checkpoint: Checkpoint, given: Handed) -> dict[str, Any]:
    """Where the values of all tensors are that have any."""
    tensors = [checkpoint.tensors[number] for number in given.numbers]
    having = [place for place, tensor in enumerate(tensors) if not why_not(tensor)]
    return places_of(checkpoint, [tensors[n] for n in having], [given.tensors[n].key for n in having])


def asked_of(model: ModelChoice, given: Handed, *, strict: bool) -> dict[str, Any]:
    """What every question about loading says, as the trial takes it."""
    arguments = model.arguments
    plain = given.plain
    metadata: dict[str, Any] | None = None
    if given.versions is not None:
        versions = {name: ["dict", [["version", version]]] for name, version in given.versions.items()}
        metadata = {**versions, **plain.metadata}
    return {
        "path": str(model.file),
        "name": model.name,
        "args": arguments if isinstance(arguments, dict) else list(arguments),
        "build": model.build,
        "device": model.device,
        "strict": strict,
        "nbytes": given.nbytes,
        "tensors": [[tensor.key, tensor.shape, tensor.dtype] for tensor in given.tensors],
        "others": [[key, kind, *([plain.values[key]] if key in plain.values else [])] for key, kind in given.others],
        "inside": dict(given.inside),
        "odd": _odd_of(given),
        "keys": dict(plain.keys),
        "metadata": metadata,
    }


def _odd_of(given: Handed) -> dict[str, Any]:
    """Of tensors that are no plain runs of numbers, how they are kept."""
    if given.source is None:
        return {}
    kinds = (given.source.tensors[number].kind for number in given.numbers)
    odd = ((tensor.key, how_kept(kind)) for tensor, kind in zip(given.tensors, kinds, strict=True))
    return {key: how for key, how in odd if how is not None}

"""Tests whether an entry of a checkpoint loads into a model of the user's: what is asked, and the answer in figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.loading.key_mapping import Rule, rename
from explorer.loading.report import LoadReport, Offered, report_of
from explorer.loading.trial_process import TIMEOUT_S, TrialProcess
from explorer.progress import Report


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model of the user's, and how it is made.

    Attributes:
        file: The file that defines it.
        name: Of a class, a factory or an instance in it.
        arguments: Of the class or factory, by name or by place.
        build: A Python expression that makes the model instead, in the file's namespace; None for a plain call.
    """

    file: Path
    name: str
    arguments: tuple[Any, ...] | dict[str, Any] = ()
    build: str | None = None


@dataclass(frozen=True, slots=True)
class Handed:
    """What load_state_dict gets.

    Attributes:
        tensors: In the file's order, rules applied.
        others: Keys of values that are no tensors, with the name of their type.
        nbytes: Of all tensors.
    """

    tensors: tuple[Offered, ...]
    others: tuple[tuple[str, str], ...]
    nbytes: int


def handed(checkpoint: Checkpoint, entry: Entry, rules: Sequence[Rule] = ()) -> Handed:
    """Gather what an entry hands to load_state_dict, its keys renamed.

    Args:
        checkpoint: Where it is from.
        entry: One of its entries.
        rules: Applied to the keys of the tensors.

    Raises:
        KeyMappingError: A rule makes no sense, or two keys would have one name.
    """
    tensors = [checkpoint.tensors[number] for number in entry.numbers]
    names = rename((tensor.key for tensor in tensors), rules)
    return Handed(
        tensors=tuple(Offered(names[tensor.key], tensor.kind.shape, tensor.kind.dtype) for tensor in tensors),
        others=(),
        nbytes=sum(tensor.kind.nbytes for tensor in tensors),
    )


def whole_top(checkpoint: Checkpoint, rules: Sequence[Rule] = ()) -> Handed:
    """Gather what the outermost object hands to load_state_dict: its tensors, and its other values too.

    Args:
        checkpoint: Where it is from.
        rules: As for `handed`.

    Raises:
        KeyMappingError: As `handed`.
    """
    top = checkpoint.entry("")
    given = Handed((), (), 0) if top is None else handed(checkpoint, top, rules)
    keys = {tensor.key for tensor in given.tensors}
    others = [(row.name, row.type) for row in checkpoint.contents if row.parent == -1 and row.name not in keys]
    return replace(given, others=tuple(others))


def load_into(
    process: TrialProcess,
    model: ModelChoice,
    given: Handed,
    report: Report,
    *,
    strict: bool,
    seconds: float = TIMEOUT_S,
) -> LoadReport:
    """Make the model anew and call its load_state_dict.

    Args:
        process: Of the interpreter that has its packages; warm where it was asked about the same file before.
        model: Which, and how it is made.
        given: What it is to load.
        report: Called with the stage.
        strict: As load_state_dict takes it.
        seconds: To wait at most.

    Raises:
        TrialError: It could not be tested.
        Cancelled: By `report`.
    """
    arguments = model.arguments
    answer = process.ask(
        {
            "do": "load",
            "path": str(model.file),
            "name": model.name,
            "args": arguments if isinstance(arguments, dict) else list(arguments),
            "build": model.build,
            "strict": strict,
            "nbytes": given.nbytes,
            "tensors": [[tensor.key, tensor.shape, tensor.dtype] for tensor in given.tensors],
            "others": given.others,
            "metadata": None,
        },
        report,
        seconds,
    )
    return report_of(answer, given.tensors, strict=strict)

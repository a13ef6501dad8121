"""What a model file offers, and what is known of it before any of its code runs."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final, Literal

from explorer.checkpoint.document import Checkpoint, ContentRow
from explorer.formatting import plain, plural
from explorer.loading.trial_process import TIMEOUT_S
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import Report

LARGEST: Final = 1_000_000
"""Bytes of a model file; nobody writes a larger one, or could read it before agreeing to it."""

_WIDEST: Final = 200
"""Characters of a line, behind which it goes on in the next: nothing stands where nobody looks for it."""
_GOES_ON: Final = "↪ "
_ARGUMENTS: Final = ("hyper_parameters", "hparams", "args", "config", "model_args", "model_config", "cfg")
"""Names under which training programs keep what their model was made with."""
_LITERALS: Final = ("int", "float", "bool", "None")
_LONGEST: Final = 1000
"""Characters of an argument that is offered; longer texts of a file may be cut."""
_LONGEST_WHOLE: Final = 8000
"""Characters of all arguments together."""
_NAMESPACES: Final = ("argparse.Namespace", "types.SimpleNamespace")
_DEEPEST: Final = 20
_BRACKETS: Final = {"list": "[]", "tuple": "()"}


class ModelFileError(Exception):
    """A model file that cannot be read; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model file as text, for the question whether it may run.

    Attributes:
        path: Absolute.
        sha256: Of its bytes, in hexadecimal digits.
        nbytes: How many.
        text: All of it, with everything in it to be seen.
    """

    path: Path
    sha256: str
    nbytes: int
    text: str

    @property
    def lines(self) -> int:
        """How many it has."""
        return sum(not line.startswith(_GOES_ON) for line in self.text.split("\n"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a class or factory takes.

    Attributes:
        name: As it is written in a call.
        required: It has no default.
        default: Written in Python; None where there is none, or none that can be written.
        annotation: Its type in words, or "".
        variable: It stands for any number of further arguments.
    """

    name: str
    required: bool
    default: str | None
    annotation: str
    variable: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """Something in a model file that can be tested.

    Attributes:
        name: In the file.
        kind: What it is.
        parameters: What it takes.
    """

    name: str
    kind: Literal["class", "factory", "instance"]
    parameters: tuple[Parameter, ...]


def read_source(path: Path) -> ModelSource:
    """Read a model file without running it.

    Raises:
        ModelFileError: It cannot be read, or is no model file.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise ModelFileError(f"{path} could not be read: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise ModelFileError(f"{path} is larger than any model file.")
    return ModelSource(path.absolute(), hashlib.sha256(data).hexdigest(), len(data), _shown(data))


def _shown(data: bytes) -> str:
    """A file's text for who is to read all of it."""
    lines = []
    for line in data.decode("utf-8", "replace").splitlines():
        seen = plain(line, 10 * LARGEST)
        lines.append(seen[:_WIDEST])
        lines += [_GOES_ON + seen[at : at + _WIDEST] for at in range(_WIDEST, len(seen), _WIDEST)]
    return "\n".join(lines)


def offers_of(trial: WarmTrial, path: Path, report: Report, seconds: float = TIMEOUT_S) -> list[Offer]:
    """Run a model file and list what in it can be tested.

    Args:
        trial: In which it runs.
        path: Of the file.
        report: Called with the stage.
        seconds: To wait at most.

    Raises:
        TrialError: It could not be imported.
        Cancelled: By `report`.
    """
    answer = trial.ask({"do": "offers", "path": str(path)}, report, seconds)
    return [
        Offer(offer["name"], offer["kind"], tuple(_parameter(each) for each in offer["parameters"]))
        for offer in answer["offers"]
    ]


def _parameter(answer: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=answer["name"],
        required=answer["required"],
        default=answer["default"],
        annotation=answer["annotation"] or "",
        variable=answer["kind"].startswith("var_"),
    )


def likely_arguments(checkpoint: Checkpoint) -> dict[str, str]:
    """Values that the checkpoint keeps under names such as ``hyper_parameters`` or ``config``, however deep.

    Returns:
        By their names, written in Python: numbers, booleans, None, texts, and lists, tuples and dicts of them. Of two
        of one name the one that is less deep. Under every such name as ``config`` itself all of them together, as a
        dict or, of a namespace, as a `types.SimpleNamespace`.
    """
    rows = checkpoint.contents
    inside: dict[int, list[int]] = defaultdict(list)
    for row, content in enumerate(rows):
        inside[content.parent].append(row)
    found: dict[str, str] = {}
    owners = dict.fromkeys(row for row, content in enumerate(rows) if content.name in _ARGUMENTS)
    level = list(owners)
    while level:
        below = [row for owner in level if rows[owner].type not in _BRACKETS for row in inside[owner]]
        for row in below:
            name = rows[row].name
            written = _written(rows, inside, row, 0) if name.isidentifier() and name not in found else None
            if written is not None and len(written) <= _LONGEST:
                found[name] = written
        level = [row for row in below if row not in owners]
    wholes = {rows[owner].name: written for owner in owners if (written := _whole(rows, inside, owner))}
    # A model that takes a config means what the file calls args, too.
    every = {name: next(iter(wholes.values())) for name in _ARGUMENTS} if wholes else {}
    return every | wholes | found


def _whole(rows: Sequence[ContentRow], inside: Mapping[int, Sequence[int]], owner: int) -> str | None:
    """How all that a model was made with is written in Python; None where some of it cannot be."""
    kind = rows[owner].type
    if kind not in ("dict", *_NAMESPACES):
        return None
    written = _items(rows, inside, owner, 0)
    if not written or len(written) > _LONGEST_WHOLE:
        return None
    return f"__import__('types').SimpleNamespace(**{{{written}}})" if kind in _NAMESPACES else f"{{{written}}}"


def _items(rows: Sequence[ContentRow], inside: Mapping[int, Sequence[int]], row: int, depth: int) -> str | None:
    """The items of a dict as they stand between its braces; None where some cannot be written."""
    parts = inside.get(row, ())
    if rows[row].text != plural(len(parts), "item") or len(parts) > _LONGEST:
        return None
    # Of a key that is no text only the digits are known.
    if not all(rows[part].name.isidentifier() for part in parts):
        return None
    values = [_written(rows, inside, part, depth + 1) for part in parts]
    if None in values:
        return None
    return ", ".join(f"{rows[part].name!r}: {value}" for part, value in zip(parts, values, strict=True))


def _written(rows: Sequence[ContentRow], inside: Mapping[int, Sequence[int]], row: int, depth: int) -> str | None:
    """How a value is written in Python; None for what cannot be, or is not listed in full."""
    content = rows[row]
    if content.type in _LITERALS:
        # Not inf, which is a name.
        return content.text if content.type != "float" or isfinite(float(content.text)) else None
    if content.type == "str":
        return repr(content.text) if len(content.text) < _LONGEST else None
    if content.type == "dict":
        items = None if depth > _DEEPEST else _items(rows, inside, row, depth)
        return None if items is None else f"{{{items}}}"
    brackets = _BRACKETS.get(content.type)
    parts = inside.get(row, ())
    if not brackets or depth > _DEEPEST or content.text != plural(len(parts), "item") or len(parts) > _LONGEST:
        return None
    values = [_written(rows, inside, part, depth + 1) for part in parts]
    written = ", ".join(value for value in values if value is not None)
    comma = "," if content.type == "tuple" and len(parts) == 1 else ""
    return None if None in values else f"{brackets[0]}{written}{comma}{brackets[1]}"


def call_with(name: str, arguments: Sequence[Any] | Mapping[str, Any]) -> str:
    """Write a call with values of JSON, by place or by name."""
    if isinstance(arguments, Mapping):
        return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
    return f"{name}({', '.join(map(repr, arguments))})"

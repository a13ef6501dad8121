"""What loaded and what did not: a trial's answer in figures and words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from explorer import formatting

_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

_FILLED: Final = "num_batches_tracked"
_NAMED: Final = 2
"""Keys that are named in a sentence."""

LoadState = Literal["loads", "cast", "shape", "unexpected"]
"""What becomes of a tensor of the checkpoint; one that is cast loads too."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A tensor that is handed to load_state_dict.

    Attributes:
        key: Its dotted name there, rules applied.
        shape: Sizes.
        dtype: Name of its dtype.
    """

    key: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class ModelValue:
    """A value of a model's own state_dict.

    Attributes:
        key: Its dotted name.
        shape: Sizes; None where it has none yet (a lazy parameter) or is no tensor.
        dtype: Name of its dtype; None for what is no tensor.
        parameter: A number that tied parameters share; None for buffers and other values.
    """

    key: str
    shape: tuple[int, ...] | None
    dtype: str | None
    parameter: int | None

    @property
    def numel(self) -> int:
        """Elements; 0 while it has no shape."""
        elements = 0 if self.shape is None else 1
        for size in self.shape or ():
            elements *= size
        return elements


@dataclass(frozen=True, slots=True)
class Differing:
    """Something of a key that the checkpoint and the model say differently."""

    key: str
    checkpoint: Any
    model: Any


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What load_state_dict of a model said to the tensors of a checkpoint.

    Attributes:
        model: Name of the model's class.
        strict: As it was called.
        values: The model's state_dict.
        loads: It did not raise, also where nothing matched, and the file is whole.
        message: What it raised, without ANSI escapes; None where it did not.
        unlisted: Why `missing` and `unexpected` are not known: it raised for another reason than keys and shapes; None
            where they are.
        loaded: Keys of the model that values of the checkpoint came to, also by a hook.
        missing: Keys of the model that the checkpoint has nothing for, as load_state_dict itself says.
        unexpected: Keys of the checkpoint that the model has no place for, likewise.
        size_mismatch: Keys of both with other shapes.
        dtype_differs: Keys of both with other dtypes, which loading casts.
        device: On which the model was made: ``meta`` takes no memory.
        why_not_meta: Why it was made elsewhere, or "".
        takes_strict: The model's load_state_dict takes the word; one of the user's may not.
        lacking: A package that is not installed, and that the __init__.py needs without which the file was imported;
            "" where it was imported as it is.
        remark: On that and on values, or "".
        seconds: That the model's constructor took.
        taken: Keys of the checkpoint whose values are in the model, under whatever name.
        damage: Why the file itself does not load, whatever the model takes, as a sentence; "" where it is whole.
        lost: Keys of the checkpoint whose values are not there for that reason.
        left_out: Keys of the checkpoint, as it calls them, that rules kept from load_state_dict.
    """

    model: str
    strict: bool
    values: tuple[ModelValue, ...]
    loads: bool
    message: str | None
    unlisted: str | None
    loaded: frozenset[str]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    size_mismatch: tuple[Differing, ...]
    dtype_differs: tuple[Differing, ...]
    device: str
    why_not_meta: str
    takes_strict: bool
    lacking: str
    remark: str
    seconds: float
    taken: frozenset[str] = frozenset()
    damage: str = ""
    lost: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()

    @property
    def why_fails(self) -> str:
        """Why it fails, as a clause: "2 tensors are of another shape"; "" where it loads, or only its message tells."""
        if self.loads:
            return ""
        if self.damage:
            return "the file is damaged"
        reasons = [(len(self.size_mismatch), "tensor", "of another shape")]
        if self.strict:
            reasons += [(len(self.missing), "key", "missing"), (len(self.unexpected), "key", "unexpected")]
        said = (f"{formatting.plural(n, noun)} {'is' if n == 1 else 'are'} {what}" for n, noun, what in reasons if n)
        return " and ".join(said)

    @property
    def tensors(self) -> int:
        """Tensors of the model's state_dict."""
        return sum(value.dtype is not None for value in self.values)

    @property
    def complete(self) -> bool:
        """All of the model is loaded, and all of the checkpoint has its place."""
        return len(self.loaded) == self.tensors and not self.unexpected

    @property
    def parameters(self) -> int:
        """Elements of the model's parameters, tied ones counted once."""
        return _parameters(self.values)

    @property
    def parameters_loaded(self) -> int:
        """Of those, how many were loaded."""
        return _parameters([value for value in self.values if value.key in self.loaded])

    def states(self, keys: Iterable[str]) -> dict[str, LoadState]:
        """What becomes of tensors of the checkpoint.

        Args:
            keys: Of what was handed over, rules applied.

        Returns:
            By key; without those of which it is not known, and those that load_state_dict leaves out.
        """
        own = {value.key for value in self.values}
        shapes = {each.key for each in self.size_mismatch}
        dtypes = {each.key for each in self.dtype_differs}
        unexpected = set(self.unexpected)
        found: dict[str, LoadState] = {}
        for key in keys:
            if key in shapes:
                found[key] = "shape"
            elif key in self.lost:
                continue
            elif key in self.loaded:
                found[key] = "cast" if key in dtypes else "loads"
            elif key in unexpected:
                found[key] = "unexpected"
            elif key in self.taken and key not in own:
                # A hook took it under another name.
                found[key] = "loads"
        return found

    @property
    def summary(self) -> str:
        """One sentence."""
        outcome = f"{'strict' if self.strict else 'strict off'}: {'loads' if self.loads else 'fails'}"
        if not self.tensors:
            return f"The model has no tensors, so there is nothing to load; {outcome}."
        if not self.loaded:
            quietly = ", which load_state_dict does not complain of" if self.loads else ""
            return f"Nothing loads: no tensor has a name and shape of the model's{quietly}; {outcome}."
        share = (
            f", {formatting.percent(self.parameters_loaded, self.parameters)} of parameters" if self.parameters else ""
        )
        tensors = f"{formatting.exact(len(self.loaded))} of {formatting.plural(self.tensors, 'tensor')}"
        if self.damage:
            return f"Fails, since not all of the file can be read: {tensors} are whole and fit{share}."
        return f"{tensors} load{share}; {outcome}."


def report_of(answer: Mapping[str, Any], offered: Sequence[Offered], *, strict: bool) -> LoadReport:
    """Put a trial's answer into figures.

    Args:
        answer: Of `asking.ask_to_load`.
        offered: The tensors that it was given.
        strict: As it was asked.
    """
    values = tuple(
        ModelValue(key, None if shape is None else tuple(shape), dtype, tied)
        for key, shape, dtype, tied in answer["rows"]
    )
    own = {value.key: value for value in values}
    mismatched = {key for key, *_ in answer["size_mismatch"]}
    missing = set(answer["missing"])
    tensors = {key for key, value in own.items() if value.dtype is not None}
    loaded = (tensors & set(answer["arrived"])) - mismatched - missing
    taken = frozenset(answer["taken"])
    left_over = tensors - loaded - mismatched - missing
    raised, lacking = answer["raised"], answer["lacking"]
    return LoadReport(
        model=answer["model"],
        strict=strict,
        values=values,
        loads=raised is None,
        message=None if raised is None else said_by_torch(raised),
        unlisted=answer["unlisted"],
        loaded=frozenset(loaded),
        missing=tuple(answer["missing"]),
        unexpected=tuple(answer["unexpected"]),
        size_mismatch=tuple(Differing(key, tuple(have), tuple(want)) for key, have, want in answer["size_mismatch"]),
        dtype_differs=tuple(
            Differing(tensor.key, tensor.dtype, own[tensor.key].dtype)
            for tensor in offered
            if tensor.key in own and own[tensor.key].dtype not in (None, tensor.dtype)
        ),
        device=answer["device"],
        why_not_meta=answer["why_not_meta"],
        takes_strict=answer["takes_strict"],
        lacking=lacking,
        remark=" ".join(
            [f"It was imported without its package's __init__.py, which needs {lacking}."] * bool(lacking)
            + ([] if raised is not None else _left_out(left_over, set(answer["unclear"]), taken, offered, answer))
            + ([] if answer["unlisted"] or not missing else _filled_in(left_over, {tensor.key for tensor in offered}))
        ),
        seconds=answer["seconds"],
        taken=taken,
    )


def _left_out(
    left_over: set[str], unclear: set[str], taken: frozenset[str], offered: Sequence[Offered], answer: Mapping[str, Any]
) -> list[str]:
    """Sentences on tensors of the model that no values were seen to come to, though load_state_dict misses none.

    Of others that the checkpoint has nothing for, PyTorch fills some in by itself, as BatchNorm's num_batches_tracked.
    """
    keys = {tensor.key for tensor in offered}
    gone = keys - taken - set(answer["unexpected"]) - {key for key, *_ in answer["rows"]}
    unknown = sorted(key for key in left_over & unclear if key in keys or gone)
    kept = sorted(left_over & keys - unclear)
    said = []
    if kept:
        said.append(f"load_state_dict leaves {_named(kept)} of the model as made, without a complaint.")
    if unknown:
        said.append(f"Whether values of the checkpoint come to {_named(unknown)} of the model is not known.")
    return said


def _filled_in(left_over: set[str], keys: set[str]) -> list[str]:
    """A sentence on counts of BatchNorm that the checkpoint lacks and that are not among the missing keys."""
    counts = sorted(key for key in left_over - keys if key.rpartition(".")[2] == _FILLED)
    return [f"PyTorch does not count {_named(counts)} as missing: BatchNorm fills such in by itself."] if counts else []


def _named(keys: Sequence[str]) -> str:
    named = ", ".join(formatting.visible(key) for key in keys[:_NAMED])
    return f"{formatting.plural(len(keys), 'tensor')} ({named}{', …' if len(keys) > _NAMED else ''})"


def said_by_torch(words: str) -> str:
    """Words of PyTorch's or a model's, without ANSI escapes."""
    return _ANSI.sub("", words)


def _parameters(values: Sequence[ModelValue]) -> int:
    return sum({value.parameter: value.numel for value in values if value.parameter is not None}.values())

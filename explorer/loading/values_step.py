"""The second, optional step of a test: the values are loaded for real, and the model runs once."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.dtypes import DTYPES
from explorer.loading.load_test import Handed, ModelChoice, asked_of
from explorer.loading.places import BYTES_PER_S, places_of, why_not
from explorer.loading.report import said_by_torch
from explorer.loading.trial_process import TIMEOUT_S
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import Report

_NAMED: Final = 3


class ValuesError(Exception):
    """Values or inputs that cannot be handed over; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Input:
    """A tensor that a model is called with.

    Attributes:
        name: Of the argument; None for one by place.
        shape: Sizes.
        dtype: Name of its dtype; None for that of the model's own parameters.
    """

    name: str | None
    shape: tuple[int, ...]
    dtype: str | None

    @property
    def written(self) -> str:
        """As `parse_inputs` reads it."""
        name = "" if self.name is None else f"{self.name}="
        return f"{name}{','.join(map(str, self.shape))}{'' if self.dtype is None else f':{self.dtype}'}"

    def __str__(self) -> str:
        name = "" if self.name is None else f"{formatting.visible(self.name)} "
        return f"{name}{formatting.shape(self.shape)}{'' if self.dtype is None else f' {self.dtype}'}"


@dataclass(frozen=True, slots=True)
class Output:
    """A tensor that a model returned.

    Attributes:
        path: How to get to it: ``output[0]['logits']``.
        shape: Sizes.
        dtype: Name of its dtype.
        nan: Its NaN; None where they cannot be counted.
        inf: Its infinities, likewise.
    """

    path: str
    shape: tuple[int, ...]
    dtype: str
    nan: int | None
    inf: int | None

    def __str__(self) -> str:
        return f"{formatting.visible(self.path)}: {formatting.shape(self.shape)} {self.dtype}, {self.counted}"

    @property
    def counted(self) -> str:
        """What is not finite in it, in words."""
        if self.nan is None or self.inf is None:
            return "not counted"
        found = [f"{formatting.count(n)} {what}" for n, what in ((self.nan, "NaN"), (self.inf, "Inf")) if n]
        return ", ".join(found) or "all finite"


@dataclass(frozen=True, slots=True)
class Forward:
    """One forward pass.

    Attributes:
        inputs: As they were made.
        seconds: That it took; None where it raised.
        outputs: The tensors in what the model returned.
        others: What else is in it: how to get to it, and its class.
        left_out: How much more there is.
        message: What it raised; None where it did not.
        traceback: Of that, or "".
    """

    inputs: tuple[Input, ...]
    seconds: float | None
    outputs: tuple[Output, ...]
    others: tuple[tuple[str, str], ...]
    left_out: int
    message: str | None
    traceback: str

    @property
    def not_finite(self) -> int:
        """NaN and infinities in all outputs."""
        return sum((output.nan or 0) + (output.inf or 0) for output in self.outputs)

    @property
    def summary(self) -> str:
        """One sentence."""
        given = ", ".join(map(str, self.inputs)) or "nothing"
        if self.message is not None or self.seconds is None:
            return f"The forward pass of {given} fails: {self.message}"
        found = (
            "all finite"
            if not self.not_finite
            else f"of which {formatting.exact(self.not_finite)} values are not finite"
        )
        if any(output.nan is None for output in self.outputs):
            found = "not all could be counted"
        gave = formatting.plural(len(self.outputs) + self.left_out, "output") if self.outputs else "no tensors"
        took = formatting.duration(self.seconds)
        return f"The forward pass of {given} took {took} and gave {gave}{f', {found}' if self.outputs else ''}."


@dataclass(frozen=True, slots=True)
class ValuesReport:
    """What came of loading the values.

    Attributes:
        tensors: That were handed over.
        nbytes: Of their storages, which were read.
        seconds: That reading and load_state_dict took.
        peak: The most memory that the process had, in bytes; None where the system does not tell.
        message: What load_state_dict raised; None where it did not.
        forward: None where none was asked for, or loading failed.
        device: Where they were loaded.
    """

    tensors: int
    nbytes: int
    seconds: float
    peak: int | None
    message: str | None
    forward: Forward | None
    device: str = "cpu"

    @property
    def summary(self) -> str:
        """One sentence."""
        memory = "" if self.peak is None else f"; its process had at most {formatting.nbytes(self.peak)} of memory"
        took = formatting.duration(self.seconds)
        values = f"The values of {formatting.plural(self.tensors, 'tensor')} ({formatting.nbytes(self.nbytes)})"
        if self.message is not None:
            return f"{values} were read, and load_state_dict failed after {took}{memory}."
        where = "" if self.device == "cpu" else f" on {formatting.visible(self.device)}"
        return f"{values} were loaded{where} in {took}, and eval() was called{memory}."

    @property
    def wrong(self) -> bool:
        """It failed, or gave what is not finite."""
        forward = self.forward
        return self.message is not None or (
            forward is not None and (forward.message is not None or forward.not_finite > 0)
        )


def parse_inputs(text: str) -> tuple[Input, ...]:
    """Read the inputs of a forward pass, as people write them.

    Args:
        text: Shapes with ``;`` between them, each ``[NAME=]SIZES[:DTYPE]``, such as ``1,3,224,224`` or
            ``input_ids=1,16:int64; mask=1,16:bool``. Sizes may have × or x between them too.

    Raises:
        ValuesError: It is written otherwise.
    """
    return tuple(_parse_input(part.strip()) for part in text.split(";") if part.strip())


def _parse_input(text: str) -> Input:
    name, sign, rest = text.rpartition("=")
    sizes, colon, dtype = rest.partition(":")
    name, dtype = name.strip(), dtype.strip().removeprefix("torch.")
    if sign and not name.isidentifier():
        raise ValuesError(f"{formatting.visible(name)!r} is no name of an argument.")
    if colon and (dtype not in DTYPES or DTYPES[dtype].family not in ("float", "complex", "int", "bool")):
        raise ValuesError(f"{formatting.visible(dtype)!r} is no dtype, such as float32 or int64.")
    words = [word.strip() for word in sizes.strip().strip("()[]").replace("×", ",").replace("x", ",").split(",")]
    words = words[:-1] if words[-1] == "" else words
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise ValuesError(f"{formatting.visible(text)!r} is no shape: write sizes as 1,3,224,224.")
    return Input(name or None, tuple(map(int, words)), dtype or None)


def load_values(
    trial: WarmTrial,
    model: ModelChoice,
    checkpoint: Checkpoint,
    given: Handed,
    inputs: Sequence[Input] | None,
    report: Report,
    *,
    strict: bool,
    seconds: float | None = None,
) -> ValuesReport:
    """Load the values of what an entry hands over, and run the model once.

    Args:
        trial: As for `load_test.load_into`.
        model: Which, and how it is made.
        checkpoint: Where the values are.
        given: What is handed over.
        inputs: Of a forward pass; None for none.
        report: Called with the stage.
        strict: As load_state_dict takes it.
        seconds: To wait at most; None for a time that the file's size is considered in.

    Raises:
        ValuesError: Tensors have no values that could be handed over.
        CheckpointError: The file has changed, or cannot be read.
        TrialError: It could not be done.
        Cancelled: By `report`.
    """
    tensors = [checkpoint.tensors[number] for number in given.numbers]
    without = [tensor for tensor in tensors if why_not(tensor)]
    if without:
        named = ", ".join(formatting.visible(tensor.key) for tensor in without[:_NAMED])
        more = ", …" if len(without) > _NAMED else ""
        raise ValuesError(
            f"The values of {formatting.plural(len(without), 'tensor')} ({named}{more}) cannot be handed over: "
            f"{why_not(without[0])}"
        )
    places = places_of(checkpoint, tensors, [tensor.key for tensor in given.tensors])
    nbytes = sum(storage[2] for storage in places["storages"])
    limit, begin = TIMEOUT_S + nbytes / BYTES_PER_S if seconds is None else seconds, time.monotonic()
    asked = asked_of(model, given, strict=strict)
    own = trial.ask({**asked, "do": "bytes"}, report, limit, since=begin)["nbytes"]
    answer = trial.ask(
        {
            **asked,
            **places,
            "do": "values",
            "nbytes": own,
            "values_nbytes": nbytes + sum(_nbytes(each) for each in inputs or ()),
            "inputs": None if inputs is None else [[each.name, each.shape, each.dtype] for each in inputs],
        },
        report,
        limit,
        since=begin,
    )
    return ValuesReport(
        tensors=len(tensors),
        nbytes=nbytes,
        seconds=answer["seconds"],
        peak=answer["peak"],
        message=None if answer["raised"] is None else said_by_torch(answer["raised"]),
        forward=None if answer["forward"] is None else _forward_of(answer["forward"]),
        device=model.device,
    )


def _nbytes(each: Input) -> int:
    elements = DTYPES[each.dtype or "float32"].itemsize
    for size in each.shape:
        elements *= size
    return elements


def _forward_of(answer: Mapping[str, Any]) -> Forward:
    return Forward(
        inputs=tuple(Input(name, tuple(shape), dtype) for name, shape, dtype in answer["inputs"]),
        seconds=answer["seconds"] if answer["message"] is None else None,
        outputs=tuple(Output(path, tuple(shape), *rest) for path, shape, *rest in answer["outputs"]),
        others=tuple((path, name) for path, name in answer["others"]),
        left_out=answer["left_out"],
        message=None if answer["message"] is None else said_by_torch(answer["message"]),
        traceback=answer["traceback"],
    )

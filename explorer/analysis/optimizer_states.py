"""Which parameter each tensor of an optimizer's state belongs to: by its name, or by its place in the model's order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from explorer.analysis.judge.plain_steps import plain_steps
from explorer.analysis.roles import Role, Roles
from explorer.checkpoint.document import Checkpoint, Entry, TensorTable
from explorer.formatting import plural
from explorer.progress import Report

_STATE: Final = re.compile(r"(?:.*\.)?state\.(.+)\.([^.]+)", re.DOTALL)
_WHOLE: Final = frozenset(
    {"exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "grad_avg", "sum"}
)
"""States of torch.optim that have the shape of their parameter."""
_PREFIXES: Final = ("module.", "_orig_mod.", "model.", "_fsdp_wrapped_module.")


class State(NamedTuple):
    """What an optimizer keeps of one parameter.

    Attributes:
        tensors: Numbers of its tensors by what they are called: ``exp_avg``, ``step``.
        step: How many it made, where that is a plain number; None where it is a tensor, or not known.
    """

    tensors: Mapping[str, int]
    step: float | None = None


@dataclass(frozen=True)
class OptimizerStates:
    """What belongs to what, in one checkpoint.

    Attributes:
        weights: Number of the parameter by that of the state's tensor.
        states: What is kept of a parameter, by its number.
        how: How that was found out, as a sentence, by the path of the optimizer's entry. Of an entry that was not
            mapped, why not.
    """

    weights: dict[int, int] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)


class _Order(NamedTuple):
    """Parameters of an entry in an order in which an optimizer may have been given them."""

    numbers: list[int]
    words: str


def map_states(checkpoint: Checkpoint, report: Report, roles: Roles | None = None) -> OptimizerStates:
    """Find out what belongs to what.

    An optimizer that numbers its parameters is mapped by their order, if as many parameters of one entry have exactly
    the shapes of its states: in the model's order, or with all matrices before or after all vectors, as optimizers are
    often given them for weight decay.

    Args:
        checkpoint: Any.
        report: Asked now and then whether to go on.
        roles: Of its tensors, where they are known.

    Raises:
        Cancelled: By `report`.
    """
    found = OptimizerStates()
    optimizers = [entry for entry in checkpoint.entries if entry.kind == "optimizer"]
    if not optimizers:
        return found
    report(0, 0, "optimizer")
    roles = roles or Roles(checkpoint, report)
    models = sorted(
        (entry for entry in checkpoint.entries if entry.kind != "optimizer"), key=lambda each: not each.chosen
    )
    steps = plain_steps(checkpoint)
    for entry in optimizers:
        report(0, 0, "optimizer")
        states = states_of(checkpoint.tensors, entry)
        pairs, found.how[entry.path] = _mapped(checkpoint.tensors, roles, states, models)
        for name, weight in pairs.items():
            # Two optimizers may keep something of one parameter: the first one's is told.
            found.states.setdefault(weight, State(states[name], steps[entry.path].get(name)))
            found.weights.update(dict.fromkeys(states[name].values(), weight))
    return found


def states_of(table: TensorTable, entry: Entry) -> dict[str, dict[str, int]]:
    """The tensors of each parameter, by the number or name that the optimizer gives it."""
    states: dict[str, dict[str, int]] = {}
    for number in entry.numbers:
        match = _STATE.fullmatch(table.key(number))
        if match is not None:
            states.setdefault(match[1], {})[match[2]] = number
    return states


def _mapped(
    table: TensorTable, roles: Roles, states: Mapping[str, Mapping[str, int]], models: Sequence[Entry]
) -> tuple[dict[str, int], str]:
    if not states:
        return {}, "This optimizer keeps no state of its parameters."
    numbered = all(name.isascii() and name.isdigit() and len(name) < 10 for name in states)
    for entry in models:
        if numbered:
            names = sorted(states, key=int)
            for order in _orders(table, roles, entry):
                if len(order.numbers) == len(names) and all(
                    _fits(table, states[name], number) for name, number in zip(names, order.numbers, strict=True)
                ):
                    where = f" of {entry.name}" if entry.name else ""
                    how = (
                        f"By order: the optimizer and the parameters{where}, {order.words}, are "
                        f"{plural(len(names), 'parameter')} with the same shapes one after the other."
                    )
                    return dict(zip(names, order.numbers, strict=True)), how
        else:
            by_key = {table.key(number): number for number in entry.numbers}
            pairs = {name: by_key[key] for name in states if (key := _known_as(name, by_key)) is not None}
            pairs = {name: number for name, number in pairs.items() if _fits(table, states[name], number)}
            if pairs:
                of = f"{len(pairs)} of {plural(len(states), 'parameter')}"
                return pairs, f"By name: the optimizer names {of} as the model does, with the same shapes."
    return (
        {},
        f"No entry has {plural(len(states), 'parameter')} with the shapes of this optimizer's state in their order.",
    )


def _orders(table: TensorTable, roles: Roles, entry: Entry) -> Iterator[_Order]:
    """Orders in which an optimizer may have been given the parameters of a model, the most likely first."""
    numbers = _once(table, (number for number in entry.numbers if table.kind(number).counts_as_parameters))
    learned = [number for number in numbers if roles[number] != Role.FIXED]
    for some in (numbers, learned) if len(learned) < len(numbers) else (numbers,):
        yield _Order(some, "in the model's order")
        matrices = [number for number in some if len(table.kind(number).shape) > 1]
        vectors = [number for number in some if len(table.kind(number).shape) <= 1]
        yield _Order(matrices + vectors, "matrices before vectors")
        yield _Order(vectors + matrices, "vectors before matrices")


def _once(table: TensorTable, numbers: Iterator[int]) -> list[int]:
    """Parameters that are tied are one for an optimizer: the first of them."""
    seen: set[tuple[object, ...]] = set()
    found = []
    for number in numbers:
        storage = table.storage_of[number]
        place = (storage, table.offset_of[number], table.kind(number).shape) if storage >= 0 else (number,)
        if place not in seen:
            seen.add(place)
            found.append(number)
    return found


def _fits(table: TensorTable, state: Mapping[str, int], number: int) -> bool:
    """Whether what is kept of a parameter has its shape; a state without any such tensor fits each."""
    shape = table.kind(number).shape
    return all(table.kind(own).shape == shape for name, own in state.items() if name in _WHOLE)


def _known_as(name: str, by_key: Mapping[str, int]) -> str | None:
    """The key of the parameter that an optimizer names, with or without what wrappers put before it."""
    if name in by_key:
        return name
    for prefix in _PREFIXES:
        if name.startswith(prefix) and name.removeprefix(prefix) in by_key:
            return name.removeprefix(prefix)
        if f"{prefix}{name}" in by_key:
            return f"{prefix}{name}"
    return None

"""Makes a model and loads into it, once: the application asks again where more is to be tried."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections import OrderedDict
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from . import values
from .channel import Teller
from .handing_over import hand_over, load, takes_strict
from .making import Making, check_memory
from .telling import Refused, class_name, said

_REAL = "The values are loaded into a model with memory of its own"


def try_load(making: Making, request: dict[str, Any], tell: Teller) -> dict[str, Any]:
    """Make the model and load what has its shapes and dtypes, or ``real`` values.

    Args:
        making: Of the model file.
        request: What is made and loaded; ``device`` that it is made on if it can be, ``lenient`` where PyTorch is to
            go on where shapes differ, for its lists.
        tell: Told the stages.

    Returns:
        What came of it; ``why_not_meta`` alone where the model cannot be made without memory.

    Raises:
        Refused: It would not fit into the memory, or is no model.
    """
    tell("construct")
    device, why = request["device"], ""
    if request["real"]:
        device = "cpu"
        check_memory(request["nbytes"] + request["values_nbytes"], _REAL)
    if making.ready(request) is not None:
        device, why = "cpu", "it is made when its file is imported"
    elif device == "cpu" and not request["real"]:
        check_memory(request["nbytes"], "The model can only be made with memory of its own")
    begin = time.monotonic()
    try:
        model = making.make(request, device)
    except Refused:
        raise
    except Exception as error:  # constructors raise anything on meta; on the CPU they are heard
        if device != "meta":
            raise
        return {"why_not_meta": said(error)[:500]}
    state = _state_of(model)
    parameters: dict[str, torch.Tensor] = dict(model.named_parameters(remove_duplicate=False))
    # Tied ones have one number, also where not all of them are told of.
    every = _rows_of({**state, **{key: value for key, value in parameters.items() if key not in state}}, parameters)
    rows, hidden = [row for row in every if row[0] in state], [row for row in every if row[0] not in state]
    seconds = time.monotonic() - begin
    tell("load")
    lenient = request["lenient"]
    differing = _mismatches(rows, request["tensors"], request["odd"])
    wrong = {key for key, *_ in differing} if lenient else set()
    own = {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}
    returned, raised, following = load(model, request, own, wrong, strict=request["strict"] and not lenient)
    # Where it cannot be looked at any more, nothing is known to be there.
    after: dict[str, Any] = {}
    with contextlib.suppress(Exception):
        after = _state_of(model)
    listed = hasattr(returned, "missing_keys") and hasattr(returned, "unexpected_keys")
    return {
        "model": class_name(model),
        "device": device,
        "why_not_meta": why,
        "seconds": seconds,
        "rows": rows,
        "hidden": hidden,
        "size_mismatch": differing,
        "raised": raised,
        "returned": class_name(returned),
        "takes_strict": takes_strict(model),
        "missing": list(returned.missing_keys) if listed else None,
        "unexpected": list(returned.unexpected_keys) if listed else None,
        **following.told(after),
    }


def _state_of(model: torch.nn.Module) -> dict[str, Any]:
    """The state_dict of a model with its parameters themselves in it, unless it has one of its own without."""
    takes = True
    with contextlib.suppress(Exception):
        named = inspect.signature(model.state_dict).parameters.values()
        takes = any(each.name == "keep_vars" or each.kind is each.VAR_KEYWORD for each in named)
    state = model.state_dict(keep_vars=True) if takes else model.state_dict()
    if not isinstance(state, dict):
        raise Refused(f"Its state_dict() returns a {class_name(state)}, and no dict.")
    if takes:
        return state
    # It gives what shares their memory.
    held = dict(model.named_parameters(remove_duplicate=False))
    return {key: held.get(key, value) if isinstance(value, torch.Tensor) else value for key, value in state.items()}


def _rows_of(state: dict[str, Any], parameters: dict[str, torch.Tensor]) -> list[list[Any]]:
    """Of each value of a model's state_dict its key, shape, dtype, and a number that tied parameters share.

    Shape and dtype are None for what is no tensor; the shape alone for a lazy parameter, which has none yet; the
    number is None for what is no parameter.

    Args:
        state: It.
        parameters: The model's, of which some have another class than PyTorch's, as in TorchScript.
    """
    numbers: dict[int, int] = {}
    rows: list[list[Any]] = []
    for key, value in state.items():
        if not isinstance(value, torch.Tensor):
            rows.append([key, None, None, None])
            continue
        is_parameter = isinstance(value, torch.nn.Parameter) or key in parameters
        tied = numbers.setdefault(id(value), len(numbers)) if is_parameter else None
        rows.append([key, None if is_lazy(value) else list(value.shape), str(value.dtype)[6:], tied])
    return rows


def _mismatches(rows: list[list[Any]], tensors: list[list[Any]], odd: dict[str, list[Any]]) -> list[list[Any]]:
    """Keys of both whose shapes differ, with the checkpoint's and the model's."""
    shapes = {key: shape for key, shape, _dtype, _tied in rows if shape is not None}
    return [
        [key, shape, shapes[key]]
        for key, shape, _dtype in tensors
        # torch takes one element for none, as versions before 0.4 saved scalars.
        # That of a nested one is none that could be compared.
        if key in shapes
        and odd.get(key, [""])[0] != "nested"
        and shapes[key] != shape
        and not (shapes[key] == [] and shape == [1])
    ]


def needed_bytes(making: Making, request: dict[str, Any], tell: Teller) -> dict[str, Any]:
    """How much memory the model takes, as ``nbytes``: its own, or the checkpoint's where that cannot be told."""
    tell("construct")
    ready = making.ready(request)
    with contextlib.suppress(Exception):
        return {"nbytes": values.needed_bytes(making.make(request, "meta") if ready is None else ready)}
    return {"nbytes": request["nbytes"]}


def load_values(making: Making, request: dict[str, Any], tell: Teller) -> dict[str, Any]:
    """Make the model with memory of its own, load the values into it, and run it once where that is asked for.

    Args:
        making: Of the model file.
        request: As `values.read_state` takes it; ``nbytes`` of the model, ``values_nbytes`` of all else, ``inputs``.
        tell: Told the stages.

    Raises:
        Refused: There is too little memory, or the checkpoint has changed.
    """
    tell("construct")
    # The values stand beside those of the model until they are copied.
    check_memory(request["nbytes"] + request["values_nbytes"], _REAL)
    peak = values.Peak()
    model = making.make(request, "cpu")
    tell("values")
    begin = time.monotonic()
    try:
        model = values.put_on(model, request["device"])
        state: OrderedDict[str, Any] = values.read_state(request)
    except values.ValuesError as error:
        raise Refused(str(error)) from None
    _returned, raised = hand_over(model, state, request, strict=request["strict"])
    seconds = time.monotonic() - begin
    del state
    model.eval()
    forward = None
    if request["inputs"] is not None and raised is None:
        tell("forward")
        forward = values.run_forward(model, request["inputs"])
    return {"raised": raised, "seconds": seconds, "peak": peak.nbytes(), "forward": forward}

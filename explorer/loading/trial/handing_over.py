"""Calls load_state_dict of a model with what a checkpoint holds."""

from __future__ import annotations

import contextlib
import inspect
import warnings
from collections import OrderedDict
from typing import Any

import torch

from . import stand_ins
from .following import Following
from .telling import Refused, said
from .values import NONE, ValuesError, read_state


def load(
    model: torch.nn.Module, request: dict[str, Any], own: dict[str, torch.Tensor], wrong: set[str], *, strict: bool
) -> tuple[Any, str | None, Following]:
    """Call load_state_dict with tensors of the checkpoint's shapes and dtypes.

    Args:
        model: Freshly made.
        request: What the checkpoint holds.
        own: Tensors of the model's state_dict.
        wrong: Keys that are given tensors of the model's shapes, so that PyTorch goes on and tells of keys.
        strict: As load_state_dict takes it.

    Returns:
        What it returned or None, what it raised or None, and what became of each tensor.

    Raises:
        Refused: It looked into something that is not read.
    """
    any_meta = any(value.is_meta for value in own.values())
    given: OrderedDict[str, Any] = OrderedDict()
    valued = _values_of(request)
    for key, shape, dtype in request["tensors"]:
        device = "meta" if (own[key].is_meta if key in own else any_meta) else "cpu"
        if key in wrong:
            given[key] = stand_ins.tensor(list(own[key].shape), dtype, device)
        elif key in valued:
            given[key] = valued[key]
        else:
            given[key] = stand_ins.tensor(shape, dtype, device, request["odd"].get(key))
    following = Following(model, own)
    device = "meta" if any_meta else "cpu"
    returned, raised = hand_over(model, given, request, strict=strict, device=device, following=following)
    return returned, raised, following


def _values_of(request: dict[str, Any]) -> dict[str, Any]:
    """The tensors that are handed over with their values: all, or those that a hook is likely to look at."""
    try:
        return dict(read_state(request["real"] or request["small"] or NONE))
    except ValuesError as error:
        if request["real"]:
            raise Refused(str(error)) from None
    return {}


def hand_over(
    model: torch.nn.Module,
    given: OrderedDict[str, Any],
    request: dict[str, Any],
    *,
    strict: bool,
    device: str = "cpu",
    following: Following | None = None,
) -> tuple[Any, str | None]:
    """Call load_state_dict with tensors, and with what stands beside them.

    Args:
        model: Freshly made.
        given: Tensors, by their keys as texts.
        request: ``others``, ``inside`` of them, ``keys`` and ``metadata``.
        strict: As load_state_dict takes it.
        device: Of tensors that stand in the others.
        following: Told what is handed over, and entered for the load.

    Returns:
        What it returned or None, and what it raised or None.

    Raises:
        Refused: It looked into something that is not read.
    """
    unread = stand_ins.Unread()
    for key, kind, *known in request["others"]:
        given[key] = plain(known[0]) if known else unread.tree(key, request["inside"].get(key, [kind, []]), device)
    odd = {key: plain(written) for key, written in request["keys"].items()}
    handed: OrderedDict[Any, Any] = OrderedDict((odd.get(key, key), value) for key, value in given.items())
    if request["metadata"] is not None:
        metadata = OrderedDict((name, plain(noted)) for name, noted in request["metadata"].items())
        handed._metadata = metadata  # type: ignore[attr-defined]  # noqa: SLF001 - as torch itself does
    if following is not None:
        following.know(given)
    entered = following if following is not None and following.is_needed else contextlib.nullcontext()
    raised: str | None = None
    returned: Any = None
    try:
        with warnings.catch_warnings(), entered:
            # That is how small tensors come to a model on meta.
            warnings.filterwarnings("ignore", message=".*copying from a non-meta parameter")
            if strict and not takes_strict(model):
                returned = model.load_state_dict(handed)
            else:
                returned = model.load_state_dict(handed, strict=strict)
    except Exception as error:  # noqa: BLE001 - hooks of the user's raise anything; what they say is the answer
        raised = said(error)
    if unread.opened:
        raise Refused(f"It cannot be tested: load_state_dict looks into {unread.opened[0]}, whose value is not read.")
    return returned, raised


def takes_strict(model: torch.nn.Module) -> bool:
    """Whether load_state_dict takes ``strict``, which one of the user's may have left out."""
    try:
        parameters = inspect.signature(model.load_state_dict).parameters.values()
    except Exception:  # noqa: BLE001 - it may be anything of the user's
        return True
    return any(each.name == "strict" or each.kind is each.VAR_KEYWORD for each in parameters)


def plain(written: Any) -> Any:  # noqa: ANN401 - JSON
    """Make a value again that was written down: containers are their name and what is in them."""
    if not isinstance(written, list):
        return written
    name, inside = written
    if name in ("dict", "OrderedDict"):
        pairs = [(plain(key), plain(value)) for key, value in inside]
        return dict(pairs) if name == "dict" else OrderedDict(pairs)
    values = [plain(value) for value in inside]
    return tuple(values) if name == "tuple" else values

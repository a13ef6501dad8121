"""The checkpoint's values, read where they are said to be, and no pickle; and one forward pass of the model."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import time
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import torch

from .telling import traceback_of

MOST_OUTPUTS = 1000
"""Rows that are told of what a forward pass returns."""
_DEEPEST = 20
_MOST_SAID = 20_000
_CHANGED = "The checkpoint changed since it was opened: open it again."


NONE: dict[str, list[Any]] = {"files": [], "storages": [], "values": []}
"""What is asked for where no values are."""


class ValuesError(Exception):
    """Why there are no values, as a sentence."""


# --- Reading


def read_state(request: dict[str, Any]) -> OrderedDict[str, Any]:
    """Read the tensors of a checkpoint.

    Args:
        request: ``files``: path, device, inode, size and time of change of each. ``storages``: of each its file, first
            byte, length, length in the file, whether it is deflated, and the chunks that it is put together from or
            None. ``values``: of each tensor its key, dtype, shape, stride, offset in elements, storage, byte order,
            whether it is conjugated and whether negated.

    Raises:
        ValuesError: The checkpoint changed, or torch does not know a dtype.
    """
    descriptors: list[int] = []
    try:
        for path, *_ in request["files"]:
            descriptors.append(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)))
        buffers = [_bytes_of(storage, descriptors) for storage in request["storages"]]
        for descriptor, (_path, *identity) in zip(descriptors, request["files"]):  # noqa: B905 - of Python 3.10
            facts = os.fstat(descriptor)
            if identity != [facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns]:
                raise ValuesError(_CHANGED)
    except OSError as error:
        raise ValuesError(f"The checkpoint cannot be read any more: {error.strerror}.") from None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return OrderedDict((key, _tensor(facts, buffers)) for key, *facts in request["values"])


def _bytes_of(storage: list[Any], descriptors: list[int]) -> bytearray:
    file, position, nbytes, stored_nbytes, deflated, chunks = storage
    if chunks is not None:
        shape, itemsize, blocks = chunks
        return _from_chunks(shape, itemsize, blocks, nbytes, descriptors)
    data = _read(descriptors[file], position, stored_nbytes)
    if deflated:
        try:
            data = bytearray(zlib.decompressobj(-15).decompress(data, nbytes + 1))
        except zlib.error:
            raise ValuesError("Values of the checkpoint do not decompress.") from None
    if len(data) < nbytes:
        raise ValuesError(_CHANGED)
    return data


def _read(descriptor: int, position: int, nbytes: int) -> bytearray:
    data = bytearray(nbytes)
    view, done = memoryview(data), 0
    os.lseek(descriptor, position, os.SEEK_SET)
    with open(descriptor, "rb", buffering=0, closefd=False) as stream:
        while done < nbytes:
            count = stream.readinto(view[done:])
            if not count:
                raise ValuesError(_CHANGED)
            done += count
    return data


def _from_chunks(
    shape: list[int], itemsize: int, chunks: list[list[Any]], nbytes: int, descriptors: list[int]
) -> bytearray:
    """Put a tensor together, whose elements then lie in the order of its indices."""
    whole = bytearray(nbytes)
    if not nbytes:
        return whole
    target = torch.frombuffer(whole, dtype=torch.uint8).reshape(*shape, itemsize)
    for offsets, sizes, stride, file, position in chunks:
        if 0 in sizes:
            continue
        span = 1 + sum((size - 1) * step for size, step in zip(sizes, stride))  # noqa: B905 - as above
        flat = torch.frombuffer(_read(descriptors[file], position, span * itemsize), dtype=torch.uint8)
        block = flat.as_strided([*sizes, itemsize], [*(step * itemsize for step in stride), 1])
        place = tuple(slice(offset, offset + size) for offset, size in zip(offsets, sizes))  # noqa: B905 - as above
        target[place] = block
    return whole


def _tensor(facts: list[Any], buffers: list[bytearray]) -> torch.Tensor:
    name, shape, stride, offset, storage, byteorder, conj, neg = facts
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise ValuesError(f"torch {torch.__version__} of this interpreter has no dtype {name}.")
    if storage is None or 0 in shape:
        return torch.empty(shape, dtype=dtype)
    itemsize = torch.empty((), dtype=dtype).element_size()
    span = 1 + sum((size - 1) * step for size, step in zip(shape, stride))  # noqa: B905 - as above
    flat = torch.frombuffer(buffers[storage], dtype=dtype, count=span, offset=offset * itemsize)
    if byteorder != sys.byteorder and itemsize > 1:
        number = itemsize // 2 if dtype.is_complex else itemsize
        flat = flat.view(torch.uint8).reshape(-1, number).flip(1).reshape(-1).view(dtype)
    made = flat.as_strided(shape, stride)
    if conj:
        made = made.conj()
    return made.neg() if neg else made


# --- Memory


def needed_bytes(model: torch.nn.Module) -> int:
    """Bytes of a model's parameters and buffers, tied ones counted once."""
    held = {id(value): value for value in (*model.parameters(), *model.buffers())}
    return sum(_nbytes(value) for value in held.values())


def _nbytes(value: torch.Tensor) -> int:
    # A lazy parameter has no shape yet.
    with contextlib.suppress(Exception):
        return value.numel() * value.element_size()
    return 0


def put_on(model: torch.nn.Module, device: str) -> torch.nn.Module:
    """Move a model to a device, where the values of the checkpoint then go too.

    Args:
        model: With memory of its own.
        device: As torch names it.

    Returns:
        The model that is there.

    Raises:
        ValuesError: This torch has no such device, or it has too little room.
    """
    if device == "cpu":
        return model
    try:
        return model.to(device)
    except Exception as error:  # noqa: BLE001 - torch raises a RuntimeError or AssertionError, a model's own code anything
        if type(error).__name__ != "OutOfMemoryError":
            said = (str(error).strip().splitlines() or [type(error).__name__])[0][:300].rstrip(".")
            raise ValuesError(f"The model cannot be put on {device}: {said}.") from None
        free = ""
        with contextlib.suppress(Exception):
            free = f", and {torch.cuda.mem_get_info(device)[0]:,} bytes are free"
        raise ValuesError(f"{device} is out of memory: {needed_bytes(model):,} bytes are needed{free}.") from None


class Peak:
    """The most memory that this process had since this was made."""

    def __init__(self) -> None:
        self._is_known = False
        with contextlib.suppress(OSError):
            # Linux: "5" puts the peak back to what is held now, as proc(5) says under clear_refs.
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
            self._is_known = True

    def nbytes(self) -> int | None:
        """Bytes; None where the system does not tell."""
        if self._is_known:
            with contextlib.suppress(OSError, ValueError, StopIteration):
                lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
                return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
        return None


# --- The forward pass


def run_forward(model: torch.nn.Module, inputs: list[list[Any]]) -> dict[str, Any]:
    """Run a model once, without gradients.

    Args:
        model: With its values, in eval mode.
        inputs: Of each its name, or None for one by place, its shape, and its dtype, or None for the model's own.
            Floating ones are normally distributed with seed 0, integers 0 and booleans True.

    Returns:
        What it took and gave, or what it raised.
    """
    usual = next((value.dtype for value in model.parameters() if value.dtype.is_floating_point), torch.float32)
    answer: dict[str, Any] = {"inputs": [], "seconds": None, "outputs": [], "others": [], "left_out": 0}
    answer.update(message=None, traceback="")
    begin = time.monotonic()
    try:
        torch.manual_seed(0)
        where = next((value.device for value in model.parameters()), torch.device("cpu"))
        by_place: list[torch.Tensor] = []
        by_name: dict[str, torch.Tensor] = {}
        for name, shape, dtype in inputs:
            made = _input(shape, usual if dtype is None else getattr(torch, dtype)).to(where)
            answer["inputs"].append([name, shape, str(made.dtype)[6:]])
            if name is None:
                by_place.append(made)
            else:
                by_name[name] = made
        begin = time.monotonic()
        with torch.no_grad():
            returned = model(*by_place, **by_name)
            if where.type == "cuda":
                torch.cuda.synchronize(where)
            answer["seconds"] = time.monotonic() - begin
            _walk(returned, "output", answer, _DEEPEST)
    except BaseException as error:  # noqa: BLE001 - a model raises anything, SystemExit too; what it says is the answer
        answer["message"] = f"{type(error).__name__[:200]}: {_text(error)}"
        answer["traceback"] = traceback_of(error)[-_MOST_SAID:]
    return answer


def _input(shape: list[int], dtype: torch.dtype) -> torch.Tensor:
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, dtype=torch.complex64 if dtype.is_complex else torch.float32).to(dtype)
    return torch.full(shape, dtype == torch.bool, dtype=dtype)


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_MOST_SAID]
    except Exception:  # noqa: BLE001 - the model file's own exceptions may raise in the middle of what they say
        return "what it says could not be put into words"


def _walk(value: Any, path: str, answer: dict[str, Any], deeper: int) -> None:  # noqa: ANN401 - whatever a model returns
    """Note the tensors in what a model returned, and what is none, with the way to each."""
    if len(answer["outputs"]) + len(answer["others"]) >= MOST_OUTPUTS or not deeper:
        answer["left_out"] += 1
    elif isinstance(value, torch.Tensor):
        answer["outputs"].append([path, list(value.shape), str(value.dtype)[6:], *_not_finite(value)])
    elif isinstance(value, dict):
        for key, inside in value.items():
            _walk(inside, f"{path}[{str(key)[:200]!r}]", answer, deeper - 1)
    elif isinstance(value, (list, tuple)):
        names = getattr(value, "_fields", None)
        for place, inside in enumerate(value):
            _walk(inside, f"{path}.{names[place]}" if names else f"{path}[{place}]", answer, deeper - 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            _walk(getattr(value, field.name, None), f"{path}.{field.name}", answer, deeper - 1)
    elif value is not None or path == "output":
        answer["others"].append([path, type(value).__name__[:200]])


def _not_finite(value: torch.Tensor) -> list[int | None]:
    """How many NaN and how many infinities; None where they cannot be counted."""
    with contextlib.suppress(Exception):
        value = value.detach()
        if value.is_quantized:
            value = value.dequantize()
        if value.layout != torch.strided:
            value = value.to_dense()
        if not (value.is_floating_point() or value.is_complex()):
            return [0, 0]
        if value.element_size() < 2:
            value = value.float()
        return [int(value.isnan().sum()), int(value.isinf().sum())]
    return [None, None]

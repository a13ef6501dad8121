"""Models of ONNX and TensorFlow, which have no mark of their own: told by the first fields of their messages.

Formats: Protocol Buffers "Encoding"; ``ModelProto`` in ``onnx/onnx.proto``; ``SavedModel`` in
``tensorflow/core/protobuf/saved_model.proto``.
"""

from collections.abc import Iterator
from typing import Final

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_ONNX_FIELDS: Final = {
    1: _VARINT,  # ir_version
    2: _BYTES,  # producer_name
    3: _BYTES,  # producer_version
    4: _BYTES,  # domain
    5: _VARINT,  # model_version
    6: _BYTES,  # doc_string
    7: _BYTES,  # graph
    8: _BYTES,  # opset_import
    14: _BYTES,  # metadata_props
    20: _BYTES,  # training_info
    25: _BYTES,  # functions
}
"""What a ModelProto may have, and how it is written."""

_MAX_IR_VERSION: Final = 40
"""Versions went up to 13 in eleven years."""

_GRAPH, _OPSET, _IR_VERSION = 7, 8, 1


def is_onnx(start: bytes, file_nbytes: int) -> bool:
    """Whether a file begins as an ONNX model does.

    Args:
        start: Its first bytes, a thousand or all.
        file_nbytes: Its size.
    """
    seen: dict[int, int | bytes] = {}
    position = 0
    for number, wire, value, position in _fields(start):  # noqa: B007 - where the last ended is asked below
        if _ONNX_FIELDS.get(number) != wire:
            return False
        seen.setdefault(number, value)
    version = seen.get(_IR_VERSION)
    if not isinstance(version, int) or not 1 <= version <= _MAX_IR_VERSION or position > file_nbytes:
        return False
    # A model is nothing without its graph; what stands before it may be longer than what was read.
    graph = seen.get(_GRAPH)
    return isinstance(graph, bytes) and next(_fields(graph), (0,))[0] in _GRAPH_FIELDS


_GRAPH_FIELDS: Final = (1, 2, 5, 10, 11, 12, 13, 14, 15, 16)
"""Of a GraphProto: nodes, name, initializers, texts, inputs, outputs and the like."""


def is_saved_model(start: bytes) -> bool:
    """Whether a file begins as the ``saved_model.pb`` of TensorFlow: version 1, then a graph with its facts."""
    fields = list(_fields(start))
    if [field[:2] for field in fields[:2]] != [(1, _VARINT), (2, _BYTES)] or fields[0][2] != 1:
        return False
    inner = fields[1][2]
    return isinstance(inner, bytes) and next(_fields(inner), (0, 0))[:2] == (1, _BYTES)


def _fields(data: bytes) -> Iterator[tuple[int, int, int | bytes, int]]:
    """Fields of a message: number, wire type, value as far as it is there, and where it ends; up to a senseless one.

    A senseless one is told as number 0.
    """
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        value: int | bytes
        if wire == _VARINT:
            value, position = _varint(data, position)
        elif wire == _BYTES:
            length, begin = _varint(data, position)
            position = begin + length
            value = data[begin:position]
        elif wire in (_FIXED32, _FIXED64):
            value, position = 0, position + (4 if wire == _FIXED32 else 8)
        else:
            number, value = 0, 0
        yield number, wire, value, position
        if number == 0:
            return


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(data) and shift < 64:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, position

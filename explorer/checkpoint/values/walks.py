"""What measuring a tensor takes: walks over its values, begun as often as they are wanted."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.values.codes import CodedBlocks, code_table
from explorer.checkpoint.values.decode import Array
from explorer.checkpoint.values.reading import Values, open_values
from explorer.checkpoint.values.views import distinct_numel, multiplicity


class Walk(NamedTuple):
    """What measuring a tensor takes.

    Attributes:
        blocks: Begins a walk over its values, as `Values.blocks`; `CodedBlocks` where they are floats of 8 or 16 bits
            or quantized, with one scale, to 8.
        total: Elements that a walk gives.
        multiplicity: Elements of the tensor that each of them stands for.
    """

    blocks: Callable[[], Iterator[Array]]
    total: int
    multiplicity: int


def block_source(checkpoint: Checkpoint, tensor: TensorInfo) -> Callable[[], Iterator[Array]]:
    """Give what statistics need: a callable that iterates over a tensor's blocks, the file opened anew each time."""
    return partial(_walk_alone, Values.blocks, checkpoint, tensor)


def _walk_alone(
    walk: Callable[[Values, TensorInfo], Iterator[Array]], checkpoint: Checkpoint, tensor: TensorInfo
) -> Iterator[Array]:
    with open_values(checkpoint) as values:
        yield from walk(values, tensor)


def prepare_walk(source: Checkpoint | Values, tensor: TensorInfo) -> Walk:
    """Give what measuring a tensor takes: on the device that it is on, if that is not this computer's memory.

    Args:
        source: Where its values come from: of a checkpoint, the file is opened anew for each walk.
        tensor: Of that checkpoint.
    """
    if isinstance(source, Values):
        elsewhere = source.walk_elsewhere(tensor)
    else:
        elsewhere = None if source.memory is None else source.memory.walk(source, tensor)
    return walk_here(source, tensor) if elsewhere is None else elsewhere


def walk_here(source: Checkpoint | Values, tensor: TensorInfo) -> Walk:
    """As `prepare_walk`, with everything computed on this computer."""
    blocks: Callable[[], Iterator[Array]]
    codes: Callable[[], Iterator[Array]]
    if isinstance(source, Values):
        blocks, codes = partial(source.blocks, tensor), partial(source.codes, tensor)
    else:
        blocks, codes = block_source(source, tensor), partial(_walk_alone, Values.codes, source, tensor)
    table = code_table(tensor.kind)
    if table is not None:
        blocks = CodedBlocks(blocks, codes, table)
    return Walk(blocks, distinct_numel(tensor), multiplicity(tensor))

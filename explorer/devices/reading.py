"""The values of tensors that are in memory, for measuring them where they are."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.codes import CodedBlocks, code_table
from explorer.checkpoint.decode import Array
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.values import Values
from explorer.checkpoint.views import distinct_numel, multiplicity
from explorer.checkpoint.walks import Walk
from explorer.devices.errors import translated
from explorer.devices.measure import DeviceValues, measurable
from explorer.devices.placement import Held, Placement
from explorer.devices.torch_devices import HOST


class HeldValues(Values):
    """Reads a storage from where it is held; what is held in the same way as from the file."""

    def __init__(self, checkpoint: Checkpoint, held: Held) -> None:
        """Open the file too, which has to be the one that was read.

        Args:
            checkpoint: What the storage is of.
            held: The storage of all tensors that are read.
        """
        super().__init__(checkpoint)
        self._held = held

    def _span(
        self,
        tensor: TensorInfo,
        begin: int,
        nbytes: int,
        room: NDArray[np.uint8] | None = None,  # noqa: ARG002 - what is in memory already needs none
    ) -> NDArray[np.uint8]:
        self._storage(tensor, begin, nbytes)
        with translated(self._held.device, nbytes):
            span: NDArray[np.uint8] = self._held.data[begin : begin + nbytes].cpu().numpy()
        return span

    def byteorder(self, tensor: TensorInfo) -> Literal["little", "big"]:  # noqa: ARG002 - of all of them
        """The machine's own."""
        return sys.byteorder


def placed_walk(placement: Placement, tensor: TensorInfo) -> Walk | None:
    """What measuring a tensor takes where it is in memory.

    Args:
        placement: Knows where it is.
        tensor: Of its checkpoint.

    Returns:
        None where it is in the file, or where its device has no values.
    """
    held = None if tensor.storage is None else placement.held(tensor.storage.number)
    if held is None or held.data.is_meta:
        return None
    blocks: Callable[[], Iterator[Array]] = partial(_walk, Values.blocks, placement.checkpoint, held, tensor)
    table = code_table(tensor.kind)
    if table is not None:
        blocks = CodedBlocks(blocks, partial(_walk, Values.codes, placement.checkpoint, held, tensor), table)
    total = distinct_numel(tensor)
    if held.device != HOST and measurable(tensor.kind, held):
        return Walk(DeviceValues(held, tensor, blocks), total, multiplicity(tensor))
    return Walk(blocks, total, multiplicity(tensor))


def _walk(
    walk: Callable[[Values, TensorInfo], Iterator[Array]], checkpoint: Checkpoint, held: Held, tensor: TensorInfo
) -> Iterator[Array]:
    values = HeldValues(checkpoint, held)
    try:
        yield from walk(values, tensor)
    finally:
        values.close()

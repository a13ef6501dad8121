"""The values of tensors that are in memory: read from there, measured and compared on the device that has them."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.values.reading import Values
from explorer.checkpoint.values.small_values import Together, read_singly
from explorer.checkpoint.values.walks import Walk, walk_here
from explorer.devices.differing import DevicePass, comparable
from explorer.devices.errors import translated
from explorer.devices.measure import DeviceValues, measurable
from explorer.devices.placement import Held
from explorer.devices.torch_devices import HOST

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference, Tolerance
    from explorer.checkpoint.values.paired_values import Side
    from explorer.progress import Report


class PlacedValues(Values):
    """Reads storages from where they are held, the others from the file."""

    def __init__(self, checkpoint: Checkpoint, held: Mapping[int, Held]) -> None:
        """Open the file too, which has to be the one that was read.

        Args:
            checkpoint: Whose storages they are.
            held: Those that are in memory, by their number; on the meta device they have no values.
        """
        super().__init__(checkpoint)
        self._held = held

    def held(self, tensor: TensorInfo) -> Held | None:
        """What is in memory of a tensor; None where its values are read from the file."""
        held = None if tensor.storage is None else self._held.get(tensor.storage.number)
        return None if held is None or held.data.is_meta else held

    def walk_elsewhere(self, tensor: TensorInfo) -> Walk | None:
        """As `Values.walk_elsewhere`."""
        return walk_there(self, self.held(tensor), tensor)

    def compared(self, a: "Side", b: "Side", report: "Report", tolerance: "Tolerance") -> "Difference | None":
        """As of `explorer.analysis.compare.comparison.Compares`: on the device of A, else on that of B."""
        both = [side.values.held(side.tensor) if isinstance(side.values, PlacedValues) else None for side in (a, b)]
        device = next((held.device for held in both if held is not None and held.device != HOST), None)
        if device is None or not comparable(a.tensor.kind, b.tensor.kind, device):
            return None
        return DevicePass((a, b), (both[0], both[1]), report, tolerance).result()

    def together(self, tensors: Iterable[TensorInfo]) -> Iterator[Together]:
        """As `Values.together`; those in memory come last, one by one: small ones take less time here than there."""
        tensors = list(tensors)
        yield from super().together(tensor for tensor in tensors if self.held(tensor) is None)
        here = [tensor for tensor in tensors if self.held(tensor) is not None]
        yield from read_singly(self.blocks, here)

    def small_bytes(self, tensors: Iterable[TensorInfo]) -> dict[int, bytes]:
        """As `Values.small_bytes`, without those that are in memory."""
        return super().small_bytes(tensor for tensor in tensors if self.held(tensor) is None)

    def byteorder(self, tensor: TensorInfo) -> Literal["little", "big"]:
        """As `Values.byteorder`; in memory it is the machine's own."""
        return super().byteorder(tensor) if self.held(tensor) is None else sys.byteorder

    def _span(
        self, tensor: TensorInfo, begin: int, nbytes: int, room: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        held = self.held(tensor)
        if held is None:
            return super()._span(tensor, begin, nbytes, room)
        self._storage(tensor, begin, nbytes)
        with translated(held.device, nbytes):
            span: NDArray[np.uint8] = held.data[begin : begin + nbytes].cpu().numpy()
        return span

    def _announce(self, tensor: TensorInfo, firsts: list[int], count: int) -> None:
        if self.held(tensor) is None:
            super()._announce(tensor, firsts, count)


def walk_there(source: Checkpoint | Values, held: Held | None, tensor: TensorInfo) -> Walk | None:
    """What measures a tensor on the device that it is on.

    Args:
        source: Where its values come from, for what is computed here all the same.
        held: Its storage; None in the file.
        tensor: Of that checkpoint.

    Returns:
        None where it is in the file or on this computer, or where its device does not compute with it.
    """
    if held is None or held.device == HOST or not measurable(tensor.kind, held):
        return None
    walk = walk_here(source, tensor)
    return walk._replace(blocks=DeviceValues(held, tensor, walk.blocks))

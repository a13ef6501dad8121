"""A device for machines that have none: bytes are copied to a second place in this computer's memory."""

from typing import TYPE_CHECKING

from explorer.devices.host_memory import Room
from explorer.devices.torch_devices import TorchDevices

if TYPE_CHECKING:
    from torch import Tensor

THERE = "cuda:0"


class Cloning(TorchDevices):
    """This computer's memory as a device."""

    def room(self, device: str) -> Room:
        """The stand-in does not tell."""
        return Room(None, None) if device == THERE else super().room(device)

    def empty(self, nbytes: int, device: str) -> "Tensor":
        """There it is this computer's memory, too."""
        return super().empty(nbytes, "cpu" if device == THERE else device)

    def wait(self, device: str) -> None:
        """There is nothing to wait for."""

"""Devices for machines that have none: CUDA's names, this computer's memory, and faults where they are asked for."""

import weakref
from collections.abc import Callable

import torch

from explorer.devices.host_memory import Room
from explorer.devices.torch_devices import HOST, Device, TorchDevices

ROOM = 1_000_000


class StandIn(TorchDevices):
    """Two CUDA devices with a megabyte each, of which the bytes are kept in this computer's memory.

    Attributes:
        fault: Called before bytes come to a device, with its name; raises what PyTorch would.
        flip: Bytes that come to a device are others.
    """

    def __init__(self, total: int = ROOM) -> None:
        super().__init__()
        self.total = total
        self.fault: Callable[[str], None] = lambda _device: None
        self.flip = False
        self._living: list[tuple[str, int, weakref.ref[torch.Tensor]]] = []

    def offered(self) -> list[Device]:
        devices = [Device(HOST, "memory of this computer", self.room(HOST))]
        return devices + [Device(name, "stand-in", self.room(name)) for name in ("cuda:0", "cuda:1")]

    def used(self, device: str) -> int:
        """Bytes of the tensors that live there."""
        return sum(nbytes for name, nbytes, ref in self._living if name == device and ref() is not None)

    def room(self, device: str) -> Room:
        if device.startswith("cuda"):
            return Room(self.total, self.total - self.used(device))
        return super().room(device)

    def empty(self, nbytes: int, device: str) -> torch.Tensor:
        self.fault(device)
        kept = "meta" if device == "meta" else "cpu"
        made = super().empty(nbytes, kept)
        self._living.append((device, nbytes, weakref.ref(made)))
        return made

    def copy(self, target: torch.Tensor, source: torch.Tensor) -> None:
        super().copy(target, source)
        self._disturb(target)

    def send(self, target: torch.Tensor, source: torch.Tensor) -> Callable[[], None]:
        wait = super().send(target, source)
        self._disturb(target)
        return wait

    def wait(self, device: str) -> None:
        self.fault(device)

    def _disturb(self, target: torch.Tensor) -> None:
        if self.flip:
            target[-1] ^= 1

"""All that is asked of PyTorch about devices: which there are, room on them, and copying bytes to and from them.

PyTorch is imported when the first of it is called, which takes seconds, and CUDA begins then too: on the worker.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from explorer.devices.errors import first_sentence
from explorer.devices.host_memory import Room, host_room

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

HOST: Final = "cpu"
META: Final = "meta"
"""Tensors there have no values."""

PIECE: Final = 1 << 24
"""Bytes that are copied at once: between two of them a move can be cancelled."""

_UNKNOWN: Final = Room(None, None)


class Device(NamedTuple):
    """A device that tensors could be moved to.

    Attributes:
        name: As PyTorch names it: ``cpu``, ``cuda:0``.
        what: What it is, in its maker's words.
        room: Memory on it.
        why_not: Why nothing can be moved there, as a sentence; "" where it can.
    """

    name: str
    what: str
    room: Room = _UNKNOWN
    why_not: str = ""


class TorchDevices:
    """The devices of this computer, as PyTorch has them; used on one thread.

    What is on a device is a tensor of uint8, one for each storage, and of one dimension.
    """

    def __init__(self, *, in_pieces: bool = True) -> None:
        """Import nothing yet.

        Args:
            in_pieces: Bytes are copied in pieces; else a whole tensor at a time, where nothing else works, as with
                tensors that PyTorch only pretends to have (FakeTensorMode).
        """
        self.in_pieces = in_pieces
        self._prepared = threading.local()

    @property
    def torch(self) -> Any:  # noqa: ANN401 - a module that is not imported before
        """The module; its first use on a thread has that thread compute alone."""
        if not hasattr(self._prepared, "torch"):
            import torch  # noqa: PLC0415 - see above

            # Threads of its own would take the processor from the window.
            torch.set_num_threads(1)
            self._prepared.torch = torch
        return self._prepared.torch

    def offered(self) -> list[Device]:
        """Every device that PyTorch has here, this computer's memory first; CUDA also where there is none."""
        devices = [Device(HOST, "memory of this computer", self.room(HOST))]
        why_no_cuda = self._why_no_cuda()
        if why_no_cuda:
            devices.append(Device("cuda", "NVIDIA or AMD graphics", why_not=why_no_cuda))
        else:
            for number in range(self.torch.cuda.device_count()):
                name = f"cuda:{number}"
                devices.append(Device(name, self.torch.cuda.get_device_name(number), self.room(name)))
        if self.torch.backends.mps.is_available():
            devices.append(Device("mps", "Apple graphics", self.room("mps")))
        xpu = getattr(self.torch, "xpu", None)
        if xpu is not None and xpu.is_available():
            for number in range(xpu.device_count()):
                name = f"xpu:{number}"
                devices.append(Device(name, xpu.get_device_name(number), self.room(name)))
        return devices

    def _why_no_cuda(self) -> str:
        torch = self.torch
        if torch.version.cuda is None and torch.version.hip is None:
            return f"This PyTorch ({torch.__version__}) was built without CUDA."
        try:
            torch.cuda.init()
            count = torch.cuda.device_count()
        except (RuntimeError, AssertionError) as error:
            said = str(error)
            if "no NVIDIA driver" in said:
                return "There is no NVIDIA driver on this computer."
            if "No CUDA GPUs" not in said:
                return f"CUDA cannot be used: {first_sentence(said)}"
            count = 0
        return "" if count else "There is no CUDA device in this computer."

    def room(self, device: str) -> Room:
        """Memory of a device, as it is now; unknown where the device does not tell, or is not there any more."""
        if device == HOST:
            return host_room()
        kind, _, number = device.partition(":")
        try:
            if kind == "mps":
                total = int(self.torch.mps.recommended_max_memory())
                return Room(total, max(0, total - int(self.torch.mps.driver_allocated_memory())))
            if kind in ("cuda", "xpu"):
                free, total = getattr(self.torch, kind).mem_get_info(int(number or 0))
                return Room(int(total), int(free))
        except (RuntimeError, AssertionError, AttributeError, ValueError):
            return _UNKNOWN
        return _UNKNOWN

    def empty(self, nbytes: int, device: str) -> "Tensor":
        """Room for so many bytes: uint8[nbytes]."""
        made: Tensor = self.torch.empty(nbytes, dtype=self.torch.uint8, device=device)
        return made

    def from_host(self, data: "NDArray[np.uint8]") -> "Tensor":
        """The same bytes as a tensor of this computer's memory, not copied."""
        made: Tensor = self.torch.from_numpy(data)
        return made

    def copy(self, target: "Tensor", source: "Tensor") -> None:
        """Copy bytes into room for as many, and wait for it."""
        target.copy_(source)

    def whole(self, source: "Tensor", device: str) -> "Tensor":
        """Copy a whole tensor, with room of its own, also to the device that it is on."""
        return source.to(device, copy=True)

    def buffers(self, device: str) -> "list[Tensor]":
        """Room on the host from which bytes are sent to a device: two, so that one is filled while the other is sent.

        On the way to CUDA they are pinned: only from such memory the device fetches by itself, and what comes from a
        file has to be put somewhere in any case.
        """
        pinned = device.startswith("cuda")
        return [self.torch.empty(PIECE, dtype=self.torch.uint8, pin_memory=pinned) for _ in range(2)]

    def send(self, target: "Tensor", source: "Tensor") -> Callable[[], None]:
        """Begin to copy from one of the `buffers`.

        Returns:
            Waits until the buffer can be filled again.
        """
        if target.device.type != "cuda":
            target.copy_(source)
            return _nothing
        target.copy_(source, non_blocking=True)
        sent = self.torch.cuda.Event()
        sent.record(self.torch.cuda.current_stream(target.device))
        wait: Callable[[], None] = sent.synchronize
        return wait

    def wait(self, device: str) -> None:
        """Wait for all that a device was asked to do; what went wrong is raised now."""
        kind = device.partition(":")[0]
        if self.in_pieces and kind == "cuda":
            self.torch.cuda.synchronize(device)
        elif self.in_pieces and kind in ("mps", "xpu"):
            getattr(self.torch, kind).synchronize()

    def give_back(self) -> None:
        """Let other programs have what was freed, which PyTorch keeps for itself."""
        torch = self.torch
        xpu = getattr(torch, "xpu", None)
        # A device that has vanished gives nothing back.
        with suppress(RuntimeError):
            if torch.cuda.is_initialized():
                torch.cuda.empty_cache()
            if torch.backends.mps.is_available():
                torch.mps.empty_cache()
            if xpu is not None and xpu.is_available():
                xpu.empty_cache()


def _nothing() -> None:
    """Nothing has to be waited for."""

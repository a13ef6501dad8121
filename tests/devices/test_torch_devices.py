"""Which devices there are, how much room is on them, and why there is none."""

from pathlib import Path

import pytest
import torch

from explorer.devices.host_memory import Room, host_room
from explorer.devices.torch_devices import TorchDevices


def test_this_computer_comes_first_and_knows_its_memory() -> None:
    first = TorchDevices().offered()[0]
    assert (first.name, first.why_not) == ("cpu", "")
    assert first.room.total is not None
    assert first.room.total > 100_000_000
    assert TorchDevices().room("cuda:7") == Room(None, None)


@pytest.mark.parametrize(
    ("built", "said", "why"),
    [
        (None, "", "was built without CUDA."),
        ("12.4", "Found no NVIDIA driver on your system. Please ...", "There is no NVIDIA driver on this computer."),
        ("12.4", "No CUDA GPUs are available", "There is no CUDA device in this computer."),
        ("12.4", "The driver is too old (11000).\nUpdate", "CUDA cannot be used: The driver is too old (11000)."),
    ],
)
def test_without_cuda_its_entry_says_why(
    monkeypatch: pytest.MonkeyPatch, built: str | None, said: str, why: str
) -> None:
    def init() -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(torch.version, "cuda", built)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "init", init)
    (device,) = (device for device in TorchDevices().offered() if device.name == "cuda")
    assert device.why_not.endswith(why)


def test_free_memory_of_a_container_is_that_of_its_limit(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  600 kB\nHugePages_Total: 0\n")
    assert host_room(meminfo, tmp_path) == Room(1_024_000, 614_400)
    for name, text in (
        ("memory.max", "500000\n"),
        ("memory.current", "300000\n"),
        ("memory.stat", "anon 5\ninactive_file 100000\n"),
    ):
        (tmp_path / name).write_text(text)
    assert host_room(meminfo, tmp_path) == Room(500_000, 300_000)
    (tmp_path / "memory.max").write_text("max\n")
    assert host_room(meminfo, tmp_path) == Room(1_024_000, 614_400)
    assert host_room(tmp_path / "gone", tmp_path).free is None

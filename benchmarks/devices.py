"""Moving 1 GB in 200 tensors: against the same copies in a plain loop, and beside a window.

To a CUDA device where there is one. Elsewhere a second place in this computer's memory stands in for a device, and
clones for the transfer. ``python -m benchmarks.devices`` prints these rows alone, without Qt those that need none.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.cloning import THERE, Cloning
from benchmarks.rows import HEAD, ROUNDS, Row, as_line
from explorer.checkpoint.reader import open_checkpoint
from explorer.devices.moving import CHECKING
from explorer.devices.placement import Moved, Placement
from explorer.devices.torch_devices import PIECE, TorchDevices
from explorer.progress import no_report

TENSORS = 200
ELEMENTS = 1_250_000
_NAME = "1 GB in 200 tensors"


def moves() -> Iterator[Row]:
    """Rate, gap and cancel, each as it is known."""
    with TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        path = Path(folder) / "gigabyte.pt"
        torch.save({f"layers.{number}.weight": torch.randn(ELEMENTS) for number in range(TENSORS)}, path)
        yield from _on_cuda(path) if torch.cuda.is_available() else _cloned(path)
        if find_spec("PySide6") is None:
            yield Row("longest event-loop gap, and cancelling", "–", "–", "needs PySide6", "<= 50 ms")
        else:
            yield from _beside_a_window(path)


def _cloned(path: Path) -> list[Row]:
    devices = Cloning()
    placement = Placement(open_checkpoint(path))
    from_file = _timed(lambda: _move(placement, "cpu", devices))
    nbytes = sum(source.numel() for source in _sources(placement))

    def clone() -> list[torch.Tensor]:
        return [source.clone() for source in _sources(placement)]

    copied, whole, plain = _against(placement, devices, THERE, clone)
    return [
        _rates(f"{_NAME}: copied by a move / by clone in a loop, one thread", nbytes, copied, plain, ">= 0.9"),
        Row(f"{_NAME}: moved, and the checksums compared", f"{whole:.2f} s", "–", "", "no figure"),
        Row(f"{_NAME}: from the file into memory, checked", f"{from_file:.2f} s", "–", "", "no figure"),
    ]


def _on_cuda(path: Path) -> list[Row]:
    devices, placement = TorchDevices(), Placement(open_checkpoint(path))
    card = torch.cuda.get_device_name(0)
    _move(placement, THERE, devices)

    def load() -> object:
        return torch.load(path, weights_only=True, map_location=THERE)

    def back() -> list[torch.Tensor]:
        return [source.cpu() for source in _sources(placement)]

    def there() -> list[torch.Tensor]:
        return [source.to(THERE) for source in _sources(placement)]

    nbytes = TENSORS * ELEMENTS * 4
    returned, _, plain_back = _against(placement, devices, "cpu", back)
    _move(placement, None, devices)
    file_copied, file_whole, loaded = _against(placement, devices, THERE, load)
    _move(placement, "cpu", devices)
    copied, whole, plain = _against(placement, devices, THERE, there)
    rows = [
        _rates(f"{_NAME}, memory to {card}: copied by a move / by .to in a loop", nbytes, copied, plain, ">= 0.9"),
        _rates(
            f"{_NAME}, {card} to memory: copied by a move / by .cpu in a loop", nbytes, returned, plain_back, ">= 0.9"
        ),
        _rates(f"{_NAME}, file to {card}: copied by a move / torch.load", nbytes, file_copied, loaded, "no figure"),
        Row(f"{_NAME}: moved there from memory, checksums compared", f"{whole * 1e3:.0f} ms", "–", "", "no figure"),
        Row(f"{_NAME}: moved there from the file, checked", f"{file_whole * 1e3:.0f} ms", "–", "", "no figure"),
    ]
    sources = _sources(placement)
    target = torch.empty(ELEMENTS * 4, dtype=torch.uint8, device=THERE)
    pinned = [source.pin_memory() for source in sources[:50]]
    ways: list[tuple[str, list[torch.Tensor], Callable[[torch.Tensor], object]]] = [
        ("whole tensors from pageable memory", sources, target.copy_),
        ("whole tensors already pinned", pinned, lambda source: target.copy_(source, non_blocking=True)),
        ("pinned for it: .pin_memory().to(non_blocking)", sources[:50], _pin_and_send),
        ("through two pinned buffers, as from a file", sources, _through_buffers(devices, target)),
        ("into new memory, .to", sources, lambda source: source.to(THERE)),
    ]
    for what, tensors, send in ways:
        taken = [_timed(partial(_send_all, send, tensors)) for _ in range(ROUNDS)]
        rate = sum(tensor.numel() for tensor in tensors) / statistics.median(taken) / 1e9
        rows.append(Row(f"to {card}, 5 MB at a time: {what}", f"{rate:.2f} GB/s", "–", "", "no figure"))
    placement.release()
    return rows


def _send_all(send: Callable[[torch.Tensor], object], tensors: list[torch.Tensor]) -> None:
    for tensor in tensors:
        send(tensor)


def _pin_and_send(source: torch.Tensor) -> torch.Tensor:
    return source.pin_memory().to(THERE, non_blocking=True)


def _through_buffers(devices: TorchDevices, target: torch.Tensor) -> Callable[[torch.Tensor], object]:
    buffers = devices.buffers("cuda")
    waits: list[Callable[[], None]] = [lambda: None] * len(buffers)
    turn = 0

    def send(source: torch.Tensor) -> None:
        nonlocal turn
        for begin in range(0, source.numel(), PIECE):
            piece = source[begin : begin + PIECE]
            waits[turn]()
            part = buffers[turn][: piece.numel()]
            part.copy_(piece)
            waits[turn] = devices.send(target[begin : begin + piece.numel()], part)
            turn = (turn + 1) % len(buffers)

    return send


def _timed(work: Callable[[], object]) -> float:
    """Seconds, until the device has done all of it."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        # As before a move: memory comes from the device, not from what PyTorch keeps.
        torch.cuda.empty_cache()
    begin = time.perf_counter()
    made = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    taken = time.perf_counter() - begin
    del made
    return taken


def _against(
    placement: Placement, devices: TorchDevices, device: str, plain: Callable[[], object]
) -> tuple[float, float, float]:
    """Seconds of a move without and with its checksums, and of what it is held against; each time put back after it."""
    copies, wholes, plains = [], [], []
    for _ in range(ROUNDS):
        plains.append(_timed(plain))
        copied: list[float] = []
        begin = time.perf_counter()
        moved = _move(placement, device, devices, copied)
        wholes.append(time.perf_counter() - begin)
        copies.append(copied[0] - begin)
        placement.move(placement.plan_back(moved, devices), devices, no_report)
    return statistics.median(copies), statistics.median(wholes), statistics.median(plains)


def _rates(what: str, nbytes: int, mine: float, theirs: float, wanted: str) -> Row:
    ours, reference = (f"{nbytes / seconds / 1e9:.2f} GB/s" for seconds in (mine, theirs))
    return Row(what, ours, reference, f"{theirs / mine:.2f}", wanted)


def _sources(placement: Placement) -> list[torch.Tensor]:
    """What is held of each storage."""
    held = (placement.held(number) for number in range(len(placement.checkpoint.tensors.storages)))
    return [each.data for each in held if each is not None]


def _move(placement: Placement, device: str | None, devices: TorchDevices, copied: list[float] | None = None) -> Moved:
    """Move everything, and note when the first checksum is begun with: all is copied then."""

    def report(_done: int, _total: int, what: str) -> None:
        if what == CHECKING and copied is not None:
            copied.append(time.perf_counter())

    numbers = range(len(placement.checkpoint.tensors))
    return placement.move(placement.plan(numbers, device, devices), devices, report)


def _print(row: Row) -> Row:
    print(as_line(row), flush=True)
    return row


def _report(rows: list[Row]) -> str:
    card = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no CUDA device"
    lines = [
        "# Moves to a device",
        "",
        f"Written by `python -m benchmarks.devices FILE`: medians of {ROUNDS}, each a ratio within one run.",
        "Copies to and from it are held against the same copies in a plain loop, both beginning without memory there.",
        "",
        f"Machine: {card}, {os.cpu_count()} cores. Python {platform.python_version()}, torch {torch.__version__}.",
        "",
        *HEAD,
        *map(as_line, rows),
    ]
    return "\n".join(lines) + "\n"


def _beside_a_window(path: Path) -> list[Row]:
    from benchmarks.interaction import alone  # noqa: PLC0415 - the other rows need no Qt

    kind = "cuda" if torch.cuda.is_available() else "cloned"
    printed = {what: alone("benchmarks.device_window", f"{kind}_{what}", path).split() for what in ("gaps", "cancels")}
    idle, first, gap, longest = (float(word) for word in printed["gaps"])
    cancelled = [float(word) for word in printed["cancels"]]
    return [
        Row(
            "longest event-loop gap while 1 GB is moved",
            f"{gap:.0f} ms",
            f"{idle:.0f} ms idle",
            f"{longest:.0f} ms in the worst of {ROUNDS}",
            "<= 50 ms",
        ),
        Row(
            "longest event-loop gap when devices are first asked for: torch is imported, CUDA begins",
            f"{first:.0f} ms",
            "–",
            "",
            "no figure",
        ),
        Row("moving 1 GB: from Cancel to stopped", f"{max(cancelled):.1f} ms", "–", "longest of five", "<= 100 ms"),
    ]


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    printed = list(map(_print, moves()))
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(_report(printed), encoding="utf-8")

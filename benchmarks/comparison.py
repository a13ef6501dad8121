"""Comparing tensors, in memory and from their files, against torch.sum over both and against the naive way.

python -m benchmarks.comparison
"""

import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.rows import ROUNDS, Row
from explorer.analysis.compare.comparing import Comparison, compare_entries
from explorer.analysis.compare.difference import EXACT, Figures, Tolerance
from explorer.analysis.compare.difference_tally import DifferenceTally
from explorer.analysis.compare.pairing import Chosen, choose, pair_up
from explorer.analysis.compare.same_bytes import same_bytes
from explorer.analysis.measure.numbers import Array
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.paired_values import Box
from explorer.checkpoint.values.reading import BLOCK
from explorer.progress import no_report

ELEMENTS = 32 << 20
TOLERANCE = Tolerance(1e-5, 1e-8)


def comparison(folder: Path, large: Path, many: Path) -> list[Row]:
    """Bytes a second of one thread, as parts of those of torch.sum over both tensors in memory.

    Args:
        folder: To write to.
        large: A file of 5 GB, sparse on disk, as `benchmarks.files` writes it.
        many: A file of a hundred thousand small tensors.
    """
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    a = torch.randn(ELEMENTS, generator=random) * 0.02
    b = a + torch.randn(ELEMENTS, generator=random) * 1e-3
    paths = [folder / f"compared-{name}.pt" for name in ("a", "b", "same")]
    for path, tensor in zip(paths, (a, b, a), strict=True):
        torch.save({"weight": tensor}, path)
    # To open a file takes a process of its own and is measured elsewhere.
    sides = [choose(open_checkpoint(path), None) for path in paths]
    x, y, same = a.numpy(), b.numpy(), a.clone().numpy()
    work: dict[str, Callable[[], object]] = {
        "sum": lambda: (a.sum(), b.sum()),
        "naive": lambda: (a - b).abs().max(),
        "figures": lambda: _in_memory(x, y, EXACT),
        "tolerance": lambda: _in_memory(x, y, TOLERANCE),
        "identical": lambda: _identical(x, same),
        "figures, file": lambda: _compared(sides[0], sides[1], EXACT),
        "tolerance, file": lambda: _compared(sides[0], sides[1], TOLERANCE),
        "identical, file": lambda: _compared(sides[0], sides[2], EXACT),
    }
    # One after the other in each round, so that whatever else the machine does slows all of them.
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            taken[name].append(_seconds(call))
    speed = {name: 8 * ELEMENTS / statistics.median(times) / 1e9 for name, times in taken.items()}
    rows = [
        (
            "compare float32, in memory: max, mean, L2, cosine, share changed / torch.sum",
            "figures",
            ">= 0.25",
        ),
        ("compare float32, in memory: the same with tolerances / torch.sum", "tolerance", ">= 0.15"),
        ("compare float32, in memory: identical bytes / torch.sum", "identical", ">= 0.6"),
        ("compare float32, from two open files: all figures / torch.sum in memory", "figures, file", ""),
        ("compare float32, from two open files: the same with tolerances / torch.sum", "tolerance, file", ""),
        ("compare float32, from two open files: identical / torch.sum", "identical, file", ""),
        ("compare float32, in memory: (a - b).abs().max() alone / torch.sum", "naive", ""),
    ]
    found = [
        Row(what, f"{speed[name]:.2f} GB/s", f"{speed['sum']:.1f} GB/s", f"{speed[name] / speed['sum']:.3f}", wanted)
        for what, name, wanted in rows
    ]
    times = speed["figures"] / speed["naive"]
    found.append(Row("compare float32: all figures / max alone, naively", "", "", f"{times:.1f} times as fast", ">= 2"))
    found.append(_memory(paths[0], paths[1]))
    for path in paths:
        path.unlink()
    return [*found, _by_checksum(large), _small_pairs(many)]


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _in_memory(a: Array, b: Array, tolerance: Tolerance) -> Figures:
    tally = DifferenceTally(tolerance)
    for first in range(0, a.size, BLOCK):
        part = slice(first, first + BLOCK)
        if not same_bytes(a[part].view(np.uint8), b[part].view(np.uint8)):
            tally.add(a[part], b[part], Box((first,), (BLOCK,)))
    return tally.figures(lambda box, place: (box.lows[0] + place,))


def _identical(a: Array, b: Array) -> bool:
    parts = (slice(first, first + BLOCK) for first in range(0, a.size, BLOCK))
    return all(same_bytes(a[part].view(np.uint8), b[part].view(np.uint8)) for part in parts)


def _compared(a: Chosen, b: Chosen, tolerance: Tolerance) -> Comparison:
    return compare_entries(pair_up(a, b), no_report, tolerance)


def _by_checksum(large: Path) -> Row:
    """Two files of 5 GB whose directories hold the checksums of their zeros, which nobody reads."""
    twin = large.with_name("large-twin.pth")
    data = bytearray(_tail(large))
    position = large.stat().st_size - len(data)
    checksums: dict[int, int] = {}
    at = data.find(b"PK\x01\x02")
    while at >= 0 and data[at : at + 4] == b"PK\x01\x02":
        (nbytes,) = struct.unpack_from("<L", data, at + 24)
        lengths = struct.unpack_from("<3H", data, at + 28)
        if nbytes > BLOCK:
            crc = checksums.setdefault(nbytes, zlib.crc32(bytes(nbytes)))
            struct.pack_into("<L", data, at + 16, crc)
        at += 46 + sum(lengths)
    # It keeps the holes of a sparse file.
    subprocess.run(["cp", large, twin], check=True)  # noqa: S607 - the system's own
    for path in (large, twin):
        with path.open("r+b") as file:
            file.seek(position)
            file.write(data)
    sides = [choose(open_checkpoint(path), None) for path in (large, twin)]
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        pairing = pair_up(sides[0], sides[1])
        found = compare_entries(pairing, no_report, trust_checksums=True)
        taken.append(time.perf_counter() - begin)
        assert all(difference.by_checksum for difference in found.differences)
    twin.unlink()
    what = "two open files of 5 GB, 219 tensors: identical by checksum"
    return Row(what, f"{statistics.median(taken) * 1e3:.1f} ms", "–", "", "<= 50 ms")


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - (1 << 16)))
        return file.read()


def _small_pairs(many: Path) -> Row:
    sides = [choose(open_checkpoint(many), None) for _ in range(2)]
    opening = statistics.median(_seconds(lambda: open_checkpoint(many)) for _ in range(ROUNDS))
    comparing = statistics.median(
        _seconds(lambda: compare_entries(pair_up(sides[0], sides[1]), no_report)) for _ in range(3)
    )
    return Row(
        "100,000 pairs of small tensors: compared / the open of one file",
        f"{comparing * 1e3:.0f} ms",
        f"{opening * 1e3:.0f} ms",
        f"{comparing / opening:.1f}",
        "seconds",
    )


def _memory(a: Path, b: Path) -> Row:
    """The most that comparing adds to the memory of a process without torch or Qt, between two blocks."""
    program = (
        "import sys;from pathlib import Path\n"
        "from explorer.analysis.compare.comparing import compare_entries\n"
        "from explorer.analysis.compare.difference import Tolerance\n"
        "from explorer.analysis.compare.pairing import choose,pair_up\n"
        "from explorer.checkpoint.reader import open_checkpoint\n"
        "def rss(): return int(open('/proc/self/statm').read().split()[1])*4096/2**20\n"
        "a,b=(choose(open_checkpoint(Path(p)),None) for p in sys.argv[1:])\n"
        "seen=[];before=rss()\n"
        "compare_entries(pair_up(a,b),lambda *_: seen.append(rss()),Tolerance(1e-5,1e-8));print(max(seen)-before)"
    )
    command = [sys.executable, "-c", program, str(a), str(b)]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    what = f"two float32 tensors of {4 * ELEMENTS >> 20} MiB: memory that comparing adds at most"
    return Row(what, f"{float(made.stdout):.1f} MiB", "–", "", "<= 16 MiB")


def main() -> None:
    """Measure by itself."""
    from benchmarks.files import Files  # noqa: PLC0415 - only here

    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        files = Files(Path(folder))
        for row in comparison(Path(folder), files.large, files.many):
            print(" | ".join(row))


if __name__ == "__main__":
    main()

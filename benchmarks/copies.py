"""A copy of a large file for another device against ``cp`` of the same bytes, and the memory that it takes."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch

from benchmarks.rows import Row
from explorer.checkpoint.writing.archive import ArchiveWriter

TENSORS = 200
ROUNDS = 3

_COPY = """
import json, sys, threading, time
sys.path.append(sys.argv[1])
from pathlib import Path
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CopyOptions
from explorer.progress import no_report

def resident(line):
    text = Path("/proc/self/status").read_text()
    return int(text.split(line + ":")[1].split()[0]) << 10

checkpoint = open_checkpoint(Path(sys.argv[2]))
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
made = write_copy(checkpoint, Path(sys.argv[3]), CopyOptions(device="cuda:0"), no_report)
print(json.dumps([made.seconds, made.verified.seconds, resident("VmHWM") - before]))
"""


def write_random(path: Path, nbytes: int) -> None:
    """Write a checkpoint of random bits, whatever the memory."""
    state = OrderedDict((f"layers.{place}.weight", torch.empty(nbytes // TENSORS // 4)) for place in range(TENSORS))
    holes = path.with_name("holes.pth")
    with torch.serialization.skip_data():
        torch.save(state, holes)
    random = np.random.default_rng(0)
    with zipfile.ZipFile(holes) as archive, path.open("wb") as stream:
        writer = ArchiveWriter(stream.write)
        for record in archive.infolist():
            values = "/data/" in record.filename
            data = random.bytes(record.file_size) if values else archive.open(record).read()
            writer.add(record.filename, len(data), [data])
        writer.finish()
    holes.unlink()


def copies(house: Path, nbytes: int = 5_000_000_000) -> list[Row]:
    """Write it both ways, in turns, each until the disk has it."""
    ours, checks, theirs, memory = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as name:
        source, copy = Path(name) / "source.pth", Path(name) / "copy.pth"
        write_random(source, nbytes)
        subprocess.run(["/bin/sync", str(source)], check=True)
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            subprocess.run(["/bin/cp", "--sparse=never", "--reflink=never", str(source), str(copy)], check=True)
            subprocess.run(["/bin/sync", str(copy)], check=True)
            theirs.append(time.perf_counter() - begin)
            copy.unlink()
            words = [sys.executable, "-c", _COPY, str(house), str(source), str(copy)]
            answer = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            seconds, check, peak = json.loads(answer)
            ours.append(seconds)
            checks.append(check)
            memory.append(peak)
            copy.unlink()
    mine, reference, check = (statistics.median(times) for times in (ours, theirs, checks))
    size = f"{nbytes / 1e9:g} GB"
    return [
        Row(
            f"{size} of random bits: a copy for another device / cp, both synced",
            f"{nbytes / mine / 1e9:.2f} GB/s",
            f"{nbytes / reference / 1e9:.2f} GB/s",
            f"{reference / mine:.2f}",
            ">= 0.8",
        ),
        Row(f"{size}: comparing the copy with its source", f"{nbytes / check / 1e9:.2f} GB/s", "–", "", ""),
        Row(f"{size}: memory at its peak, more than before", f"{max(memory) / 2**20:.0f} MiB", "–", "", "<= 64 MiB"),
    ]


if __name__ == "__main__":
    gigabytes = float(sys.argv[1]) if sys.argv[1:] else 5
    for row in copies(Path(__file__).resolve().parents[1], int(gigabytes * 1e9)):
        print(" | ".join(row))

"""Test-loading 1,000 tensors: what it costs beside Python, torch and PyTorch's own load, and once the child is warm."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.rows import ROUNDS, Row
from explorer.checkpoint.reader import open_checkpoint
from explorer.loading.load_test import ModelChoice, handed, load_into
from explorer.loading.warm_trial import WarmTrial
from explorer.progress import no_report

_MODEL = """
import torch
from torch import nn

def deep():
    return nn.Sequential(*[nn.Linear(256, 256) for _ in range(500)])
"""
_BY_HAND = """
import sys
sys.path.append(sys.argv[1])
import torch
from model import deep
with torch.device("meta"):
    model = deep()
state = {key: torch.empty_like(value) for key, value in model.state_dict().items()}
deep_again = model.load_state_dict(state)
"""


def test_load() -> list[Row]:
    """From nothing to the report, and again from a warm child, against the same by hand."""
    with tempfile.TemporaryDirectory(prefix="checkpoint-explorer-bench-") as name:
        folder = Path(name)
        (folder / "model.py").write_text(_MODEL, encoding="utf-8")
        save = "import sys; sys.path.append(sys.argv[1]); import torch, model\n"
        save += "torch.save(model.deep().half().state_dict(), sys.argv[1] + '/weights.pt')"
        subprocess.run([sys.executable, "-c", save, name], check=True)
        checkpoint = open_checkpoint(folder / "weights.pt")
        assert checkpoint.chosen is not None
        given = handed(checkpoint, checkpoint.chosen)
        choice = ModelChoice(folder / "model.py", "deep")
        cold: list[float] = []
        warm: list[float] = []
        by_hand, torch_alone = [], []
        for _ in range(ROUNDS + 1):
            begin = time.perf_counter()
            trial = WarmTrial(Path(sys.executable))
            for times in (cold, warm):
                report = load_into(trial, choice, given, no_report, strict=True)
                times.append(time.perf_counter() - begin)
                assert len(report.loaded) == 1_000
                begin = time.perf_counter()
            trial.close()
            by_hand.append(_seconds("-I", "-c", _BY_HAND, name))
            torch_alone.append(_seconds("-I", "-c", "import torch"))
    # The first round finds files that were not read before.
    ours, again, hand, alone = (statistics.median(times[1:]) for times in (cold, warm, by_hand, torch_alone))
    return [
        Row(
            "1,000 tensors: child start to report / the same by hand (of that Python and torch alone)",
            f"{ours * 1e3:.0f} ms",
            f"{hand * 1e3:.0f} ms ({alone * 1e3:.0f} ms)",
            f"{ours / hand:.2f}",
            "<= 1.3",
        ),
        Row("1,000 tensors: re-test in a warm child", f"{again * 1e3:.0f} ms", "–", "", "< 300 ms"),
    ]


def _seconds(*words: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True)
    return time.perf_counter() - begin


if __name__ == "__main__":
    for row in test_load():
        print(" | ".join(row))

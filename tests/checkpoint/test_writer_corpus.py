"""Real checkpoints: a copy for the CPU is what PyTorch reads of the source, without map_location."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.writer import write_copy
from explorer.checkpoint.writing.options import CopyOptions
from explorer.progress import no_report
from tests.checkpoint.test_corpus import by_torch
from tests.checkpoint.writing.saving import same

TABLE = Path(__file__).parents[1] / "corpus" / "files.json"
WHEELS: list[dict[str, Any]] = json.loads(TABLE.read_text("utf-8"))

SMALLEST = "dists-pytorch==0.1"
"""That which is copied without `make thorough`, too."""

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.filterwarnings("ignore:'torch.load' received a zip file that looks like a TorchScript archive"),
]


def copy_all(folder: Path, wheel: dict[str, Any], out: Path) -> int:
    """Copy what PyTorch reads of a package, twice, and compare; returns how many that were."""
    copied = 0
    for number, member in enumerate(wheel["files"]):
        source = folder / wheel["requirement"].replace("==", "-") / member["path"]
        loaded = by_torch(source)
        if loaded is None:
            continue
        checkpoint = open_checkpoint(source)
        for options in (CopyOptions("cpu"), CopyOptions("cpu", compact=True)):
            made = write_copy(checkpoint, out / f"{number}-{options.compact}.pth", options, no_report)
            assert same(torch.load(made.out, weights_only=True), loaded), source
            assert made.verified.same == made.tensors == len(checkpoint.tensors)
        copied += 1
    return copied


def test_a_small_one_is_copied(corpus: Path, tmp_path: Path) -> None:
    (wheel,) = (wheel for wheel in WHEELS if wheel["requirement"] == SMALLEST)
    assert copy_all(corpus, wheel, tmp_path) == 1


@pytest.mark.thorough
def test_all_that_torch_reads_are_copied(corpus: Path, tmp_path: Path) -> None:
    copied = {}
    for wheel in WHEELS:
        folder = tmp_path / wheel["requirement"]
        folder.mkdir()
        copied[wheel["requirement"]] = copy_all(corpus, wheel, folder)
    assert sum(copied.values()) >= 28, copied

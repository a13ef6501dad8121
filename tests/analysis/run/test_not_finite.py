"""What is not finite in a run: told before all else, of the right files and tensors, and never as a small change."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.run.comparing import Against, compare_run
from explorer.analysis.run.table import Order, RunTable, table_of
from explorer.analysis.run.words import (
    about_cell,
    about_step,
    cell_words,
    run_not_finite,
    run_notes,
    run_summary,
    run_text,
)
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import no_report

Saved = dict[str, torch.Tensor]


def table(folder: Path, files: list[Saved], against: Against = "first", order: Order | None = None) -> RunTable:
    paths = [folder / f"epoch{at}.pt" for at in range(len(files))]
    for path, saved in zip(paths, files, strict=True):
        torch.save(saved, path)
    run = compare_run(paths, against, open_checkpoint, no_report)
    return table_of(run, "layers", "relative", order or Order(), no_report)


def drifting(count: int, broken: range) -> list[Saved]:
    """Layers of which the second has no finite weight in some files, and a bias that moves least of all."""
    files = []
    for at in range(count):
        saved = {f"{name}.weight": torch.full((9,), 1 + at * size) for name, size in (("a", 0.1), ("b", 0.2))}
        saved["b.bias"] = torch.full((3,), 1 + at / 1000)
        if at in broken:
            saved["b.weight"] = torch.full((9,), torch.nan)
        files.append(saved)
    return files


@pytest.mark.parametrize("against", ["first", "before"])
def test_a_layer_without_a_finite_weight_is_no_calm_one(tmp_path: Path, against: Against) -> None:
    found = table(tmp_path, drifting(6, range(3, 6)), against, Order(5, down=True))
    assert found.not_finite == ((), (), (), *[("b.weight",)] * 3), "also where it is as in the file before"
    assert run_not_finite(found) == "Not finite from epoch3.pt on: b.weight."
    row = found.names.index("b")
    assert [cell_words(found, row, at) for at in (3, 4, 5)] == ["not finite"] * 3
    assert about_cell(found, row, 4)[0] == "Not finite: b.weight"
    assert about_cell(found, row, 4)[1] == f"{float(found.finite_parts[row, 4])!r} of what is finite"
    assert found.finite_parts[row, 4] == pytest.approx(0.004 if against == "first" else 0.001, rel=1e-2)
    assert found.movers[0] == row, "it comes first where the worst does"
    assert found.order[0] == row
    furthest = "furthest a (0.5 in epoch5.pt)" if against == "first" else "furthest b (0.2 in epoch1.pt)"
    assert furthest in run_summary(found)
    column = found.run.steps[5].column
    assert column is not None
    assert column.keys[found.furthest[row, 5]] == "b.weight", "it is what the cell leads to"
    cells = {line.split(",")[0]: line.split(",")[2:] for line in run_text(found, ",", no_report).splitlines()}
    assert cells["b"][3:] == ["not finite"] * 3
    assert all(math.isfinite(float(cell)) for cell in [*cells["a"][1:], *cells["b"][1:3]])
    assert [note for note in run_notes(found) if "finite" in note] == ["epoch3.pt: not finite: b.weight."]
    assert "not finite: b.weight" in about_step(found, 5)


@pytest.mark.parametrize("against", ["first", "before"])
def test_only_the_file_that_has_it_is_named(tmp_path: Path, against: Against) -> None:
    first = table(tmp_path, drifting(4, range(1)), against)
    assert first.not_finite == (("b.weight",), (), (), ())
    assert run_not_finite(first) == "Not finite in epoch0.pt: b.weight."
    assert cell_words(first, first.names.index("b"), 1).endswith(" *")
    assert "not finite before" in about_cell(first, first.names.index("b"), 1)[0]
    between = table(tmp_path, drifting(4, range(1, 3)), against)
    assert run_not_finite(between) == "Not finite first in epoch1.pt: b.weight."


def test_several_tensors_are_counted_and_added_ones_are_among_them(tmp_path: Path) -> None:
    files = drifting(3, range(2, 3))
    files[1]["new.weight"] = torch.tensor([1.0, torch.inf])
    files[2]["new.weight"] = torch.ones(2)
    found = table(tmp_path, files)
    assert found.not_finite == ((), ("new.weight",), ("b.weight",))
    assert run_not_finite(found) == "Not finite from epoch1.pt on: new.weight and 1 more."


def test_a_mask_that_stays_as_it_is_is_no_matter(tmp_path: Path) -> None:
    files = drifting(3, range(0))
    for saved in files:
        saved["a.mask"] = torch.full((4, 4), -torch.inf).triu(1)
    found = table(tmp_path, files)
    assert run_not_finite(found) == ""
    assert not np.isnan(found.values).any()


def test_what_is_not_finite_takes_no_sudden_step(tmp_path: Path) -> None:
    files = drifting(8, range(5, 8))
    for at, saved in enumerate(files):
        # Its bias leaps in the file in which its weight is lost, as does another layer.
        saved["b.bias"] += 2 if at >= 5 else 0
        saved["c.weight"] = torch.full((9,), 1 + at / 100 + (3 if at >= 5 else 0))
    assert "; a sudden step of c to epoch5.pt (from 0.04 to 3" in run_summary(table(tmp_path, files))

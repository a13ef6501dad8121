"""The files of a run, against float64 references."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.run.comparing import Against, Known, Mark, Run, compare_run
from explorer.analysis.run.files import files_in, in_order, put_among, short_names
from explorer.analysis.run.table import SUDDEN, Order, RunTable, sudden_step, table_of
from explorer.analysis.run.words import about_step, cell_words, run_notes, run_summary, run_text
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import Cancelled, Report, no_report

STEPS = (500, 1000, 1500, 2000)

Saved = dict[str, torch.Tensor]


class Opener:
    """Opens each file once, and counts how often it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._open: dict[Path, Checkpoint] = {}

    def __call__(self, path: Path, report: Report) -> Checkpoint:
        self.asked.append(path.name)
        if path not in self._open:
            self._open[path] = open_checkpoint(path, report)
        return self._open[path]


def weights(step: int) -> Saved:
    made = torch.Generator().manual_seed(step)
    saved = {f"block.{at}.{name}": torch.randn(7, 5, generator=made) for at in range(3) for name in ("conv", "fc")}
    saved["block.1.same"] = torch.ones(4)
    saved["block.2.bias"] = torch.full((3,), float(step - STEPS[0]))
    saved["steps"] = torch.tensor(step)
    return saved


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four steps, and between them a file that is none."""
    made = tmp_path_factory.mktemp("run")
    for step in STEPS:
        saved = weights(step)
        if step == 1500:
            saved["adapter"] = torch.ones(2)
            del saved["block.0.fc"]
            saved["block.1.fc"][0, 0] = torch.nan
            saved["block.2.fc"] = torch.ones(7, 6)
        torch.save({"model": saved, "ema": {"only": torch.full((2,), float(step))}}, made / f"step_{step}.pth")
    (made / "step_750.pth").write_bytes(b"no checkpoint")
    return made


@pytest.fixture(scope="module")
def opener() -> Opener:
    return Opener()


def run_of(folder: Path, opener: Opener, against: Against = "first", known: Known | None = None) -> Run:
    return compare_run(files_in(folder), against, opener, no_report, known=known)


def reference(one: int, other: int, key: str) -> tuple[float, float]:
    """The relative L2 change of a tensor and its largest one, in float64."""
    a, b = (weights(step)[key].numpy().astype(np.float64) for step in (one, other))
    return float(np.linalg.norm(b - a) / np.linalg.norm(a)), float(np.abs(b - a).max())


@pytest.mark.parametrize(("against", "before"), [("first", 500), ("before", 1500)])
def test_figures_are_those_of_float64(folder: Path, opener: Opener, against: Against, before: int) -> None:
    run = run_of(folder, opener, against)
    assert [path.name for path in run.paths] == [f"step_{step}.pth" for step in (500, 750, 1000, 1500, 2000)]
    assert [step.against for step in run.steps] == [None, None, 0, {500: 0, 1500: 2}[before], {500: 0, 1500: 3}[before]]
    relative = table_of(run, "tensors", "relative", Order(), no_report)
    largest = table_of(run, "tensors", "largest", Order(), no_report)
    keys = ["block.0.conv", "block.1.conv", "block.2.conv"]
    for key in keys:
        row = relative.names.index(key)
        expected = reference(before, 2000, key)
        assert relative.values[row, 4] == pytest.approx(expected[0], rel=1e-12)
        assert largest.values[row, 4] == pytest.approx(expected[1], rel=1e-12)
    layers = table_of(run, "layers", "relative", Order(-2), no_report)
    row = layers.names.index("block.1")
    values = [value for name in ("conv", "fc") if not np.isnan(value := of(relative, f"block.1.{name}", 4))]
    assert layers.values[row, 4] == max(values), "of a layer that of the tensor with the most"
    assert np.isnan(relative.values[:, 1]).all(), "what was not read has no figures"
    assert (relative.values[row, 0] == 0) == (against == "first")
    odd = layers.names.index("block.1")
    assert layers.movers[0] == odd, "what is not finite is before all that went far"
    furthest = np.fmax.reduce(layers.values, axis=1)[layers.movers[1:]]
    assert (np.diff(furthest) <= 0).all()
    assert layers.order.tolist()[: layers.movers.size] == layers.movers.tolist()


def of(table: RunTable, key: str, at: int) -> float:
    return float(table.values[table.names.index(key), at])


def test_what_has_no_figure_is_said(folder: Path, opener: Opener) -> None:
    run = run_of(folder, opener)
    table = table_of(run, "tensors", "relative", Order(), no_report)
    words = {name: cell_words(table, row, 3) for row, name in enumerate(table.names)}
    assert words["adapter"] == "added"
    assert words["block.0.fc"] == "removed"
    assert words["block.2.fc"] == "shape"
    assert words["block.2.bias"] == "from all 0"
    assert words["block.1.same"] == "="
    assert words["block.1.fc"] == "not finite"
    assert "steps" not in table.names, "a counter would drown the rest"
    assert int(table.marks[table.names.index("block.1.fc"), 3]) & Mark.NOT_FINITE
    assert run_summary(table).startswith("3 files compared with step_500.pth: 7 of 9 tensors changed, furthest block.")
    assert run_notes(table) == [
        "step_750.pth was not read. This is not a checkpoint: it is plain text.",
        "step_1500.pth: not finite: block.1.fc, 1 tensor added, 1 tensor removed, 1 tensor of another shape.",
        "1 counter is left out: tensors that hold whole numbers, or steps.",
    ]
    assert "Compared with step_500.pth." in about_step(table, 2)
    lines = [line.split(",") for line in run_text(table, ",", no_report).splitlines()]
    assert lines[0][:3] == ["tensor", "tensors", "relative L2 change: step_500.pth"]
    assert lines[0][3] == "relative L2 change: step_750.pth", "it was not read"
    against = [f"relative L2 change: step_{step}.pth against step_500.pth" for step in (1000, 1500, 2000)]
    assert lines[0][4:] == against, "what is compared with what, and how"
    by_name = {line[0]: line[1:] for line in lines[1:]}
    assert by_name["adapter"] == ["1", "", "", "", "added", ""]
    assert float(by_name["block.0.conv"][5]) == of(table, "block.0.conv", 4), "every digit"
    blocks = table_of(run, "blocks", "relative", Order(4, down=True), no_report)
    assert blocks.names == ("block.0", "block.1", "block.2", "")
    figures = blocks.values[blocks.order, 4]
    assert (np.diff(figures[~np.isnan(figures)]) <= 0).all()
    assert np.isnan(figures[-1]), "what has no figure comes last"


def test_another_order_reads_nothing_again(folder: Path, opener: Opener) -> None:
    known = Known()
    whole = run_of(folder, opener, known=known)
    opener.asked.clear()
    paths = [whole.paths[at] for at in (0, 4, 2, 1, 3)]
    run = compare_run(paths, "first", opener, no_report, known=known)
    assert opener.asked == []
    assert run.steps[1].column is whole.steps[4].column
    assert run.steps[4].against == 0
    ema = compare_run(paths[:2], "first", opener, no_report, entry="ema", known=known)
    column = ema.steps[1].column
    assert column is not None
    assert column.relative.tolist() == [pytest.approx(3.0)]
    known.forget_others(paths[:1])
    opener.asked.clear()
    compare_run(paths[:2], "first", opener, no_report, known=known)
    assert sorted(opener.asked) == ["step_2000.pth", "step_500.pth"]


def test_a_file_that_goes_while_the_run_is_compared_is_named(folder: Path, opener: Opener) -> None:
    def gone(path: Path, report: Report) -> Checkpoint:
        if path.name == "step_500.pth":
            raise CheckpointError("The file does not exist", verdict="unreadable")
        return opener(path, report)

    known = Known()
    paths = files_in(folder)[:1] + files_in(folder)[2:]
    compare_run(paths[:1], "first", opener, no_report, known=known)
    run = compare_run(paths, "first", gone, no_report, known=known)
    sentence = "It was not compared with step_500.pth: The file does not exist."
    assert [step.problem for step in run.steps] == ["", sentence, sentence, sentence]
    again = compare_run(paths, "first", opener, no_report, known=known)
    assert all(step.column is not None for step in again.steps[1:])


def test_it_is_cancelled_between_files(folder: Path, opener: Opener) -> None:
    told: list[Run] = []

    def stop(done: int, total: int, _what: str) -> None:
        assert 0 <= done <= total
        if told and len(told[-1].steps) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_run(files_in(folder), "first", opener, stop, tell=told.append)
    table = table_of(told[-1], "layers", "relative", Order(), no_report)
    assert run_summary(table).startswith("1 file compared with step_500.pth: 3 of 3 layers changed")
    nothing = table_of(Run((folder,), "first"), "blocks", "relative", Order(), no_report)
    assert run_summary(nothing) == "There are no two files that could be compared."


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=8, unique=True))
def test_files_come_in_the_order_of_their_numbers(numbers: list[int]) -> None:
    paths = [Path(f"/runs/my2net/step_{number}.pth") for number in numbers]
    assert in_order([*paths, *paths]) == [Path(f"/runs/my2net/step_{number}.pth") for number in sorted(numbers)]
    assert short_names(paths) == [str(number) for number in numbers]


@given(st.lists(st.text("ab1_.-=/", min_size=1, max_size=8), min_size=1, max_size=6))
def test_short_names_tell_files_apart(names: list[str]) -> None:
    paths = list(dict.fromkeys(Path(f"/run/{name}") for name in names))
    short = short_names(paths)
    assert len(set(short)) == len(paths)
    assert all(name and name in str(path) for name, path in zip(short, paths, strict=True) if name != ".")


def test_files_of_several_folders_have_their_names() -> None:
    paths = [Path("/run/epoch_00.pth"), Path("/run/epoch_01.pth"), Path("/downloads/base.pth")]
    assert short_names(paths) == ["epoch_00.pth", "epoch_01.pth", "base.pth"]
    assert short_names([Path("/a/1/model.pt"), Path("/a/2/model.pt")]) == ["1", "2"]


def test_more_files_come_where_their_numbers_or_else_their_times_say(tmp_path: Path) -> None:
    names = ["step_9.pt", "step_2.pt", "step_30.pt", "broken.pt", "afterwards.pt"]
    paths = [tmp_path / name for name in names]
    for path, seconds in zip(paths, (900, 200, 3000, 1000, 5000), strict=True):
        path.write_bytes(b"no checkpoint")
        os.utime(path, (seconds, seconds))
    nine, two, thirty, broken, afterwards = paths
    assert put_among([two, thirty], [nine, two]) == [two, nine, thirty]
    assert put_among([two, nine, thirty], [afterwards, broken]) == [two, nine, broken, thirty, afterwards]
    # An order that the user gave stays.
    assert put_among([thirty, two], [nine]) == [thirty, two, nine]
    gone = tmp_path / "gone.pt"
    assert put_among([two, nine], [gone]) == [two, nine, gone]


def test_a_folder_holds_a_run(tmp_path: Path) -> None:
    def made(name: str) -> None:
        (tmp_path / name).write_bytes(b"")

    for step in (200, 1000):
        (tmp_path / f"checkpoint-{step}").mkdir()
        for name in ("model.safetensors", "optimizer.pt", "training_args.bin"):
            made(f"checkpoint-{step}/{name}")
    (tmp_path / "sharded-3000").mkdir()
    made("sharded-3000/model.safetensors.index.json")
    (tmp_path / "unclear").mkdir()
    for name in ("unclear/a.pt", "unclear/b.pt", "notes.txt", "model-00001-of-00002.safetensors", ".hidden.pt"):
        made(name)
    assert [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)] == [
        "checkpoint-200/model.safetensors",
        "checkpoint-1000/model.safetensors",
        "sharded-3000",
    ]
    assert short_names(files_in(tmp_path)[:2]) == ["200", "1000"]
    with pytest.raises(CheckpointError, match="No checkpoints are in the folder"):
        files_in(tmp_path / "sharded-3000")
    with pytest.raises(CheckpointError, match="The folder was not read"):
        files_in(tmp_path / "gone")


def test_a_damaged_file_is_what_nothing_is_compared_with(tmp_path: Path) -> None:
    paths = [tmp_path / f"epoch_{at}.pth" for at in range(4)]
    for at, path in enumerate(paths):
        torch.save({f"layer{place}.weight": torch.full((99,), 1.0 + at) for place in range(4)}, path)
    for at in (0, 2):
        paths[at].write_bytes(paths[at].read_bytes()[:-1500])
    first = compare_run(paths, "first", open_checkpoint, no_report)
    assert first.first == 1
    assert [step.against for step in first.steps] == [None, None, 1, 1]
    assert run_summary(table_of(first, "layers", "relative", Order(), no_report)).startswith(
        "2 files compared with epoch_1"
    )
    assert "epoch_0.pth was not compared. " in " ".join(
        run_notes(table_of(first, "layers", "relative", Order(), no_report))
    )
    before = compare_run(paths, "before", open_checkpoint, no_report)
    assert [step.against for step in before.steps] == [None, None, 1, 1]


@pytest.mark.parametrize("against", ["first", "before"])
def test_a_step_that_stands_out_is_named(tmp_path: Path, against: Against) -> None:
    paths = [tmp_path / f"epoch_{at}.pth" for at in range(8)]
    for at, path in enumerate(paths):
        grown = 1 + at / 100 + (2 if at >= 5 else 0)
        torch.save({"calm.weight": torch.full((9,), 1 + at / 10), "jumps.weight": torch.full((9,), grown)}, path)
    table = table_of(compare_run(paths, against, open_checkpoint, no_report), "layers", "relative", Order(), no_report)
    found = sudden_step(table)
    assert found is not None
    assert (table.names[found[0]], found[1]) == ("jumps", 5)
    assert "; a sudden step of jumps to epoch_5.pth (" in run_summary(table)
    assert {table.furthest[found[0], at] for at in range(1, 8)} == {1}, "the place of jumps.weight"
    few = table_of(
        compare_run(paths[4:7], against, open_checkpoint, no_report), "layers", "relative", Order(), no_report
    )
    assert sudden_step(few) is None, "of two steps none is the usual one"


@pytest.mark.parametrize("against", ["first", "before"])
@pytest.mark.parametrize(("calm", "said"), [(0, "all 3 layers"), (1, "3 layers")])
def test_no_layer_is_blamed_alone_for_a_step_of_several(tmp_path: Path, against: Against, calm: int, said: str) -> None:
    paths = [tmp_path / f"epoch_{at}.pth" for at in range(8)]
    for at, path in enumerate(paths):
        held = {f"calm{place}.weight": torch.full((9,), 1 + at / 10) for place in range(calm)}
        for place in range(3):
            held[f"jumps{place}.weight"] = torch.full((9,), 1 + at / 100 + (1 + place if at >= 5 else 0))
        torch.save(held, path)
    table = table_of(compare_run(paths, against, open_checkpoint, no_report), "layers", "relative", Order(), no_report)
    summary = run_summary(table)
    assert f"; a sudden step of {said} to epoch_5.pth, up to 3" in summary
    assert "0 times the usual one: jumps2 (" in summary


@given(st.lists(st.floats(0.01, 1.0), min_size=4, max_size=12))
def test_no_step_stands_out_of_its_like(steps: list[float]) -> None:
    values = np.array([[np.nan, *steps]])
    run = Run(tuple(Path(str(at)) for at in range(len(steps) + 1)), "before")
    nothing = np.zeros(values.shape, np.uint16)
    table = RunTable(
        run,
        "layers",
        "relative",
        ("layer",),
        ("",),
        np.ones(1, np.int64),
        values,
        values,
        nothing,
        np.zeros(1, np.int64),
        np.zeros(1, np.int64),
        0,
        np.zeros(values.shape, np.int64),
        ((),) * values.shape[1],
        {},
    )
    found = sudden_step(table)
    median = float(np.median(steps))
    assert (found is None) == (max(steps) < SUDDEN * median)
    if found is not None:
        assert steps[found[1] - 1] == max(steps)


def test_of_two_rows_that_jump_the_one_is_named_that_stands_out_most(tmp_path: Path) -> None:
    paths = [tmp_path / f"epoch_{at}.pth" for at in range(9)]
    for at, path in enumerate(paths):
        moved = {"cause.weight": torch.full((9,), 10 + at / 10 + (9 if at >= 4 else 0))}
        moved["effect.running_var"] = torch.full((9,), 1 + at / 2 + (30 if at >= 5 else 0))
        moved["state.0.step"] = torch.tensor(float(at + 1))
        torch.save(moved, path)
    run = compare_run(paths, "before", open_checkpoint, no_report)
    table = table_of(run, "layers", "largest", Order(), no_report)
    found = sudden_step(table)
    assert found is not None
    assert table.names == ("cause", "effect"), "the steps of an optimizer are no change of the network"
    assert (table.names[found[0]], found[1]) == ("cause", 4)
    assert table.values[0, 4] < table.values[1, 5], "though the other went further"


def test_rows_of_an_optimizer_are_called_by_their_parameters_too(tmp_path: Path) -> None:
    paths = [tmp_path / f"epoch_{at}.pth" for at in range(3)]
    for at, path in enumerate(paths):
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1 * (at + 1))
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    run = compare_run(paths, "first", open_checkpoint, no_report, entry="optimizer")
    layers = table_of(run, "layers", "relative", Order(), no_report)
    assert [layers.title(row) for row in range(4)] == [
        *("state.0 · 0.weight", "state.1 · 0.bias", "state.2 · 1.weight", "state.3 · 1.bias"),
    ]
    tensors = table_of(run, "tensors", "relative", Order(), no_report)
    assert tensors.title(0) == "state.0.exp_avg · 0.weight"
    assert "furthest state." in run_summary(layers)
    assert " · " in run_summary(layers)
    models = compare_run(paths, "first", open_checkpoint, no_report, entry="model")
    assert table_of(models, "layers", "relative", Order(), no_report).title(0) == "0"

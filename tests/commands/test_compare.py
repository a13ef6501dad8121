"""What ``checkpoint-explorer compare`` prints, and the status that it exits with."""

import csv
import html
import io
import json
import math
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from explorer.analysis.compare.comparing import compare_entries
from explorer.analysis.compare.pairing import choose, pair_up
from explorer.analysis.compare.table import as_markdown, as_text
from explorer.app import main
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import no_report
from tests.checkpoint.writing.saving import save

FIELDS = {
    *("a", "b", "entry_a", "entry_b", "rtol", "atol", "summary", "mapping", "proposals", "counts", "tensors", "error"),
}
COUNTS = {"identical", "close", "differs", "not_finite", "dtype", "shape", "only_a", "only_b", "unread"}

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: Capture, *words: str) -> tuple[int, dict[str, Any], str]:
    """The exit status, what it answers as JSON, and what it says on stderr."""
    status = main(["compare", *words, "--json"])
    printed = capsys.readouterr()
    answer: dict[str, Any] = json.loads(printed.out)
    assert answer.keys() == FIELDS
    assert answer["counts"].keys() == COUNTS
    assert sum(answer["counts"].values()) == len(answer["tensors"])
    assert printed.err.count("\n") == (status == 2)
    assert (status == 2) == (answer["error"] is not None)
    return status, answer, printed.err


def test_every_state_is_told(capsys: Capture, folder: Path) -> None:
    same = torch.arange(6.0).reshape(2, 3)
    a = {
        "layer.same": same,
        "layer.zero": torch.zeros(2),
        "near": torch.ones(3),
        "far": torch.tensor([3.0, 4.0]),
        "nan": torch.tensor([1.0, 2.0]),
        "half": torch.tensor([0.5, 1.5]),
        "long": same,
        "steps": torch.tensor(7),
        "gone": torch.ones(1),
    }
    b = {
        "layer.same": same.t().contiguous().t(),
        "layer.zero": torch.zeros(2),
        "near": torch.ones(3) + 1e-6,
        "far": torch.tensor([3.0, 6.0]),
        "nan": torch.tensor([1.0, math.nan]),
        "half": a["half"].half(),
        "long": torch.ones(3, 3),
        "steps": torch.tensor(8),
        "new": torch.ones(1),
    }
    torch.save({"epoch": 3, "model": a}, "a.pt")
    torch.save(b, "b.pt", _use_new_zipfile_serialization=False)
    status, answer, _ = run(capsys, "a.pt", "b.pt", "--rtol", "1e-5")
    assert status == 1
    assert (answer["a"], answer["b"]) == (str(folder / "a.pt"), str(folder / "b.pt"))
    assert (answer["entry_a"], answer["entry_b"]) == ("model", "")
    assert answer["counts"] == dict.fromkeys(COUNTS, 1) | {"identical": 2, "differs": 2, "unread": 0}
    rows = {row["key_a"] or row["key_b"]: row for row in answer["tensors"]}
    assert {key: row["state"] for key, row in rows.items()} == {
        "layer.same": "identical",
        "layer.zero": "identical",
        "near": "close",
        "far": "differs",
        "nan": "not_finite",
        "half": "dtype",
        "long": "shape",
        "steps": "differs",
        "gone": "only_a",
        "new": "only_b",
    }
    far = rows["far"]
    assert [far[name] for name in ("max_abs", "mean_abs", "relative_l2", "changed")] == [2.0, 1.0, 0.4, 0.5]
    assert far["cosine"] == pytest.approx(33 / (5 * math.sqrt(45)))
    assert (far["worst_index"], far["worst_a"], far["worst_b"]) == ([1], 4.0, 6.0)
    assert (rows["nan"]["max_abs"], rows["nan"]["changed"], rows["nan"]["not_finite"]) == (0.0, 0.0, 1)
    assert (rows["steps"]["max_abs"], rows["steps"]["worst_a"]) == (1.0, 7)
    assert rows["half"]["equal_after_cast"] is True
    assert (rows["long"]["max_abs"], rows["long"]["overlap"]["max_abs"]) == (None, 4.0)
    assert (rows["layer.zero"]["relative_l2"], rows["layer.zero"]["cosine"]) == (0.0, None)
    assert answer["summary"] == (
        "6 of 8 tensors changed: 2 in value (1 of them whole numbers), 1 within the tolerance, 1 in NaN or infinity, "
        "1 in dtype (1 equal after cast to float16), 1 in shape; 2 are bit-identical, among them all of layer.*; "
        "1 is only in A; 1 is only in B; largest relative change 0.4 in far."
    )
    assert main(["compare", "a.pt", "b.pt", "--rtol", "1e-5"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == answer["summary"]
    (long,) = [line for line in lines if "  long  (2×3, in B 3×3, figures of what both have)" in line]
    assert long.split()[:2] == ["shape", "4"]
    assert not any("layer.same" in line for line in lines)


def test_for_people_what_is_not_finite_on_one_side_has_changed_too(capsys: Capture, folder: Path) -> None:
    torch.save({"w": torch.tensor([1.0, 2.0, 3.0, math.inf])}, "a.pt")
    torch.save({"w": torch.tensor([1.0, 2.5, math.nan, math.inf])}, "b.pt")
    assert run(capsys, "a.pt", "b.pt")[1]["tensors"][0]["changed"] == 0.5
    assert main(["compare", "a.pt", "b.pt", "--report", "page.html"]) == 1
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("not finite")]
    assert "  50.0 %  w  (" in row
    a, b = (choose(open_checkpoint(folder / name), None) for name in ("a.pt", "b.pt"))
    comparison = compare_entries(pair_up(a, b), no_report)
    table = csv.DictReader(io.StringIO(as_text(comparison, [0], ",", no_report)))
    assert [each["changed"] for each in table] == ["0.5"]
    assert as_markdown(comparison, [0], "", no_report).endswith("| 50.0 % |\n")
    assert ">50.0 %<" in (folder / "page.html").read_text("utf-8")


def test_a_conversion_is_proved(capsys: Capture) -> None:
    weights = {f"blocks.{number}.weight": torch.randn(4, 4) for number in range(3)}
    torch.save({f"module.{key}": value for key, value in weights.items()}, "a.pth")
    save_file(weights, "b.safetensors")
    status, answer, _ = run(capsys, "a.pth", "b.safetensors")
    assert (status, answer["counts"]["only_a"], answer["counts"]["only_b"]) == (1, 3, 3)
    assert answer["summary"] == "No tensor of A has a counterpart in B: 3 are only in A and 3 are only in B."
    assert answer["mapping"] == []
    (proposal,) = answer["proposals"]
    assert proposal == {
        "why": "A's keys start with ‘module.’",
        "map": [{"from": "^", "to": "module."}],
        "paired": 3,
        "ambiguous": None,
    }
    status, answer, _ = run(capsys, "a.pth", "b.safetensors", "--map", "^=module.")
    assert (status, answer["summary"]) == (0, "All 3 tensors are bit-identical.")
    assert answer["mapping"] == proposal["map"]
    assert answer["tensors"][0]["key_b"] == "blocks.0.weight"


def test_equal_tensors_of_another_device_are_said_to_be_that(capsys: Capture, folder: Path) -> None:
    save(folder / "a.pt", {"w": torch.ones(2)}, "cuda:3")
    save(folder / "b.pt", {"w": torch.ones(2)}, "cpu")
    assert run(capsys, "a.pt", "b.pt")[1]["summary"] == (
        "The 1 tensor is bit-identical; A was saved on cuda:3, B on cpu."
    )
    assert run(capsys, "a.pt", "a.pt")[1]["summary"] == "The 1 tensor is bit-identical."


def test_two_entries_of_one_file(capsys: Capture) -> None:
    torch.save({"model": {"w": torch.zeros(2)}, "ema": {"w": torch.ones(2)}}, "a.pt")
    status, answer, _ = run(capsys, "a.pt", "a.pt", "--entry-b", "ema")
    assert (status, answer["entry_a"], answer["entry_b"]) == (1, "model", "ema")
    assert (answer["tensors"][0]["relative_l2"], answer["tensors"][0]["cosine"]) == ("inf", None)
    assert answer["summary"] == "1 of 1 tensor changed; 1 tensor was all 0 in A."


def test_the_top_of_a_file_is_an_entry_too(capsys: Capture) -> None:
    nested = {"model": {"w": torch.zeros(2)}, "ema": {"w": torch.ones(2)}, "step": 3}
    torch.save(nested, "a.pt")
    torch.save({"model.w": torch.zeros(2), "ema.w": torch.zeros(2)}, "b.pt")
    status, answer, _ = run(capsys, "a.pt", "b.pt", "--entry-a", "")
    assert (status, answer["entry_a"], answer["entry_b"]) == (1, "", "")
    states = {row["key_a"]: (row["key_b"], row["state"]) for row in answer["tensors"]}
    assert states == {"model.w": ("model.w", "identical"), "ema.w": ("ema.w", "differs")}
    status, answer, _ = run(capsys, "a.pt", "a.pt", "--entry-a", "", "--entry-b=", "--report", "top.html")
    assert (status, answer["summary"]) == (0, "All 2 tensors are bit-identical.")
    assert "--entry-a= --entry-b=" in Path("top.html").read_text(encoding="utf-8")


def test_no_other_infinity_is_read_as_from_zero(capsys: Capture) -> None:
    torch.save(torch.tensor([1.7e308, 1], dtype=torch.float64), "a.pt")
    torch.save(torch.tensor([-1.7e308, 1], dtype=torch.float64), "b.pt")
    _, answer, _ = run(capsys, "a.pt", "b.pt")
    assert answer["summary"] == "1 of 1 tensor changed; largest relative change 2 in (unnamed)."
    assert (answer["tensors"][0]["max_abs"], answer["tensors"][0]["relative_l2"]) == ("inf", 2.0)
    assert main(["compare", "a.pt", "b.pt"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("  (unnamed)")
    torch.save({"w": torch.tensor([1e-300], dtype=torch.float64)}, "small.pt")
    torch.save({"w": torch.tensor([1e300], dtype=torch.float64)}, "large.pt")
    _, answer, _ = run(capsys, "small.pt", "large.pt")
    assert answer["summary"] == "1 of 1 tensor changed; largest relative change over 1.798e+308 in w."


@pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors
def test_equal_values_of_other_integers_are_said_to_be_that(capsys: Capture) -> None:
    numbers = torch.tensor([0.5, -1.0, 1.5])
    torch.save({"w": torch.quantize_per_tensor(numbers, 0.5, 0, torch.qint8), "zero": torch.zeros(1)}, "a.pt")
    torch.save({"w": torch.quantize_per_tensor(numbers, 0.25, 0, torch.qint8), "zero": -torch.zeros(1)}, "b.pt")
    _, answer, _ = run(capsys, "a.pt", "b.pt")
    assert answer["summary"] == (
        "2 of 2 tensors changed: 1 only in the sign of zeros or the bits of NaN, 1 only in how they are quantized."
    )
    main(["compare", "a.pt", "b.pt"])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "  w  " in line]
    assert line.endswith("w  (quantized with another scale or zero point, to equal values)")


def test_checksums_are_trusted_only_when_asked(capsys: Capture) -> None:
    torch.save({"w": torch.ones(4)}, "a.pt")
    Path("b.pt").write_bytes(Path("a.pt").read_bytes())
    _, answer, _ = run(capsys, "a.pt", "b.pt")
    assert answer["summary"] == "The 1 tensor is bit-identical."
    status, answer, _ = run(capsys, "a.pt", "b.pt", "--checksums")
    assert (status, answer["tensors"][0]["by_checksum"]) == (0, True)
    figures = ("max_abs", "mean_abs", "relative_l2", "cosine", "changed", "worst_index", "not_finite")
    assert [answer["tensors"][0][name] for name in figures] == [None] * 7, "nothing was measured"
    assert answer["summary"] == "The 1 tensor is identical by checksum, without being read."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.pt", "none.pt"), "none.pt"),
        (("a.pt", "a.pt", "--entry-a", "ema"), "has no entry 'ema'"),
        (("a.pt", "a.pt", "--map", "^.$=x"), "The rules bring two keys onto 'x'"),
        (("a.pt", "a.pt", "--map", "(=x"), "makes no sense"),
        (("a.pt", "a.pt", "--rtol", "nan"), "'nan' is no tolerance"),
        (("a.pt", "sparse.pt"), "1 tensor could not be compared"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], said: str, capsys: Capture) -> None:
    torch.save({"w": torch.ones(4), "v": torch.ones(2)}, "a.pt")
    torch.save({"w": torch.ones(4).to_sparse(), "v": torch.ones(2)}, "sparse.pt")
    status, answer, complaint = run(capsys, *words)
    assert status == 2
    assert said in complaint
    assert said in answer["error"]


def test_of_a_cut_file_only_what_is_there_counts(capsys: Capture, folder: Path) -> None:
    state = {"a": torch.ones(4), "b": torch.arange(3.0), "c": torch.ones(5)}
    torch.save(state, "whole.pth")
    data = (folder / "whole.pth").read_bytes()
    (folder / "cut.pth").write_bytes(data[: data.index(b"data/2") + 80])
    status, answer, _ = run(capsys, "cut.pth", "whole.pth")
    assert status == 2
    assert answer["summary"] == "0 of 2 tensors changed; 2 are bit-identical; 1 tensor could not be compared."


def test_a_report_is_a_page_that_shows_hostile_names_as_characters(capsys: Capture, folder: Path) -> None:
    hostile = "</td><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u202e.weight"
    torch.save({hostile: torch.ones(3), "layer.same": torch.ones(2), "layer.gone": torch.ones(1)}, "a.pt")
    torch.save({hostile: torch.tensor([1.0, 1.0, 3.0]), "layer.same": torch.ones(2)}, "b.pt")
    status, answer, _ = run(capsys, "a.pt", "b.pt", "--report", "out.html")
    assert status == 1
    page = (folder / "out.html").read_text(encoding="utf-8")
    assert html.escape(answer["summary"]) in page
    assert "nothing was sampled" in page
    seen = _Page()
    seen.feed(page)
    assert not {"script", "img", "link", "iframe", "a", "object"} & seen.tags
    assert any(hostile.replace("\u202e", "‹U+202E›") in text for text in seen.texts)
    assert {"1.155", "0.6667"} <= set(seen.texts), "relative change and mean difference"
    assert not {name for name in seen.attributes if name.startswith("on")}
    # Nothing is written over it, and nothing is left beside it.
    status, answer, complaint = run(capsys, "a.pt", "b.pt", "--report", "out.html")
    assert status == 2
    assert (
        answer["error"]
        == complaint.strip()
        == "'out.html' exists already: only new files are written; give another name."
    )
    assert sorted(path.name for path in folder.iterdir()) == ["a.pt", "b.pt", "out.html"]


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        ({"bn.running_mean": 3}, "change 2 in bn.running_mean."),
        ({"fc.bias": 1.5, "bn.num_batches_tracked": 9}, "change 0.5 in fc.bias."),
        ({"fc.weight": 1.5, "fc.bias": 1.25}, "change 0.5 in fc.weight."),
        ({"fc.weight": 1.5, "fc.bias": 3}, "change of weights 0.5 in fc.weight, of biases 2 in fc.bias."),
        (
            {"fc.weight": 1.5, "bn.running_mean": 1.25},
            "change of weights 0.5 in fc.weight, of running statistics 0.25 in bn.running_mean.",
        ),
    ],
)
def test_what_was_trained_is_named_first(capsys: Capture, moved: dict[str, float], told: str) -> None:
    keys = "fc.weight", "fc.bias", "bn.running_mean"
    a = {key: torch.ones(4) for key in keys} | {"bn.num_batches_tracked": torch.tensor(1)}
    torch.save(a, "a.pt")
    torch.save({key: (tensor * moved.get(key, 1)).to(tensor.dtype) for key, tensor in a.items()}, "b.pt")
    _, answer, _ = run(capsys, "a.pt", "b.pt")
    assert answer["summary"].endswith(f"largest relative {told}")


def test_a_report_draws_what_moved_furthest(capsys: Capture, folder: Path) -> None:
    hostile = "<script>\u202e\"'&"
    a: dict[str, torch.Tensor] = {f"blocks.{at}.mlp.weight": torch.linspace(-1, 1, 600) for at in range(15)}
    b = {key: value + at * 1e-3 * value.abs() for at, (key, value) in enumerate(a.items())}
    a |= {hostile: torch.zeros(4), "half.w": torch.ones(3).bfloat16(), "spin.w": torch.ones(2, dtype=torch.complex64)}
    b |= {hostile: torch.ones(4), "half.w": torch.ones(3).bfloat16() * 2, "spin.w": torch.ones(2)}
    a |= {"step": torch.tensor(3), "nan.w": torch.full((2,), math.nan), "spin.z": torch.tensor([1j])}
    b |= {"step": torch.tensor(3000), "nan.w": torch.ones(2), "spin.z": torch.tensor([2.0])}
    b["blocks.14.mlp.weight"][7] = 9.5
    torch.save(a, "a.pt")
    torch.save(b, "b.pt")
    run(capsys, "a.pt", "b.pt", "--report", "out.html")
    page = (folder / "out.html").read_text(encoding="utf-8")
    seen = _Page()
    seen.feed(page)
    assert "script" not in seen.tags
    drawn = page.partition("<h2>What moved furthest</h2>")[2].partition("</section>")[0]
    assert drawn.count("<svg") == 12
    rows = [html.unescape(row.partition("<")[0]) for row in drawn.split('<td class="k">')[1:]]
    assert rows[:2] == [hostile.replace("\u202e", "‹U+202E›"), "spin.z"], "what was all 0 comes first"
    assert "step" not in rows
    assert "blocks.1.mlp.weight" not in rows
    assert "max |Δ| 10.48 at [7]: -0.9766 → 9.5" in drawn
    assert "The 12 tensors of 18 that moved furthest" in drawn
    torch.save({"w": torch.tensor(1e6, dtype=torch.float64)}, "one.pt")
    torch.save({"w": torch.tensor(1e6 + 0.125, dtype=torch.float64)}, "near.pt")
    run(capsys, "one.pt", "near.pt", "--report", "near.html")
    assert "max |Δ| 0.125: 1000000.0 → 1000000.125<" in (folder / "near.html").read_text(encoding="utf-8")
    layers = page.partition("<h2>Which layers moved</h2>")[2].partition("</section>")[0]
    assert "blocks.0 · feed-forward: 1 tensor, 1 identical" in layers
    assert layers.count("url(#m)") == 1
    assert len(page) < 100_000


class _Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

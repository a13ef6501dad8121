"""What ``info --check`` prints, and the status that it exits with."""

import json
from pathlib import Path

import pytest
import torch

from explorer.app import main
from explorer.checkpoint.reader import open_checkpoint
from explorer.commands.info import list_checkpoint

Capture = pytest.CaptureFixture[str]


def test_what_is_found_is_listed_and_exits_with_1(tmp_path: Path, capsys: Capture) -> None:
    torch.manual_seed(0)
    weight = torch.randn(16, 16)
    weight[3, 5] = torch.nan
    torch.save({"fc\n.weight": weight, "bn.running_var": -torch.ones(4)}, tmp_path / "a.pt")
    assert main(["info", str(tmp_path / "a.pt"), "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == [
        {
            "key": "fc\n.weight",
            "entry": "",
            "kind": "nan",
            "severity": "bad",
            "detail": "1 of 256 values is NaN; at [3, 5].",
            "index": [3, 5],
        },
        {
            "key": "bn.running_var",
            "entry": "",
            "kind": "negative_variance",
            "severity": "bad",
            "detail": "4 of 4 variances are below 0, the lowest -1; the first at [0].",
            "index": [0],
        },
    ]
    assert list_checkpoint(open_checkpoint(tmp_path / "a.pt"), stats=False, as_json=False, check=True) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[-5:] == [
        "2 problems in all values of 2 tensors.",
        "  fc‹U+000A›.weight",
        "    1 of 256 values is NaN; at [3, 5].",
        "  bn.running_var",
        "    4 of 4 variances are below 0, the lowest -1; the first at [0].",
    ]


def test_a_healthy_file_exits_with_0_and_says_how_much_was_looked_at(tmp_path: Path, capsys: Capture) -> None:
    torch.save({"fc.weight": torch.randn(16, 16), "meta": torch.empty(3, device="meta")}, tmp_path / "a.pt")
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    assert list_checkpoint(checkpoint, stats=False, as_json=True, check=True) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []
    assert list_checkpoint(checkpoint, stats=False, as_json=False, check=True) == 0
    said = "No problems in all values of 1 tensor; 1 tensor has none that can be read."
    assert capsys.readouterr().out.splitlines()[-1] == said
    (tmp_path / "a.pt").write_bytes(b"changed")
    assert list_checkpoint(checkpoint, stats=False, as_json=True, check=True) == 2
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["problems"]) == ("unreadable", None)


def test_a_report_is_written_once(tmp_path: Path, capsys: Capture) -> None:
    weight = torch.randn(16, 16)
    weight[3, 5] = torch.nan
    torch.save({"fc.weight": weight}, tmp_path / "a.pt")
    asked = ["info", str(tmp_path / "a.pt"), "--report", str(tmp_path / "a.html"), "--json"]
    assert main(asked) == 1
    assert len(json.loads(capsys.readouterr().out)["problems"]) == 1
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "1 of 256 values is NaN; at [3, 5]." in page
    assert page.endswith("</html>\n")
    assert main(asked) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "a.html").read_text("utf-8") == page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "a.pt"]


def test_what_networks_that_work_have_too_is_noted_in_one_line_and_exits_with_0(
    tmp_path: Path, capsys: Capture
) -> None:
    variances = {f"bn.{place}.running_var": torch.ones(16) for place in range(3)}
    for variance in variances.values():
        variance[4:6] = 0
    torch.save(variances, tmp_path / "a.pt")
    detail = (
        "3 norms have channels with a variance near 0. The first: 2 of 16 variances are below 1e-12, the smallest 0: "
        "what the norm saw there did not vary; the first at [4]."
    )
    assert main(["info", str(tmp_path / "a.pt"), "--check", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["problems"] == []
    assert [(note["key"], note["severity"], note["detail"]) for note in answer["notes"]] == [
        ("bn.0.running_var", "note", detail)
    ]
    assert main(["info", str(tmp_path / "a.pt"), "--check", "--report", str(tmp_path / "a.html")]) == 0
    said = "No problems and 1 note in all values of 3 tensors."
    assert capsys.readouterr().out.splitlines()[-3:] == [said, "  bn.0.running_var", f"    {detail}"]
    assert detail in (tmp_path / "a.html").read_text("utf-8")


@pytest.mark.filterwarnings("ignore:.*quantize_per_tensor")
def test_statistics_and_problems_together_are_what_each_says_alone(tmp_path: Path, capsys: Capture) -> None:
    torch.manual_seed(0)
    whole = {
        "large.weight": torch.randn(700, 700),
        "half.weight": torch.randn(400, 400).half(),
        "view.weight": torch.randn(64, 1).expand(64, 2_000),
        "complex": torch.randn(30, 30, dtype=torch.complex64),
        "quantized": torch.quantize_per_tensor(torch.randn(64, 64), 0.1, 3, torch.qint8),
        "bias": torch.tensor([1.0, torch.nan, -torch.inf]),
        "steps": torch.tensor(7),
        "meta": torch.empty(3, device="meta"),
    }
    whole["large.weight"][3, 4] = torch.inf
    torch.save(whole, tmp_path / "a.pt")
    torch.save({"a": torch.randn(300, 300), "b": torch.randn(3, 3)}, tmp_path / "cut.pt")
    data = (tmp_path / "cut.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(data[: data.index(b"data/1") + 4])
    for name in ("a.pt", "cut.pt"):
        answers = []
        for asked in (["--stats"], ["--check"], ["--stats", "--check"]):
            main(["info", str(tmp_path / name), *asked, "--json"])
            answers.append(json.loads(capsys.readouterr().out))
        stats, check, both = answers
        assert both == stats | {"problems": check["problems"], "notes": check["notes"]}
        main(["info", str(tmp_path / name), "--stats"])
        table = capsys.readouterr().out
        main(["info", str(tmp_path / name), "--stats", "--check"])
        assert capsys.readouterr().out.startswith(table)

import sys
from pathlib import Path

import pytest

from benchmarks.peers import files
from benchmarks.peers.asking import Asked, Cannot, Step
from benchmarks.peers.cases import Case
from benchmarks.peers.judging import Judged, Verdict
from benchmarks.peers.measuring import measure
from benchmarks.peers.ours import ask
from benchmarks.peers.renamings import alignments
from benchmarks.peers.table import HEADING, kept_section, section
from explorer.checkpoint.reader import open_checkpoint

WRITERS = (files._training, files._planted, files._damaged, files._tuned, alignments, files._untrusted)


def saying(*answers: str) -> Asked:
    steps = [
        Step([sys.executable, "-c", f"print({answer!r})"], "" if place else "first")
        for place, answer in enumerate(answers)
    ]
    return Asked("print", steps, lambda runs: {"tensors": int(runs[-1].output)})


@pytest.fixture
def case(tmp_path: Path) -> Case:
    (tmp_path / "file").write_bytes(b"content")
    return Case("list", "a file", (tmp_path / "file",), {"tensors": 3})


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__.strip("_"))
def test_all_that_this_program_says_of_the_files_is_true(write: files.Writer, tmp_path: Path) -> None:
    for case in write(tmp_path):
        asked = ask(case)
        assert isinstance(asked, Asked)
        outcome = measure(asked, case, rounds=0)
        assert [judged for judged in outcome.judged if judged.verdict is not Verdict.RIGHT] == [], case.about
        assert outcome.failure == ""


def test_the_file_with_code_is_what_it_says(tmp_path: Path) -> None:
    (case,) = files._untrusted(tmp_path)
    (path,) = case.files
    assert open_checkpoint(path).code == ("posix.mkdir",)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_program_that_runs_the_code_is_found_out(tmp_path: Path) -> None:
    (case,) = files._untrusted(tmp_path)
    harm = f"import pathlib; pathlib.Path({str(case.files[0].with_name(files.MARK))!r}).mkdir(exist_ok=True)"
    outcome = measure(Asked("runs it", [Step([sys.executable, "-c", harm])], lambda _: {}), case, rounds=0)
    assert outcome.judged[0] == Judged("ran nothing", Verdict.WRONG, "False for True")


def test_what_changed_its_dtype_may_be_called_changed_in_its_values_too(case: Case) -> None:
    case = case._replace(truths={"values changed": {"a"}, "largest change": {"a": 1.0}}, either=frozenset({"b"}))
    answers = {"values changed": {"a", "b"}, "largest change": {"a": 1.0, "b": 2.0}}
    outcome = measure(Asked("says", [Step([sys.executable, "-c", ""])], lambda _: answers), case, rounds=0)
    assert [judged.verdict for judged in outcome.judged] == [Verdict.RIGHT, Verdict.RIGHT]


def test_a_right_answer_counts_with_what_came_before_it(case: Case) -> None:
    outcome = measure(saying("7", "3"), case, rounds=0)
    assert outcome.judged == [Judged("tensors", Verdict.RIGHT)]
    assert 0 < outcome.before < outcome.warm


def test_an_answer_that_cannot_be_read_is_none(case: Case) -> None:
    outcome = measure(saying("nothing"), case, rounds=0)
    assert outcome.judged == [Judged("tensors", Verdict.SILENT)]


def test_the_reason_of_a_failure_is_kept(case: Case) -> None:
    step = Step([sys.executable, "-c", "raise SystemExit('no such format')"], "convert")
    outcome = measure(Asked("fails", [step, step], lambda runs: {"tensors": int(runs[-1].output)}), case, rounds=0)
    assert outcome.failure == "no such format"
    assert outcome.judged == [Judged("tensors", Verdict.SILENT)]


def test_the_table_says_who_is_wrong_and_who_cannot(case: Case) -> None:
    found = {
        "right": measure(saying("3"), case, rounds=0),
        "wrong": measure(saying("4"), case, rounds=0),
        "idle": measure(Cannot("looks away"), case, rounds=0),
    }
    text = section([(case, found)], (1.0, 2.0))
    (right,) = [line for line in text.splitlines() if "| right |" in line]
    (wrong,) = [line for line in text.splitlines() if "| wrong |" in line]
    assert "| 1 of 1 |  |" in right
    assert "| 0 of 1 | **tensors**: 4 for 3 |" in wrong
    assert "- idle: looks away." in text
    assert "Facts asked for: tensors." in text
    assert kept_section(f"# Figures\n\n{text}") == text
    assert text.startswith(HEADING)
    assert kept_section("# Figures\n") == ""

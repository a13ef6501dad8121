from pathlib import Path

import pytest

from benchmarks.peers.asking import Asked, Step
from benchmarks.peers.cases import Case
from benchmarks.peers.others import programs


@pytest.mark.parametrize("name", ["sft-cli 0.2.2", "weightscope 0.4.3"])
def test_what_is_converted_comes_to_lie_in_the_folder_given_and_not_beside_the_file(name: str, tmp_path: Path) -> None:
    files = tuple(tmp_path / "corpus" / which / "model.pt" for which in ("first", "second"))
    for path in files:
        path.parent.mkdir(parents=True)
        path.touch()
    folder = tmp_path / "converted"
    asked = programs(Path("/peers/bin/python"), folder)[name](Case("diff", "two of one name", files, {}))
    assert isinstance(asked, Asked)
    outputs = {step.command[-1] for step in asked.steps if isinstance(step, Step) and step.before}
    assert len(outputs) == 2
    assert all(isinstance(path, Path) and path.is_relative_to(folder) and path.parent.is_dir() for path in outputs)
    assert [path for path in (tmp_path / "corpus").rglob("*") if path.is_file()] == list(files)
    assert [len(list(path.parent.iterdir())) for path in files] == [1, 1]

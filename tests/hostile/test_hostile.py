"""Hostile and odd files: each is told rightly, within bounds, and nothing happens but reading.

The files are not part of the project. The folder in HOSTILE has them, with a list (see `harness`), and may have a
script ``make_hostile.py OUT`` that writes more of them, with a list of their own.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import why_no_hostile
from tests.hostile.harness import check, listed

pytestmark = pytest.mark.hostile

WRONG_LABELS: Final = {
    # It names torch.nn.modules.container.ParameterDict, which torch.load(weights_only=True) does not admit.
    "theirs/fickling/test_crashes__test_stable_diffusion__0.pkl": "references-code",
}
"""Verdicts that are right although the list does not have them, with the reason."""


def relabelled(facts: dict[str, Any]) -> dict[str, Any]:
    """What the list has of a file, without what is known to be wrong in it."""
    right = WRONG_LABELS.get(facts["path"])
    return facts if right is None else {**facts, "accept": [right]}


LISTED: Final = [] if why_no_hostile() else [relabelled(facts) for facts in listed(Path(os.environ["HOSTILE"]))]


@pytest.mark.parametrize("facts", LISTED or [{}], ids=[facts["path"] for facts in LISTED] or ["none"])
def test_a_listed_file_is_told_rightly_and_nothing_else_happens(facts: dict[str, Any], tmp_path: Path) -> None:
    assert check(Path(os.environ["HOSTILE"]), facts, tmp_path).faults == []


@pytest.mark.timeout(900)
def test_the_files_that_the_script_makes_are_told_rightly_and_nothing_else_happens(tmp_path: Path) -> None:
    script = Path(os.environ["HOSTILE"]) / "make_hostile.py"
    if not script.exists():
        pytest.skip("the folder in HOSTILE has no make_hostile.py")
    made, empty = tmp_path / "made", tmp_path / "empty"
    empty.mkdir()
    subprocess.run([sys.executable, str(script), str(made)], cwd=tmp_path, check=True, capture_output=True)
    checked = [check(made, facts, empty) for facts in listed(made)]
    assert checked
    assert {one.path: one.faults for one in checked if one.faults} == {}

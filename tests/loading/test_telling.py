"""What a user is told of an exception: their own files, and none of ours."""

from pathlib import Path

import pytest

from explorer.loading.trial import telling


def told(code: str, file: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The traceback of code that is run by a file of ours."""
    with monkeypatch.context() as patched:
        # As if this file stood beside those that run a model file.
        patched.setattr(telling, "_HERE", Path(__file__).parent)
        try:
            exec(compile(code, file, "exec"), {})  # noqa: S102 - our own, below
        except BaseException as error:  # noqa: BLE001 - SystemExit too
            found: str = telling.told(error)["traceback"]
            assert "test_telling.py" not in found
            return found
    pytest.fail("it raised nothing")


def test_only_frames_of_the_user_s_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "def f():\n    raise ValueError('no')\ntry:\n    f()\nexcept ValueError as e:\n    raise KeyError('k') from e"
    )
    found = told(code, "model.py", monkeypatch)
    assert found.count("Traceback (most recent call last):") == 2
    assert found.count('File "model.py"') == 3
    assert found.endswith("KeyError: 'k'\n")
    assert "ValueError: no" in found
    # Of a file that cannot be read as Python the line is told.
    assert 'File "model.py", line 2' in told("a = 1\nclass A(:", "model.py", monkeypatch)
    assert "in <module>" in told("import nothing_of_this_name", "model.py", monkeypatch)


@pytest.mark.parametrize("code", ["Nothing()", "Net(", "import nothing_of_this_name", "raise SystemExit"])
def test_of_an_expression_alone_there_is_nothing_to_see(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(code, "<string>", monkeypatch) == ""

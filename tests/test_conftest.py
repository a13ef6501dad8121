"""The checks that hold for every test do find what they look for."""

import os
import sys
from pathlib import Path

import pytest

LEAKY = """
import os, socket, subprocess, sys, threading

import pytest

KEPT = []


def test_clean():
    pass


def test_thread():
    thread = threading.Thread(target=threading.Event().wait, name="forgotten thread", daemon=True)
    thread.start()


def test_process():
    KEPT.append(subprocess.Popen([sys.executable, "-c", "input()", "forgotten child"], stdin=subprocess.PIPE))


def test_process_that_ended_and_was_not_waited_for():
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    KEPT.append(process)


def test_file(tmp_path):
    KEPT.append((tmp_path / "forgotten file").open("w"))


def test_pipe():
    os.pipe()


def test_socket():
    KEPT.append(socket.socket())


def test_window(qapp):
    from PySide6.QtWidgets import QWidget

    KEPT.append(QWidget())
    KEPT[-1].setWindowTitle("forgotten window")


def test_everything_put_away(qtbot, tmp_path):
    from PySide6.QtWidgets import QMenu, QWidget

    widget = QWidget()
    QMenu(widget)
    qtbot.addWidget(widget)
    ring = QWidget()
    ring.itself = ring
    event = threading.Event()
    thread = threading.Thread(target=event.wait, args=(30,))
    thread.start()
    event.set()
    subprocess.run([sys.executable, "-c", ""], check=True)
    with (tmp_path / "file").open("w"):
        pass


def test_failed():
    KEPT.append(socket.socket())
    pytest.fail("for its own reason")


def test_torch_is_not_imported():
    assert "torch" not in sys.modules
"""

SETTINGS = """
import os

import pytest
from PySide6.QtCore import QSettings, QStandardPaths

FILES = set()


@pytest.mark.parametrize("turn", [1, 2])
def test_settings_are_empty_and_elsewhere(turn):
    settings = QSettings("somebody", "something")
    assert settings.allKeys() == []
    settings.setValue("turn", turn)
    settings.sync()
    assert settings.fileName() not in FILES
    FILES.add(settings.fileName())
    assert settings.fileName().startswith(os.environ["XDG_CONFIG_HOME"])
    for kind in ("ConfigLocation", "GenericCacheLocation", "GenericDataLocation"):
        place = QStandardPaths.writableLocation(getattr(QStandardPaths.StandardLocation, kind))
        assert "homes" in place
"""

MARKED = """
import pytest


@pytest.mark.corpus
def test_corpus(corpus):
    assert corpus.is_dir()


@pytest.mark.xvfb
def test_xvfb():
    pass
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with the same conftest.py, to be run in a process of its own."""
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    pytester.makeconftest(conftest + "\n\nGRACE_S = 0.2\n")
    pytester.makeini("[pytest]\nmarkers =\n    corpus\n    xvfb\n    cuda\n")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("CORPUS", raising=False)
    return pytester


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes and files through /proc")
def test_leaks_are_found_and_named(inner: pytest.Pytester) -> None:
    inner.makepyfile(LEAKY)
    result = inner.runpytest_subprocess("-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(passed=10, failed=1, errors=7)
    for line in (
        "*the test leaves behind thread 'forgotten thread'",
        "*the test leaves behind open file pipe:*; process *forgotten child*",
        "*the test leaves behind process *: ended, not waited for",
        "*the test leaves behind open file */forgotten file",
        "*the test leaves behind open file pipe:*",
        "*the test leaves behind open file socket:*",
        "*the test leaves behind window QWidget 'forgotten window'",
    ):
        result.stdout.fnmatch_lines_random(line)


def test_each_test_has_its_own_settings(inner: pytest.Pytester) -> None:
    inner.makepyfile(SETTINGS)
    inner.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_what_cannot_run_here_is_skipped_with_its_reason(inner: pytest.Pytester) -> None:
    inner.makepyfile(MARKED)
    result = inner.runpytest_subprocess("-p", "no:cacheprovider", "-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines_random(
        ["*needs the folder of real checkpoints in CORPUS", "*needs QT_QPA_PLATFORM=xcb*"]
    )


def test_the_corpus_is_handed_to_tests(inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    inner.makepyfile(MARKED)
    monkeypatch.setenv("CORPUS", os.fspath(inner.path))
    inner.runpytest_subprocess("-p", "no:cacheprovider", "-m", "corpus").assert_outcomes(passed=1, deselected=1)

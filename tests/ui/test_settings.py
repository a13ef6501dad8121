import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray

from explorer.ui.settings import RECENT_LIMIT, HistogramChoices, Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


def again(settings: Settings, file: Path) -> Settings:
    settings.save()
    return Settings(file)


def test_nothing_is_remembered_at_first(file: Path) -> None:
    settings = Settings(file)
    assert settings.theme == "system"
    assert settings.recent == []
    assert settings.last_folder is None
    assert settings.layout("window").isEmpty()
    assert not file.exists()


def test_what_was_chosen_is_there_the_next_time(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    settings.theme = "dark"
    settings.last_folder = tmp_path
    settings.set_layout("window", QByteArray(b"\x00\xff state"))
    settings = again(settings, file)
    assert settings.theme == "dark"
    assert settings.last_folder == tmp_path
    assert settings.layout("window") == QByteArray(b"\x00\xff state")
    assert settings.layout("tree").isEmpty()


@pytest.mark.parametrize(
    "choices",
    [
        HistogramChoices(),
        HistogramChoices(robust=False, bins=16, axis="log", density=True, log=True),
        HistogramChoices(robust=True, bins=512, axis="symlog", density=False, log=True),
    ],
)
def test_the_drawing_of_histograms_is_remembered(file: Path, choices: HistogramChoices) -> None:
    settings = Settings(file)
    assert settings.histogram == HistogramChoices()
    settings.histogram = choices
    assert settings.histogram == choices
    assert again(settings, file).histogram == choices


@pytest.mark.parametrize(
    "content",
    [
        "[histogram]\nrobust=maybe\nbins=15\naxis=cubic\ndensity=1\nlog=\n",
        "[histogram]\nrobust=@Invalid()\nbins=1e9\naxis=log, log\ndensity=True, False\nlog=@ByteArray(True)\n",
    ],
)
def test_damaged_choices_read_as_defaults(file: Path, content: str) -> None:
    file.write_text(content, "latin-1")
    assert Settings(file).histogram == HistogramChoices()


def test_recent_files_are_newest_first_without_repeats(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    for name in ("a.pt", 'b, "c"; ü 100%.pth', "a.pt"):
        settings.add_recent(tmp_path / name)
    assert again(settings, file).recent == [tmp_path / "a.pt", tmp_path / 'b, "c"; ü 100%.pth']


def test_one_recent_file_is_a_list_too(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    settings.add_recent(tmp_path / "only, one.pt")
    assert again(settings, file).recent == [tmp_path / "only, one.pt"]


def test_recent_files_have_an_end(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    for number in range(RECENT_LIMIT + 3):
        settings.add_recent(tmp_path / f"{number}.pt")
    assert [path.stem for path in again(settings, file).recent] == [str(n) for n in range(12, 2, -1)]


def test_recent_files_can_be_forgotten(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    for name in ("a.pt", "b.pt"):
        settings.add_recent(tmp_path / name)
    settings.remove_recent(tmp_path / "a.pt")
    settings.remove_recent(tmp_path / "never.pt")
    assert again(settings, file).recent == [tmp_path / "b.pt"]
    settings.remove_recent(tmp_path / "b.pt")
    assert again(settings, file).recent == []
    settings.add_recent(tmp_path / "a.pt")
    settings.clear_recent()
    assert again(settings, file).recent == []


def test_a_relative_path_is_kept_absolute(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(file)
    settings.add_recent(Path("a.pt"))
    assert settings.recent == [tmp_path / "a.pt"]
    settings.remove_recent(Path("a.pt"))
    assert settings.recent == []


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    name=st.binary(min_size=1, max_size=20).filter(
        lambda name: not set(name) & set(b"\0/") and name not in (b".", b"..")
    )
)
@example(name=b"\xff\xfe.pt")
@example(name="ü, 100%25;#?.pt".encode())
def test_paths_of_any_bytes_are_remembered(name: bytes, file: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    file.unlink(missing_ok=True)
    remembered = Settings(file)
    remembered.add_recent(path)
    remembered.last_folder = path
    remembered = again(remembered, file)
    assert remembered.recent == [path]
    assert remembered.last_folder == path


@pytest.mark.parametrize(
    "content",
    [
        "[files]\nrecent=file://elsewhere/a.pt\nfolder=file:relative\n",
        "[files]\nrecent=file:///a%00b.pt, file://[\nfolder=https:///a.pt\n",
        "[view]\ntheme=purple\n[files]\nrecent=relative.pt\nfolder=here\n[layout]\nwindow=text\n",
        "[view]\ntheme=@ByteArray(dark)\n[files]\nrecent=@ByteArray(x)\nfolder=@Invalid()\n[layout]\nwindow=1\n",
        "[view]\ntheme=dark, light\n[files]\nrecent=1, , x\nfolder=a, b\n[layout]\nwindow=a, b\n",
        "\x00\xff[[[ no ini at all",
    ],
)
def test_damaged_values_read_as_defaults(file: Path, content: str) -> None:
    file.write_text(content, "latin-1")
    settings = Settings(file)
    assert settings.theme == "system"
    assert settings.recent == []
    assert settings.last_folder is None
    assert settings.layout("window").isEmpty()
    settings.theme = "light"
    assert settings.theme == "light"

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray

from explorer.ui.layers.columns import Column
from explorer.ui.settings import MEASURED_NBYTES, RECENT_LIMIT, HistogramChoices, Settings, TreeColumns


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


USUAL = tuple(Column)
MOVED = (Column.NAME, *reversed(USUAL[1:]))


@pytest.mark.parametrize(
    "columns",
    [
        TreeColumns(),
        TreeColumns(frozenset()),
        TreeColumns(frozenset(USUAL[1:]), {Column.SHAPE: 33, Column.NOT_FINITE: 4000}, MOVED),
    ],
)
def test_the_columns_of_the_tree_are_remembered(file: Path, columns: TreeColumns) -> None:
    settings = Settings(file)
    assert settings.columns == TreeColumns()
    for kept in (TreeColumns(frozenset({Column.STD}), {Column.STD: 90}, MOVED), columns):
        settings.columns = kept
        assert settings.columns == kept
    assert again(settings, file).columns == columns


@pytest.mark.parametrize(
    "content",
    [
        "[tree]\nshown=shape colour\nwidths=shape=wide mean=-3 colour=70 std\norder=shape name\n",
        "[tree]\nshown=shape shape\nwidths=shape=0 mean=99999\norder=name shape\n",
        "[tree]\nshown=shape, mean\nwidths=shape=30, mean=40\norder=@Invalid()\n",
        "[tree]\nshown=@ByteArray(shape)\nwidths=@ByteArray(shape=30)\norder=name name\n",
    ],
)
def test_damaged_columns_read_as_usual(file: Path, content: str) -> None:
    file.write_text(content, "latin-1")
    assert Settings(file).columns == TreeColumns()


def test_a_damaged_width_leaves_the_others(file: Path) -> None:
    file.write_text("[tree]\nshown=name mean\nwidths=shape=70 mean=x std=80\n", "latin-1")
    assert Settings(file).columns == TreeColumns(frozenset({Column.MEAN}), {Column.SHAPE: 70, Column.STD: 80})


def test_what_is_measured_and_kept_is_remembered(file: Path) -> None:
    settings = Settings(file)
    assert settings.measured_nbytes == MEASURED_NBYTES == 8_000_000_000
    assert not settings.measures_shares
    assert settings.keeps_figures
    settings.measured_nbytes, settings.measures_shares, settings.keeps_figures = 0, True, False
    settings = again(settings, file)
    assert (settings.measured_nbytes, settings.measures_shares, settings.keeps_figures) == (0, True, False)
    settings.measured_nbytes = 10**15
    assert again(settings, file).measured_nbytes == 10**15


@pytest.mark.parametrize(
    "content",
    [
        "[statistics]\nbytes=-1\nshares=1\nkept=0\n",
        "[statistics]\nbytes=8e9\nshares=yes\nkept=no\n",
        "[statistics]\nbytes=1, 2\nshares=True, True\nkept=@Invalid()\n",
        "[statistics]\nbytes=99999999999999999999\nshares=\nkept=@ByteArray(False)\n",
    ],
)
def test_damaged_choices_of_measuring_read_as_defaults(file: Path, content: str) -> None:
    file.write_text(content, "latin-1")
    settings = Settings(file)
    assert settings.measured_nbytes == MEASURED_NBYTES
    assert not settings.measures_shares
    assert settings.keeps_figures


def test_whoever_follows_is_told_of_changes(file: Path, tmp_path: Path) -> None:
    settings = Settings(file)
    told: list[str] = []
    settings.changed.connect(lambda: told.append(settings.theme))
    settings.theme = "dark"
    settings.measured_nbytes = 5
    settings.measures_shares = True
    settings.keeps_figures = False
    settings.add_recent(tmp_path / "a.pt")
    settings.clear_recent()
    assert told == ["dark"] * 6


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

"""How something that is shown becomes a file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.export import file_name, write_whole


@given(st.text())
def test_every_key_gives_a_name_that_every_system_can_have(key: str) -> None:
    name = file_name(key, "histogram", "png")
    assert name.endswith(" histogram.png")
    assert not name.startswith((".", " "))
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
    assert len(name.encode("utf-8", "surrogatepass")) < 255
    assert Path(name).name == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("layer1.0.conv.weight", "layer1.0.conv.weight plot.svg"),
        ("../../etc/passwd", "etc_passwd plot.svg"),
        ("", "tensor plot.svg"),
        ("CON", "CON plot.svg"),
    ],
)
def test_names_stay_as_they_are_where_they_can(key: str, name: str) -> None:
    assert file_name(key, "plot", "svg") == name


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old and long")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target.csv"
    target.write_bytes(b"old")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "plot.png"
    folder.mkdir()
    with pytest.raises(OSError, match=r"plot\.png"):
        write_whole(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]
    with pytest.raises(OSError, match="No such file"):
        write_whole(tmp_path / "nowhere" / "a.csv", b"new")

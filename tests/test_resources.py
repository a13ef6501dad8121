"""What is shipped beside the code: the example, the icons and the desktop entry."""

import configparser
import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from torch import Tensor, nn

RESOURCES = Path(__file__).parents[1] / "resources"
EXAMPLE = RESOURCES / "example"
ICONS = sorted((RESOURCES / "icons").glob("*.svg"))
CHECKPOINTS = ("digits.pth", "digits-finetuned.pth")
FROZEN = ("stem.", "stages.0.")


def read(name: str) -> dict[str, Any]:
    checkpoint: dict[str, Any] = torch.load(EXAMPLE / name, weights_only=True)
    return checkpoint


def build(checkpoint: dict[str, Any]) -> nn.Module:
    spec = importlib.util.spec_from_file_location("digits_model", EXAMPLE / "digits_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.DigitsNet(**checkpoint["config"]["model"])
    assert isinstance(model, nn.Module)
    return model.eval()


def zero_filters(state: dict[str, Tensor]) -> list[tuple[str, int]]:
    return [
        (key, row)
        for key, value in state.items()
        if value.ndim > 1
        for row, values in enumerate(value)
        if not values.any()
    ]


@pytest.mark.parametrize("entry", ["model", "ema"])
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_the_example_loads_strictly_into_its_model(name: str, entry: str) -> None:
    checkpoint = read(name)
    answer = build(checkpoint).load_state_dict(checkpoint[entry], strict=True)
    assert not answer.missing_keys
    assert not answer.unexpected_keys


def test_the_models_defaults_are_those_of_the_example() -> None:
    checkpoint = read("digits.pth")
    build({"config": {"model": {}}}).load_state_dict(checkpoint["model"], strict=True)


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_the_example_reads_digits(name: str) -> None:
    digits = pytest.importorskip("sklearn.datasets", reason="the digits come with scikit-learn").load_digits()
    checkpoint = read(name)
    model = build(checkpoint)
    model.load_state_dict(checkpoint["model"])
    pixels = torch.tensor(digits.data, dtype=torch.float32).view(-1, 1, 8, 8) / 16
    with torch.no_grad():
        right = (model(pixels).argmax(1) == torch.tensor(digits.target)).sum().item()
    # 360 of the 1797 digits were kept for the test, so both recorded shares together give the count of right ones.
    metrics = checkpoint["metrics"]
    assert right == round(metrics["train_accuracy"] * 1437 + metrics["test_accuracy"] * 360)
    assert metrics["test_accuracy"] > 0.95


@pytest.mark.parametrize("entry", ["model", "ema"])
@pytest.mark.parametrize("name", CHECKPOINTS)
def test_one_channel_is_dead_and_the_config_names_it(name: str, entry: str) -> None:
    checkpoint = read(name)
    dead = checkpoint["config"]["dead_channel"]
    assert zero_filters(checkpoint[entry]) == [(f"{dead['layer']}.weight", dead["channel"])]


def test_the_dead_channel_contributes_nothing() -> None:
    checkpoint = read("digits.pth")
    model = build(checkpoint)
    model.load_state_dict(checkpoint["model"])
    images = torch.rand(8, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        before = model(images)
        model.get_parameter("stages.0.conv2.weight")[:, checkpoint["config"]["dead_channel"]["channel"]] = 1000
        assert torch.equal(model(images), before)


def test_the_fine_tune_left_the_frozen_layers_and_moved_all_others() -> None:
    before, after = (read(name)["model"] for name in CHECKPOINTS)
    assert list(before) == list(after)
    unchanged = {key for key in before if torch.equal(before[key], after[key])}
    assert unchanged == {key for key in before if key.startswith(FROZEN)}


def test_the_example_has_several_kinds_of_layers() -> None:
    kinds = {type(module) for module in build(read("digits.pth")).modules()}
    assert kinds >= {
        nn.Conv2d, nn.BatchNorm2d, nn.PReLU, nn.Embedding, nn.MultiheadAttention, nn.LayerNorm, nn.Linear,
    }  # fmt: skip


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_the_example_is_a_training_checkpoint(name: str) -> None:
    checkpoint = read(name)
    assert set(checkpoint) == {"model", "ema", "optimizer", "epoch", "config", "metrics", "classes"}
    state = checkpoint["optimizer"]["state"]
    assert state
    assert all(set(moments) == {"step", "exp_avg", "exp_avg_sq"} for moments in state.values())
    assert len(checkpoint["classes"]) == checkpoint["config"]["model"]["classes"]
    assert all(bool(value.isfinite().all()) for value in checkpoint["model"].values())


def test_the_example_is_small() -> None:
    assert sum((EXAMPLE / name).stat().st_size for name in CHECKPOINTS) < 2_000_000


def test_every_icon_is_used() -> None:
    code = "".join(file.read_text("utf-8") for file in (RESOURCES.parent / "explorer").rglob("*.py"))
    assert [icon.stem for icon in ICONS if f'"{icon.stem}"' not in code] == []


def painted(svg: bytes, side: int) -> set[str]:
    """Colours of the opaque pixels of a square drawing, as #rrggbb."""
    renderer = QSvgRenderer(QByteArray(svg))
    assert renderer.isValid()
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    pixels = [image.pixelColor(x, y) for x in range(side) for y in range(side)]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.stem)
def test_an_icon_is_square_and_takes_the_colour_it_is_given(icon: Path) -> None:
    svg = icon.read_text(encoding="utf-8")
    assert QSvgRenderer(QByteArray(svg.encode())).viewBoxF().getRect() == (0, 0, 16, 16)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}", svg)) == {"#000000"}
    assert painted(svg.replace("#000000", "#2360c4").encode(), 64) == {"#2360c4"}


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", ["down", "up"])
def test_an_arrow_of_the_style_sheet_is_one_grey(name: str) -> None:
    svg = (RESOURCES / "arrows" / f"{name}.svg").read_bytes()
    assert QSvgRenderer(QByteArray(svg)).viewBoxF().getRect() == (0, 0, 10, 10)
    (grey,) = painted(svg, 40)
    assert QColor(grey).saturationF() < 0.2


@pytest.mark.usefixtures("qapp")
def test_the_application_icon_is_square_and_readable_when_small() -> None:
    svg = (RESOURCES / "checkpoint-explorer.svg").read_bytes()
    assert QSvgRenderer(QByteArray(svg)).viewBoxF().getRect() == (0, 0, 64, 64)
    assert {"#2360c4", "#ffffff"} <= painted(svg, 16)


def test_the_desktop_entry_starts_the_program_with_the_files_given() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(RESOURCES / "checkpoint-explorer.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    assert shlex.split(desktop["Exec"]) == ["checkpoint-explorer", "%F"]
    assert (RESOURCES / f"{desktop['Icon']}.svg").is_file()
    assert desktop["StartupWMClass"] == "checkpoint-explorer"
    assert all(desktop[key].endswith(";") for key in ("Categories", "MimeType", "Keywords"))

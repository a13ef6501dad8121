from collections.abc import Iterator
from itertools import product
from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.resources_path import resource
from explorer.ui import theme
from explorer.ui.heatmap.colors import of as heat_colors
from explorer.ui.icons import icon
from explorer.ui.text import label, set_tone
from explorer.ui.theme import DARK, LIGHT, Theme

BOTH = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application, which gets its own look back afterwards."""
    yield qapp
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())
    qapp.styleHints().setColorScheme(Qt.ColorScheme.Unknown)


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.1 defines it."""

    def luminance(color: str) -> float:
        shares = (QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF())
        linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@BOTH
def test_every_text_can_be_read_on_everything_it_stands_on(colors: Theme) -> None:
    words = (colors.text, colors.muted, colors.accent, colors.b_text, colors.good, colors.caution, colors.bad)
    for word, ground in product(words, (colors.window, colors.panel, colors.hover, colors.selection)):
        assert contrast(word, ground) >= 4.5, (word, ground)
    assert contrast(colors.on_accent, colors.accent) >= 4.5
    assert contrast(colors.muted, colors.line) >= 4.5  # a filled button that is disabled


@BOTH
def test_shapes_stand_out(colors: Theme) -> None:
    for fill in (colors.bars, colors.b_fill, colors.accent):
        assert contrast(fill, colors.panel) >= 3, fill


@BOTH
def test_strong_colours_of_heat_maps_and_their_marks_stand_out(colors: Theme) -> None:
    heat = heat_colors(colors)
    for strong in (heat.below[1], heat.above[1], heat.nan):
        assert contrast(strong, colors.panel) >= 3, strong


@BOTH
def test_lines_of_what_has_the_keyboard_stand_out(colors: Theme) -> None:
    for ground in (colors.window, colors.panel, colors.hover, colors.selection):
        assert contrast(colors.accent, ground) >= 3, ground


@BOTH
def test_every_pair_of_the_palette_can_be_read(colors: Theme) -> None:
    role, made = QPalette.ColorRole, theme.palette(colors)
    for text, ground in (
        *((role.WindowText, role.Window), (role.Text, role.Base), (role.Text, role.AlternateBase)),
        *((role.ButtonText, role.Button), (role.ToolTipText, role.ToolTipBase), (role.HighlightedText, role.Highlight)),
        *((role.PlaceholderText, role.Base), (role.Link, role.Base), (role.Link, role.Window)),
        *((role.LinkVisited, role.Base), (role.BrightText, role.Window)),
    ):
        assert contrast(made.color(text).name(), made.color(ground).name()) >= 4.5, (text, ground)


def test_light_and_dark_are_told_apart_by_the_palette(app: QApplication, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    assert theme.apply(app, "dark") is DARK
    assert theme.current(widget) is DARK
    assert theme.apply(app, "light") is LIGHT
    assert theme.current(widget) is LIGHT


def test_every_kind_of_widget_knows_its_theme(app: QApplication, qtbot: QtBot) -> None:
    kinds = [QWidget(), QCheckBox(), QSpinBox(), QComboBox(), QTreeWidget(), QLabel(), QPushButton()]
    for widget in kinds:
        qtbot.addWidget(widget)
    for colors in (DARK, LIGHT, DARK):
        theme.apply(app, "dark" if colors is DARK else "light")
        assert [theme.current(widget) for widget in kinds] == [colors] * len(kinds)
        for widget in kinds:
            widget.setEnabled(False)
        assert [theme.current(widget) for widget in kinds] == [colors] * len(kinds)
        for widget in kinds:
            widget.setEnabled(True)


@BOTH
def test_what_lets_its_ground_shine_through_knows_its_theme(app: QApplication, qtbot: QtBot, colors: Theme) -> None:
    theme.apply(app, "dark" if colors is DARK else "light")
    panel = QFrame()
    qtbot.addWidget(panel)
    panel.setProperty("panel", True)
    tree = QTreeWidget(panel)
    panel.show()
    assert theme.current(tree) is theme.current(tree.viewport()) is colors


@BOTH
def test_fields_with_arrows_look_like_the_other_controls(app: QApplication, qtbot: QtBot, colors: Theme) -> None:
    theme.apply(app, "dark" if colors is DARK else "light")
    ground = QWidget()
    qtbot.addWidget(ground)
    entries, bins, other = QComboBox(ground), QSpinBox(ground), QPushButton(ground)
    entries.addItems(["model", "ema"])
    for place, control in enumerate((entries, bins, other)):
        control.setGeometry(10, 40 * place + 10, 160, 28)
    ground.show()
    other.setFocus()
    image = ground.grab().toImage()
    for control, fill in ((entries, colors.panel), (bins, colors.window)):
        field = control.geometry()
        middle = field.center().x()
        assert image.pixelColor(middle, field.top()) == QColor(colors.line)
        assert image.pixelColor(middle, field.bottom()) == QColor(colors.line)
        assert image.pixelColor(field.left(), field.top()) == QColor(colors.window)  # a round corner
        assert image.pixelColor(middle, field.top() + 2) == QColor(fill)
        arrows = [
            image.pixelColor(x, y)
            for x in range(field.right() - 20, field.right() - 1)
            for y in range(field.top() + 2, field.bottom() - 1)
        ]
        assert max(contrast(seen.name(), fill) for seen in arrows) >= 3


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
@BOTH
def test_a_list_of_choices_opens_below_its_field(app: QApplication, qtbot: QtBot, colors: Theme) -> None:
    theme.apply(app, "dark" if colors is DARK else "light")
    entries = QComboBox()
    qtbot.addWidget(entries)
    entries.addItems(["model", "ema", "optimizer"])
    entries.move(100, 100)
    entries.show()
    entries.showPopup()
    shown = entries.view().window()
    assert shown.geometry().top() >= entries.geometry().bottom()
    image = entries.view().grab().toImage()
    row = entries.view().visualRect(entries.model().index(0, 0))
    inside = entries.view().viewport().geometry().topLeft()
    assert image.pixelColor(0, image.height() // 2) == QColor(colors.line)
    assert image.pixelColor(inside.x() + row.width() - 12, inside.y() + row.center().y()) == QColor(colors.selection)
    assert image.pixelColor(inside.x() + 12, image.height() - 2) == QColor(colors.panel)
    entries.hidePopup()


def test_the_desktop_decides_again_after_a_choice(app: QApplication, qtbot: QtBot) -> None:
    theme.apply(app, "light")
    before = theme.apply(app, "system")
    theme.apply(app, "dark")
    assert theme.apply(app, "system") is before
    widget = QWidget()
    qtbot.addWidget(widget)
    assert theme.current(widget) is before


def test_a_change_of_the_desktop_is_told(app: QApplication) -> None:
    told: list[str] = []
    theme.follow_system(app, lambda: told.append("changed"))
    app.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    app.styleHints().colorSchemeChanged.disconnect()
    assert told == ["changed"]


@BOTH
def test_the_sheet_colours_what_stands_on_the_screen(app: QApplication, qtbot: QtBot, colors: Theme) -> None:
    theme.apply(app, "dark" if colors is DARK else "light")
    panel = QFrame()
    qtbot.addWidget(panel)
    panel.setProperty("panel", True)
    panel.resize(60, 60)
    primary = QPushButton("Run")
    qtbot.addWidget(primary)
    primary.setProperty("primary", True)
    primary.resize(80, 30)
    panel.show()
    primary.show()
    image = panel.grab().toImage()
    assert image.pixelColor(30, 30) == QColor(colors.panel)
    assert image.pixelColor(30, 0) == QColor(colors.line)
    assert image.pixelColor(0, 0) != QColor(colors.line)  # a round corner
    assert primary.grab().toImage().pixelColor(6, 15) == QColor(colors.accent)


@BOTH
def test_selected_rows_keep_the_colour_of_text(app: QApplication, qtbot: QtBot, colors: Theme) -> None:
    theme.apply(app, "dark" if colors is DARK else "light")
    tree = QTreeWidget()
    qtbot.addWidget(tree)
    tree.setHeaderHidden(True)
    item = QTreeWidgetItem(["weight"])
    tree.addTopLevelItem(item)
    tree.resize(200, 100)
    tree.show()
    item.setSelected(True)
    row = tree.visualItemRect(item)
    image = tree.viewport().grab(row).toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert image.pixelColor(row.width() - 5, 2) == QColor(colors.selection)
    assert colors.text in seen
    assert row.height() == theme.row_height(tree.fontMetrics())


def test_words_change_their_tone_while_shown(app: QApplication, qtbot: QtBot) -> None:
    theme.apply(app, "light")
    word = label("broken", tone="bad")
    qtbot.addWidget(word)
    word.show()
    assert word.palette().color(QPalette.ColorRole.WindowText) == QColor(LIGHT.bad)
    theme.set_property(word, "tone", "good")
    assert word.palette().color(QPalette.ColorRole.WindowText) == QColor(LIGHT.good)
    theme.apply(app, "dark")
    assert word.palette().color(QPalette.ColorRole.WindowText) == QColor(DARK.good)


@BOTH
@pytest.mark.parametrize("tone", ["caution", "bad"])
def test_a_button_has_the_colour_of_its_tone(
    app: QApplication, qtbot: QtBot, colors: Theme, tone: Literal["caution", "bad"]
) -> None:
    theme.apply(app, "dark" if colors is DARK else "light")
    button = QPushButton("2 problems")
    qtbot.addWidget(button)
    set_tone(button, tone)
    button.ensurePolished()
    assert button.palette().color(QPalette.ColorRole.ButtonText) == QColor(getattr(colors, tone))


def test_fonts_are_the_desktops_in_other_sizes(app: QApplication, qtbot: QtBot) -> None:
    theme.apply(app, "light")
    plain = QLabel("x")
    qtbot.addWidget(plain)
    assert plain.font() == app.font()
    font = QFont(app.font())
    assert theme.title_font(font).pointSizeF() == pytest.approx(1.25 * font.pointSizeF())
    assert theme.title_font(font).weight() == QFont.Weight.DemiBold
    assert 0.85 * font.pointSizeF() <= theme.small_font(font).pointSizeF() < font.pointSizeF()
    font.setPixelSize(20)
    assert theme.title_font(font).pixelSize() == 25
    assert theme.tabular(font).featureValue(QFont.Tag("tnum")) == 1
    assert theme.row_height(QFontMetrics(font)) == QFontMetrics(font).height() + 8


def test_figures_are_equally_wide(app: QApplication) -> None:
    metrics = QFontMetrics(theme.tabular(theme.small_font(app.font())))
    assert len({metrics.horizontalAdvance(5 * figure) for figure in "0123456789"}) == 1


@BOTH
@pytest.mark.usefixtures("app")
def test_icons_wear_the_colours_of_text(colors: Theme) -> None:
    assert resource("icons", "open.svg").is_file()
    made = icon("open", colors)
    assert strongest(made, QIcon.Mode.Normal) == QColor(colors.text)
    assert strongest(made, QIcon.Mode.Disabled) == QColor(colors.faint)
    assert strongest(icon("error", colors, colors.caution), QIcon.Mode.Normal) == QColor(colors.caution)


@pytest.mark.usefixtures("app")
def test_icons_are_sharp_on_dense_screens() -> None:
    made = icon("open", LIGHT)
    assert made.pixmap(16, 16).width() == 16
    dense = made.pixmap(made.actualSize(made.availableSizes()[0]), 2.0)
    assert dense.width() == 2 * made.availableSizes()[0].width()
    assert dense.devicePixelRatio() == 2.0


@pytest.mark.usefixtures("app")
def test_an_icon_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-icon"):
        icon("no-such-icon", LIGHT)


def strongest(made: QIcon, mode: QIcon.Mode) -> QColor:
    image = made.pixmap(64, 64).toImage() if mode == QIcon.Mode.Normal else made.pixmap(64, 64, mode).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=QColor.alpha)

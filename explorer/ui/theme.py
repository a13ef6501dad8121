"""Colours, fonts and measures, through the palette and one style sheet; light, dark, or as the desktop has it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

from PySide6.QtCore import QDir, QEvent, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QScrollArea, QStyleFactory, QWidget

from explorer.resources_path import resource
from explorer.ui.settings import ThemeChoice
from explorer.ui.style_sheet import STYLE_SHEET


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``. Every text colour can be read on window, panel, hover and selection (4.5:1).

    Attributes:
        window: Behind the panels, and in fields.
        panel: Panels, bars and menus.
        line: Borders and quiet grid lines.
        text: Text.
        muted: Secondary text.
        faint: What is disabled.
        accent: The one accent; also text about A.
        on_accent: Text on an accent fill.
        selection: Behind what is selected; text keeps its colour.
        hover: Behind what the mouse is over.
        bars: Histogram bars.
        b_fill: Shapes about B.
        b_text: Text about B.
        good: A word or mark for what is well.
        caution: For what deserves a look.
        bad: For what is broken.
    """

    window: str
    panel: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    selection: str
    hover: str
    bars: str
    b_fill: str
    b_text: str
    good: str
    caution: str
    bad: str


LIGHT: Final = Theme(
    window="#f5f6f8",
    panel="#ffffff",
    line="#e1e4e8",
    text="#1f2328",
    muted="#5c656e",
    faint="#9aa2ab",
    accent="#2360c4",
    on_accent="#ffffff",
    selection="#dbe7fb",
    hover="#eef1f5",
    bars="#5a8fe8",
    b_fill="#d9730d",
    b_text="#a0520a",
    good="#27704a",
    caution="#8a5600",
    bad="#b3261e",
)
DARK: Final = Theme(
    window="#1a1d21",
    panel="#22262b",
    line="#353b43",
    text="#e4e7eb",
    muted="#9da7b1",
    faint="#6a737d",
    accent="#6ea4ff",
    on_accent="#1a1d21",
    selection="#26395c",
    hover="#2b3037",
    bars="#5b8fe6",
    b_fill="#d9730d",
    b_text="#f0a35e",
    good="#6cc58f",
    caution="#e0b052",
    bad="#ff7b72",
)

_SCHEMES: Final = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


def apply(app: QApplication, choice: ThemeChoice) -> Theme:
    """Give the whole program its look; called at the start and whenever the choice or the desktop changes.

    Args:
        app: The application.
        choice: ``system`` follows the desktop.

    Returns:
        The theme that is now in use, for what paints by itself.
    """
    app.styleHints().setColorScheme(_SCHEMES[choice])
    # Without a palette of ours the application has the desktop's own, which tells what the colour scheme may not.
    app.setPalette(QPalette())
    scheme = app.styleHints().colorScheme() if choice == "system" else _SCHEMES[choice]
    if scheme == Qt.ColorScheme.Unknown:
        theme = _judged(app.palette())
    else:
        theme = DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    # Where there is a style sheet, this was done: it takes a sixth of all of it.
    if not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette(theme))
    for outlined in ("QCheckBox", "QRadioButton", "QSlider"):
        app.setPalette(_outlined(theme), outlined)  # type: ignore[arg-type]  # it takes str, not bytes
    # Qt tells the widgets that stand already only while its main loop runs.
    for widget in app.allWidgets():
        app.sendEvent(widget, QEvent(QEvent.Type.ApplicationPaletteChange))
    # A path of its own, however odd the folder is called that the program lies in.
    QDir.setSearchPaths("arrows", [str(resource("arrows"))])
    app.setStyleSheet(STYLE_SHEET.substitute(asdict(theme)))
    return theme


def follow_system(app: QApplication, callback: Callable[[], object]) -> None:
    """Call back whenever the desktop turns light or dark, to `apply` again if the choice is ``system``.

    Args:
        app: The application.
        callback: Also called when `apply` itself changes the scheme.
    """
    app.styleHints().colorSchemeChanged.connect(lambda _scheme: callback())


def current(widget: QWidget) -> Theme:
    """Tell the theme that a widget is drawn in; ask again on a PaletteChange."""
    # Where the sheet says transparent, the palette's Base is black, whatever can be seen through it.
    while widget.palette().color(QPalette.ColorRole.Window).alpha() == 0 and (behind := widget.parentWidget()):
        widget = behind
    return _judged(widget.palette())


def _judged(palette: QPalette) -> Theme:
    # Not by the background, which the style sheet makes transparent here and there, nor by what is disabled: that is
    # so faint that it passes for the other theme.
    return DARK if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text).lightnessF() > 0.5 else LIGHT


def palette(theme: Theme) -> QPalette:
    """The theme as Qt's roles."""
    role = QPalette.ColorRole
    made = QPalette()
    for part, color in {
        role.Window: theme.window,
        role.Base: theme.panel,
        role.AlternateBase: theme.window,
        role.Button: theme.panel,
        role.ToolTipBase: theme.panel,
        role.WindowText: theme.text,
        role.Text: theme.text,
        role.ButtonText: theme.text,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.BrightText: theme.bad,
        role.Light: theme.panel,
        role.Midlight: theme.hover,
        role.Mid: theme.line,
        role.Dark: theme.faint,
        role.Shadow: theme.faint,
    }.items():
        made.setColor(part, QColor(color))
    for part in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText, role.PlaceholderText):
        made.setColor(QPalette.ColorGroup.Disabled, part, QColor(theme.faint))
    return made


def _outlined(theme: Theme) -> QPalette:
    # Fusion draws outlines in a darker window colour, which on a dark window is none.
    made = palette(theme)
    made.setColor(QPalette.ColorRole.Window, QColor(theme.faint).lighter(140))
    return made


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and have it look again.

    The sheet knows ``panel`` (QFrame: border and round corners), ``bar`` (QFrame: a strip with a line below),
    ``primary`` (buttons: filled), ``flat`` (buttons: no border until hovered), ``muted`` (labels), and ``tone`` (labels
    and, if it is ``bad``, fields; if it is ``caution``, buttons).

    Args:
        widget: Any widget.
        name: Of the property.
        value: True, False, or a tone.
    """
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def let_shine_through(area: QAbstractScrollArea) -> None:
    """Have an area that scrolls show what it stands on, a panel, and not the window's colour."""
    area.viewport().setAutoFillBackground(False)
    inside = area.widget() if isinstance(area, QScrollArea) else None
    if inside is not None:
        inside.setAutoFillBackground(False)


def title_font(font: QFont) -> QFont:
    """1.25 times the size, semibold."""
    made = _scaled(font, 1.25)
    made.setWeight(QFont.Weight.DemiBold)
    return made


def small_font(font: QFont) -> QFont:
    """0.9 times the size."""
    return _scaled(font, 0.9)


def _scaled(font: QFont, factor: float) -> QFont:
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * factor)
    else:
        made.setPixelSize(round(font.pixelSize() * factor))
    return made


def tabular(font: QFont) -> QFont:
    """The same font with figures of one width, where it has them."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def fixed_font() -> QFont:
    """The desktop's fixed font, for code and messages."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)


def row_height(metrics: QFontMetrics) -> int:
    """Height of a row in trees and tables, in pixels."""
    return metrics.height() + 8

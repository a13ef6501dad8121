"""Colours, fonts and measures, through the palette and one style sheet; light, dark, or as the desktop has it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from string import Template
from typing import Final

from PySide6.QtCore import QDir, QEvent, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QScrollArea, QStyleFactory, QWidget

from explorer.resources_path import resource
from explorer.ui.settings import ThemeChoice


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
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette(theme))
    for outlined in ("QCheckBox", "QRadioButton", "QSlider"):
        app.setPalette(_outlined(theme), outlined)  # type: ignore[arg-type]  # it takes str, not bytes
    # Qt tells the widgets that stand already only while its main loop runs.
    for widget in app.allWidgets():
        app.sendEvent(widget, QEvent(QEvent.Type.ApplicationPaletteChange))
    # A path of its own, however odd the folder is called that the program lies in.
    QDir.setSearchPaths("arrows", [str(resource("arrows"))])
    app.setStyleSheet(_STYLE.substitute(asdict(theme)))
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


_STYLE: Final = Template("""
QFrame[panel="true"] { background: $panel; border: 1px solid $line; border-radius: 8px; }
QFrame[bar="true"] { background: $panel; border: none; border-bottom: 1px solid $line; }
QLabel[muted="true"] { color: $muted; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="b"] { color: $b_text; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="caution"] { color: $caution; }
QLabel[tone="bad"] { color: $bad; }
QPushButton[tone="caution"] { color: $caution; }

QMenuBar { background: $panel; border-bottom: 1px solid $line; }
QMenuBar::item { background: transparent; padding: 6px 9px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $panel; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: 4px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::indicator:non-exclusive { width: 12px; height: 12px; left: 4px; }
QMenu::indicator:non-exclusive:unchecked { border: 1px solid $faint; border-radius: 3px; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

QToolBar { background: $panel; border: none; border-bottom: 1px solid $line; }
QToolBar { padding: 7px 8px; spacing: 8px; icon-size: 16px; }
QToolBar::separator { background: transparent; width: 8px; }
QPushButton, QToolButton {
    background: $panel; color: $text; border: 1px solid $line; border-radius: 6px; padding: 5px 12px;
}
QToolButton[flat="true"], QPushButton[flat="true"] { border-color: transparent; background: transparent; padding: 3px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QPushButton:checked, QToolButton:checked { background: $selection; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $faint; background: transparent; }
QPushButton[primary="true"], QToolButton[primary="true"] {
    background: $accent; color: $on_accent; border-color: $accent;
}
QPushButton[primary="true"]:hover, QToolButton[primary="true"]:hover { border-color: $bars; }
QPushButton[primary="true"]:focus, QToolButton[primary="true"]:focus,
QPushButton[primary="true"]:pressed, QToolButton[primary="true"]:pressed { border-color: $text; }
QPushButton[primary="true"]:disabled, QToolButton[primary="true"]:disabled {
    background: $line; color: $muted; border-color: $line;
}
QToolButton::menu-indicator { image: none; width: 0; }
QLineEdit > QToolButton, QTabBar > QToolButton, QToolBarExtension {
    background: transparent; border: none; padding: 0;
}

QLineEdit { background: $window; border: 1px solid $line; border-radius: 6px; padding: 5px 8px; }
QLineEdit:focus { border-color: $accent; }
QLineEdit:disabled { color: $faint; }
QLineEdit[tone="bad"], QLineEdit[tone="bad"]:focus { border-color: $bad; }
QComboBox, QAbstractSpinBox { border: 1px solid $line; border-radius: 6px; }
QComboBox { background: $panel; padding: 4px 4px 4px 8px; combobox-popup: 0; }
QComboBox:hover { background: $hover; }
QAbstractSpinBox { background: $window; padding: 3px 0; qproperty-alignment: "AlignRight | AlignVCenter"; }
QComboBox:focus, QComboBox:on, QAbstractSpinBox:focus { border-color: $accent; }
QComboBox:disabled, QAbstractSpinBox:disabled { color: $faint; background: transparent; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow, QAbstractSpinBox::down-arrow { image: url(arrows:down.svg); width: 10px; height: 10px; }
QAbstractSpinBox::up-arrow { image: url(arrows:up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
    background: transparent; border: none; width: 20px; subcontrol-origin: border;
}
QAbstractSpinBox::up-button { subcontrol-position: top right; margin: 1px 1px 0 0; border-top-right-radius: 5px; }
QAbstractSpinBox::down-button {
    subcontrol-position: bottom right; margin: 0 1px 1px 0; border-bottom-right-radius: 5px;
}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $hover; }
QAbstractSpinBox::up-button:pressed, QAbstractSpinBox::down-button:pressed { background: $selection; }

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { border: none; }
QTabBar::tab {
    background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent; padding: 6px 12px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 600; }
QTabBar::tab:focus { background: $hover; }
QTabBar::tab:disabled { color: $faint; }

QTreeView, QTableView, QListView {
    background: $panel; border: none; outline: none; selection-background-color: $selection; selection-color: $text;
    show-decoration-selected: 1;
}
QListView[popup="true"] { border: 1px solid $line; padding: 2px; }
QFrame[panel="true"] QTreeView, QFrame[panel="true"] QTableView, QFrame[panel="true"] QListView {
    background: transparent;
}
QTreeView::item, QTableView::item, QListView::item { padding: 4px 5px; }
QTreeView::item:hover, QListView::item:hover, QTableView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected { background: $selection; }
QTreeView::item:focus, QListView::item:focus, QTableView::item:focus {
    border-left: 2px solid $accent; padding-left: 3px;
}
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px; }
QComboBox QAbstractItemView::item, QComboBox QAbstractItemView::item:focus {
    border: none; border-radius: 4px; padding: 4px 8px;
}
QTableView { gridline-color: $line; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: transparent; color: $muted; border: none; border-bottom: 1px solid $line; padding: 4px 8px;
}
QHeaderView::section:vertical { border: none; }
QTableView[names="true"] QHeaderView::section:vertical { color: $text; }
QHeaderView::section:hover { color: $text; }
QTableView > QPushButton[head="true"] {
    background: $panel; color: $muted; border: none; border-bottom: 1px solid $line; border-radius: 0;
    padding: 4px 8px; text-align: left;
}
QTableView > QPushButton[head="true"]:hover { color: $text; }
QTableCornerButton::section, QAbstractScrollArea::corner { background: transparent; border: none; }
QPlainTextEdit, QTextEdit { background: $panel; border: 1px solid $line; border-radius: 6px; }
QPlainTextEdit:focus, QTextEdit:focus { border-color: $accent; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $line; border: 2px solid transparent; border-radius: 5px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $faint; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar { background: $line; color: transparent; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QStatusBar { background: $panel; border-top: 1px solid $line; color: $muted; }
QStatusBar::item { border: none; }
QSplitter::handle { background: transparent; }
QSplitter::handle:horizontal { width: 6px; }
QSplitter::handle:vertical { height: 6px; }
QMainWindow::separator { background: transparent; width: 6px; height: 6px; }
QToolTip { background: $panel; color: $text; border: 1px solid $line; padding: 4px; }
""")

"""What widgets look like, in the colours of a theme, which stand here by their names."""

from string import Template
from typing import Final

STYLE_SHEET: Final = Template("""
QFrame[panel="true"] { background: $panel; border: 1px solid $line; border-radius: 8px; }
QFrame[bar="true"] { background: $panel; border: none; border-bottom: 1px solid $line; }
QLabel[muted="true"] { color: $muted; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="b"] { color: $b_text; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="caution"] { color: $caution; }
QLabel[tone="bad"] { color: $bad; }
QPushButton[tone="caution"] { color: $caution; }
QPushButton[tone="bad"] { color: $bad; }

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
QDockWidget { titlebar-close-icon: url(arrows:close.svg); titlebar-normal-icon: url(arrows:float.svg); }
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

"""The menus and their keys."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMenu

from explorer.ui.allowing import OPEN_FIRST, allow
from explorer.ui.compare.menu import CompareMenu
from explorer.ui.devices.menus import DeviceMenus
from explorer.ui.layers.menus import LayerMenus
from explorer.ui.layers.row_menu import RowMenu
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.export_menu import add_plots
from explorer.ui.settings import ThemeChoice
from explorer.ui.text import caption, set_tooltip
from explorer.ui.welcome import recent_name

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

_Key = QKeySequence.StandardKey


def make_menus(window: "MainWindow") -> None:
    """Give a window its menu bar."""
    _file_menu(window)
    _edit_menu(window)
    _view_menu(window)
    _once_open(window, *window.problems.add_actions(_menu(window, "&Go")))
    CompareMenu(window, _menu(window, "&Compare"))
    _model_menu(window)
    devices = DeviceMenus(window, _menu(window, "&Device"))
    RowMenu(window, devices.selected, devices.copies)
    _help_menu(window)
    bar = window.menuBar()
    # As the desktop's own programs have it.
    QShortcut(QKeySequence("F10"), window).activated.connect(lambda: bar.setActiveAction(bar.actions()[0]))


def _menu(window: "MainWindow", title: str) -> QMenu:
    menu = window.menuBar().addMenu(title)
    menu.setToolTipsVisible(True)
    return menu


def _add(menu: QMenu, text: str, slot: object, key: QKeySequence.StandardKey | None = None, usual: str = "") -> QAction:
    action = menu.addAction(text)
    if key is not None:
        # All keys of the platform work. The menu shows the first: the usual one, where the platform has it.
        bindings = QKeySequence.keyBindings(key) or [QKeySequence(usual)]
        action.setShortcuts(sorted(bindings, key=lambda binding: binding != QKeySequence(usual)))
    action.triggered.connect(slot)
    return action


def _once_open(window: "MainWindow", *entries: QAction | QMenu) -> None:
    """Disable entries until something is open; each says why."""
    actions = [entry.menuAction() if isinstance(entry, QMenu) else entry for entry in entries]
    for action in actions:
        allow(action, OPEN_FIRST)
        window.session.opened.connect(partial(_allow, action))


def _allow(action: QAction, _checkpoint: object) -> None:
    allow(action, "")


def _follow_plot(
    window: "MainWindow", menu: QMenu, before: QAction, choose: Callable[[ExportActions], list[QAction]]
) -> None:
    """Have a menu show entries of the plot that is shown, which change with it."""
    entries: list[QAction] = []

    def follow() -> None:
        for entry in entries:
            menu.removeAction(entry)
        # A plot behind a view that takes the window is not what anybody would copy.
        hidden = window.full_views.shown is not None
        entries[:] = [] if hidden else choose(window.details.plot_actions)
        menu.insertActions(before, entries)

    window.details.plot_changed.connect(follow)
    window.pages.currentChanged.connect(follow)
    follow()


def _file_menu(window: "MainWindow") -> None:
    menu = _menu(window, "&File")
    _add(menu, "&Open…", window.choose_file, _Key.Open, "Ctrl+O")
    folder = _add(menu, "Open &folder…", window.choose_folder)
    folder.setShortcut(QKeySequence("Ctrl+Shift+O"))
    recent = menu.addMenu("Open &recent")
    recent.setToolTipsVisible(True)
    recent.aboutToShow.connect(lambda: _fill_recent(recent, window))
    _add(menu, "Open the &example", window.open_example)
    _once_open(window, _add(menu, "Re&load", window.reload, _Key.Refresh, "F5"))
    menu.addSeparator()
    copy = _add(menu, "&Save a copy…", window.save_copy, _Key.SaveAs, "Ctrl+Shift+S")
    _once_open(window, copy)
    _file_check_actions(menu, window)
    menu.addSeparator()
    _export_menu(menu, window)
    menu.addSeparator()
    _add(menu, "&New window", window.new_window, _Key.New, "Ctrl+N")
    _add(menu, "&Close window", window.close, _Key.Close, "Ctrl+W")
    _add(menu, "&Quit", QApplication.closeAllWindows, _Key.Quit, "Ctrl+Q")


def _export_menu(menu: QMenu, window: "MainWindow") -> None:
    """What of the open file is saved as another file: all of it as a page, or what a view shows."""
    export = menu.addMenu("Ex&port")
    export.setToolTipsVisible(True)
    report = _add(export, "&Report…", window.reporting.ask)
    _once_open(window, export, report)
    add_plots(export, window)


def _file_check_actions(menu: QMenu, window: "MainWindow") -> None:
    """What is done with the open file as a whole."""
    check = window.file_check
    verify = _add(menu, "&Verify checksums", check.verify)
    verify.setShortcut(QKeySequence("Ctrl+Shift+V"))
    check.verifiable.connect(lambda why_not: allow(verify, why_not))
    allow(verify, check.why_not)
    space = _add(menu, "&Why is this file so big?", window.show_space)
    _once_open(window, space)


def _fill_recent(menu: QMenu, window: "MainWindow") -> None:
    menu.clear()
    for path in window.settings.recent:
        action = menu.addAction(caption(recent_name(path, window.settings.recent)))
        set_tooltip(action, str(path))
        action.triggered.connect(lambda _checked=False, path=path: window.open_file(path))
    if window.full_views.last_comparison is not None:
        from explorer.ui.compare.remembered import add_recent  # noqa: PLC0415 - not on the way to the window

        menu.addSeparator()
        add_recent(menu, window.settings, window.full_views.reopen)
    if menu.isEmpty():
        allow(menu.addAction("No recent files"), "No file was opened yet.")


def _edit_menu(window: "MainWindow") -> None:
    menu = _menu(window, "&Edit")
    copy = _add(menu, "&Copy", window.copy, _Key.Copy, "Ctrl+C")
    # Only the open menu shows whether there is something to copy: the key asks when it is pressed.
    menu.aboutToShow.connect(lambda: allow(copy, "" if window.copyable() else "Select a row or some text first."))
    menu.aboutToHide.connect(lambda: allow(copy, ""))
    _follow_plot(window, menu, menu.addSeparator(), lambda plot: [plot.copy_picture, plot.copy_numbers])
    find = _add(menu, "&Find", partial(_find, window), _Key.Find, "Ctrl+F")
    allow(find, OPEN_FIRST)
    window.filter.allowed.connect(partial(allow, find))
    menu.addMenu(window.filter.saved)
    _add(menu, "Clear the filter, or c&ancel", window.escape, _Key.Cancel, "Esc")
    menu.addSeparator()
    preferences = _add(
        menu,
        "&Preferences…",
        partial(_show_preferences, window),
        _Key.Preferences,
        "Ctrl+,",
    )
    preferences.setMenuRole(QAction.MenuRole.PreferencesRole)


def _view_menu(window: "MainWindow") -> None:
    menu = _menu(window, "&View")
    themes = menu.addMenu("&Theme")
    group = QActionGroup(window)
    for choice in get_args(ThemeChoice):
        action = themes.addAction(f"&{choice.capitalize()}")
        action.setCheckable(True)
        action.setData(choice)
        action.triggered.connect(lambda _checked=False, choice=choice: window.set_theme(choice))
        group.addAction(action)
    menu.addSeparator()
    layers = LayerMenus(window.layers, menu)
    layers.meanings.triggered.connect(lambda _checked=False: _show_meanings(window, columns=True))
    menu.addSeparator()
    menu.addActions([window.problems.dock.entry("&Problems"), window.checksum_dock.entry("Chec&ksums")])
    # The menu of devices has it too.
    menu.addAction(window.devices_dock.toggleViewAction())
    menu.addSeparator()
    compute = _add(menu, "Compute &all statistics", window.measurements.compute_all)
    _once_open(window, layers.sorting, compute)
    nothing = "There is nothing to say about the open file."
    message = _add(menu, "&Message about the file", window.messages.recall)
    allow(message, nothing)
    window.messages.noted.connect(lambda some: allow(message, "" if some else nothing))
    plot = window.histogram.plot_actions
    menu.addSeparator()
    menu.addActions([plot.freeze, plot.pin, plot.unpin, window.beside.action])
    _follow_plot(window, menu, menu.addSeparator(), lambda plot: [plot.reset])
    reset = _add(menu, "Reset la&yout", window.arrangement.reset)
    set_tooltip(reset, "Put the window, its panels, columns and plots back to how they are at a first start.")
    # Another window may have changed it.
    themes.aboutToShow.connect(lambda: _check_theme(group, window))
    _check_theme(group, window)


def _check_theme(group: QActionGroup, window: "MainWindow") -> None:
    for action in group.actions():
        action.setChecked(action.data() == window.settings.theme)


def _model_menu(window: "MainWindow") -> None:
    menu = _menu(window, "&Model")
    test = _add(menu, "&Test-load…", window.full_views.show_load_test)
    test.setShortcut(QKeySequence("Ctrl+T"))
    button = window.tool_bar.test_button

    def allow_test(why_not: str) -> None:
        allow(test, why_not)
        button.setEnabled(not why_not)
        set_tooltip(button, why_not or "Load this checkpoint into a model of yours, and see what fits (Ctrl+T)")

    allow_test(OPEN_FIRST)
    window.session.opened.connect(lambda _checkpoint: allow_test(""))


def _help_menu(window: "MainWindow") -> None:
    menu = _menu(window, "&Help")
    _add(menu, "&What the marks mean", partial(_show_meanings, window), _Key.HelpContents, "F1")
    keys = _add(menu, "&Keyboard shortcuts", partial(_show_shortcuts, window))
    keys.setShortcut(QKeySequence("Ctrl+F1"))
    _add(menu, "Show the &log", partial(_show_log, window))
    _add(menu, "&About Checkpoint Explorer", partial(_show_about, window))


# Windows of their own are imported when they are first asked for: most starts of the program need none of them.


def _find(window: "MainWindow", _checked: bool = False) -> None:
    why_not = window.filter.begin()
    if why_not:
        window.status.say(why_not)


def _show_preferences(window: "MainWindow", _checked: bool = False) -> None:
    from explorer.ui.preferences import show_preferences  # noqa: PLC0415 - as above

    show_preferences(window, window.settings, window.set_theme)


def _show_meanings(window: "MainWindow", _checked: bool = False, *, columns: bool = False) -> None:
    from explorer.ui.help.meanings.tree import COLUMNS  # noqa: PLC0415 - as above
    from explorer.ui.help.meanings_window import show_meanings  # noqa: PLC0415 - as above

    show_meanings(window, (COLUMNS.title, "") if columns else None)


def _show_shortcuts(window: "MainWindow", _checked: bool = False) -> None:
    from explorer.ui.help.shortcuts_window import show_shortcuts  # noqa: PLC0415 - as above

    show_shortcuts(window)


def _show_log(window: "MainWindow", _checked: bool = False) -> None:
    from explorer.ui.faults.log_window import show_log  # noqa: PLC0415 - as above

    show_log(window)


def _show_about(window: "MainWindow", _checked: bool = False) -> None:
    from explorer.ui.help.about_window import show_about  # noqa: PLC0415 - as above

    show_about(window)

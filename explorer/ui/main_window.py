"""The main window: puts the panels together, and is what menus ask to open, save, copy and select."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.resources_path import resource
from explorer.tasks.garbage import Collecting
from explorer.tasks.jobs import Jobs
from explorer.ui.actions import make_menus
from explorer.ui.beside import Beside
from explorer.ui.checksums.panel import ChecksumPanel
from explorer.ui.contents.panel import ContentsPanel
from explorer.ui.copies.saving import Wish
from explorer.ui.copying import copy, selected_text
from explorer.ui.details import Details
from explorer.ui.devices.panel import DevicesPanel
from explorer.ui.devices.placing import Placing
from explorer.ui.devices.status import LookRow, MoveStatus
from explorer.ui.dock_keyboard import DockKeyboard
from explorer.ui.docks import Dock
from explorer.ui.escaping import escape
from explorer.ui.files.beginning import Beginning
from explorer.ui.files.check import FileCheck
from explorer.ui.files.check_views import follow_file_check
from explorer.ui.files.dialogs import ask_what_to_open, ask_which_folder, where_to_look
from explorer.ui.files.dropping import judge_dragged, open_dropped, open_together
from explorer.ui.files.opening import Opening
from explorer.ui.files.watching import Watching
from explorer.ui.filter.field import FilterField
from explorer.ui.focus_ring import FocusRing
from explorer.ui.following_filter import follow_filter
from explorer.ui.following_scroll_area import FollowingScrollArea
from explorer.ui.full_views import FullViews
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.histogram.reading import open_blocks, read_sample
from explorer.ui.keeping_focus import FocusKeeper
from explorer.ui.layers.panel import LayersPanel
from explorer.ui.layout import Layout
from explorer.ui.looks import Looks
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.messages import MessageBar
from explorer.ui.notices import follow_messages
from explorer.ui.optimizer.linking import OptimizerLinks
from explorer.ui.overview.panel import OverviewPanel
from explorer.ui.plots.charts import call_plots_charts
from explorer.ui.pressing import PressingWindow
from explorer.ui.problems.linking import Problems
from explorer.ui.reporting import Reporting
from explorer.ui.session import Session
from explorer.ui.settings import Settings, ThemeChoice
from explorer.ui.space.panel import SpacePanel
from explorer.ui.status import Status
from explorer.ui.theme_choice import ThemeChange
from explorer.ui.tool_bar import ToolBar
from explorer.ui.usual import set_usual_sizes
from explorer.ui.warming import Warming
from explorer.ui.welcome import Welcome
from explorer.ui.window_tables import make_tables
from explorer.ui.window_title import WindowTitle

if TYPE_CHECKING:
    from explorer.ui.compare.panel import ComparePanel
    from explorer.ui.load_test.panel import LoadTestPanel

TREE_WIDTH = 360
"""At least, in pixels: names, distributions and shapes beside each other."""
_LEAST = 260
"""Pixels of height that a page has at least beside docks and messages; where there is no room for more, it scrolls."""


class MainWindow(PressingWindow):
    """One window with one checkpoint."""

    def __init__(self, settings: Settings, others: "list[MainWindow] | None" = None) -> None:
        """Make a window; nothing is open in it.

        Args:
            settings: What is remembered.
            others: The windows that were opened from one another, which this list keeps; None for the first.
        """
        super().__init__()
        self._others = [] if others is None else others
        self._to_select: str | None = None
        self.setAcceptDrops(True)
        self.settings = settings
        self.session = Session(self)
        self.theme_change = ThemeChange(settings, self)
        self.statistics_jobs = Jobs("selected")
        self.measurements = Measurements(self.session, settings, self)
        self.opening = Opening(self.session, self)
        self.file_check = FileCheck(self.session, self)
        self.placing = Placing(self.session, self)
        self.messages = MessageBar()
        self.watching = Watching(self.session, self)
        self.layers = LayersPanel(self.session, self.measurements, settings)
        self.contents = ContentsPanel(self.session, self.layers.filtering.jobs)
        self.looks = Looks(self.session, settings, self.measurements, self)
        reading = (self.statistics_jobs, open_blocks, read_sample)
        self.histogram = HistogramPanel(self.session, *reading, settings, self.measurements, self.looks.by_view())
        self.overview = OverviewPanel(self.session, self.measurements, settings)
        self.full_views = FullViews(self)
        self.space = SpacePanel(self.session, self.file_check)
        self.checksums = ChecksumPanel(self.session, self.file_check)
        self.devices = DevicesPanel(self.session, self.placing)
        self.filter = FilterField(self.session, settings)
        self.status = Status(self.session, self.opening, self.measurements, self.file_check)
        self.setStatusBar(self.status)
        self.status.add(MoveStatus(self.placing))
        self.status.add(LookRow(self.placing, in_status=True))
        self.warming = Warming(self.opening, self.measurements, self.statistics_jobs, self.histogram.view)
        self._build_center()
        self.problems = Problems(self)
        self.reporting = Reporting(self)
        self.optimizer = OptimizerLinks(self)
        self.tables = make_tables(self)
        self.tool_bar = ToolBar(self.filter)
        self.addToolBar(self.tool_bar)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.arrangement = Layout(self)
        make_menus(self)
        self._connect()
        self.arrangement.restore()
        self.focus_ring = FocusRing(self)
        call_plots_charts()
        WindowTitle(self)
        FocusKeeper(self)
        self.dock_keyboard = DockKeyboard(self)

    def _build_center(self) -> None:
        # From the outside in: each time widgets come into another, the style sheet is applied to all of them again.
        center = QWidget()
        self.setCentralWidget(center)
        layout = QVBoxLayout(center)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self.messages)
        self.pages = QStackedWidget()
        layout.addWidget(FollowingScrollArea(self.pages, _LEAST), 1)
        self.welcome = Welcome(self.settings)
        self.pages.addWidget(self.welcome)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.pages.addWidget(self.splitter)
        self.splitter.setHandleWidth(6)
        self.tabs = QTabWidget()
        self.splitter.addWidget(self.tabs)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("Views")
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.addTab(self.layers, "Layers")
        self.tabs.addTab(self.contents, "Contents")
        self.tabs.setMinimumWidth(TREE_WIDTH)
        self.details = Details(self.session, self.histogram, self.overview, self.space)
        self.beside = Beside(self)
        self.splitter.addWidget(self.beside)
        set_usual_sizes(self.splitter, [634, 628])
        self.checksum_dock = Dock("Checksums", self.checksums, self)
        self.devices_dock = Dock("Devices", self.devices, self)

    def _connect(self) -> None:
        Beginning(self)
        self.session.opened.connect(self._show_opened)
        self.overview.chosen.connect(self.select_tensor)
        self.overview.view.unreadable_asked.connect(self.problems.show_unreadable)
        self.overview.file_line.copied.connect(self.status.say)
        self.layers.all_asked.connect(self.filter.clear)
        self.layers.layers_changed.connect(self.details.follow_layers)
        self.histogram.children_table.tensor_chosen.connect(self.select_tensor)
        self.histogram.children_table.known = self.measurements.known
        self.tool_bar.compare_button.clicked.connect(self.full_views.show_compare)
        self.tool_bar.test_button.clicked.connect(self.full_views.show_load_test)
        follow_file_check(self)
        follow_filter(self)
        self.layers.tree.told.connect(self.status.say)
        self.opening.succeeded.connect(self.settings.add_recent)
        self.opening.succeeded.connect(self._select_asked)
        self.opening.vanished.connect(self.settings.remove_recent)
        self.opening.failed.connect(self._show_failed)
        follow_messages(self)
        self.opening.started.connect(self.welcome.show_opening)
        self.opening.ended.connect(partial(self.welcome.show_opening, ""))
        self.histogram.measured.connect(self.measurements.keep)
        self.tool_bar.open_button.clicked.connect(self.choose_file)
        self.welcome.open_asked.connect(self.choose_file)
        self.welcome.example_asked.connect(self.open_example)
        self.welcome.recent_asked.connect(self.open_file)
        self.filter.asked.connect(self.layers.set_filter)
        self.layers.filter_judged.connect(self.filter.show_wrong)
        self.filter.returnPressed.connect(self._go_to_found)
        self.filter.left_down.connect(self._go_to_found)

    def warm(self) -> None:
        """Get ready, once the window is shown, what the first file and its first picture need."""
        self.warming.begin()

    def choose_file(self) -> None:
        """Ask for a file and open it."""
        ask_what_to_open(self, where_to_look(self.session, self.settings), self.open_file, partial(open_together, self))

    def choose_folder(self) -> None:
        """Ask for a folder with a sharded checkpoint and open it."""
        ask_which_folder(self, where_to_look(self.session, self.settings), self.open_file)

    def open_file(self, path: Path, select: str | None = None) -> None:
        """Open a file, or a folder with a sharded checkpoint; what is open stays until it is read.

        Args:
            path: Of the file or folder.
            select: Key of the tensor or layer to select then; None for none.
        """
        self.settings.last_folder = path.absolute().parent
        self._to_select = select
        self.opening.open(path)

    def _select_asked(self) -> None:
        key, self._to_select = self._to_select, None
        if key is not None and not self.layers.select_anywhere(key):
            self.messages.show_error(f"No tensor or layer is called ‘{formatting.visible(key)}’.", "")

    def reload(self) -> None:
        """Open the file again, as it is now."""
        if self.session.checkpoint is not None:
            self._to_select = None
            self.opening.open(self.session.checkpoint.path)

    def open_example(self) -> None:
        """Open the shipped example."""
        self._to_select = None
        self.opening.open(resource("example", "digits.pth"))

    def new_window(self) -> "MainWindow":
        """Open another window, beside this one; it keeps itself until it is closed."""
        made = MainWindow(self.settings, self._others)
        self._others.append(made)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.resize(self.size())
        made.move(self.pos() + QPoint(32, 32))
        made.show()
        made.warm()
        return made

    @property
    def load_test(self) -> "LoadTestPanel":
        """The view of Test-load, made when it is first asked for."""
        return self.full_views.load_test

    @property
    def compare(self) -> "ComparePanel":
        """The view of Compare, likewise."""
        return self.full_views.compare

    def save_copy(self) -> None:
        """Ask what a copy of the open file is to be, and write it."""
        self.save_copy_as(self.full_views.wished_copy())

    def save_copy_as(self, wish: Wish) -> None:
        """The same, with proposals."""
        if self.session.checkpoint is not None:
            from explorer.ui.copies.window import CopyWindow  # noqa: PLC0415 - most windows save none

            asking = CopyWindow(self.session.checkpoint, wish, self.settings, self)
            asking.not_finite = self.problems.not_finite
            asking.open_asked.connect(self.open_file)
            asking.show()

    def show_layers(self) -> None:
        """Show the layers again, or the welcome, in the place of a view that took the whole window."""
        if self.session.checkpoint is None:
            self.pages.setCurrentWidget(self.welcome)
        else:
            self.full_views.take_along()
            self.pages.setCurrentWidget(self.splitter)
            self.layers.tree.setFocus()

    def take_keyboard(self) -> None:
        """Give the keyboard to the list that is shown: layers, contents, or of a view that takes the whole window."""
        if not self.full_views.take_keyboard():
            (self.contents.tree if self.contents.tree.isVisible() else self.layers.tree).setFocus()

    @Slot()
    def _go_to_found(self) -> None:
        """Give it to what the filter found there; what is looked at already stays."""
        looked_at = self.session.selected
        self.take_keyboard()
        if looked_at is None and self.layers.tree.hasFocus():
            self.layers.go_to_found()

    def copyable(self) -> str:
        """What Copy takes: the marked words of the focused field, else the keys that are selected in the tree."""
        return selected_text(self.focusWidget()) or selected_text(self.layers.tree)

    def copy(self) -> None:
        """Copy what `copyable` says."""
        copy(self.focusWidget(), self.copyable(), self.status.say)

    def set_theme(self, choice: ThemeChoice) -> None:
        """Wear another theme and remember it."""
        self.theme_change.choose(choice)

    def escape(self) -> None:
        """Give up the smallest thing that can be given up: see `explorer.ui.escaping`."""
        escape(self)

    def select_tensor(self, number: int) -> None:
        """Go to a tensor of the open file, in whichever entry it is."""
        if self.session.checkpoint is None:
            return
        self.pages.setCurrentWidget(self.splitter)
        self.session.show_entry(self.session.checkpoint.tensors[number].entry)
        self.session.select(self.session.checkpoint.tensors[number])
        self.tabs.setCurrentWidget(self.layers)
        # A tree that takes the keyboard makes its first row the current one, where none is.
        if self.layers.tree.currentIndex().isValid():
            self.layers.tree.setFocus()

    def show_space(self) -> None:
        """Show where the bytes of the file are."""
        if self.session.layers is not None:
            self.layers.select_file()
        self.details.show_file_as("bytes")

    def _show_opened(self, checkpoint: Checkpoint) -> None:
        if self.pages.currentWidget() is self.welcome:
            self.pages.setCurrentWidget(self.splitter)
        self.messages.show_checkpoint(checkpoint)
        self.tabs.setCurrentWidget(self.layers if checkpoint.entries else self.contents)

    def _show_failed(self, sentence: str) -> None:
        self._to_select = None
        self.messages.show_error(sentence, self.opening.details)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files, and nothing else."""
        judge_dragged(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open the first file that is dropped here, and each other one in a window of its own."""
        open_dropped(self, event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember the layout and end everything that runs."""
        self.arrangement.keep()
        self.settings.save()
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self.tables.close()
        self.reporting.close()
        self.problems.close()
        self.measurements.close()
        self.file_check.close()
        self.placing.close()
        self.layers.filtering.close()
        self.watching.close()
        self.opening.close()
        self.statistics_jobs.close()
        self.looks.close()
        self.full_views.close()
        self.warming.close()
        super().closeEvent(event)
        app = QApplication.instance()
        for collecting in () if app is None else app.findChildren(Collecting):
            collecting.expect_much()
        if self in self._others:
            # Later: this may be the last that holds the window, which Qt is still closing.
            QTimer.singleShot(0, partial(self._others.remove, self))
        elif self._others:
            # The program goes on without its first window.
            self.deleteLater()

"""The main window: assembles the panels and does nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.resources_path import resource
from explorer.tasks.jobs import Jobs
from explorer.ui import theme
from explorer.ui.actions import make_menus
from explorer.ui.contents.panel import ContentsPanel
from explorer.ui.histogram.panel import TensorPanel
from explorer.ui.layers.panel import LayersPanel
from explorer.ui.layers.previews import Previews
from explorer.ui.messages import MessageBar
from explorer.ui.opening import Opening
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.text import label, set_tooltip
from explorer.ui.welcome import Welcome

FILTER_DELAY_MS = 120
SLOW_MS = 300
"""What takes longer shows its progress and a Cancel."""


def open_blocks(checkpoint: Checkpoint, tensor: TensorInfo) -> tuple[Callable[[], Iterator[Any]], int, int]:
    """What the statistics of a tensor need; called on the worker, where NumPy may take its time to import."""
    from explorer.checkpoint.values import block_source, distinct_numel, multiplicity  # noqa: PLC0415 - as above

    return block_source(checkpoint, tensor), distinct_numel(tensor), multiplicity(tensor)


class MainWindow(QMainWindow):
    """One window with one checkpoint."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle("Checkpoint Explorer")
        self.setAcceptDrops(True)
        self.settings = settings
        self.session = Session(self)
        self.statistics_jobs = Jobs("statistics")
        self.opening = Opening(self.session, self)
        self.messages = MessageBar()
        self.layers = LayersPanel(self.session)
        self.contents = ContentsPanel(self.session)
        self.tensor_panel = TensorPanel(self.session, self.statistics_jobs, open_blocks)
        self.previews = Previews(self.session, self.statistics_jobs, self.layers.model, self)
        self.filter = QLineEdit()
        self._filter_timer = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._slow_timer = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._build_center()
        self._build_toolbar()
        self._build_status()
        make_menus(self)
        self._connect()
        self._restore()

    def _build_center(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.addTab(self.layers, "Layers")
        self.tabs.addTab(self.contents, "Contents")
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(6)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.tabs)
        self.splitter.addWidget(self.tensor_panel)
        self.splitter.setSizes([560, 700])
        self.welcome = Welcome(self.settings.recent)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.splitter)
        center = QWidget()
        layout = QVBoxLayout(center)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self.messages)
        layout.addWidget(self.pages, 1)
        self.setCentralWidget(center)

    def _build_toolbar(self) -> None:
        bar = QToolBar("Main")
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        self.open_button = QPushButton("Open")
        set_tooltip(self.open_button, "Open a checkpoint (Ctrl+O)")
        bar.addWidget(self.open_button)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        self.filter.setPlaceholderText("Filter by name   (Ctrl+F)")
        self.filter.setAccessibleName("Filter by name")
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(420)
        self.filter.setMinimumWidth(280)
        self.filter.setEnabled(False)
        set_tooltip(self.filter, "Open a checkpoint first")
        bar.addWidget(self.filter)
        self.addToolBar(bar)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def _build_status(self) -> None:
        status = self.statusBar()
        status.setSizeGripEnabled(False)
        status.setContentsMargins(10, 0, 10, 0)
        self.summary = label(muted=True)
        self.busy_text = label(muted=True)
        self.busy_bar = QProgressBar()
        self.busy_bar.setRange(0, 0)
        self.busy_bar.setTextVisible(False)
        self.busy_bar.setFixedWidth(120)
        self.busy_cancel = QPushButton("Cancel")
        self.busy_cancel.setProperty("flat", True)
        status.addWidget(self.summary, 1)
        for widget in (self.busy_text, self.busy_bar, self.busy_cancel):
            status.addPermanentWidget(widget)
            widget.hide()

    def _connect(self) -> None:
        self.session.opened.connect(self._show_opened)
        self.opening.started.connect(self._show_started)
        self.opening.ended.connect(self._show_ended)
        self.opening.succeeded.connect(self.settings.add_recent)
        self.opening.failed.connect(self.messages.show_error)
        self.open_button.clicked.connect(self.choose_file)
        self.welcome.open_asked.connect(self.choose_file)
        self.welcome.example_asked.connect(self.open_example)
        self.welcome.recent_asked.connect(self.open_file)
        self.filter.textChanged.connect(self._filter_timer.start)
        self._filter_timer.timeout.connect(self._apply_filter)
        self._slow_timer.timeout.connect(self._show_busy)
        self.busy_cancel.clicked.connect(self.opening.cancel)

    def choose_file(self) -> None:
        """Ask for a file and open it."""
        folder = self.settings.last_folder
        patterns = "Checkpoints (*.pth *.pt *.bin *.ckpt *.safetensors *.tar *.jit);;All files (*)"
        chosen, _ = QFileDialog.getOpenFileName(self, "Open a checkpoint", str(folder or ""), patterns)
        if chosen:
            self.settings.last_folder = Path(chosen).parent
            self.open_file(Path(chosen))

    def open_file(self, path: Path) -> None:
        """Open a file; what is open stays until it is read."""
        self.opening.open(path)

    def open_example(self) -> None:
        """Open the shipped example."""
        self.open_file(resource("example", "digits.pth"))

    def focus_filter(self) -> None:
        """Put the cursor into the filter."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def set_theme(self, choice: str) -> None:
        """Wear another theme and remember it."""
        self.settings.theme = choice  # type: ignore[assignment]  # the menu offers nothing else
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, self.settings.theme)

    def escape(self) -> None:
        """Clear the filter; when it is clear, cancel what is being opened."""
        if self.filter.text():
            self.filter.clear()
        else:
            self.opening.cancel()

    def _apply_filter(self) -> None:
        self.layers.set_filter(self.filter.text())

    def _show_opened(self, checkpoint: Checkpoint) -> None:
        self.pages.setCurrentWidget(self.splitter)
        self.filter.setEnabled(True)
        self.filter.clear()
        set_tooltip(self.filter, "Show only tensors whose name contains this (Ctrl+F)")
        self.setWindowTitle(f"{formatting.visible(checkpoint.path.name)} – Checkpoint Explorer")
        sums = checkpoint.sums
        self.summary.setText(
            f"{formatting.count(sums.parameters)} parameters · {formatting.nbytes(checkpoint.nbytes)} · "
            f"{checkpoint.container} · {formatting.plural(sums.tensors, 'tensor')}"
        )
        tip = f"{formatting.exact(sums.parameters)} parameters, {formatting.exact_bytes(checkpoint.nbytes)}"
        set_tooltip(self.summary, tip)
        notes = [text for text in (checkpoint.message, *checkpoint.warnings) if text]
        if notes:
            self.messages.show_note(" ".join(notes))
        else:
            self.messages.hide()
        if not checkpoint.entries:
            self.tabs.setCurrentWidget(self.contents)

    def _show_started(self, name: str) -> None:
        self.busy_text.setText(f"Opening {name}")
        self._slow_timer.start()

    def _show_busy(self) -> None:
        for widget in (self.busy_text, self.busy_bar, self.busy_cancel):
            widget.show()

    def _show_ended(self) -> None:
        self._slow_timer.stop()
        for widget in (self.busy_text, self.busy_bar, self.busy_cancel):
            widget.hide()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open the first file that is dropped."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.open_file(Path(files[0]))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Remember the layout and end everything that runs."""
        self.settings.set_layout("window", self.saveGeometry())
        self.settings.set_layout("splitter", self.splitter.saveState())
        self.settings.save()
        self.opening.close()
        self.statistics_jobs.close()
        super().closeEvent(event)

    def _restore(self) -> None:
        self.resize(1280, 800)
        for name, restore in (("window", self.restoreGeometry), ("splitter", self.splitter.restoreState)):
            state: QByteArray = self.settings.layout(name)
            if not state.isEmpty():
                restore(state)

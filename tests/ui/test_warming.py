import subprocess
import sys
from typing import Final

_PROGRAM: Final = """
import sys
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings

def turn_until(done):
    while not done():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)

def brought():
    return sorted({"numpy", "pyqtgraph"} & set(sys.modules))

app = QApplication([])
window = MainWindow(Settings())
window.show()
window.warm()
turn_until(lambda: not window.opening._jobs.busy)
print(brought())
window.open_example()
turn_until(lambda: window.measurements.complete)
print(brought())
window.close()
"""


def test_a_window_without_a_file_is_spared_what_only_plots_need() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["[]", "['numpy', 'pyqtgraph']"]

from pathlib import Path

from benchmarks.starting import run_apart

_LOOK = """
from PySide6.QtWidgets import QApplication
from benchmarks.started import run

def look():
    app = QApplication.instance()
    (window,) = (window for window in app.topLevelWidgets() if type(window).__name__ == "MainWindow")
    print(window.isVisible(), bool(app.styleSheet()), app.applicationDisplayName())

run(look)
"""


def test_it_is_the_whole_program_whose_start_is_measured(tmp_path: Path) -> None:
    house = Path(__file__).parents[2]
    assert run_apart(house, str(tmp_path), _LOOK) == "True True Checkpoint Explorer\n"

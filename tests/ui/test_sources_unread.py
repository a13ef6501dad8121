import subprocess
import sys
from pathlib import Path
from typing import Final

_PROGRAM: Final = """
import linecache, sys
from explorer.app import main
assert main(["--example", "--screenshot", sys.argv[1], "--select", "stem.conv.weight"]) == 0
for name in ("explorer.ui.main_window", "numpy", "pyqtgraph"):
    print(name, sys.modules[name].__file__ in linecache.cache)
"""


def test_the_window_keeps_no_source_of_what_it_imports(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "out.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["explorer.ui.main_window False", "numpy False", "pyqtgraph False"]

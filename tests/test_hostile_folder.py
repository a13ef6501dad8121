"""The program is started where somebody unpacked a download: nothing that lies there is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.resources_path import resource

ROOT = Path(__file__).resolve().parents[1]

OTHERS = {
    *("cuda", "torch", "numpy", "PySide6", "shiboken6", "pyqtgraph", "scipy", "matplotlib", "OpenGL", "cupy"),
    *("sitecustomize", "usercustomize", "safetensors", "triton", "packaging", "typing_extensions", "resources"),
}
NAMES = sorted({name for name in sys.stdlib_module_names if not name.startswith("_")} | OTHERS)
"""Whatever the program, its libraries or Python itself might look for."""
COMMANDS = {
    "picture": ["--example", "--screenshot", "out.png", "--select", "stem.conv.weight"],
    "info": ["info", str(resource("example", "digits.pth")), "--stats", "--json"],
}
SCRIPT = "import sys\nfrom explorer.start import main\nsys.exit(main())\n"
"""As the installer writes it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a module of every name, each of which tells that it was imported."""
    made = tmp_path / "download"
    made.mkdir()
    for name in NAMES:
        tell = f"with open({str(tmp_path / 'imported')!r}, 'a') as file: file.write({name!r} + '\\n')\n"
        (made / f"{name}.py").write_text(tell, encoding="utf-8")
    return made


def imported(folder: Path) -> list[str]:
    told = folder.with_name("imported")
    return told.read_text(encoding="utf-8").splitlines() if told.exists() else []


def start(folder: Path, *words: str, more: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{more}", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def program(folder: Path, source: str) -> str:
    """A program in the folder; for what ``-c`` gives it, Python 3.13 imports modules of its own from there first."""
    file = folder / "the_program.py"
    file.write_text(source, encoding="utf-8")
    return str(file)


def test_the_trap_works(folder: Path) -> None:
    start(folder, program(folder, "import cuda, pickle"))
    assert imported(folder) == ["cuda", "pickle"]


@pytest.mark.parametrize(
    ("way", "command"),
    [("main.py", "info"), ("-m explorer", "info"), ("console script", "picture")],
)
def test_nothing_is_imported(folder: Path, tmp_path: Path, way: str, command: str) -> None:
    script = tmp_path / "bin" / "checkpoint-explorer"
    script.parent.mkdir()
    script.write_text(SCRIPT, encoding="utf-8")
    words = {"main.py": [str(ROOT / "main.py")], "-m explorer": ["-m", "explorer"], "console script": [str(script)]}
    done = start(folder, *words[way], *COMMANDS[command])
    assert imported(folder) == []
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out.png").exists() == (command == "picture")


@pytest.mark.parametrize(("way", "command"), [([str(ROOT / "main.py")], "info"), (["-m", "explorer"], "info")])
def test_an_empty_element_of_the_module_path_is_not_followed(folder: Path, way: list[str], command: str) -> None:
    # What Python itself imports before it runs anybody's program cannot be kept from it.
    for file in folder.glob("*.py"):
        if file.stem not in {"cuda", "numpy", "torch", "PySide6"}:
            file.unlink()
    done = start(folder, *way, *COMMANDS[command], more=os.pathsep)
    assert imported(folder) == []
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_imported_before_the_folder_is_left(folder: Path) -> None:
    # What an environment imports when it starts would hide what is imported here; -S leaves that out. And what
    # ``python -m`` itself imports, before it looks for the program, only Python's own -P keeps from being found here.
    own = start(folder.parent, "-S", "-c", "import runpy, sys; print(*sys.modules)").stdout.split()
    for name in {module.partition(".")[0] for module in own} & set(NAMES):
        (folder / f"{name}.py").unlink()
    done = start(folder, "-S", "-m", "explorer", "info", str(resource("example", "digits.pth")))
    assert imported(folder) == []
    assert (done.returncode, done.stderr) == (0, "")


def test_the_reader_process_imports_nothing_either(folder: Path) -> None:
    source = (
        "import sys; sys.path.pop(0)\n"
        "from pathlib import Path\n"
        "from explorer.checkpoint.reader import open_checkpoint\n"
        f"print(len(open_checkpoint(Path({str(resource('example', 'digits.pth'))!r})).tensors))"
    )
    done = start(folder, program(folder, source))
    assert (done.stdout, done.stderr) == ("186\n", "")
    assert imported(folder) == []

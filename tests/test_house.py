"""The house rules that a machine can check: how text reaches the screen, what Windows lacks, and what lies where.

Who imports whom is in test_architecture.py.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1] / "explorer"
FILES = sorted(HOUSE.rglob("*.py"))

MAX_LINES = 400
"""What can be read in one sitting, and seen to be about one thing; what grows beyond it is about two."""

TEXT_HELPER = HOUSE / "ui" / "text.py"
CLIPBOARD_HELPER = HOUSE / "ui" / "clipboard.py"
BARE_WIDGETS = {
    *("QErrorMessage", "QInputDialog", "QMessageBox", "QProgressDialog", "QTextBrowser", "QTextDocument", "QTextEdit"),
    *("LabelItem", "LegendItem", "QGraphicsTextItem", "TextItem"),
}
BARE_CALLS = {
    *("QLabel", "setToolTip", "setToolTipDuration", "setWhatsThis", "showText", "setWindowTitle"),
    *("setHtml", "insertHtml", "appendHtml", "setMarkdown", "setTextFormat"),
    # pyqtgraph's
    *("addLegend", "setLabel", "setLabels", "setTitle"),
}
POSIX_MODULES = {
    "crypt",
    "curses",
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}
POSIX_NAMES = {
    "os": {
        *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "P_ALL", "P_PID", "WEXITED", "WNOHANG", "WNOWAIT"),
        *("chown", "chroot", "confstr", "copy_file_range", "ctermid", "eventfd", "fchmod", "fchown", "fdatasync"),
        *("fork", "forkpty", "get_blocking", "getegid", "geteuid", "getgid", "getgroups", "getloadavg", "getpgid"),
        *("getpgrp", "getpriority", "getresuid", "getsid", "getuid", "initgroups", "killpg", "lchown", "lockf"),
        *("memfd_create", "mkfifo", "mknod", "nice", "openpty", "pathconf", "pidfd_open", "pipe2"),
        *("posix_fadvise", "posix_fallocate", "posix_spawn", "pread", "preadv", "pwrite", "pwritev", "readv"),
        *("register_at_fork", "sched_getaffinity", "sched_setaffinity", "sched_yield", "sendfile", "set_blocking"),
        *("setegid", "seteuid", "setgid", "setpgid", "setpriority", "setsid", "setuid", "statvfs", "sync", "sysconf"),
        *("tcgetpgrp", "ttyname", "uname", "wait", "wait3", "wait4", "waitid", "writev"),
    },
    "select": {"POLLIN", "POLLHUP", "epoll", "kqueue", "poll"},
    "signal": {
        *("SIGALRM", "SIGBUS", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGUSR1", "SIGUSR2"),
        *("SIGXCPU", "alarm", "pthread_kill", "pthread_sigmask", "setitimer", "sigwait"),
    },
    "socket": {"AF_UNIX", "socketpair"},
}
"""What Windows has not, and macOS has only in part."""
GUARDS = re.compile(r"sys\.platform|os\.name|hasattr\((os|signal|select|socket), ")
LEAVING = (ast.Return, ast.Raise, ast.Continue)
ONLY_ELSEWHERE = {
    HOUSE / "loading" / "supervisor.py",  # trial_process starts it where it can run
    HOUSE / "ui" / "display.py",  # asks on Linux alone
}

SVG_TITLE = (HOUSE / "ui" / "plots" / "picture.py", "setTitle")
"""QSvgGenerator's, which escapes it."""


def module_name(file: Path) -> str:
    parts = file.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def bare_text(source: str) -> list[str]:
    """Widgets and calls that would guess whether a text from a file is HTML, as ``line name``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found |= {(node.lineno, alias.name) for alias in node.names if alias.name in BARE_WIDGETS}
        elif isinstance(node, ast.Attribute | ast.Name) and last_name(node) in BARE_WIDGETS:
            found.add((node.lineno, last_name(node)))
        elif isinstance(node, ast.Call) and last_name(node.func) in BARE_CALLS:
            found.add((node.lineno, last_name(node.func)))
        elif isinstance(node, ast.ClassDef):
            found |= {(node.lineno, last_name(base)) for base in node.bases if last_name(base) in BARE_CALLS}
        if isinstance(node, ast.Call):
            found |= {(node.lineno, what) for what in bare_arguments(node)}
    return [f"{line} {name}" for line, name in sorted(found)]


def bare_arguments(node: ast.Call) -> Iterator[str]:
    """What guesses by what it is given: a tool tip, a row of a form of which the label is a text, the clipboard."""
    for keyword in node.keywords:
        if keyword.arg in {"toolTip", "whatsThis", "windowTitle"}:
            yield f"{keyword.arg}="
    name = last_name(node.func)
    if name in {"addRow", "insertRow"} and any(isinstance(word, ast.Constant | ast.JoinedStr) for word in node.args):
        yield name
    if (
        name == "setText"
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Call)
        and last_name(node.func.value.func) == "clipboard"
    ):
        yield "clipboard"


def posix_only(source: str) -> list[str]:
    """Uses of what Windows has not that nothing keeps from happening there, as ``line name``."""
    return [f"{line} {name}" for line, name in sorted(unguarded(ast.parse(source)))]


def unguarded(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The same of one node and what is below it."""
    if is_guarded(node):
        return
    yield from of_posix(node)
    for _, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from unguarded(child)
            if isinstance(child, ast.If) and is_guarded(child) and isinstance(child.body[-1], LEAVING):
                break  # what comes after it runs elsewhere only


def is_guarded(node: ast.AST) -> bool:
    """Whether the system, or whether it has something, is asked here."""
    if isinstance(node, ast.If | ast.IfExp):
        return GUARDS.search(ast.unparse(node.test)) is not None
    if isinstance(node, ast.BoolOp):
        return GUARDS.search(ast.unparse(node.values[0])) is not None
    caught = [ast.unparse(handler.type) for handler in getattr(node, "handlers", ()) if handler.type is not None]
    return any(re.search("ImportError|AttributeError", kinds) for kinds in caught)


def of_posix(node: ast.AST) -> Iterator[tuple[int, str]]:
    """What the node itself uses."""
    if isinstance(node, ast.Import):
        yield from ((node.lineno, alias.name) for alias in node.names if alias.name in POSIX_MODULES)
    elif isinstance(node, ast.ImportFrom) and node.module in POSIX_MODULES:
        yield node.lineno, node.module
    elif isinstance(node, ast.ImportFrom):
        known = POSIX_NAMES.get(str(node.module), set[str]())
        yield from ((node.lineno, alias.name) for alias in node.names if alias.name in known)
    elif isinstance(node, ast.Attribute) and node.attr in POSIX_NAMES.get(last_name(node.value), ()):
        yield node.lineno, node.attr


def last_name(node: ast.expr) -> str:
    """``QtWidgets.QLabel`` -> ``QLabel``; "" for what is no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_text_from_files_goes_through_the_text_helper() -> None:
    bare = [
        f"{file.relative_to(HOUSE.parent)}:{line}"
        for file in FILES
        if file.is_relative_to(HOUSE / "ui") and file not in {TEXT_HELPER, CLIPBOARD_HELPER}
        for line in bare_text(file.read_text(encoding="utf-8"))
        if (file, line.split()[1]) != SVG_TITLE
    ]
    assert bare == []


def test_nothing_that_windows_lacks_is_used_unguarded() -> None:
    used = [
        f"{file.relative_to(HOUSE.parent)}:{line}"
        for file in FILES
        if file not in ONLY_ELSEWHERE
        for line in posix_only(file.read_text(encoding="utf-8"))
    ]
    assert used == []


def test_every_name_of_a_file_can_be_had_on_every_system() -> None:
    names = [
        file.relative_to(HOUSE.parent).as_posix()
        for folder in (HOUSE, HOUSE.parent / "resources")
        for file in folder.rglob("*")
    ]
    assert len({name.casefold() for name in names}) == len(names)
    taken = re.compile(r'(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)|[<>:"\\|?*]|[. ]$', re.IGNORECASE)
    assert [name for name in names if taken.search(name)] == []


def test_every_package_says_what_it_is_for() -> None:
    folders = {file.parent for file in FILES}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
    packages = [file for file in FILES if file.name == "__init__.py"]
    assert [file for file in packages if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))] == []


def test_every_package_is_installed() -> None:
    project = tomllib.loads((HOUSE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"]) - {"explorer.resources"}
    assert listed == {module_name(file) for file in FILES if file.name == "__init__.py"}


def test_real_windows_are_tried_in_one_file() -> None:
    """Collecting all tests again for the few that need a display would take longer than they do."""
    here = Path(__file__).parent
    mark = re.compile(r"^(@|pytestmark = )pytest\.mark\.xvfb$", re.MULTILINE)
    marked = {path.name for path in here.rglob("test_*.py") if mark.search(path.read_text("utf-8"))}
    assert marked - {"test_conftest.py"} == {"test_real_window.py"}
    assert "pytest tests/ui/test_real_window.py" in (HOUSE.parent / "Makefile").read_text("utf-8")


def test_no_file_is_too_long() -> None:
    lengths = {module_name(file): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("label = QLabel(key)", ["1 QLabel"]),
        ("label = QtWidgets.QLabel(key)", ["1 QLabel"]),
        ("class Name(QLabel):\n    pass", ["1 QLabel"]),
        ("self.button.setToolTip(key)", ["1 setToolTip"]),
        ("action.setWhatsThis(key)", ["1 setWhatsThis"]),
        ("QToolTip.showText(point, key)", ["1 showText"]),
        ("from PySide6.QtWidgets import QMessageBox", ["1 QMessageBox"]),
        ("QMessageBox.warning(self, title, key)", ["1 QMessageBox"]),
        ("QtWidgets.QErrorMessage().showMessage(key)", ["1 QErrorMessage"]),
        ("x = 1\nedit = QTextEdit(key)", ["2 QTextEdit"]),
        ("from PySide6.QtWidgets import QLabel\ndef name() -> QLabel:\n    return plain_label(key)", []),
        ("edit = QPlainTextEdit(key)", []),
        ("plot.setTitle(key)", ["1 setTitle"]),
        ("axis.setLabel(key, units=key)", ["1 setLabel"]),
        ("item = pg.TextItem(html=key)", ["1 TextItem"]),
        ("window.setWindowTitle(key)", ["1 setWindowTitle"]),
        ("log.appendHtml(key)", ["1 appendHtml"]),
        ("form.addRow(f'{key}', field)", ["1 addRow"]),
        ("form.addRow(label(key), field)", []),
        ("button = QPushButton(key, toolTip=key)", ["1 toolTip="]),
        ("QGuiApplication.clipboard().setText(key)", ["1 clipboard"]),
        ("self.label.setText(key)", []),
    ],
)
def test_bare_text_is_found(source: str, found: list[str]) -> None:
    assert bare_text(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import fcntl", ["1 fcntl"]),
        ("from resource import setrlimit", ["1 resource"]),
        ("from os import fork", ["1 fork"]),
        ("def f():\n    os.kill(1, signal.SIGKILL)", ["2 SIGKILL"]),
        ("with x:\n    select.poll()", ["2 poll"]),
        ("if sys.platform != 'win32':\n    import fcntl", []),
        ("try:\n    import resource\nexcept ImportError:\n    resource = None", []),
        ("try:\n    os.sysconf('x')\nexcept OSError:\n    pass", ["2 sysconf"]),
        ("hasattr(os, 'getuid') and os.getuid() == 0", []),
        ("def f():\n    if os.name == 'nt':\n        return 0\n    return os.getuid()", []),
        ("def f():\n    if os.name == 'nt':\n        pass\n    return os.getuid()", ["4 getuid"]),
        ("flags = getattr(os, 'O_NONBLOCK', 0)", []),
        ("process.wait()", []),
    ],
)
def test_what_windows_lacks_is_found(source: str, found: list[str]) -> None:
    assert posix_only(source) == found

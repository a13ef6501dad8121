"""Model files that misbehave: contained, named with their stage, nothing left running, within bounds of time."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pytest

from explorer.loading.trial_process import MOST_OUTPUT, TrialError
from explorer.progress import Cancelled
from tests.loading.conftest import PLENTY_S, Trials, wait_until_none

Marked = Callable[[], dict[int, str]]

ENDING_S = 10.0
"""From the answer to all of it having ended."""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes that leave their group are kept on Linux"),
    pytest.mark.thorough,
]


class Case(NamedTuple):
    """A model file that cannot be tested.

    Attributes:
        source: Added to `Net`.
        stage: In which it is said to fail.
        said: Part of what is said.
    """

    source: str
    stage: str
    said: str


DETACHED = "subprocess.Popen(['sleep', '600'], start_new_session=True)"
"""Leaves the group and session of the trial."""

FAILING = {
    "os._exit": Case("os._exit(0)", "crash", "ended with exit status 0 during import"),
    "os._exit-in-constructor": Case(
        "class Net(Net):\n    def __init__(self): os._exit(7)", "crash", "ended with exit status 7 during construct"
    ),
    "abort": Case("os.abort()", "crash", "ended by SIGABRT during import"),
    "segmentation-fault": Case("ctypes.string_at(0)", "crash", "ended by SIGSEGV during import"),
    "kills-its-group": Case(f"{DETACHED}\nos.killpg(0, signal.SIGKILL)\ntime.sleep(600)", "crash", "during import"),
    "kills-its-parent": Case(
        f"{DETACHED}\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(600)", "crash", "during import"
    ),
    "closes-everything": Case("os.closerange(0, 256)", "crash", "during import"),
    "garbage-everywhere": Case(
        """
        for number in range(256):
            try: os.write(number, b"\\xff" * 500)
            except OSError: pass
        """,
        "crash",
        "answered in the place of the test",
    ),
    "forged-answer": Case(
        """
        answer = json.dumps({"done": {"offers": [], "lacking": "", "takes_strict": True}}).encode()
        for number in range(256):
            try: os.write(number, len(answer).to_bytes(4, "big") + bytes(16) + answer)
            except OSError: pass
        """,
        "crash",
        "answered in the place of the test",
    ),
    "endless-recursion": Case(
        "sys.setrecursionlimit(10**9)\nclass C:\n    def __repr__(self): return repr([self])\nrepr(C())",
        "crash",
        "ended by SIGSEGV during import",
    ),
    "sys.exit": Case("sys.exit(3)", "import", "SystemExit: 3"),
    "missing-package": Case(
        "import a_package_of_theirs", "import", f"a_package_of_theirs is not installed for {sys.executable}."
    ),
    "syntax": Case("def f(:", "import", "SyntaxError"),
    "unspeakable": Case(
        """
        class Unspeakable(Exception):
            def __str__(self): raise ValueError
        raise Unspeakable
        """,
        "import",
        "Unspeakable: what it says could not be put into words",
    ),
}


@pytest.mark.timeout(2 * PLENTY_S)
@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING.keys())
def test_it_fails_in_its_stage_and_nothing_is_left(case: Case, trials: Trials, marked: Marked) -> None:
    path = trials.write(case.source)
    process = trials.start()
    with pytest.raises(TrialError) as caught:
        trials.ask(path, process)
    assert caught.value.stage == case.stage
    assert case.said in caught.value.message
    begin = monotonic()
    process.close()
    assert wait_until_none(marked) == {}
    assert monotonic() - begin < ENDING_S


RAISING = {
    "leaving": ("sys.exit(3)", "SystemExit: 3"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "asks": ("input('Which model? ')", "EOFError"),
    "recursion": ("self.__init__()", "RecursionError"),
    "package": ("import a_package_of_theirs", f"a_package_of_theirs is not installed for {sys.executable}."),
    "unspeakable": ("raise Unspeakable", "Unspeakable: what it says could not be put into words"),
    "nameless_package": ("raise ModuleNotFoundError(name=nn)", "ModuleNotFoundError"),
    "long_message": ("raise ValueError('x' * 50_000_000)", "ValueError: xxx"),
    "surrogates": (r"raise ValueError('\udc80')", "ValueError: \udc80"),
    "loading": ("type(self).load_state_dict = lambda *a, **k: sys.exit(4)", "SystemExit: 4"),
    "state": ("type(self).state_dict = lambda *a, **k: sys.exit(4)", "SystemExit: 4"),
}
"""Constructors that raise, and part of what is said."""


@pytest.mark.timeout(2 * PLENTY_S)
def test_a_child_survives_what_a_constructor_raises(trials: Trials) -> None:
    classes = "".join(
        f"class {name}(Net):\n    def __init__(self):\n        super().__init__()\n        {body}\n"
        for name, (body, _) in RAISING.items()
    )
    unspeakable = "class Unspeakable(Exception):\n    def __str__(self): raise ValueError\n"
    others = "def no_module(): return 3\nclass demanding(Net):\n    def __init__(self, depth): pass\n"
    path = trials.write(unspeakable + others + classes)
    process = trials.start()
    names = {name: said for name, (_, said) in RAISING.items()} | {
        "no_module": "It made a int, which is no torch.nn.Module.",
        "demanding": "missing 1 required positional argument",
        "nobody": "The file has no nobody.",
    }
    for name, said in names.items():
        with pytest.raises(TrialError) as caught:
            trials.ask(path, process, name=name)
        assert caught.value.stage == ("load" if name == "loading" else "construct"), name
        assert said in caught.value.message
        assert len(caught.value.message) < 3_000
        assert len(caught.value.traceback) <= 20_000
    assert trials.ask(path, process)["raised"] is None


LOADING = {
    "daemons": """
        for _ in range(10):
            subprocess.Popen(["sleep", "600"], start_new_session=True)
        for _ in range(10):
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                    time.sleep(600)
                os._exit(0)
        """,
    "bounded-fork-bomb": """
        def bomb(depth):
            if depth and (os.fork() == 0 or os.fork() == 0):
                bomb(depth - 1)
                time.sleep(600)
                os._exit(0)
        bomb(4)
        """,
    "does-not-end": """
        for _ in range(20):
            threading.Thread(target=time.sleep, args=[600]).start()
        atexit.register(time.sleep, 600)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        """,
    "replaces-everything": """
        warnings.warn("This is old.")
        json.dumps = json.loads = traceback = sys.stdout = sys.stderr = sys.stdin = None
        Net.__name__ = "N" * 1_000_000
        os.makedirs("there"); os.chdir("there"); os.rmdir(os.getcwd())
        os.remove(__file__)
        """,
}


@pytest.mark.timeout(2 * PLENTY_S)
@pytest.mark.parametrize("source", LOADING.values(), ids=LOADING.keys())
def test_it_loads_all_the_same_and_nothing_is_left(
    source: str, trials: Trials, marked: Marked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trials.folder)
    process = trials.start()
    answer = trials.ask(trials.write(source), process)
    assert (answer["raised"], answer["missing"], answer["unexpected"]) == (None, [], [])
    begin = monotonic()
    process.close()
    assert wait_until_none(marked) == {}
    assert monotonic() - begin < ENDING_S
    if "warn(" in source:
        assert "This is old." in process.output
        assert answer["model"] == "N" * 200


class Interrupt:
    """Asks to stop once a stage has begun."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def __call__(self, _done: int, _total: int, what: str) -> None:
        if what == self.stage:
            raise Cancelled


ENDLESS = {
    "deaf": (
        "import",
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals))
        while True:
            try: time.sleep(1)
            except BaseException: pass
        """,
    ),
    "stopped": ("import", f"{DETACHED}\nos.killpg(0, signal.SIGSTOP)"),
    "loading": ("load", "class Net(Net):\n    def load_state_dict(self, *a, **k):\n        while True: pass"),
}


@pytest.mark.timeout(2 * PLENTY_S)
@pytest.mark.parametrize(("stage", "source"), ENDLESS.values(), ids=ENDLESS.keys())
def test_cancel_ends_what_never_ends(stage: str, source: str, trials: Trials, marked: Marked) -> None:
    path = trials.write(source)
    with pytest.raises(Cancelled):
        trials.ask(path, report=Interrupt(stage))
    assert wait_until_none(marked) == {}


@pytest.mark.timeout(2 * PLENTY_S)
def test_a_time_limit_ends_what_never_ends(trials: Trials, marked: Marked) -> None:
    path = trials.write("def endless():\n    while True: pass")
    process = trials.start()
    trials.ask(path, process, do="offers")  # torch is there from now on
    begin = monotonic()
    with pytest.raises(TrialError) as caught:
        trials.ask(path, process, name="endless", seconds=0.5)
    assert monotonic() - begin < ENDING_S
    assert caught.value.stage == "timeout"
    assert caught.value.message == "It was stopped after 0.5 s, while the model was being made."
    assert wait_until_none(marked) == {}


@pytest.mark.timeout(2 * PLENTY_S)
def test_a_flood_of_output_is_cut_in_its_middle(trials: Trials, marked: Marked) -> None:
    path = trials.write(
        """
        print("first")
        line = b"x" * 99 + b"\\n"
        for _ in range(2_000):
            os.write(1, line * 1_000)
        print("last")
        """
    )
    process = trials.start()
    assert trials.ask(path, process)["raised"] is None
    process.close()
    assert process.output.startswith("first\n")
    assert process.output.endswith("last\n")
    assert "199,872,011 bytes left out" in process.output
    assert len(process.output) < 2 * MOST_OUTPUT + 100
    assert wait_until_none(marked) == {}


@pytest.mark.timeout(2 * PLENTY_S)
def test_a_window_opened_at_import_is_ended(trials: Trials, marked: Marked) -> None:
    path = trials.write(
        """
        from PySide6.QtWidgets import QApplication, QLabel
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        application = QApplication([])
        label = QLabel("Hello")
        label.show()
        application.exec()
        """
    )
    with pytest.raises(Cancelled):
        trials.ask(path, report=Interrupt("import"))
    assert wait_until_none(marked) == {}


@pytest.mark.timeout(2 * PLENTY_S)
def test_a_file_that_is_no_utf8_is_said_to_be_none(trials: Trials) -> None:
    path = trials.folder / "latin.py"
    path.write_bytes("name = 'Prénom'\n".encode("latin-1"))
    with pytest.raises(TrialError, match="utf-8") as caught:
        trials.ask(path)
    assert caught.value.stage == "import"


@pytest.mark.timeout(2 * PLENTY_S)
def test_two_that_answer_are_one(trials: Trials, marked: Marked) -> None:
    process = trials.start()
    path = trials.write("os.fork()")
    assert trials.ask(path, process)["raised"] is None
    process.close()
    assert wait_until_none(marked) == {}


@pytest.mark.timeout(2 * PLENTY_S)
def test_what_runs_on_ends_with_the_application(trials: Trials, marked: Marked, tmp_path: Path) -> None:
    path = trials.write("open('begun', 'w').close()\nwhile True: pass")
    program = (
        "import sys, os; from pathlib import Path; from explorer.loading.trial_process import TrialProcess\n"
        "def report(*_):\n    if Path('begun').exists(): os._exit(9)\n"
        "TrialProcess(Path(sys.executable)).ask({'do': 'offers', 'path': sys.argv[1]}, report)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], cwd=tmp_path, env=None, check=False, timeout=100)
    assert done.returncode == 9
    assert wait_until_none(marked) == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is told what came from whom")
def test_what_a_file_started_ends_though_it_ends_the_supervisor(
    trials: Trials, marked: Callable[[], dict[int, str]]
) -> None:
    source = """
    def parent(process):
        return int(open(f"/proc/{process}/stat").read().rpartition(")")[2].split()[1])
    subprocess.Popen(["sleep", "100"], start_new_session=True)
    os.kill(parent(os.getppid()), signal.SIGKILL)
    time.sleep(50)
    """
    with pytest.raises(TrialError, match="SIGKILL"):
        trials.ask(trials.write(source))
    assert wait_until_none(marked) == {}

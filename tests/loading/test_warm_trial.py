"""A trial stays warm while its next model is as the first that is made since the file was imported."""

import os
from pathlib import Path
from typing import Any

import pytest

from explorer.loading.trial_process import TrialError
from explorer.loading.warm_trial import WarmTrial
from tests.loading.conftest import FITTING, PLENTY_S, Trials

pytestmark = pytest.mark.timeout(2 * PLENTY_S)

LEAVING = """
import functools, itertools, random, warnings
import numpy
print("imported", os.getpid())
import helper

made = 0
registry, order, known, names = {}, [], set(), {"deep": {"list": [1]}}
table = torch.arange(4)
dice, other_dice = random.Random(0), numpy.random.default_rng(0)

class Config:
    def __init__(self): self.width = 3
config = Config()

class Counting(Net):
    made, sizes = 0, []
    def __init__(self):
        super().__init__()
        if Counting.made or Counting.sizes: self.more = nn.Linear(1, 1)
        Counting.made += 1
        Counting.sizes.append(2)
        Counting.extra = True

def counter():
    count = 0
    def make():
        nonlocal count
        count += 1
        return Net(2 + count)
    return make
closure = counter()

def variables():
    global made, later
    made += 1
    later = made
    return Net(2 + made)

def containers():
    width = 3 + len(registry) + len(order) + len(known) + len(names["deep"]["list"]) - 1
    registry[1] = order; order.append(1); known.add(1); names["deep"]["list"].append(1)
    return Net(width)

def attributes():
    config.width += 1
    return Net(config.width - 1)

def default(seen=[]):
    seen.append(1)
    return Net(2 + len(seen))

def function():
    function.calls = getattr(function, "calls", 0) + 1
    return Net(2 + function.calls)

@functools.lru_cache
def cached():
    return Net()

def drawn():
    drawn = round(dice.random(), 4), round(other_dice.random(), 4), random.random(), numpy.random.rand()
    return Net(3 if drawn[:2] == (0.8444, 0.637) else 9)

def settings():
    model = Net(3 + ("LEFT" in os.environ) + len(warnings.filters) - before)
    assert torch.get_default_dtype() == torch.float32 and torch.is_grad_enabled()
    torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False); torch.manual_seed(1)
    os.environ["LEFT"] = "1"; os.chdir("/"); sys.path.append("/"); warnings.simplefilter("ignore")
    return model
before = len(warnings.filters)

def late():
    import late_helper
    late_helper.width += 1
    return Net(late_helper.width)

# What cannot be put back.
numbers = (number for number in (3, 4))
others = itertools.count(3)

def patched():
    model = nn.Linear(2, 3) if nn.Linear.__module__.startswith("torch") else Net(9)
    nn.Linear = Net
    holder = nn.Module(); holder.fc = model
    return holder

def written():
    table.add_(1)
    return Net(int(table[0]) + 2)

def hooked():
    nn.modules.module.register_module_forward_hook(print)
    return Net()

def counting():
    return Net(next(others))

def kept():
    functools.kept = Net()
    return functools.kept
"""

PUT_BACK = [
    *("Counting", "closure", "variables", "containers", "attributes", "default", "function", "cached"),
    *("settings", "late", "drawn"),
]


def fits(trial: WarmTrial, trials: Trials, path: Path, name: str) -> None:
    answer = trials.ask(path, trial, name=name, tensors=FITTING)
    assert (answer["raised"], answer["missing"], answer["size_mismatch"]) == (None, [], []), name


def test_what_models_leave_behind_is_put_back(trials: Trials) -> None:
    (trials.folder / "helper.py").write_text("", encoding="utf-8")
    (trials.folder / "late_helper.py").write_text("width = 2", encoding="utf-8")
    path = trials.write(LEAVING.replace("numbers = ", "numbers = 3  # "))
    trial = trials.start()
    said = set()
    for name in [*PUT_BACK, *PUT_BACK]:
        fits(trial, trials, path, name)
        said.add(trial.output)
    assert len(said) == 1, "it is the same process"


@pytest.mark.thorough
def test_what_cannot_be_put_back_takes_another_process(trials: Trials) -> None:
    (trials.folder / "helper.py").write_text("", encoding="utf-8")
    path = trials.write(LEAVING.replace("numbers = ", "numbers = 3  # "))
    trial = trials.start()
    for name in ("written", "hooked", "kept", "patched", "counting"):
        outputs = set()
        for _ in range(2):
            fits(trial, trials, path, name)
            outputs.add(trial.output)
        assert len(outputs) == 2
    path = trials.write(LEAVING, "iterating.py")
    outputs = set()
    for _ in range(2):
        fits(trial, trials, path, "Net")
        outputs.add(trial.output)
    assert len(outputs) == 2, "nobody can tell where an iterator is"


@pytest.mark.thorough
def test_it_is_the_same_process_until_something_changes(trials: Trials) -> None:
    helper = trials.folder / "helper.py"
    helper.write_text("width = 3", encoding="utf-8")
    path = trials.write("import helper\nprint('imported', os.getpid())\nclass Net(Net):\n    width = helper.width")
    trial = trials.start()
    said = []

    def ask(**request: Any) -> None:
        trials.ask(path, trial, **request)
        said.append(trial.output)

    ask()
    ask(strict=False)
    facts = helper.stat()
    os.utime(helper, ns=(1, 1))
    ask()
    assert len(set(said)) == 1, "what the files say has not changed"
    helper.write_text("width = 4", encoding="utf-8")
    os.utime(helper, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    ask(build="nn.ModuleDict({'fc': nn.Linear(2, 3)}) if helper.width == 4 else None")
    assert len(set(said)) == 2, "what it had imported is not what would be imported now"
    assert not list(trials.folder.rglob("__pycache__")), "nothing is written beside the user's files"
    trial.keep_for("arguments")
    ask()
    trial.keep_for("arguments")
    ask()
    assert len(set(said)) == 2
    trial.keep_for("other arguments")
    ask()
    assert len(set(said)) == 3
    with pytest.raises(TrialError, match="ZeroDivisionError"):
        ask(build="1 / 0")
    ask()
    assert len(set(said)) == 3, "what raises leaves nothing behind"


def test_who_asks_right_after_a_stop_has_another_process(trials: Trials) -> None:
    path, trial = trials.write("class Net(Net): pass"), trials.start()
    trial.stop()  # as for a test that another one takes the place of: it has not ended yet
    fits(trial, trials, path, "Net")


def test_a_changed_configuration_and_what_nobody_can_look_into_take_a_fresh_process(trials: Trials) -> None:
    source = """
    import collections, pathlib, queue
    width = int(pathlib.Path(__file__).with_name("width.txt").read_text())
    made = queue.SimpleQueue()
    def net():
        made.put(1)
        return nn.Sequential(*[nn.Linear(width, 1) for _ in range(made.qsize())])
    """
    path, configuration = trials.write(source), trials.folder / "width.txt"
    configuration.write_text("2", encoding="utf-8")
    process = trials.start()
    for width in (2, 3):
        configuration.write_text(str(width), encoding="utf-8")
        answer = trials.ask(path, process, name="net", strict=False, tensors=[])
        assert [row[1] for row in answer["rows"]] == [[1, width], [1]]

"""What the child does with a model file: how it imports it, what it finds there, and how it makes the model."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import explorer.loading.trial as child
from explorer.loading.trial_process import TrialError
from tests.loading.conftest import BEGINNING, PLENTY_S, Trials

pytestmark = pytest.mark.timeout(2 * PLENTY_S)


def lone_file_called_torch(folder: Path) -> Path:
    (folder / "cuda.py").write_text("raise ImportError('the wrong one')", encoding="utf-8")
    (folder / "helper.py").write_text("width = 3", encoding="utf-8")
    path = folder / "torch.py"
    path.write_text(BEGINNING + "import helper\nassert helper.width == 3\n", encoding="utf-8")
    return path


def part_of_a_package(folder: Path) -> Path:
    inner = folder / "json" / "models"  # a package that is called as another is
    inner.mkdir(parents=True)
    (folder / "json" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "json" / "sizes.py").write_text("width = 3", encoding="utf-8")
    (inner / "__init__.py").write_text("from .net import Net", encoding="utf-8")
    path = inner / "net.py"
    path.write_text(BEGINNING + "from ..sizes import width\nassert width == 3\n", encoding="utf-8")
    return path


def part_of_a_folder(folder: Path) -> Path:
    (folder / "sizes.py").write_text("width = 3", encoding="utf-8")
    path = folder / "net.py"
    path.write_text(BEGINNING + "from .sizes import width\nassert width == 3\n", encoding="utf-8")
    return path


def part_of_a_package_that_needs_more(folder: Path) -> Path:
    package = folder / "theirs"
    package.mkdir()
    (package / "__init__.py").write_text("import a_package_of_theirs", encoding="utf-8")
    (package / "sizes.py").write_text("width = 3", encoding="utf-8")
    path = package / "net.py"
    path.write_text(BEGINNING + "from .sizes import width\nassert width == 3\n", encoding="utf-8")
    return path


def deep_in_folders(folder: Path) -> Path:
    inner = folder / "models" / "sub"
    inner.mkdir(parents=True)
    (folder / "models" / "sizes.py").write_text("width = 3", encoding="utf-8")
    path = inner / "net.py"
    path.write_text(BEGINNING + "from ..sizes import width\nassert width == 3\n", encoding="utf-8")
    return path


def names_its_folder(folder: Path) -> Path:
    package = folder / "their_models"
    package.mkdir()
    (package / "sizes.py").write_text("width = 3", encoding="utf-8")
    path = package / "net.py"
    path.write_text(BEGINNING + "from their_models.sizes import width\nassert width == 3\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("make", "lacking"),
    [
        (lone_file_called_torch, ""),
        (part_of_a_package, ""),
        *(
            pytest.param(make, "", marks=pytest.mark.thorough)
            for make in (part_of_a_folder, deep_in_folders, names_its_folder)
        ),
        (
            part_of_a_package_that_needs_more,
            "a_package_of_theirs",
        ),
    ],
)
def test_a_file_imports_where_it_stands(make: Callable[[Path], Path], lacking: str, trials: Trials) -> None:
    answer = trials.ask(make(trials.folder))
    assert (answer["raised"], answer["missing"], answer["lacking"]) == (None, [], lacking)


def test_what_only_a_left_out_init_defines_is_said_to_need_its_package(trials: Trials) -> None:
    path = part_of_a_package_that_needs_more(trials.folder)
    with path.open("a", encoding="utf-8") as file:
        file.write("\nimport theirs\ndef make():\n    return Net(theirs.WIDTH)\n")
    with pytest.raises(TrialError, match="a_package_of_theirs is not installed for") as raised:
        trials.ask(path, name="make")
    assert raised.value.package == "a_package_of_theirs"
    assert "has no attribute 'WIDTH'" in raised.value.traceback


@pytest.mark.thorough
def test_a_file_of_a_package_that_is_imported_already_is_a_part_of_it(trials: Trials) -> None:
    file = Path(torch.__file__).resolve().parent / "nn" / "modules" / "linear.py"
    tensors = [["weight", [3, 2], "float32"], ["bias", [3], "float32"]]
    answer = trials.ask(file, name="Linear", args=[2, 3], tensors=tensors)
    assert (answer["raised"], answer["missing"], answer["unexpected"]) == (None, [], [])


@pytest.mark.skipif(sys.platform == "win32", reason="it lies elsewhere there")
@pytest.mark.parametrize("refused", ["", "1"])
def test_packages_of_the_user_alone_are_found(refused: str, tmp_path: Path) -> None:
    base = getattr(sys, "_base_executable", sys.executable)
    path = tmp_path / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    path.mkdir(parents=True)
    (path / "torch.py").write_text("raise ImportError('it is theirs')", encoding="utf-8")
    main = Path(child.__file__).with_name("__main__.py")
    program = f"import runpy; runpy.run_path({str(main)!r})['add_user_site'](); import torch"
    environment = {**os.environ, "PYTHONUSERBASE": str(tmp_path), "PYTHONNOUSERSITE": refused}
    done = subprocess.run([base, "-I", "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert ("ImportError: it is theirs" in done.stderr) == (not refused)


OFFERING = '''
from torch.nn import Linear
from collections import OrderedDict

class Deep(Net):
    def __init__(self, sizes, *more, activation="relu", dropout: float = 0.1, hidden: "int | None" = None,
                 device=torch.device("cpu"), **rest):
        super().__init__()

class _Own(nn.Module):
    pass

class Config:
    pass

def build_it(width: int = 3):
    return Net(width)

def something() -> nn.Module:
    return Net()

def later() -> "Net":
    return Net()

def dotted() -> "nn.Sequential | None":
    return None

def optional() -> "Optional['Net']":
    return None

def resnet18(width=3):
    return nn.Linear(width, width)

def several() -> "list[Net]":
    return [Net()]

def train(model):
    """No factory."""
    Net()

def _make_model():
    return Net()

ready = Net()
'''


def test_what_makes_models_is_found(trials: Trials) -> None:
    path = trials.write(OFFERING)
    process = trials.start()
    found = trials.ask(path, process, do="offers")["offers"]
    assert [(each["name"], each["kind"]) for each in found] == [
        ("Net", "class"),
        ("Deep", "class"),
        ("_Own", "class"),
        ("build_it", "factory"),
        ("something", "factory"),
        ("later", "factory"),
        ("dotted", "factory"),
        ("optional", "factory"),
        ("resnet18", "factory"),
        ("ready", "instance"),
    ]
    deep = {parameter["name"]: parameter for parameter in found[1]["parameters"]}
    assert [(each["name"], each["kind"], each["required"]) for each in deep.values()] == [
        ("sizes", "positional_or_keyword", True),
        ("more", "var_positional", True),
        ("activation", "keyword_only", False),
        ("dropout", "keyword_only", False),
        ("hidden", "keyword_only", False),
        ("device", "keyword_only", False),
        ("rest", "var_keyword", True),
    ]
    assert [deep[name]["default"] for name in ("activation", "dropout", "hidden", "device")] == [
        "'relu'",
        "0.1",
        "None",
        None,
    ]
    assert [deep[name]["annotation"] for name in ("sizes", "dropout", "hidden")] == [None, "float", "int | None"]


MAKING = """
class Inner:
    Net = Net

def on_the_cpu():
    model = Net()
    assert not model.fc.weight.is_meta
    return model

class Random(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(7, 3)
        self.place = nn.Parameter(torch.randn(1, 4))
        nn.init.trunc_normal_(self.words.weight)
        nn.init.normal_(self.place, std=0.02)
        assert "sympy" not in sys.modules, "which takes longer than torch itself"

def refusing():
    raise ValueError("no width")
"""


def test_it_is_made_on_meta_where_it_can(trials: Trials) -> None:
    path = trials.write(MAKING)
    process = trials.start()
    random = trials.ask(path, process, name="Random")
    assert (random["why_not_meta"], random["device"]) == ("", "meta")
    assert [row[:3] for row in random["rows"]] == [["place", [1, 4], "float32"], ["words.weight", [7, 3], "float32"]]
    on_meta = trials.ask(path, process, name="Inner.Net", args={"width": 3})
    assert (on_meta["device"], on_meta["why_not_meta"], on_meta["raised"]) == ("meta", "", None)
    on_cpu = trials.ask(path, process, name="on_the_cpu")
    assert (on_cpu["device"], on_cpu["raised"]) == ("cpu", None)
    assert on_cpu["why_not_meta"].startswith("AssertionError")
    built = trials.ask(path, process, build="nn.ModuleDict({'a': Net(width=3)})")
    assert (built["model"], built["missing"]) == ("ModuleDict", ["a.fc.weight", "a.fc.bias"])
    huge = trials.ask(path, process, args=[50_000_000], nbytes=10**15)  # 600 MB, of which none is taken
    assert huge["device"] == "meta"
    with pytest.raises(TrialError, match="ValueError: no width"):
        trials.ask(path, process, name="refusing")
    if sys.platform == "linux":
        with pytest.raises(TrialError, match=r"only be made with memory of its own, and 1,000,000,000,000,000 bytes"):
            trials.ask(path, process, name="on_the_cpu", nbytes=10**15)

"""The child process that runs the user's model file and asks its load_state_dict.

One self-contained file, since the user's interpreter runs it (Python 3.9 and torch 2.1 on, nothing else): it is started
as ``python -I trial.py``, reads requests from its stdin and answers on its stdout, both of which are then put out of
reach of the model file's own input and output. A frame is 4 bytes of length, 16 bytes of nonce and JSON. What comes in
brings the nonce that the answer is signed with, so that nothing that a model file writes is taken for one.

It contains accidents and is no sandbox: the code that it runs may do whatever its user may.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import ctypes
import faulthandler
import functools
import importlib
import importlib.util
import inspect
import json
import os
import re
import signal
import site
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any, Callable  # noqa: UP035 - of Python 3.9, whose other one cannot be subscripted in full


def add_user_site() -> None:
    """Look where ``pip install --user`` puts packages, as this interpreter does without ``-I``, and where it does."""
    in_venv_alone = sys.prefix != sys.base_prefix and len(site.PREFIXES) == 1
    if not sys.flags.isolated or in_venv_alone or os.environ.get("PYTHONNOUSERSITE"):
        return
    folder = site.getusersitepackages()
    with contextlib.suppress(OSError):
        owner = Path(folder).stat().st_uid
        if hasattr(os, "getuid") and (owner not in (os.getuid(), 0) or os.getuid() != os.geteuid()):
            return
        before = list(sys.path)
        site.addsitedir(folder)
        added = sys.path[len(before) :]
        # The user's come before those of all.
        place = next((n for n, each in enumerate(before) if each in site.getsitepackages()), len(before))
        sys.path[:] = before[:place] + added + before[place:]


add_user_site()
# Before any folder of the user's is looked in: a cuda.py there would be taken for a part of it.
try:
    import torch
    from torch.nn.parameter import is_lazy
    from torch.overrides import TorchFunctionMode
except ImportError as error:
    torch_is_missing: ImportError | None = error
    TorchFunctionMode = object  # type: ignore[misc, assignment]  # nothing of it is used then
else:
    torch_is_missing = None

NONCE_BYTES = 16
MOST_TRACEBACK = 20_000
_MOST_SAID = 2_000
_MOST_OF_A_NAME = 200
# Kept from before the model file may put others in their place.
_read_json, _write_json = json.loads, json.dumps
_MOST_SOURCES = 1000
_ALIAS = "model_file_under_test"
_FILLING = {"normal_", "uniform_", "bernoulli_", "exponential_", "random_", "erfinv_"}
_FACTORY_WORDS = ("build", "create", "get", "make", "model", "net")


class Refused(Exception):  # noqa: N818 - a reason of ours, in words for people
    """Why the model is not even tried, as a sentence."""


class Channel:
    """Frames from and to the application."""

    def __init__(self) -> None:
        self._requests = os.fdopen(os.dup(0), "rb")
        self._answers = os.fdopen(os.dup(1), "wb")
        self._nonce = b""
        # What the model file prints goes where its complaints go, and there is nothing for it to read.
        os.dup2(2, 1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)

    def ask(self) -> dict[str, Any] | None:
        """The next request; None at the end."""
        size = int.from_bytes(self._requests.read(4), "big")
        self._nonce = self._requests.read(NONCE_BYTES)
        data = self._requests.read(size)
        return _read_json(data) if size and len(data) == size else None

    def answer(self, message: dict[str, Any]) -> None:
        """Send an answer, or the stage that has begun."""
        data = _write_json(message).encode("ascii")
        self._answers.write(len(data).to_bytes(4, "big") + self._nonce + data)
        self._answers.flush()


# --- The model file


def import_file(path: Path) -> tuple[types.ModuleType, str]:
    """Import the user's file: under a name of ours, or as a part of the package that it stands in.

    Returns:
        The module, and a remark or "".
    """
    if torch_is_missing is not None:
        raise torch_is_missing
    folder, names = path.parent, [] if path.stem == "__init__" else [path.stem]
    if (folder / "__init__.py").is_file():
        return _import_as_part(*_package_of(folder, names))
    _look_in(folder)
    try:
        return _execute_alone(path), ""
    except ImportError as error:
        if "no known parent package" not in str(error):
            raise
    # It imports relatively from a folder that is a package without saying so, maybe in another such.
    while True:
        names = [folder.name, *names]
        folder, names = _package_of(folder.parent, names)
        try:
            return _import_as_part(folder, names)
        except ImportError as error:
            if "beyond top-level package" not in str(error) or folder == folder.parent:
                raise
            _forget(names[0])


def _execute_alone(path: Path) -> types.ModuleType:
    try:
        return _execute(_ALIAS, path, None)
    except ModuleNotFoundError as error:
        # It may name the package that it stands in, which does not say that it is one.
        top = (error.name or "").split(".")[0]
        own = next((folder for folder in path.parents if folder.name == top), None)
        if not top or own is None or str(own.parent) in sys.path:
            raise
        _look_in(own.parent)
    return _execute(_ALIAS, path, None)


def _forget(package: str) -> None:
    """Drop what was imported of a package."""
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]


def _package_of(folder: Path, names: list[str]) -> tuple[Path, list[str]]:
    """Climb out of a package: the folder that its outermost folder stands in, and the names from there on."""
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        names = [folder.name, *names]
        folder = folder.parent
    return folder, names


def _look_in(folder: Path) -> None:
    # Behind all others: a cuda.py in it would be taken for a part of torch.
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _import_as_part(folder: Path, names: list[str]) -> tuple[types.ModuleType, str]:
    _look_in(folder)
    root = folder / names[0]
    if names[0] in sys.modules:
        names = [_ALIAS, *names[1:]]
    try:
        return _import_inside(root, names, run=True), ""
    except ModuleNotFoundError as error:
        _forget(names[0])
        try:
            module = _import_inside(root, names, run=False)
        except Exception:  # noqa: BLE001 - the first reason is the one to tell
            raise error from None
        return module, f"It was imported without its package's __init__.py, which needs {error.name}."


def _import_inside(root: Path, names: list[str], *, run: bool) -> types.ModuleType:
    """Import a module of a package, wherever else a package of that name may be installed."""
    for depth in range(1, len(names) + 1):
        name, init = ".".join(names[:depth]), root.joinpath(*names[1:depth], "__init__.py")
        if name in sys.modules or (depth == len(names) and not init.is_file()):
            continue
        if run and init.is_file():
            _execute(name, init, [str(init.parent)])
        else:
            bare = types.ModuleType(name)
            bare.__path__ = [str(init.parent)]
            sys.modules[name] = bare
    return importlib.import_module(".".join(names))


def _execute(name: str, path: Path, search: list[str] | None) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=search)
    if spec is None or spec.loader is None:
        raise Refused("It is no Python file: its name does not end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def sources(path: Path) -> list[list[Any]]:
    """The user's own files that were imported with the model file, and when each was changed last, in nanoseconds."""
    folders = {_package_of(path.parent, [])[0], *(folder for folder in path.parents if str(folder) in sys.path)}
    within = tuple(str(folder) + os.sep for folder in folders)
    found: list[list[Any]] = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        # An environment may lie in the folder too; nobody edits what is installed there.
        if isinstance(file, str) and file.startswith(within) and "site-packages" not in file:
            with contextlib.suppress(OSError):
                found.append([file, Path(file).stat().st_mtime_ns])
    return found[:_MOST_SOURCES]


def offers(module: types.ModuleType) -> list[dict[str, Any]]:
    """What in a module can be tested: its classes, factories and instances, in its own order."""
    found: list[dict[str, Any]] = []
    for name, value in vars(module).items():
        if isinstance(value, torch.nn.Module):
            found.append({"name": name, "kind": "instance", "parameters": [], "of": _class_name(value)})
        elif not callable(value) or getattr(value, "__module__", None) != module.__name__:
            continue
        elif isinstance(value, type):
            if issubclass(value, torch.nn.Module):
                found.append({"name": name, "kind": "class", "parameters": _parameters(value), "of": name})
        elif not name.startswith("_") and _beside("trial_offers").makes_module(name, value, _FACTORY_WORDS):
            found.append({"name": name, "kind": "factory", "parameters": _parameters(value), "of": ""})
    return found


def _parameters(function: Callable[..., object]) -> list[dict[str, Any]]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    return [
        {
            "name": parameter.name,
            "kind": parameter.kind.name.lower(),
            "required": parameter.default is parameter.empty,
            "default": None if parameter.default is parameter.empty else _literal(parameter.default),
            "annotation": None if parameter.annotation is parameter.empty else _named(parameter.annotation),
        }
        for parameter in signature.parameters.values()
    ]


def _literal(value: object) -> str | None:
    """How a value is written in Python; None for what has no such form."""
    with contextlib.suppress(Exception):
        written = repr(value)
        ast.literal_eval(written)
        return written[:1000]
    return None


def _named(annotation: object) -> str:
    with contextlib.suppress(Exception):
        return annotation.__name__ if isinstance(annotation, type) else str(annotation)[:200]
    return ""


# --- The model


class Unfilled(TorchFunctionMode):
    """Leaves out filling tensors without memory with random values, of which they hold none.

    For ``normal_`` on meta alone, as in torch.nn.Embedding, torch imports 800 modules: more than half of its own time.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's
        """Called in the place of every function of torch."""
        kwargs = kwargs or {}
        fills = getattr(func, "__module__", None) == "torch.nn.init" or getattr(func, "__name__", None) in _FILLING
        first = args[0] if args else kwargs.get("tensor")
        if fills and isinstance(first, torch.Tensor) and first.is_meta:
            return first
        if func is torch.randn and kwargs.get("device") is None and kwargs.get("out") is None:
            return torch.empty(*args, **{name: value for name, value in kwargs.items() if name != "generator"})
        return func(*args, **kwargs)


class Copies:
    """Copies of this process, each of which does one piece of work and ends.

    What a constructor changes in its module and classes is gone with it, so that each model is the first that is made
    since the file was imported, as in the user's own program. Where there can be no copy the work is done here: on
    other systems than Linux, and where the model file has started threads or CUDA, which a copy would not have.
    """

    def __init__(self, path: Path, threads: int) -> None:
        """Remember the model file, and how many threads there were before it was imported."""
        self._path = path
        self._threads = threads
        self._to_import: list[str] = []
        self.sources: dict[str, int] = {}

    def do(self, work: Callable[[], dict[str, Any]], tell: Teller) -> dict[str, Any]:
        """Do work.

        Raises:
            Failed: It raised, in a copy.
        """
        # So that the next copies need not.
        for name in self._to_import:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        self._to_import = []
        has_cuda = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # torch's
        # A pool of threads that torch has started would not be in the copy, which would wait for it for ever.
        has_threads = threading.active_count() > 1 or _threads() > self._threads
        if sys.platform != "linux" or has_cuda or has_threads:
            return work()
        with tempfile.TemporaryFile() as answer:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of threads
                copied = os.fork()
            if not copied:
                self._be_copy(work, tell, answer.fileno())
            status = 0
            with contextlib.suppress(ChildProcessError):  # the model file may have signed off from hearing of it
                status = os.waitpid(copied, 0)[1]
            answer.seek(0)
            data = answer.read()
        if not data:
            _end_as(status)
        made = _read_json(data)
        self.sources.update(made["sources"])
        self._to_import = made["imported"]
        if "error" in made:
            raise Failed(made["error"])
        return dict(made["done"])

    def _be_copy(self, work: Callable[[], dict[str, Any]], tell: Teller, answer: int) -> None:
        try:
            own = os.getpid()
            with contextlib.suppress(Exception):
                ctypes.CDLL(None).prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG of linux/prctl.h
            before = set(sys.modules)
            try:
                made: dict[str, Any] = {"done": work()}
            except BaseException as error:  # noqa: BLE001 - a model file may raise SystemExit, and is answered for
                made = {"error": {"stage": tell.stage, **_told(error)}}
            made["sources"] = sources(self._path)
            made["imported"] = [name for name in sys.modules if name not in before and _is_installed(name)]
            data = _write_json(made).encode("ascii")
            # A copy that the model file has made of this one may come here too.
            while data and os.getpid() == own:
                data = data[os.write(answer, data) :]
        finally:
            os._exit(0)


class Failed(Exception):  # noqa: N818 - not of this process
    """What a copy raised, as `told`."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        super().__init__(told["message"])


def _threads() -> int:
    """All of this process, also those that Python does not know; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        return len(list(Path("/proc/self/task").iterdir()))
    return 0


def _is_installed(name: str) -> bool:
    """It is no part of the user's own code, and has an import of its own."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(file, str) and ("site-packages" in file or file.startswith(str(Path(os.__file__).parent)))


def _end_as(status: int) -> None:
    """End as a copy did that has not answered."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def make(module: types.ModuleType, request: dict[str, Any], device: str) -> torch.nn.Module:
    """Make the model, on ``meta`` without memory, or on the CPU."""
    if device == "meta":
        with torch.device("meta"), Unfilled():
            return _construct(module, request)
    ready = _ready(module, request)
    return _construct(module, request) if ready is None else _copy(ready)


def _ready(module: types.ModuleType, request: dict[str, Any]) -> torch.nn.Module | None:
    """The model, where the file has made it itself."""
    found = None if request["build"] is not None else _attribute(module, request["name"])
    return found if isinstance(found, torch.nn.Module) else None


def _check_memory(nbytes: int, what: str) -> None:
    free = _free_memory()
    if free is not None and nbytes > free:
        raise Refused(f"{what}, and {nbytes:,} bytes are needed for it and {free:,} are free.")


def _copy(model: torch.nn.Module) -> torch.nn.Module:
    """A copy, so that each test begins with the values that the file gave it; itself where it cannot be copied."""
    try:
        return copy.deepcopy(model)
    except Exception:  # noqa: BLE001 - modules hold anything, also what refuses to be copied
        return model


def _construct(module: types.ModuleType, request: dict[str, Any]) -> torch.nn.Module:
    if request["build"] is not None:
        made = eval(request["build"], vars(module))  # noqa: S307 - the user's own expression, in the user's own file
    else:
        arguments = request["args"]
        make = _attribute(module, request["name"])
        if not callable(make):
            raise Refused(f"{request['name']} is no class or function, and no module.")
        made = make(**arguments) if isinstance(arguments, dict) else make(*arguments)
    if not isinstance(made, torch.nn.Module):
        raise Refused(f"It made a {_class_name(made)}, which is no torch.nn.Module.")
    return made


def _attribute(module: types.ModuleType, name: str) -> Any:  # noqa: ANN401 - whatever stands there
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise Refused(f"The file has no {name}.")
        found = getattr(found, part)
    return found


def _free_memory() -> int | None:
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024 * int(next(line.split()[1] for line in lines if line.startswith("MemAvailable:")))
    return None


def rows_of(state: dict[str, Any]) -> list[list[Any]]:
    """Of each value of a model's state_dict its key, shape, dtype, and a number that tied parameters share.

    Shape and dtype are None for what is no tensor; the shape alone for a lazy parameter, which has none yet; the
    number is None for what is no parameter.
    """
    numbers: dict[int, int] = {}
    rows: list[list[Any]] = []
    for key, value in state.items():
        if not isinstance(value, torch.Tensor):
            rows.append([key, None, None, None])
            continue
        tied = numbers.setdefault(id(value), len(numbers)) if isinstance(value, torch.nn.Parameter) else None
        rows.append([key, None if is_lazy(value) else list(value.shape), str(value.dtype)[6:], tied])
    return rows


# --- Loading


def load(model: torch.nn.Module, request: dict[str, Any], *, strict: bool, fitting: bool) -> tuple[Any, str | None]:
    """Call load_state_dict with tensors of the checkpoint's shapes and dtypes.

    Args:
        model: Freshly made.
        request: What the checkpoint holds.
        strict: As load_state_dict takes it.
        fitting: Give tensors of another shape than the model's the model's, so that PyTorch goes on and tells of keys.

    Returns:
        What it returned or None, and what it raised or None.
    """
    have = {key: value for key, value in model.state_dict(keep_vars=True).items() if isinstance(value, torch.Tensor)}
    any_meta = any(value.is_meta for value in have.values())
    given: OrderedDict[str, Any] = OrderedDict()
    wrong = {key for key, *_ in mismatches(rows_of(have), request["tensors"])} if fitting else set()
    valued = _values_of(request)
    for key, shape, dtype in request["tensors"]:
        device = "meta" if (have[key].is_meta if key in have else any_meta) else "cpu"
        fits = list(have[key].shape) if key in wrong else shape
        given[key] = valued[key] if key in valued and key not in wrong else _stand_in(fits, dtype, device)
    return _hand_over(model, given, request, strict=strict)


def _values_of(request: dict[str, Any]) -> dict[str, Any]:
    """The tensors that are handed over with their values: all, or those that a hook is likely to look at."""
    values = _beside("trial_values")
    try:
        return dict(values.read_state(request["real"] or request["small"] or values.NONE))
    except values.ValuesError as error:
        if request["real"]:
            raise Refused(str(error)) from None
    return {}


def _hand_over(
    model: torch.nn.Module, given: OrderedDict[str, Any], request: dict[str, Any], *, strict: bool
) -> tuple[Any, str | None]:
    """Call load_state_dict with tensors, and with what stands beside them; as `load`."""
    for key, kind, *known in request["others"]:
        stand_in = {"dict": {}, "list": [], "str": "", "int": 0, "float": 0.0}.get(kind)
        given[key] = plain(known[0]) if known else stand_in
    odd = {key: plain(written) for key, written in request["keys"].items()}
    handed: OrderedDict[Any, Any] = OrderedDict((odd.get(key, key), value) for key, value in given.items())
    if request["metadata"] is not None:
        metadata = OrderedDict((name, plain(noted)) for name, noted in request["metadata"].items())
        handed._metadata = metadata  # type: ignore[attr-defined]  # noqa: SLF001 - as torch itself does
    try:
        with warnings.catch_warnings():
            # That is how small tensors come to a model on meta.
            warnings.filterwarnings("ignore", message=".*copying from a non-meta parameter")
            return model.load_state_dict(handed, strict=strict), None
    except Exception as error:  # noqa: BLE001 - hooks of the user's raise anything; what they say is the answer
        return None, _said(error)


def plain(written: Any) -> Any:  # noqa: ANN401 - JSON
    """Make a value again that was written down: containers are their name and what is in them."""
    if not isinstance(written, list):
        return written
    name, inside = written
    if name in ("dict", "OrderedDict"):
        pairs = [(plain(key), plain(value)) for key, value in inside]
        return dict(pairs) if name == "dict" else OrderedDict(pairs)
    values = [plain(value) for value in inside]
    return tuple(values) if name == "tuple" else values


def _stand_in(shape: list[int], dtype: str, device: str) -> torch.Tensor:
    """A tensor without bytes of its own: nobody looks at its values."""
    return _one(dtype, device).expand(shape)


@functools.cache
def _one(dtype: str, device: str) -> torch.Tensor:
    try:
        return torch.zeros((), dtype=getattr(torch, dtype, torch.uint8), device=device)
    except (RuntimeError, NotImplementedError):  # quantized and packed ones cannot be made so
        return torch.zeros((), dtype=torch.uint8, device=device)


def mismatches(rows: list[list[Any]], tensors: list[list[Any]]) -> list[list[Any]]:
    """Keys of both whose shapes differ, with the checkpoint's and the model's."""
    shapes = {key: shape for key, shape, _dtype, _tied in rows if shape is not None}
    return [
        [key, shape, shapes[key]]
        for key, shape, _dtype in tensors
        # torch takes one element for none, as versions before 0.4 saved scalars.
        if key in shapes and shapes[key] != shape and not (shapes[key] == [] and shape == [1])
    ]


def try_load(module: types.ModuleType, request: dict[str, Any], tell: Teller, copies: Copies) -> dict[str, Any]:
    """Make the model and load: as asked, and once more leniently where that raised, for the lists.

    Each time in a copy of this process: nothing is lost by a failed load but values, yet lazy parameters take their
    shapes from it, and a constructor may count how often it is called.
    """

    def attempt(device: str, *, lenient: bool) -> dict[str, Any]:
        return copies.do(lambda: _attempt(module, request, tell, device, lenient=lenient), tell)

    tell("construct")
    device, why = "meta", ""
    if _ready(module, request) is not None:
        device, why = "cpu", "it is made when its file is imported"
    if request["real"]:
        device = "cpu"
        _check_memory(
            request["nbytes"] + request["values_nbytes"], "The values are loaded into a model with memory of its own"
        )
    found = attempt(device, lenient=False)
    if "why_not_meta" in found:
        device, why = "cpu", found["why_not_meta"]
        _check_memory(request["nbytes"], "The model can only be made with memory of its own")
        tell("construct")
        found = attempt(device, lenient=False)
    raised = found["raised"]
    lists = found if raised is None else attempt(device, lenient=True)
    said = lists["raised"]
    if said is None and lists["missing"] is None:
        said = f"The model's own load_state_dict returns a {lists['returned']}, and no lists of keys."
    missing = lists["missing"] or []
    without_values = None if request["real"] or request["keys"] else _needs_values(raised, said, device)
    return {
        "model": found["model"],
        "device": device,
        "why_not_meta": why,
        "seconds": found["seconds"],
        "rows": found["rows"],
        "raised": raised,
        "unlisted": said,
        "missing": missing,
        "unexpected": lists["unexpected"] or [],
        "size_mismatch": [
            each for each in mismatches(found["rows"], request["tensors"]) if _stays(each[0], raised, missing)
        ],
        "looks_at_values": without_values,
    }


def _attempt(
    module: types.ModuleType, request: dict[str, Any], tell: Teller, device: str, *, lenient: bool
) -> dict[str, Any]:
    """Make the model and load once; ``why_not_meta`` alone where it cannot be made without memory."""
    begin = time.monotonic()
    try:
        model = make(module, request, device)
    except Refused:
        raise
    except Exception as error:  # constructors raise anything on meta; on the CPU they are heard
        if device != "meta":
            raise
        return {"why_not_meta": _said(error)[:500]}
    rows = rows_of(model.state_dict(keep_vars=True))
    seconds = time.monotonic() - begin
    tell("load")
    returned, raised = load(model, request, strict=request["strict"] and not lenient, fitting=lenient)
    listed = hasattr(returned, "missing_keys") and hasattr(returned, "unexpected_keys")
    return {
        "model": _class_name(model),
        "seconds": seconds,
        "rows": rows,
        "raised": raised,
        "returned": _class_name(returned),
        "missing": list(returned.missing_keys) if listed else None,
        "unexpected": list(returned.unexpected_keys) if listed else None,
    }


def _needs_values(raised: str | None, said: str | None, device: str) -> str | None:
    """What it raised that it might not with the values of the file, or None."""
    for words in (raised, said):
        if raised is None or words is None:
            continue
        # Neither are the usual lists of it, nor a hook that looks for a key.
        own = not words.startswith(("Error(s) in loading", "KeyError"))
        if (own and device == "cpu") or (
            (own or "an exception occurred : " in words) and re.search(r"\bmeta\b", words, re.IGNORECASE)
        ):
            return words
    return None


def _stays(key: str, raised: str | None, missing: list[str]) -> bool:
    """Whether the shapes of a key differ for PyTorch too: a hook may have brought the checkpoint's to the model's."""
    if raised is not None and not raised.startswith("Error(s) in loading"):
        return True
    return key in missing or f"size mismatch for {key}:" in (raised or "")


# --- Values


def load_values(module: types.ModuleType, request: dict[str, Any], tell: Teller, copies: Copies) -> dict[str, Any]:
    """Make the model with memory of its own, load the values into it, and run it once where that is asked for."""
    values = _beside("trial_values")
    tell("construct")
    ready = _ready(module, request)

    def measure() -> dict[str, Any]:
        with contextlib.suppress(Exception):
            return {"nbytes": values.needed_bytes(make(module, request, "meta") if ready is None else ready)}
        return {"nbytes": request["nbytes"]}

    own = copies.do(measure, tell)["nbytes"]
    # The values stand beside those of the model until they are copied.
    _check_memory(own + request["values_nbytes"], "The values are loaded into a model with memory of its own")
    return copies.do(lambda: _load_values(module, request, tell), tell)


def _load_values(module: types.ModuleType, request: dict[str, Any], tell: Teller) -> dict[str, Any]:
    values = _beside("trial_values")
    peak = values.Peak()
    model = make(module, request, "cpu")
    tell("values")
    begin = time.monotonic()
    try:
        model = values.put_on(model, request["device"])
        state = values.read_state(request)
    except values.ValuesError as error:
        raise Refused(str(error)) from None
    _returned, raised = _hand_over(model, state, request, strict=request["strict"])
    seconds = time.monotonic() - begin
    del state
    model.eval()
    forward = None
    if request["inputs"] is not None and raised is None:
        tell("forward")
        forward = values.run_forward(model, request["inputs"])
    return {"raised": raised, "seconds": seconds, "peak": peak.nbytes(), "forward": forward}


def _beside(name: str) -> Any:  # noqa: ANN401 - a module that no type checker finds
    """Import a file that stands beside this one, which is no part of a package for the interpreter that runs it."""
    if name not in sys.modules:
        _execute(name, Path(__file__).with_name(f"{name}.py"), None)
    return sys.modules[name]


# --- Answering


class Teller:
    """Says to the application which stage has begun."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.stage = "import"

    def __call__(self, begun: str) -> None:
        """Say that a stage has begun."""
        self.stage = begun
        self._channel.answer({"stage": begun})


def main() -> None:
    """Answer requests, all for one file, until there is none."""
    channel = Channel()
    faulthandler.enable()
    module: types.ModuleType | None = None
    copies: Copies | None = None
    remark = ""
    while True:
        request = channel.ask()
        if request is None:
            os._exit(0)  # no thread or exit handler of the model file's keeps it
        tell = Teller(channel)
        try:
            tell("import")
            path = Path(request["path"])
            if module is None or copies is None:
                threads = _threads()
                module, remark = import_file(path)
                copies = Copies(path, threads)
            if request["do"] == "offers":
                answer: dict[str, Any] = {"offers": offers(module)}
            else:
                answer = {"load": try_load, "values": load_values}[request["do"]](module, request, tell, copies)
            of_copies = {**copies.sources, **dict(sources(path))}
            channel.answer({"done": {**answer, "remark": remark, "sources": list(of_copies.items())[:_MOST_SOURCES]}})
        except Failed as error:
            channel.answer({"error": error.told})
        except BaseException as error:  # noqa: BLE001 - a model file may raise SystemExit, and is answered for all the same
            channel.answer({"error": {"stage": tell.stage, **_told(error)}})


def _told(error: BaseException) -> dict[str, Any]:
    said = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    package = error.name if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str) else None
    return {"message": _said(error)[:_MOST_SAID], "traceback": said[-MOST_TRACEBACK:], "package": package}


def _said(error: BaseException) -> str:
    """What an exception says, for people: with its class, unless it is a sentence of ours or of load_state_dict's."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the model file's own exceptions may raise in the middle of what they say
        text = "what it says could not be put into words"
    if isinstance(error, Refused) or (isinstance(error, RuntimeError) and text.startswith("Error(s) in loading")):
        return text
    return f"{_class_name(error)}: {text[:MOST_TRACEBACK]}"


def _class_name(value: object) -> str:
    return type(value).__name__[:_MOST_OF_A_NAME]


if __name__ == "__main__":
    main()

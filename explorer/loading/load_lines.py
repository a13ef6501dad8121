"""How a file is loaded by PyTorch: what that runs, in a sentence, and the lines of Python that do it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.entry_paths import entry_keys
from explorer.checkpoint.pickles.names import what_it_runs
from explorer.formatting import exact

_BY_TORCH = ("zip", "legacy")
_ARCHIVES: Final = ("zip", "torchscript", "torch.package")
_READABLE = ("data-only", "references-code")
_HOLDERS: Final = ("argparse.Namespace", "decimal.Decimal")
_DATES: Final = tuple(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone"))
"""Names of Python's own that only hold values, and that PyTorch admits once it is told so."""
_NAMED: Final = 3
_EVERYWHERE: Final = ("cpu", "meta")
"""Devices that every PyTorch has."""


class Loading(NamedTuple):
    """What is said about loading a file.

    Attributes:
        sentence: What opens it, and what that runs.
        tone: How much it deserves a look; None for not at all.
    """

    sentence: str
    tone: Literal["caution", "bad"] | None = None


def why_no_python(checkpoint: Checkpoint) -> str:
    """Why no few lines of Python load such a file, as a sentence; "" where they do."""
    if checkpoint.verdict not in _READABLE:
        return "PyTorch itself does not load such a file."
    if _runs_code(checkpoint):
        return (
            f"To load the file as it is would run the code that it names: {_some(checkpoint.code)}. Save a copy of its "
            "state_dict alone, which loads without, and test that."
        )
    if checkpoint.container in (*_BY_TORCH, "safetensors"):
        return ""
    return f"A {checkpoint.container} file takes more than a few lines of Python to load."


def what_loading_runs(checkpoint: Checkpoint) -> Loading:
    """Say what opens a file, and whether that runs anything of it. Nothing is claimed that is not certain."""
    container, code = checkpoint.container, checkpoint.code
    # Where a device is missing, torch.load raises unless it is told of another.
    place = "" if set(checkpoint.saved_devices) <= set(_EVERYWHERE) else 'map_location="cpu", '
    if checkpoint.verdict not in _READABLE:
        return _of_what_was_read(checkpoint)
    if container == "torch.package":
        return Loading("It holds Python code, which torch.package runs to load it.", "caution")
    if container == "torchscript":
        return Loading("It holds a program: torch.jit.load opens it, and using the model runs it.", "caution")
    if code and admitted_names(checkpoint):
        held = f"{_some(code)}, which only {'holds' if len(code) == 1 else 'hold'} values"
        return Loading(f"torch.load({place}weights_only=True) opens it once it is told to allow {held}.")
    if code:
        return Loading(f"weights_only=True refuses it; without that, loading it runs {_some(code)}.", "caution")
    if container == "safetensors" or _of_safetensors(checkpoint):
        return Loading("safetensors opens it; there is no code in it.")
    if container in _BY_TORCH:
        return Loading(f"torch.load({place}weights_only=True) opens it; there is no code in it.")
    return Loading("It names no code that loading could run.")


def _of_what_was_read(checkpoint: Checkpoint) -> Loading:
    """The same of a file of which something could not be read: that may name anything."""
    # What is there to run something is not to be one of those that are not told by name.
    code = sorted(checkpoint.code, key=lambda name: not what_it_runs(name))
    said = f"What was read names {_some(code) if code else 'no code'}; the rest is not known."
    named = [shard.path for shard in checkpoint.shards] + list(checkpoint.missing)
    if not code and named and all(path.suffix == ".safetensors" for path in named):
        return Loading("safetensors opens such files, each alone, and there is no code in them.")
    # One in several files is loaded file by file, of which each may be sound.
    if checkpoint.container == "sharded":
        return Loading(said, "caution")
    # An archive that is refused is so before its pickle is read; of other kinds the pickle comes first.
    if checkpoint.code and not (checkpoint.refused and checkpoint.container in _ARCHIVES):
        return Loading(f"{said} Loading it may run that.", "caution")
    loader = "safetensors" if checkpoint.container == "safetensors" else "PyTorch"
    return Loading(f"{said} {loader} {'will' if checkpoint.refused else 'may'} refuse it.", "caution")


def load_program(checkpoint: Checkpoint, entry: Entry | None) -> str:
    """The lines that load an entry; "" where they are not certain to, or would run what the file names.

    Args:
        checkpoint: Any.
        entry: One of its entries; None for all that is in a file without any.
    """
    path = repr(str(checkpoint.path))
    if checkpoint.verdict not in _READABLE or (checkpoint.container in _BY_TORCH and _runs_code(checkpoint)):
        return ""
    if checkpoint.container == "torchscript" and entry is not None and not entry.path:
        lines = [
            "import torch",
            f"model = torch.jit.load({path}, map_location='cpu')",
            "state_dict = model.state_dict()",
        ]
    elif _of_safetensors(checkpoint):
        shards = [str(shard.path) for shard in checkpoint.shards]
        lines = ["from safetensors.torch import load_file", "state_dict = {}"]
        lines += [f"for shard in {shards!r}:", "    state_dict.update(load_file(shard))"]
    elif checkpoint.container == "safetensors":
        lines = ["from safetensors.torch import load_file", f"state_dict = load_file({path})"]
    elif checkpoint.container in _BY_TORCH:
        modules = sorted({"torch", *(name.partition(".")[0] for name in admitted_names(checkpoint))})
        lines = [*(f"import {module}" for module in modules), *load_lines(checkpoint, entry)]
    else:
        return ""
    return "\n".join(lines) + "\n"


def _runs_code(checkpoint: Checkpoint) -> bool:
    """PyTorch would have to import and run what the file names."""
    return bool(checkpoint.code) and not admitted_names(checkpoint)


def _of_safetensors(checkpoint: Checkpoint) -> bool:
    """All its tensors lie in safetensors files beside each other."""
    shards = checkpoint.shards
    whole = checkpoint.container == "sharded" and checkpoint.verdict == "data-only" and bool(shards)
    return whole and all(shard.path.suffix == ".safetensors" for shard in shards)


def _some(code: Sequence[str]) -> str:
    # Of a name that a stranger chose no more than one line is told.
    named = ", ".join(ascii(name[:60])[1:-1] for name in code[:_NAMED])
    return f"{named} and {exact(len(code) - _NAMED)} more" if len(code) > _NAMED else named


def admitted_names(checkpoint: Checkpoint) -> list[str]:
    """What PyTorch has to be told to admit; nothing where that is not all that is lacking."""
    known = all(name in (*_HOLDERS, *_DATES) for name in checkpoint.code)
    return sorted(checkpoint.code) if known else []


def load_lines(checkpoint: Checkpoint, entry: Entry | None) -> list[str]:
    """The lines with which torch.load gives an entry, as ``state_dict``, or all there is, as ``contents``.

    Args:
        checkpoint: Of a container that torch.load takes, and that names no code but what is admitted.
        entry: One of its entries; None for all.
    """
    admitted = admitted_names(checkpoint)
    keys = () if entry is None else entry_keys(entry.path)
    below = "".join(f"[{key!r}]" for key in keys)
    path = repr(str(checkpoint.path))
    if entry is not None and not all(map(_is_a_text, keys)):
        # A place in a list, or a key that is no string, of which the path tells only how it is written.
        whole = load_lines(checkpoint, replace(entry, path=""))
        return [
            *whole,
            f"for name in {list(keys)!r}:",
            "    if isinstance(state_dict, (list, tuple)):",
            "        state_dict = state_dict[int(name)]",
            "    else:",
            "        state_dict = next(value for key, value in state_dict.items() if str(key) == name)",
        ]
    name = "contents" if entry is None else "state_dict"
    load = f"{name} = torch.load({path}, map_location='cpu', weights_only=True){below}"
    if not admitted:
        return [load]
    return [
        "# The file names these, which only hold values; PyTorch admits them once it is told so.",
        f"with torch.serialization.safe_globals([{', '.join(admitted)}]):",
        f"    {load}",
    ]


def _is_a_text(key: str) -> bool:
    """Whether a key is surely a string: any other is written as Python writes numbers, tuples and the like."""
    return key[:1].isalpha() and key not in ("None", "True", "False", "inf", "nan")

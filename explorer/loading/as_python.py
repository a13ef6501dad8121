"""Writes down a test as Python that does the same load."""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.keys.key_mapping import Rule, left_in, rename
from explorer.loading.load_lines import admitted_names, load_lines
from explorer.loading.load_test import ModelChoice

_LINES: Final = 4
"""Of what the load raises, in comments."""
_LETTERS: Final = 300


def as_python(
    checkpoint: Checkpoint,
    entry: Entry,
    model: ModelChoice,
    rules: Sequence[Rule] = (),
    *,
    strict: bool | None,
    lacking: str = "",
    raises: str = "",
) -> str:
    """Write a program that makes the model and loads the entry into it, importing as the test does.

    Args:
        checkpoint: Of a container that `why_no_python` has no objection to.
        entry: One of its entries.
        model: Whose `build` is set, or its name alone. Its file is read, and not run.
        rules: For the keys.
        strict: As load_state_dict takes it; None where it takes none.
        lacking: As a `LoadReport` has it.
        raises: What the load raised in the test; "" where it did not.
    """
    safetensors = checkpoint.container == "safetensors"
    place = _place_of(model.file)
    modules = ["importlib" if place.name else "importlib.util", "sys"]
    modules += ["re"] if rules else []
    modules += ["types"] if lacking else []
    modules += [] if safetensors else ["torch"]
    admitted = admitted_names(checkpoint)
    modules += sorted({name.partition(".")[0] for name in admitted})
    lines = [f"import {name}" for name in modules]
    lines += ["from safetensors.torch import load_file"] if safetensors else []
    lines += ["", *_import_lines(model.file, place, lacking), ""]
    if safetensors:
        lines.append(f"state_dict = load_file({str(checkpoint.path)!r})")
    else:
        lines += load_lines(checkpoint, entry)
    names = rename([checkpoint.tensors.key(number) for number in entry.numbers], rules)
    lines += _rule_lines(rules, leaves_out=len(left_in(names)) < len(names))
    made = model.name if model.build is None else model.build
    lines += [
        "",
        f"model = eval({made!r}, vars(model_file))",
        *_warning_lines(raises),
        f"print(model.load_state_dict(state_dict{'' if strict is None else f', strict={strict}'}))",
    ]
    return "\n".join(lines) + "\n"


class _Place(NamedTuple):
    """Where a model file is imported from.

    Attributes:
        name: Its dotted name as a part of a package; "" where it stands alone.
        folders: In which Python has to look, for it or for what it imports.
    """

    name: str
    folders: tuple[Path, ...]


def _place_of(file: Path) -> _Place:
    """Tell how a file has to be imported, from what stands beside it and what it imports."""
    folder, names = file.parent, [] if file.stem == "__init__" else [file.stem]
    levels, absolute = _imports_of(file)
    if (folder / "__init__.py").is_file() or levels:
        # So many folders are packages at least, though they may not say so.
        for _ in range(levels):
            folder, names = folder.parent, [folder.name, *names]
        while (folder / "__init__.py").is_file() and folder != folder.parent:
            folder, names = folder.parent, [folder.name, *names]
        return _Place(".".join(names), (folder,))
    # It may name the package that it stands in, which does not say that it is one.
    above = [each.parent for each in file.parents if each.name in absolute]
    return _Place("", tuple(dict.fromkeys([folder, *above])))


def _imports_of(file: Path) -> tuple[int, set[str]]:
    """How far up relative imports of a file reach, and the packages that it imports by name."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return 0, set()
    levels, absolute = 0, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            levels = max(levels, node.level)
            absolute |= {(node.module or "").partition(".")[0]} if not node.level else set()
        elif isinstance(node, ast.Import):
            absolute |= {each.name.partition(".")[0] for each in node.names}
    return levels, absolute - {""}


def _import_lines(file: Path, place: _Place, lacking: str) -> list[str]:
    if place.name:
        return [
            f"sys.path.insert(0, {str(place.folders[0])!r})",
            *(_bare_lines(place, lacking) if lacking else []),
            f"model_file = importlib.import_module({place.name!r})",
        ]
    # Behind all others: a cuda.py there would be taken for a part of torch.
    return [
        *(f"sys.path.append({str(folder)!r})" for folder in place.folders),
        f"spec = importlib.util.spec_from_file_location('model_file', {str(file)!r})",
        "model_file = importlib.util.module_from_spec(spec)",
        # Where dataclasses look for it.
        "sys.modules['model_file'] = model_file",
        "spec.loader.exec_module(model_file)",
    ]


def _bare_lines(place: _Place, lacking: str) -> list[str]:
    """Of packages whose __init__.py is not to run."""
    lines, folder = [f"# Without the __init__.py of its package, which needs {ascii(lacking)[1:-1]}."], place.folders[0]
    above = place.name.split(".")[:-1]
    for depth, part in enumerate(above, 1):
        folder, name = folder / part, ".".join(above[:depth])
        lines += [f"sys.modules[{name!r}] = types.ModuleType({name!r})"]
        lines += [f"sys.modules[{name!r}].__path__ = [{str(folder)!r}]"]
    return lines


def _warning_lines(raises: str) -> list[str]:
    """Comments that say what the next line raises, in the first lines of its words."""
    said = [line.strip() for line in raises.splitlines() if line.strip()]
    more = ["..."] if len(said) > _LINES else []
    lines = ["This raises, as it did in the test:"] * bool(said) + [
        ascii(line[:_LETTERS])[1:-1] for line in said[:_LINES]
    ]
    return [f"# {line}" for line in lines + more]


def _rule_lines(rules: Sequence[Rule], *, leaves_out: bool) -> list[str]:
    if not rules:
        return []
    lines = ["renamed = {}", "for key in list(state_dict):", "    name = key"]
    lines += [f"    name = re.sub({rule.pattern!r}, {rule.replacement!r}, name)" for rule in rules]
    # Filled again only once it is empty: a new name may be an old one of another. It stays the object that it was, so
    # that the versions of its modules, which state_dict._metadata holds, stay with it.
    taken = ["    renamed[name] = state_dict.pop(key)"]
    if leaves_out:
        taken = [
            "    value = state_dict.pop(key)",
            "    # What the rules leave nothing of is left out.",
            "    if name:",
            "        renamed[name] = value",
        ]
    return [*lines, *taken, "state_dict.update(renamed)"]

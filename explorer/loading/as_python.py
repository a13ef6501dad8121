"""Writes down a test as Python that does the same load."""

from collections.abc import Sequence
from pathlib import Path

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.entry_paths import entry_keys
from explorer.keys.key_mapping import Rule
from explorer.loading.load_test import ModelChoice

_BY_TORCH = ("zip", "legacy")


def why_no_python(checkpoint: Checkpoint) -> str:
    """Why no few lines of Python load such a file, as a sentence; "" where they do."""
    if checkpoint.container in (*_BY_TORCH, "safetensors"):
        return ""
    return f"A {checkpoint.container} file takes more than a few lines of Python to load."


def as_python(
    checkpoint: Checkpoint, entry: Entry, model: ModelChoice, rules: Sequence[Rule] = (), *, strict: bool
) -> str:
    """Write a program that makes the model and loads the entry into it.

    Args:
        checkpoint: Of a container that `why_no_python` has no objection to.
        entry: One of its entries.
        model: Whose `build` is set, or its name alone.
        rules: For the keys.
        strict: As load_state_dict takes it.
    """
    safetensors = checkpoint.container == "safetensors"
    lines = ["import importlib.util"]
    lines += ["import re"] if rules else []
    lines += ["from safetensors.torch import load_file" if safetensors else "import torch", ""]
    lines += _import_lines(model.file)
    path = repr(str(checkpoint.path))
    if safetensors:
        lines.append(f"state_dict = load_file({path})")
    else:
        below = "".join(f"[{key!r}]" for key in entry_keys(entry.path))
        lines.append(f"state_dict = torch.load({path}, map_location='cpu', weights_only=True){below}")
    lines += _rule_lines(rules)
    made = model.name if model.build is None else model.build
    lines += [
        "",
        f"model = eval({made!r}, vars(model_file))",
        f"print(model.load_state_dict(state_dict, strict={strict}))",
    ]
    return "\n".join(lines) + "\n"


def _import_lines(file: Path) -> list[str]:
    return [
        f"spec = importlib.util.spec_from_file_location('model_file', {str(file)!r})",
        "model_file = importlib.util.module_from_spec(spec)",
        "spec.loader.exec_module(model_file)",
        "",
    ]


def _rule_lines(rules: Sequence[Rule]) -> list[str]:
    if not rules:
        return []
    lines = ["renamed = {}", "for key in list(state_dict):", "    name = key"]
    lines += [f"    name = re.sub({rule.pattern!r}, {rule.replacement!r}, name)" for rule in rules]
    # Filled again only once it is empty: a new name may be an old one of another. It stays the object that it was, so
    # that the versions of its modules, which state_dict._metadata holds, stay with it.
    return [*lines, "    renamed[name] = state_dict.pop(key)", "state_dict.update(renamed)"]

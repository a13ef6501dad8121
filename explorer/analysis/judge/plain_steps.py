"""Steps that an optimizer keeps as plain numbers, as older versions of torch.optim did, and Adafactor does."""

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.entry_paths import entry_path


def plain_steps(checkpoint: Checkpoint) -> dict[str, dict[str, float]]:
    """Read them from what the checkpoint holds beside its tensors.

    Args:
        checkpoint: Any.

    Returns:
        By the path of the optimizer's entry, and the number or name that it gives to a parameter.
    """
    found: dict[str, dict[str, float]] = {entry.path: {} for entry in checkpoint.entries if entry.kind == "optimizer"}
    if not found:
        return found
    rows = checkpoint.contents
    paths: dict[int, str] = {}
    for row in rows:
        if row.name != "step" or row.type not in ("int", "float") or row.parent < 0:
            continue
        parameter = rows[row.parent]
        if parameter.parent < 0 or rows[parameter.parent].name != "state":
            continue
        optimizer = rows[parameter.parent].parent
        if optimizer not in paths:
            keys: list[str] = []
            place = optimizer
            while place >= 0:
                keys.append(rows[place].name)
                place = rows[place].parent
            paths[optimizer] = entry_path(tuple(reversed(keys)))
        steps = found.get(paths[optimizer])
        if steps is not None:
            try:
                steps[parameter.name] = float(row.text)
            except ValueError:  # it is not said in full
                continue
    return found

"""Which parts of an unpickled file a model, or an optimizer, could load."""

from typing import Final

from explorer.checkpoint.entry_names import ENTRY_NAMES, STATE_NAMES
from explorer.checkpoint.pickles.modules import is_module, is_scripted
from explorer.checkpoint.pickles.structure import FoundEntry, children, kinds_of
from explorer.checkpoint.pickles.unpickler import OrderedMapping, Recorded, StorageId, TensorCall

MAX_ENTRY_DEPTH: Final = 5
"""Containers around an entry, at most."""


def find_entries(root: object) -> list[FoundEntry]:
    """Every state_dict inside, in the file's order; what holds no tensors may be among them.

    What stands under one of `ENTRY_NAMES` is the model, however it is nested: it is one entry, but for a state_dict, a
    module or an optimizer in it. Elsewhere containers are entered as far as they lead to such.
    """
    if isinstance(root, TensorCall):
        return [FoundEntry((), root, "tensor")]
    if is_scripted(root):
        return [FoundEntry((), root, "module", dotted=())]
    return _Search().below((), root, ())


_HOLDING: Final = (dict, list, tuple, Recorded)
"""What keys or positions lead into: what can be an entry."""


class _Search:
    """Remembers what was looked through: a file may hold the same object in very many places."""

    def __init__(self) -> None:
        self._leading: dict[tuple[int, int, bool], bool] = {}

    def below(self, path: tuple[str, ...], node: object, above: tuple[int, ...]) -> list[FoundEntry]:
        """Entries in an object.

        Args:
            path: Its keys from the top.
            node: Itself.
            above: Ids of what it stands in.
        """
        if id(node) in above:
            return []
        whole = FoundEntry(path, node, _kind_of(path, node))
        if is_module(node):
            return [whole]
        inside = children(node)
        in_model = any(name in ENTRY_NAMES for name in path)
        # Most values are tensors, or plain: told apart without a look at each of a hundred thousand.
        kinds = kinds_of(inside)
        tensors = {kind for kind in kinds if issubclass(kind, TensorCall)}
        holders = {kind for kind in kinds - tensors if issubclass(kind, _HOLDING)}
        holding = [item for item in inside if type(item[1]) in holders] if holders else []
        levels = MAX_ENTRY_DEPTH - len(above)
        apart = [
            (name, value)
            for name, value in holding
            if _stands_alone(name, value, in_model=in_model)
            or (not in_model and self._leads(value, levels, in_model=False))
        ]
        if (apart and in_model) or tensors:
            found = [whole._replace(others=frozenset(id(value) for _, value in apart))]
            holding = apart
        else:
            leads = not path or apart or any(self._leads(value, levels, in_model=in_model) for _, value in holding)
            if not leads or levels <= 0 or whole.kind == "optimizer":
                return [whole]
            found = []
        below = (*above, id(node))
        for name, value in holding:
            found += self.below((*path, name), value, below)
        return found

    def _leads(self, node: object, levels: int, *, in_model: bool) -> bool:
        """Whether a mapping without tensors of its own holds entries, or is what ``Module.state_dict`` gives."""
        if not isinstance(node, dict) or levels <= 0 or _is_optimizer("", node):
            return False
        asked = (id(node), levels, in_model)
        known = self._leading.get(asked)
        if known is None:
            self._leading[asked] = False  # should it hold itself
            inside = children(node)
            kinds = kinds_of(inside)
            if any(issubclass(kind, TensorCall) for kind in kinds):
                flat = isinstance(node, OrderedMapping) or any("." in name for name, _ in inside)
                known = flat and not in_model
            else:
                known = any(issubclass(kind, _HOLDING) for kind in kinds) and any(
                    _stands_alone(name, value, in_model=in_model) or self._leads(value, levels - 1, in_model=in_model)
                    for name, value in inside
                )
            self._leading[asked] = known
        return known


def _stands_alone(name: str, value: object, *, in_model: bool) -> bool:
    """Whether what stands under a key is an entry of its own; inside a model many keys are those of layers."""
    if not isinstance(value, _HOLDING) or isinstance(value, (TensorCall, StorageId)):
        return False
    return name in (STATE_NAMES if in_model else ENTRY_NAMES) or is_module(value) or _is_optimizer(name, value)


def _is_optimizer(name: str, node: object) -> bool:
    if isinstance(node, dict) and dict.__contains__(node, "state") and dict.__contains__(node, "param_groups"):
        return True
    return any(word == "optim" or word.startswith("optimizer") for word in _words(name))


def _words(name: str) -> list[str]:
    return name.lower().replace("-", "_").split("_")


def _kind_of(path: tuple[str, ...], node: object) -> str:
    if _is_optimizer(path[-1] if path else "", node):
        return "optimizer"
    if any("ema" in _words(name) for name in path):
        return "ema"
    if is_module(node):
        return "module"
    return "list" if isinstance(node, (list, tuple)) else "state_dict"

"""What stands beside the tensors of a state_dict, where it is plain data: written down so that it can be made again.

A model may read it: its extra state, values that it looks at while it loads, and what its modules noted of their own in
``_metadata``. Only what Python itself writes as a literal is taken, and only so much.
"""

from operator import itemgetter
from typing import Any, Final

from explorer.checkpoint.labels import key_text
from explorer.checkpoint.pickles.unpickler import OrderedMapping, TensorCall

MAX_VALUES: Final = 20_000
"""Of one state_dict; what comes after is not written down."""
MAX_CHARACTERS: Final = 1 << 20
_DEEPEST: Final = 30
_MOST_BITS: Final = 4_096


class NotPlainError(Exception):
    """It is more than plain data, or more than is written down."""


class Writer:
    """Writes values down until there are too many."""

    def __init__(self) -> None:
        self._values, self._characters = MAX_VALUES, MAX_CHARACTERS

    @property
    def is_full(self) -> bool:
        """Nothing more is taken."""
        return self._values < 0 or self._characters < 0

    def written(self, value: object, deeper: int = _DEEPEST) -> Any:  # noqa: ANN401 - JSON
        """Write a value down.

        Args:
            value: As it stands in the pickle.
            deeper: Levels that it may have.

        Returns:
            JSON: texts, numbers, truth values and None as they are; of a container its name and a list of what is in
            it, or of pairs.

        Raises:
            NotPlainError: It is none, or there were too many.
        """
        self._values -= 1
        if isinstance(value, str):
            self._characters -= len(value)
        if self.is_full or not deeper:
            raise NotPlainError
        if value is None or type(value) in (str, bool, float) or (type(value) is int and _is_short(value)):
            return value
        if type(value) in (dict, OrderedMapping):
            assert isinstance(value, dict)  # noqa: S101 - one of the two
            return [
                "dict" if type(value) is dict else "OrderedDict",
                [[self.written(key, deeper - 1), self.written(of, deeper - 1)] for key, of in dict.items(value)],
            ]
        if type(value) in (list, tuple):
            assert isinstance(value, (list, tuple))  # noqa: S101 - one of the two
            return [type(value).__name__, [self.written(of, deeper - 1) for of in value]]
        raise NotPlainError


def _is_short(number: int) -> bool:
    return number.bit_length() <= _MOST_BITS


def plain_of(node: object) -> dict[str, dict[str, Any]] | None:
    """Write down what a state_dict holds beside its tensors; None where that is nothing.

    Args:
        node: As the pickle has it.

    Returns:
        The fields of `PlainValues`, as JSON.
    """
    if not isinstance(node, dict):
        return None
    writer = Writer()
    found: dict[str, dict[str, Any]] = {"values": {}, "keys": {}, "metadata": {}}
    pairs = list(dict.items(node))
    if set(map(type, map(itemgetter(0), pairs))) - {str}:
        _note(found["keys"], [(key, key) for key, _ in pairs if not isinstance(key, str)], writer)
    if not all(issubclass(kind, TensorCall) for kind in set(map(type, map(itemgetter(1), pairs)))):
        _note(found["values"], [pair for pair in pairs if not isinstance(pair[1], TensorCall)], writer)
    state = getattr(node, "state", None) if isinstance(node, OrderedMapping) else None
    metadata = dict.get(state, "_metadata") if isinstance(state, dict) else None
    if isinstance(metadata, dict):
        of_modules = [pair for pair in dict.items(metadata) if isinstance(pair[1], dict) and _says_more(pair[1])]
        _note(found["metadata"], [pair for pair in of_modules if isinstance(pair[0], str)], writer)
    return found if any(found.values()) else None


def _says_more(noted: dict[Any, Any]) -> bool:
    return not (len(noted) == 1 and type(dict.get(noted, "version")) is int)


def _note(found: dict[str, Any], pairs: list[tuple[Any, Any]], writer: Writer) -> None:
    for key, value in pairs:
        if writer.is_full:
            return
        try:
            found[key_text(key)] = writer.written(value)
        except NotPlainError:
            continue

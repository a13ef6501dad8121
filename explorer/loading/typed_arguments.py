"""What is typed for an argument, as Python, with regard to the type that its annotation names."""

import ast
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_NAMES: Final = re.compile(r"[A-Za-z_]+")
_TRUE: Final = ("true", "yes", "on")
_OTHERS: Final[Mapping[str, tuple[type, ...]]] = {"int": (str,), "float": (str,), "bool": (str, float)}
_FALSE: Final = ("false", "no", "off")


class Typed(NamedTuple):
    """What is typed for an argument.

    Attributes:
        expression: In Python; "" where nothing is typed.
        remark: What was made of it, or what is wrong with it, as a sentence; "" where it is as it was typed.
    """

    expression: str
    remark: str = ""


def typed(name: str, text: str, annotation: str) -> Typed:
    """Read what is typed for an argument.

    Args:
        name: Of the argument.
        text: As it is typed: an expression in Python, or a word or number that the annotation tells how to take.
        annotation: In words: ``int``, ``typing.Optional[str]``, ``float | None``; "" where there is none. Of those that
            name other types too nothing is said.
    """
    text = text.strip()
    kinds = set(_NAMES.findall(annotation)) - {"typing", "Optional", "Union", "None", "NoneType"}
    if not text or len(kinds) != 1 or text == "None":
        return Typed(text)
    kind = kinds.pop()
    if kind == "str":
        return _text(name, text)
    if kind == "bool" and text.lower() in (*_TRUE, *_FALSE):
        return Typed(str(text.lower() in _TRUE))
    value = _value(text)
    if kind == "int" and isinstance(value, float):
        if value.is_integer():
            return Typed(str(int(value)), f"{text} is taken as {int(value)}: {name} is an int.")
        return Typed(text, f"{name} is an int, and {text} is none.")
    if isinstance(value, _OTHERS.get(kind, ())):
        return Typed(text, f"{name} is {'an' if kind == 'int' else 'a'} {kind}, and {text} is none.")
    return Typed(text)


def _text(name: str, text: str) -> Typed:
    """A word that stands for itself is quoted; what calls, indexes or is quoted already is an expression."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError):
        # An opened quote is about to be closed.
        return Typed(text) if text[0] in "'\"" else _quoted(name, text)
    meant = (ast.Call, ast.Subscript, ast.JoinedStr, ast.Lambda)
    for node in ast.walk(tree):
        if isinstance(node, meant) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return Typed(text)
    return _quoted(name, text)


def _quoted(name: str, text: str) -> Typed:
    return Typed(repr(text), f"{text} is taken as the text {text!r}: {name} is a str.")


def _value(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return None

"""A call of what a model file offers, argument by argument, as it is written."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from explorer.loading.model_file import Offer


@dataclass(frozen=True, slots=True)
class PlainCall:
    """A call without ``*`` and ``**``.

    Attributes:
        offer: What is called.
        by_place: Arguments in Python, in their order.
        by_name: Likewise, by their names.
    """

    offer: Offer
    by_place: Sequence[str] = ()
    by_name: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, offer: Offer, expression: str) -> "PlainCall | None":
        """Take a call apart; None for what is no such call of the offer.

        Raises:
            SyntaxError: It is no Python.
        """
        try:
            call = ast.parse(expression.strip(), mode="eval").body
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != offer.name:
            return None
        known = {parameter.name for parameter in offer.parameters}
        starred = any(isinstance(each, ast.Starred) for each in call.args)
        if starred or any(each.arg not in known for each in call.keywords) or len(call.args) > len(_by_place(offer)):
            return None
        written = [ast.get_source_segment(expression.strip(), each) or ast.unparse(each) for each in call.args]
        named = {
            str(each.arg): ast.get_source_segment(expression.strip(), each.value) or ast.unparse(each.value)
            for each in call.keywords
        }
        return cls(offer, tuple(written), named)

    @property
    def arguments(self) -> dict[str, str]:
        """What is given, by name."""
        return dict(zip(_by_place(self.offer), self.by_place, strict=False)) | dict(self.by_name)

    def changed(self, name: str, text: str) -> "PlainCall":
        """The call with another argument, or without it where the text is empty; all others as they are written."""
        names = _by_place(self.offer)
        place = names.index(name) if name in names else len(self.by_place)
        placed, named = list(self.by_place), dict(self.by_name)
        if place >= len(placed):
            named[name] = text
        elif text:
            placed[place] = text
        else:
            # Those behind it lose their places.
            named = dict(zip(names[place + 1 :], placed[place + 1 :], strict=False)) | named
            placed = placed[:place]
        return PlainCall(self.offer, tuple(placed), {key: value for key, value in named.items() if value})

    def __str__(self) -> str:
        if self.offer.kind == "instance":
            return self.offer.name
        given = [*self.by_place, *(f"{name}={text}" for name, text in self.by_name.items())]
        return f"{self.offer.name}({', '.join(given)})"


def _by_place(offer: Offer) -> list[str]:
    """The names of what can be given by place, or would have to be by name: Python says which, once it is called."""
    return [parameter.name for parameter in takewhile(lambda each: not each.variable, offer.parameters)]

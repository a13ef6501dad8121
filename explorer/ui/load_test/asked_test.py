"""A test that was asked for before its file was read."""

from pathlib import Path
from typing import NamedTuple

from explorer.keys.key_mapping import Rule


class AskedTest(NamedTuple):
    """What is to be loaded into what, and how.

    Attributes:
        file: Of the model.
        name: In it.
        expression: That makes the model; None for the one that the form writes.
        strict: As load_state_dict takes it.
        rules: For the keys.
        values: They are loaded too.
        inputs: Of a forward pass, as they are written; "" for none.
    """

    file: Path
    name: str
    expression: str | None
    strict: bool
    rules: tuple[Rule, ...]
    values: bool = False
    inputs: str = ""

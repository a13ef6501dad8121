"""What a filter may ask of all tensors at once, made by the worker when one first does."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.checkpoint.document import Checkpoint, Entry

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.roles import Roles


class ToldWords:
    """Roles and kinds of layers of one checkpoint."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Tell nothing yet.

        Args:
            checkpoint: Whose tensors are asked about.
        """
        self.checkpoint = checkpoint

    def __call__(self, field: str) -> Sequence[str]:
        """A word for each tensor.

        Args:
            field: ``role`` or ``kind``.
        """
        return self._roles_in_words if field == "role" else self._kinds

    @cached_property
    def _roles(self) -> "Roles":
        from explorer.analysis.roles import Roles  # noqa: PLC0415 - not on the way to the window

        return Roles(self.checkpoint)

    @cached_property
    def _roles_in_words(self) -> Sequence[str]:
        return [self._roles[number] for number in range(len(self._roles))]

    @cached_property
    def _kinds(self) -> Sequence[str]:
        from explorer.analysis.layer_kinds import layer_kinds  # noqa: PLC0415 - as above

        return layer_kinds(self.checkpoint.tensors, self._roles)


class Differences:
    """How the tensors of A differ from those of B."""

    def __init__(self, comparison: "Comparison") -> None:
        """Look at nothing yet.

        Args:
            comparison: Of two entries.
        """
        self.comparison = comparison

    def are_of(self, checkpoint: Checkpoint | None, entry: Entry | None) -> bool:
        """Whether A is that entry."""
        a = self.comparison.pairing.a
        return a.checkpoint is checkpoint and a.entry is entry

    @cached_property
    def by_number(self) -> "Mapping[int, Difference]":
        """Of each tensor of A."""
        pairs = zip(self.comparison.pairing.pairs, self.comparison.differences, strict=True)
        return {pair.a: difference for pair, difference in pairs if pair.a is not None}

"""What pictures of tables have in common, whatever they show of them."""

from typing import Protocol

from explorer.checkpoint.values.planes import Bounds


class Extent(Protocol):
    """Which cells a picture has; as of `explorer.analysis.draw.heatmap.Heatmap`."""

    @property
    def rows(self) -> Bounds: ...  # noqa: D102 - see above
    @property
    def columns(self) -> Bounds: ...  # noqa: D102 - see above
    @property
    def step(self) -> tuple[int, int]: ...  # noqa: D102 - see above
    @property
    def sampled(self) -> bool: ...  # noqa: D102 - see above


class Picture(Protocol):
    """What is drawn of a part of a table."""

    @property
    def found(self) -> Extent:
        """Its cells."""

"""When not everything is measured by itself, and how that is said."""

from typing import NamedTuple

from explorer import formatting
from explorer.ui.settings import Settings


class HeldBack(NamedTuple):
    """That not all tensors are measured.

    Attributes:
        what: How much is, in a few words.
        why: Not all of them, as a sentence.
    """

    what: str
    why: str


def why_held_back(nbytes: int, settings: Settings, *, on_share: bool) -> str:
    """Why of a file only what is looked at is measured without being asked for.

    Args:
        nbytes: Its size.
        settings: Tell how large it may be, and whether it may lie on a share.
        on_share: It lies on a network share.

    Returns:
        A sentence; "" where everything is measured.
    """
    limit = settings.measured_nbytes
    if limit == 0:
        return "Only what is looked at is measured by itself: the preferences say so."
    if nbytes > limit:
        has, most = formatting.nbytes(nbytes), formatting.nbytes(limit)
        return f"The file has {has}, and of more than {most} only what is looked at is measured by itself."
    if on_share and not settings.measures_shares:
        return "The file lies on a network share, where only what is looked at is measured by itself."
    return ""

"""What is said in the place of a tree that has nothing to show."""

from typing import TYPE_CHECKING

from explorer import formatting
from explorer.query.terms import Name

if TYPE_CHECKING:
    from explorer.query.parsing import Query


def none_shown(query: "Query", words: str, total: int, pending: int) -> str:
    """Why there is no row, as a sentence.

    Args:
        query: What is looked for.
        words: The filter, as it is written.
        total: Tensors of the entry.
        pending: Of how many it is not known yet.
    """
    if not total:
        return "This file has no tensors."
    if pending:
        return f"No tensor that is measured fits ‘{words}’."
    if isinstance(query.tree, Name):
        return f"No tensor's name contains ‘{formatting.visible(query.tree.text)}’."
    return f"No tensor fits ‘{words}’."

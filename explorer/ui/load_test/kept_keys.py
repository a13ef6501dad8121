"""Keys of a report that fit the filter."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from explorer.formatting import plural
from explorer.keys.families import fold
from explorer.query.names import beyond_names, may_fit
from explorer.query.parsing import Query
from explorer.ui.load_test.report_model import Group, Place, places_of
from explorer.ui.tables.fitting import fit_words

if TYPE_CHECKING:
    from explorer.query.fitting import Fitting


class Kept(NamedTuple):
    """What fits.

    Attributes:
        of: The groups of the whole report.
        query: What was asked for.
        groups: Those with keys that fit, and of these only such.
        places: Where the keys stand in them.
        sentence: How many fit.
    """

    of: Sequence[Group]
    query: Query
    groups: Sequence[Group]
    places: Mapping[str, Place]
    sentence: str


def keep_groups(groups: Sequence[Group], query: Query, _fitting: "Fitting | None" = None) -> Kept:
    """Find out which keys fit by their names, or by what the checkpoint calls them: those of a model are no tensors."""
    kept: list[Group] = []
    fits, total = 0, 0
    for group in groups:
        keys = [key for family in group.families for key in family.keys]
        fitting = [key for key in keys if may_fit(query, f"{key}\n{group.old.get(key, '')}")]
        fits, total = fits + len(fitting), total + len(keys)
        if fitting:
            kept.append(group if len(fitting) == len(keys) else group._replace(families=fold(fitting)))
    return Kept(groups, query, kept, places_of(kept), fit_words(fits, plural(total, "key"), beyond_names(query)))

"""All meanings together."""

from typing import TYPE_CHECKING

from explorer.analysis.judge.thresholds import DEFAULT
from explorer.ui.help.meanings.colours import COLOURS
from explorer.ui.help.meanings.files import FILE, WORK
from explorer.ui.help.meanings.kinds import LAYER_KINDS, ROLES
from explorer.ui.help.meanings.meaning import Group
from explorer.ui.help.meanings.optimizer import OPTIMIZER
from explorer.ui.help.meanings.pairs import COMPARISON, LOADING, RUN
from explorer.ui.help.meanings.problems import problems
from explorer.ui.help.meanings.space import SPACE
from explorer.ui.help.meanings.tree import COLUMNS, MARKS
from explorer.ui.help.meanings.values import DRAWN, FIGURES, SPECTRUM

if TYPE_CHECKING:
    from explorer.analysis.judge.thresholds import Thresholds


def groups(thresholds: "Thresholds" = DEFAULT) -> list[Group]:
    """All, by where they are shown.

    Args:
        thresholds: From where on something is a problem.
    """
    return [
        *(COLUMNS, MARKS, FIGURES, DRAWN, SPECTRUM, OPTIMIZER, problems(thresholds)),
        *(COMPARISON, LAYER_KINDS, ROLES, RUN, LOADING, FILE, SPACE, WORK, COLOURS),
    ]

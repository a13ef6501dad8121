"""What colours mean."""

from typing import Final

from explorer.ui.help.meanings.meaning import Group, Meaning

COLOURS: Final = Group(
    "Colours",
    (
        Meaning(
            ("blue: A",),
            "A, and what is chosen. Every colour has a word or a shape beside it that says the same.",
            colors=("accent",),
        ),
        Meaning(
            ("orange: B",),
            "B, what differs from A and how far a layer moved; what is pinned. In a spectrum the random matrix; in "
            "Bytes, hatched, what no tensor uses.",
            colors=("b_fill", "b_text"),
        ),
        Meaning(("green",), "It is well. In the map of layers, hatched: identical.", colors=("good",)),
        Meaning(("ochre",), "It deserves a look.", colors=("caution",)),
        Meaning(("red",), "It is broken.", colors=("bad",)),
        Meaning(("blue in a heat map",), "Below 0, the stronger the farther.", colors=("below",)),
        Meaning(("red in a heat map",), "Above 0, the stronger the farther.", colors=("above",)),
        Meaning(("NaN in a heat map",), "Magenta: a NaN is in the cell.", colors=("nan",)),
        Meaning(("+Inf in a heat map",), "Yellow: +Inf is in the cell.", colors=("posinf",)),
        Meaning(("−Inf in a heat map",), "Cyan: −Inf is in the cell.", colors=("neginf",)),
    ),
)

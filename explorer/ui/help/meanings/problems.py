"""The kinds of problems: what each is, with the thresholds that are set."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from explorer.analysis.judge.problem_words import WORDS
from explorer.ui.help.meanings.meaning import Group, Meaning
from explorer.ui.problems.words import SHORT

if TYPE_CHECKING:
    from explorer.analysis.judge.thresholds import Thresholds

_IEEE: Final = "IEEE 754-2019"
_MOMENTS: Final = "D. P. Kingma and J. Ba, Adam, 2015; torch.optim"
_NORM: Final = "S. Ioffe and C. Szegedy, Batch Normalization, 2015; torch.nn.BatchNorm2d"

_KINDS: Final[dict[str, tuple[str, str]]] = {
    "nan": ("Some values are no numbers, and what is computed with them is none either.", _IEEE),
    "posinf": ("Some values are above all numbers: something overflowed. Masks may have them.", _IEEE),
    "neginf": ("Some values are below all numbers. Masks, and what is yet unseen, may have them.", _IEEE),
    "all_zero": ("A weight is 0 everywhere, where others, or its own optimizer state, show that it was trained.", ""),
    "constant": ("All values of a weight are the same number, so that its outputs cannot learn to differ.", ""),
    "dead_rows": (
        (
            "Rows with an L2 norm below {dead_ratio:g} times the median of the others' norms: those outputs are always "
            "about 0. Padding rows of an embedding are not meant."
        ),
        "",
    ),
    "dead_channels": (
        "The same along the second dimension, of most weights the input: nothing that comes in there is used.",
        "",
    ),
    "duplicate_rows": (
        "Rows that are equal to the bit: they compute the same, and learn the same.",
        "",
    ),
    "duplicate_channels": ("The same along the second dimension.", ""),
    "dtype_edge": (
        (
            "Values from {edge_ratio:g} times the largest number of the dtype on: more would overflow. Of 8-bit "
            "floats, which are scaled to fill their range, from a share of {saturated_share:g} on."
        ),
        "IEEE 754-2019; OCP 8-bit Floating Point, 2023",
    ),
    "denormals": (
        (
            "From a share of {denormal_share:g} of the values other than 0 on that are closer to 0 than the smallest "
            "normal number: they have fewer digits, and some devices take them for 0."
        ),
        "IEEE 754-2019, subnormal numbers; torch.finfo, smallest_normal",
    ),
    "negative_variance": ("A running variance below 0: its root is NaN.", _NORM),
    "vanishing_variance": (
        (
            "A running variance below {vanishing_variance:g}: what the norm saw there did not vary. A problem from a "
            "share of {still_share:g} of a norm's channels on; fewer are noted, as networks that work have them too."
        ),
        _NORM,
    ),
    "outliers": (
        (
            "Values farther from the median than {outlier_ratio:g} times the way from the 1 % to the 99 % quantile. Of "
            "norms, biases and small weights: than {few_outlier_ratio:g} times the way from 5 % to 95 %, or the "
            "median, and not below {absurd:g}."
        ),
        "",
    ),
    "magnitude": (
        (
            "A weight whose root mean square is {magnitude_ratio:g} times the median of its siblings in other layers, "
            "or 1/{smallness_ratio:g} of it; of biases, LoRA B and running means {loudness_ratio:g} times, and not "
            "below {loudness:g}. Alone: root mean square times √inputs from {gain:g} on, in fresh layers 0.6."
        ),
        "K. He et al., Delving Deep into Rectifiers, 2015; torch.nn.init",
    ),
    "float16_overflow": ("The largest value is 65,520 or beyond, and would be rounded to infinity in float16.", _IEEE),
    "float16_vanish": (
        "From a share of {vanishing_share:g} of the values other than 0 on that round to 0 in float16: below 2⁻²⁵.",
        _IEEE,
    ),
    "bfloat16_overflow": ("The largest value is beyond 3.39·10³⁸, and would be infinite in bfloat16.", "torch.finfo"),
    "bfloat16_vanish": (
        "From a share of {vanishing_share:g} of the values other than 0 on that round to 0 in bfloat16: below 2⁻¹³⁴.",
        "torch.finfo",
    ),
    "negative_second_moment": ("A mean of squares of gradients below 0: its root is NaN.", _MOMENTS),
    "negative_counter": ("A count of steps below 0.", _MOMENTS),
    "steps_disagree": ("Some parameters are at another step than most of the same optimizer.", _MOMENTS),
    "near_singular": (
        (
            "Singular values below {singular_ratio:g} times the largest, once the spectrum is computed: what goes in "
            "that way is lost."
        ),
        "G. H. Golub and C. F. Van Loan, Matrix Computations",
    ),
    "rank_collapsed": (
        (
            "An effective rank below {collapsed_share:g} times the shorter side, once the spectrum is computed: few "
            "directions have nearly all of the matrix."
        ),
        "O. Roy and M. Vetterli, The effective rank, EUSIPCO 2007",
    ),
}


def problems(thresholds: "Thresholds") -> Group:
    """What each kind of problem means.

    Args:
        thresholds: From where on something is one, which the sentences say.
    """
    limits = asdict(thresholds)
    return Group(
        "Problems",
        (
            Meaning(
                ("Problem", "What was found"), "What is wrong, and the number that makes it so; a click leads there."
            ),
            *(
                Meaning(
                    tuple(dict.fromkeys((WORDS[kind], SHORT.get(kind, WORDS[kind])))), what.format(**limits), source
                )
                for kind, (what, source) in _KINDS.items()
            ),
        ),
    )

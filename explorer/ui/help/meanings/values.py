"""The figures of a tensor, a layer or a channel, and what is drawn of them."""

from typing import Final

from explorer.ui.help.meanings.meaning import Group, Meaning

FIGURES: Final = Group(
    "Figures of values",
    (
        Meaning(("Min", "min"), "The smallest finite value, exact.", "torch.min"),
        Meaning(("Max", "max"), "The largest finite value, exact.", "torch.max"),
        Meaning(("Mean", "mean"), "The sum of the finite values over their number, in float64.", "torch.mean"),
        Meaning(
            ("Std", "std"),
            "Standard deviation of the finite values: the root of the mean squared distance from the mean, divided by "
            "their number n, not by n − 1; in float64.",
            "torch.std with correction=0; numpy.std",
        ),
        Meaning(
            ("L2 norm", "l2 norm", "norm"),
            "The root of the sum of the squares of the finite values, in float64; infinite where float64 cannot hold "
            "it. Of a channel: of its own values.",
            "torch.linalg.vector_norm",
        ),
        Meaning(
            ("Zeros", "zeros"),
            "The share of all elements that are 0.0 or −0.0, rounded down: only all of them is 100 %.",
            "IEEE 754-2019",
        ),
        Meaning(
            ("NaN, Inf", "NaN · +Inf · −Inf"),
            "How many elements are not finite: no number (NaN), above and below all numbers (+Inf, −Inf). A complex "
            "one counts where either part is. They are left out of all other figures.",
            "IEEE 754-2019; torch.isfinite",
        ),
        Meaning(
            ("1 %", "5 %", "25 %", "median", "75 %", "95 %", "99 %"),
            "Quantiles of the finite values: the smallest value at or below which so many of them lie; the median is "
            "that of 50 %. Of channels they lie between neighbours instead, as numpy.quantile has them.",
            "R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996: types 1 and 7",
        ),
        Meaning(
            ("of |z|",),
            "Of complex numbers the figures are those of their magnitudes.",
            "torch.abs",
        ),
        Meaning(("dequantized",), "Of quantized tensors: (code − zero point) × scale.", "torch.dequantize"),
        Meaning(
            ("sample",),
            "Some values from all over a large tensor make a first picture, which says so, until all are counted.",
        ),
    ),
)

DRAWN: Final = Group(
    "Plots of values",
    (
        Meaning(
            ("Histogram",),
            "Finite values counted in bins that are equally wide on the axis, each with its left edge and without its "
            "right, the last with both.",
            "numpy.histogram",
        ),
        Meaning(
            ("Robust", "Full range"), "From the 0.5 % to the 99.5 % quantile, or from the smallest to the largest."
        ),
        Meaning(
            ("Density",),
            "Counts over all finite values and over the width of the bin: the area of all bars is 1.",
            "numpy.histogram, density=True",
        ),
        Meaning(
            ("Symmetric log x", "sym. log"),
            "Linear around 0, as wide as one power of ten, and logarithmic beyond on both sides.",
            "matplotlib's symlog scale",
        ),
        Meaning(
            ("Overview", "Quantiles"),
            "A column for each tensor in the file's order: from the smallest to the largest, from 5 to 95 %, from 25 "
            "to 75 %, and the median. Its axis is a symmetric log.",
        ),
        Meaning(("Max |x|",), "Of each tensor the largest magnitude, as a bar."),
        Meaning(
            ("Heat map",),
            "Values as colours: blue below 0, the panel's own colour at 0, red above. A cell that stands for several "
            "values shows their mean, or the one of the largest magnitude. Colours end where the words below say.",
        ),
        Meaning(
            ("largest",),
            "Of a cell that stands for several values: the one of the largest magnitude. Of singular "
            "values: the spectral norm, by how much the matrix stretches at most.",
            "G. H. Golub and C. F. Van Loan, Matrix Computations",
        ),
        Meaning(("Values",), "Each in the fewest digits that read back as it.", "repr of float, Python documentation"),
        Meaning(
            ("Channels",),
            "For every index along one dimension: the quantiles and norm of the values that have it. Of most weights "
            "the first dimension is the output and the second the input.",
            "torch.nn.Linear, torch.nn.Conv2d",
        ),
        Meaning(("dead",), "A channel or row whose norm is as good as none beside the others: see dead rows."),
        Meaning(("not finite",), "Some values are NaN or infinite; of a pair: on one side only.", "torch.isfinite"),
    ),
)

SPECTRUM: Final = Group(
    "Singular values",
    (
        Meaning(
            ("Spectrum",),
            "The singular values of the tensor as a matrix: its first dimension by all others. Up to 1,280 on the "
            "shorter side all are computed, in float64; of larger matrices the 64 largest, approximately.",
            "torch.linalg.svdvals; C. Musco and C. Musco, NeurIPS 2015, for the approximate ones",
        ),
        Meaning(
            ("condition",),
            "The largest singular value over the smallest; infinite where that is 0.",
            "numpy.linalg.cond, p=2",
        ),
        Meaning(
            ("effective rank",),
            "The exponential of the entropy of the singular values, taken as shares of their sum: from 1, where one "
            "direction has all, to the shorter side, where all are equal.",
            "O. Roy and M. Vetterli, The effective rank, EUSIPCO 2007",
        ),
        Meaning(
            ("stable rank",),
            "The sum of the squares of all singular values over the largest square: ‖W‖F² / ‖W‖₂².",
            "M. Rudelson and R. Vershynin, Sampling from large matrices, 2007",
        ),
        Meaning(
            ("rank",),
            "Singular values above the longer side times the precision of the dtype times the largest one. The "
            "precision is that of float32, also of bfloat16 and float16; of float64 its own.",
            "torch.linalg.matrix_rank",
        ),
        Meaning(
            ("above edge", "random matrix"),
            "Singular values above std × (√rows + √columns), where those of a large matrix of independent numbers of "
            "the same size and standard deviation end. What learned nothing has about none.",
            "V. A. Marchenko and L. A. Pastur, 1967",
        ),
    ),
)

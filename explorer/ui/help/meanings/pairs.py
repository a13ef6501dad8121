"""What is said of two files, of the files of a run, and of a checkpoint and a model."""

from typing import Final

from explorer.ui.help.meanings.meaning import Group, Meaning

_LOADING: Final = "torch.nn.Module.load_state_dict"

COMPARISON: Final = Group(
    "Comparison",
    (
        Meaning(
            ("Tensor",),
            "A pair: the tensor of A and that of B with the same key, or with one that a rule makes the same.",
        ),
        Meaning(("State",), "What both are to each other: the first of the states below that applies."),
        Meaning(
            ("identical",),
            "Shape, dtype and every bit are the same, or, of large files, the stored checksums are.",
        ),
        Meaning(
            ("close",),
            "Not identical, and |b − a| ≤ atol + rtol × |b| for every element. At the usual tolerance of 0: only the "
            "signs of zeros or the bits of NaN differ.",
            "numpy.isclose; torch.isclose",
        ),
        Meaning(("differs",), "Some finite values are farther apart than the tolerance allows."),
        Meaning(
            ("dtype",),
            "The dtypes differ. Whether the values are equal after a cast is said below.",
            "torch.promote_types",
        ),
        Meaning(("shape",), "The shapes differ; figures are of what both have. Of a test-load: of the model's shape."),
        Meaning(
            ("· int", "· bool"),
            "Behind a state in the tree: whole numbers, such as counters, which moved. The figures of the layers that "
            "they are in leave them out, unless nothing else is in a layer, so that theirs can be larger.",
        ),
        Meaning(("only A", "only B"), "The other file has no counterpart."),
        Meaning(("not compared",), "The values of one side cannot be read."),
        Meaning(
            ("max |Δ|", "largest |Δ|", "largest difference"),
            "The largest |b − a| where both are finite, in float64; of complex numbers the magnitude of b − a.",
        ),
        Meaning(("mean |Δ|", "mean |B − A|"), "The mean |b − a| where both are finite."),
        Meaning(
            ("rel. L2", "relative L2", "relative L2 change", "Where it moved"),
            "‖b − a‖ / ‖a‖ over the pairs that are finite: 0 where nothing changed, infinite where all of A is 0. In "
            "the map of layers, which colours it, a layer has that of the weight that moved furthest; of biases, many "
            "of which begin at 0, it is large by nature, and running statistics follow the data: these are told beside "
            "it, and do not set the scale. A * behind it: "
            "something in the layer was all 0 in A and changed, which is +Inf, and the figure is the largest of the "
            "others; in the map such a cell has the full colour and a dashed frame.",
            "torch.linalg.vector_norm",
        ),
        Meaning(
            ("cosine",),
            "a·b / (‖a‖ ‖b‖) over the pairs that are finite: 1 in the same direction. Near 1 it is written as 1 minus "
            "how much is missing. None where a side is all 0.",
            "torch.nn.functional.cosine_similarity",
        ),
        Meaning(("changed",), "The share of elements that are not equal, also where one is NaN or infinite."),
        Meaning(("A", "B"), "The file that is open, and the one it is compared with."),
        Meaning(
            ("B − A", "|B − A|"),
            "The values of B less those of A at the same place; of complex numbers how long that is.",
            "torch.sub; torch.abs",
        ),
        Meaning(
            ("Scatter",),
            "Pairs (a, b) counted in cells of equal width; the diagonal is where nothing changed. Colours are "
            "logarithmic.",
            "numpy.histogram2d",
        ),
    ),
)

RUN: Final = Group(
    "Run",
    (
        Meaning(("=",), "Every bit is as it was."),
        Meaning(("*",), "There is more to say of this layer in this file; the tool tip says it."),
        Meaning(
            ("not finite",),
            "In this file some tensor of the layer holds NaN or infinity: the tool tip names it, and has the figure of "
            "the others. In the plot it is a cross.",
        ),
        Meaning(("not finite before",), "It held NaN or infinity in the file that this one is compared with."),
        Meaning(("added", "removed"), "The tensor is only in this file, or not in it any more."),
        Meaning(("from all 0",), "It was all 0, so that there is no relative change."),
    ),
)

LOADING: Final = Group(
    "Test-load",
    (
        Meaning(("Model",), "What the model's own state_dict says of the key.", "torch.nn.Module.state_dict"),
        Meaning(
            ("Shape differs: cannot load",), "Both have the key, in other shapes: that raises, strict or not.", _LOADING
        ),
        Meaning(
            ("Cannot be read: the file is damaged",),
            "The values of the checkpoint's tensor are missing or cut off, so that it was not handed over.",
        ),
        Meaning(
            ("Missing: stays as initialised",),
            "The model has the key and the checkpoint does not. Strict: an error.",
            _LOADING,
        ),
        Meaning(
            ("Unexpected: no place in the model",),
            "The checkpoint has the key and the model does not. Strict: an error.",
            _LOADING,
        ),
        Meaning(
            ("Dtype differs: is cast",), "It loads, with the values rounded to the model's dtype.", "torch.Tensor.copy_"
        ),
        Meaning(
            ("Left out: a rule leaves nothing of the key",),
            "It was not handed over: with strict off the model keeps what it begins with.",
        ),
        Meaning(("Renamed: loads by a rule",), "It loads under another key, as the rules for keys say."),
        Meaning(("Loads", "Whole, and fits"), "Key and shape are those of the model.", _LOADING),
    ),
)

"""What stands in the tree of layers, in the tables of a layer, and around them."""

from typing import Final

from explorer.ui.help.meanings.meaning import Group, Meaning

COLUMNS: Final = Group(
    "Columns of layers and tensors",
    (
        Meaning(
            ("Name", "Where", "Key"),
            "The part of the tensor's key between two dots; the rows above it have the rest. A name is the file's own; "
            "characters that cannot be seen are written as escapes.",
            "torch.nn.Module.state_dict",
        ),
        Meaning(
            ("Distribution", "Bars"),
            "A small histogram of the finite values, from the 0.5 % to the 99.5 % quantile in 24 bins, the highest as "
            "high as the row. It has a shape and no scale: select the tensor for both.",
        ),
        Meaning(
            ("all near", "≈", "not drawn"),
            "In the place of a small histogram: nearly all values lie so close together that the statistics do not "
            "tell them apart; the figure is their mean.",
        ),
        Meaning(("Shape",), "Elements along each dimension, the first dimension first.", "torch.Tensor.shape"),
        Meaning(
            ("Type",),
            "Which numbers the elements are, and in how many bits: f32 is float32, bf16 is bfloat16, i64 is int64.",
            "torch.dtype; IEEE 754-2019 for f16, f32 and f64; OCP 8-bit Floating Point, 2023, for f8",
        ),
        Meaning(
            ("Params",),
            "Elements of floating-point and complex tensors that are no running statistics of a norm. A layer has the "
            "sum of what is in it; what has two names counts once.",
        ),
        Meaning(
            ("Bytes",),
            "Elements times bytes of one. A layer has the sum of what is in it. In the view of the file: bytes on the "
            "disk, each counted once.",
            "torch.Tensor.nbytes",
        ),
        Meaning(
            ("Saved on",),
            "The device that the tensor was on when it was saved, as the file names it. Nothing is put there.",
            "torch.load, map_location",
        ),
        Meaning(
            ("Is on",),
            "Where its values are now: in the file, or on a device that they were moved to by Device > Move to.",
            "torch.device",
        ),
        Meaning(("Tensors",), "How many tensors are in the layer, the family or the place."),
        Meaning(
            ("Family",),
            "Tensors of one shape and dtype whose keys differ in numbers only; {0–11} stands for the numbers.",
        ),
        Meaning(
            ("Odd one out", "◆", "outlier", "extreme outlier"),
            "Of a family of at least five: a member whose figure has a modified z-score above 3.5, and is farther from "
            "the median than half of it; for means than half a standard deviation, for zeros than 5 points. Also one "
            "with NaN or Inf where most have none. Of channels: one with values that are extreme outliers, as under "
            "Problems.",
            "B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers, 1993",
        ),
        Meaning(("max |x|",), "The largest magnitude: the larger of −min and max. Of finite values."),
        Meaning(("Value",), "Of what is no tensor: the value itself, shortened where it is long."),
    ),
)

MARKS: Final = Group(
    "Marks of layers and tensors",
    (
        Meaning(
            ("●", "▲", "○"),
            "A problem was found: ● where it spoils what the network computes, ▲ where it is for you to judge. ○ is a "
            "note: networks that work have it too. At a layer the number of problems in it follows; the tool tip has "
            "the sentences.",
        ),
        Meaning(
            ("✕", "unreadable", "✕ lost"),
            "The values cannot be read: they are missing, cut off, or described in a way that means nothing. At a "
            "layer: how many tensors in it. Of a test-load: the model has another shape for it; at a layer, how many "
            "tensors in it do not load. In the "
            "plot of channels: a dead one.",
        ),
        Meaning(
            ("no values", "none"), "It was saved without values, as tensors on the meta device are.", "torch.device"
        ),
        Meaning(
            ("≠", "wrong CRC", "≠ CRC"),
            "The stored checksum is not that of the bytes: they are not what was saved. At a layer: how many tensors.",
            "CRC-32 of ISO 3309, as in zip archives",
        ),
        Meaning(("▼",), "Some values are NaN or infinite: of a tensor in the overview, of a channel in Channels."),
        Meaning(("✓",), "Of a test-load: it loads. In a layer: all that is in it does.", "load_state_dict"),
        Meaning(
            ("✓ cast",),
            "Of a test-load: it loads, and its values are cast to the model's dtype.",
            "torch.Tensor.copy_",
        ),
        Meaning(("unexpected", "+"), "Of a test-load: the model has no place for this key.", "load_state_dict"),
        Meaning(
            ("–",),
            "There is no such figure: nothing is known yet, no value is finite, or it has no meaning here.",
        ),
        Meaning(
            ("≈",),
            "About: the figure is known to within a bucket of the statistics, 0.8 % of the value wide, and has no more "
            "digits than are certain. The tool tip has both ends. Quantiles of a tensor of up to 100,000 values, and "
            "of any of 16 bits or fewer, are exact, but for integers beyond 2⁵³ and what is on a device. "
            "Behind a name with little room: by a test-load it is cast, as ✓ cast says.",
        ),
        Meaning(
            ("≥",),
            "At least: only the largest singular values were computed, and there may be more that count.",
        ),
        Meaning(
            ("k", "M", "B", "T"),
            "Of numbers: thousands, millions, 10⁹ and 10¹². Sums have three digits; the tool tip has all.",
        ),
        Meaning(
            ("kB", "MB", "GB", "TB", "PB", "EB"),
            "Of bytes: powers of 1000, as disks are sold, not of 1024.",
            "IEC 80000-13",
        ),
    ),
)

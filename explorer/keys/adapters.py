"""Tells which tensors are parts of LoRA adapters: neither is a weight, to which B · A is added.

E. J. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021. Names are those of peft and loralib
(``lora_A``, ``lora_B``), which peft also calls ``lora_embedding_A``, and of diffusers (``lora.down``, ``lora_up``).
"""

import re
from typing import Final, Literal, NamedTuple

_LORA: Final = re.compile(
    r"(.*?)[._]?(?<![^._])lora[._](?:embedding_)?(A|B|down|up|magnitude_vector)(?=[._]|$)", re.DOTALL
)


class Adapter(NamedTuple):
    """A part of an adapter.

    Attributes:
        layer: The dotted name of the layer that it adapts.
        part: ``A`` for what comes first and makes few of many, ``B`` for what makes many of them, ``m`` for the
            magnitudes that DoRA adds.
    """

    layer: str
    part: Literal["A", "B", "m"]


def adapter(key: str) -> Adapter | None:
    """Tell which part of an adapter a tensor is by its key; None for one that is none."""
    found = _LORA.match(key)
    if found is None:
        return None
    part = found[2]
    return Adapter(found[1], "A" if part in ("A", "down") else "B" if part in ("B", "up") else "m")

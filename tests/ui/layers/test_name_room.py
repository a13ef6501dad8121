"""Which names decide how much room the column of names gets."""

from pathlib import Path

import torch

from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.tree import Layer
from explorer.ui.layers.name_room import Name, longest_names


def names_of(tmp_path: Path, *keys: str) -> set[Name]:
    torch.save({key: torch.zeros(1) for key in keys}, tmp_path / "keys.pt")
    checkpoint = open_checkpoint(tmp_path / "keys.pt")
    numbers = checkpoint.entries[0].numbers
    return set(longest_names(Layer.root(checkpoint.tensors, numbers, "a file with a long name.pt")))


def test_the_longest_of_each_depth_are_told(tmp_path: Path) -> None:
    keys = ("stem.weight", "stem.bias", "head.out.weight", "head.out.scale", "head.x", "zero")
    assert names_of(tmp_path, *keys) == {
        Name(1, "stem", True),
        Name(1, "zero", False),
        Name(2, "out", True),
        Name(2, "weight", False),
        Name(3, "weight", False),
    }


def test_of_numbered_layers_a_few_stand_for_all(tmp_path: Path) -> None:
    keys = [f"blocks.{at}.{name}.weight" for at in range(1_000) for name in ("attention", "mlp", "a_norm")]
    found = names_of(tmp_path, *keys, "blocks.0.mlp.bias")
    assert Name(3, "attention.weight", False) in found
    assert Name(4, "weight", False) in found


def test_of_what_is_too_many_one_key_stands_for_all(tmp_path: Path) -> None:
    keys = [f"parts.{name}{at}.weight_of_it" for name in "ab" for at in range(2_500)]
    assert Name(1, "parts", True) in names_of(tmp_path, *keys, "x")
    assert Name(3, "weight_of_it", False) in names_of(tmp_path, *keys, "x")

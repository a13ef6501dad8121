"""What the other programs are asked in Python, as their own descriptions show it; runs in their environment.

    python in_peers.py QUESTION ARGUMENT ...

Prints JSON. It knows nothing of this project, which is not installed there.
"""

# ruff: noqa: PLC0415 - each program has the time of its own imports alone

import contextlib
import json
import sys
from typing import Any


def ckptkit_diff(a: str, b: str) -> dict[str, Any]:
    from ckptkit import diff

    result = diff(a, b)
    return {
        "identical": result.n_identical,
        "entries": [[entry.change_type, entry.tensor_name] for entry in result.entries],
    }


def weightscope_diff(a: str, b: str) -> dict[str, Any]:
    # Its command shows fifteen tensors at most.
    from weightscope import diff_models

    result = diff_models(a, b, threshold=0.0)
    return {
        "tensors": [
            [told.name, told.n_changed, told.n_params, told.max_delta, told.mean_abs_delta] for told in result.tensors
        ],
        "only_a": result.only_in_a,
        "only_b": result.only_in_b,
        "renames": result.renames,
    }


def liberator_align(association: str, a: str, b: str) -> dict[str, Any]:
    import torch
    from torch_liberator.initializer import Pretrained, load_partial_state

    class Model:
        """As much of a model as it asks for; a real one says the same under these keys."""

        def __init__(self) -> None:
            self.state = torch.load(a, weights_only=True)
            self.loaded: dict[str, Any] = {}

        def state_dict(self) -> dict[str, Any]:
            return dict(self.state)

        def load_state_dict(self, state: dict[str, Any]) -> None:
            self.loaded = state

    model = Model()
    with contextlib.redirect_stdout(sys.stderr):
        given = Pretrained(b).load_state_dict()
        load_partial_state(model, given, leftover=None, mangle=False, association=association, verbose=0)
    names = {id(value): key for key, value in given.items()}
    return {"pairs": {names[id(value)]: key for key, value in model.loaded.items() if id(value) in names}}


def liberator_open(path: str) -> dict[str, Any]:
    from torch_liberator.initializer import Pretrained

    with contextlib.redirect_stdout(sys.stderr):
        return {"tensors": len(Pretrained(path).load_state_dict())}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))

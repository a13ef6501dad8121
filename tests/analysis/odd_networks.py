"""Networks whose weights are zero, constant or equal on purpose, as papers and libraries initialise them."""

import math
from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import nn

D: Final = 32


class _Parts(nn.Module):
    """Layers, parameters and buffers by their names; buffers are what needs no gradient."""

    def __init__(self, **parts: nn.Module | torch.Tensor) -> None:
        super().__init__()
        for name, part in parts.items():
            if isinstance(part, torch.Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)


def _made(layer: nn.Module, weight: torch.Tensor | float, bias: torch.Tensor | float | None = None) -> nn.Module:
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None:
            parameter = getattr(layer, name)
            parameter.data[:] = value
    return layer


def _zeros(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(shape))


def _tied() -> nn.Module:
    embedding, projection = nn.Embedding(200, D, padding_idx=5), nn.Linear(D, 200, bias=False)
    projection.weight = embedding.weight
    return _Parts(embed_tokens=embedding, output_projection=projection)


def _deformable() -> nn.Module:
    """X. Zhu et al., "Deformable DETR", 2021: offsets begin on rings, whatever the query."""
    angles = torch.arange(8) * (2 * math.pi / 8)
    ring = torch.stack((angles.cos(), angles.sin()), -1)
    ring = (ring / ring.abs().amax(-1, keepdim=True)).reshape(8, 1, 2) * torch.arange(1, 5).reshape(1, 4, 1)
    return _Parts(
        sampling_offsets=_made(nn.Linear(D, 64), 0, ring.reshape(-1)),
        attention_weights=_made(nn.Linear(D, 32), 0, 0),
        value_proj=nn.Linear(D, D),
        norm=nn.LayerNorm(D),
    )


def _mamba() -> nn.Module:
    """A. Gu and T. Dao, "Mamba", 2023."""
    return _Parts(
        A_log=nn.Parameter(torch.log(torch.arange(1.0, 17)).repeat(2 * D, 1)),
        in_proj=nn.Linear(D, 4 * D, bias=False),
        out_proj=nn.Linear(2 * D, D, bias=False),
    )


def _s4d() -> nn.Module:
    """A. Gu et al., "On the Parameterization and Initialization of Diagonal State Space Models", 2022."""
    return _Parts(
        C=nn.Parameter(torch.randn(D, 16, 2)),
        log_A_real=nn.Parameter(torch.full((D, 16), math.log(0.5))),
        A_imag=nn.Parameter(math.pi * torch.arange(64.0).repeat(D, 1)),
        output_linear=nn.Conv1d(D, 2 * D, 1),
    )


def _rwkv() -> nn.Module:
    return _Parts(
        **{name: _made(nn.Linear(D, D, bias=False), 0) for name in ("key", "receptance", "gate")},
        value=nn.Linear(D, D, bias=False),
        head=nn.Linear(D, 50, bias=False),
    )


def _identities() -> nn.Module:
    conv, eye, rnn = nn.Conv2d(D, 2 * D, 3), nn.Linear(D, 2 * D, bias=False), nn.RNN(D, D)
    nn.init.dirac_(conv.weight, 2)
    nn.init.eye_(eye.weight)
    rnn.get_parameter("weight_hh_l0").data[:] = torch.eye(D)
    return _Parts(conv=conv, eye=eye, rnn=rnn)


FRESH: Final[Mapping[str, Callable[[], nn.Module]]] = {
    "tied": _tied,
    "recommender": lambda: _Parts(
        user=nn.Embedding(300, D, padding_idx=0), item=nn.Embedding(200, D, padding_idx=-1), mlp=nn.Linear(2 * D, 1)
    ),
    "bag of words": lambda: _Parts(bag=nn.EmbeddingBag(100, D, padding_idx=3), fc=nn.Linear(D, 4)),
    "spatial transformer": lambda: _Parts(
        localization=nn.Conv2d(1, 8, 7),
        fc_loc=nn.Sequential(
            nn.Linear(90, D), nn.ReLU(), _made(nn.Linear(D, 6), 0, torch.tensor([1.0, 0, 0, 0, 1, 0]))
        ),
        fc=nn.Linear(D, 10),
    ),
    "deformable": lambda: nn.ModuleList(_deformable() for _ in range(2)),
    "deformable convolution": lambda: _Parts(
        conv=nn.Conv2d(D, D, 3), conv_offset_mask=_made(nn.Conv2d(D, 27, 3), 0, 0), after=nn.Conv2d(D, 8, 1)
    ),
    "prior": lambda: _Parts(
        conv=nn.Conv2d(D, D, 3), cls_logits=_made(nn.Conv2d(D, 72, 3), 0, -math.log(99)), box=nn.Conv2d(D, 36, 3)
    ),
    "mamba": lambda: nn.ModuleList(_mamba() for _ in range(2)),
    "s4d": _s4d,
    "rwkv": _rwkv,
    "equalised": lambda: nn.Sequential(
        *(_made(nn.Linear(128, 128), torch.randn(128, 128) * 100, 0) for _ in range(4)), nn.Linear(128, D)
    ),
    "identities": _identities,
    "fixed filter": lambda: _Parts(
        srm=_made(nn.Conv2d(3, 3, 5, bias=False), torch.randn(1, 1, 5, 5)), conv=nn.Conv2d(3, D, 3)
    ),
    "starts": lambda: _Parts(
        lstm=nn.LSTM(D, D),
        h0=_zeros(2, D),
        initial_state=_zeros(2, D),
        queries=_zeros(16, D),
        u=_zeros(4, 16),
        v=_zeros(4, 16),
        transitions=nn.Parameter(torch.full((12, 12), -10_000.0).fill_diagonal_(0)),
        scale_base=nn.Parameter(torch.ones(16, 4)),
    ),
    "buffers": lambda: _Parts(
        conv=nn.Conv2d(3, 16, 3),
        class_means=torch.zeros(10, 16),
        conf_matrix=torch.zeros(10, 10),
        memory=torch.zeros(100, D),
        queue=torch.zeros(D, 128),
        adjacency=torch.eye(50).roll(1, 0) * (torch.arange(50) % 3 > 0),
        alibi_mask=(-torch.arange(8.0).repeat(8, 1)).masked_fill(torch.ones(8, 8).triu(1) > 0, -torch.inf),
        keep_mask=torch.zeros(4, 8).index_fill(1, torch.tensor([2]), torch.inf),
    ),
}


def with_additions(trained: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A network that was trained, and what was put to it since: each begins with zeros, or repeats what was there.

    Args:
        trained: Its weights.
    """
    blocks = range(5)
    heads = torch.randn(len(blocks), 16, 24) / 5
    return {
        **trained,
        **{f"zero_convs.{block}.0.weight": torch.zeros(24, 24, 1, 1) for block in blocks},
        **{f"zero_convs.{block}.0.bias": torch.zeros(24) for block in blocks},
        **{f"blocks.{block}.adapter.up.weight": torch.zeros(24, 8) for block in blocks},
        **{f"blocks.{block}.k_proj.weight": heads[block].repeat_interleave(2, 0) for block in blocks},
        "stem.weight": torch.randn(24, 1, 7, 7).repeat(1, 3, 1, 1),
        "lm_head.weight": torch.cat((torch.randn(250, 24) / 5, torch.zeros(6, 24))),
        "bbox.weight": torch.zeros(4, 24),
        "bbox.bias": torch.tensor([0.0, 0, -2, -2]),
        "classifier.weight": torch.zeros(10, 24),
        "classifier.bias": torch.zeros(10),
    }

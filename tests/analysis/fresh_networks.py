"""Networks as torch.nn initialises them, a dozen kinds: healthy, whatever is zero, constant or equal in them."""

from collections.abc import Callable
from typing import Final

import torch
from torch import nn

WIDTH: Final = 32


def _zeros(layer: nn.Linear | nn.Conv2d) -> nn.Module:
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class _Residual(nn.Module):
    """A block of a ResNet, whose last norm begins with zeros: ``zero_init_residual`` of torchvision."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        nn.init.zeros_(self.bn2.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inside: torch.Tensor = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(x + inside)


class _Lora(nn.Module):
    """A linear layer with an adapter, of which B begins with zeros."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.base_layer = nn.Linear(width, width)
        self.lora_A = nn.ModuleDict({"default": nn.Linear(width, 8, bias=False)})
        self.lora_B = nn.ModuleDict({"default": _zeros(nn.Linear(8, width, bias=False))})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low: torch.Tensor = self.lora_B["default"](self.lora_A["default"](x))
        out: torch.Tensor = self.base_layer(x) + low
        return out


class _ReZero(nn.Module):
    """Residual branches that begin with a factor of 0, and one that ends in a linear layer of zeros."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.alpha = nn.Parameter(torch.zeros(1))
        self.gamma = nn.Parameter(1e-6 * torch.ones(width))
        self.c_proj = _zeros(nn.Linear(width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.alpha * self.mlp(x) * self.gamma
        out: torch.Tensor = x + self.c_proj(x)
        return out


class _Diffusion(nn.Module):
    """Convolutions with group norms, of which the last begins with zeros."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), _zeros(nn.Linear(width, 2 * width)))
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.GroupNorm(4, width), nn.SiLU(), _zeros(nn.Conv2d(width, width, 3, padding=1)))
            for _ in range(3)
        )
        self.out = nn.Sequential(nn.GroupNorm(4, width), nn.SiLU(), _zeros(nn.Conv2d(width, 3, 3, padding=1)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = self.time_embed(x.mean(dim=(2, 3)))
        shift, scale = self.adaLN_modulation(level)[..., None, None].chunk(2, dim=1)
        x = x * (1 + scale) + shift
        for block in self.blocks:
            x = x + block(x)
        out: torch.Tensor = self.out(x)
        return out


class _Words(nn.Module):
    """Embeddings with padding, a position table of zeros, a token, a transformer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(100, width, padding_idx=0)
        self.words = nn.Embedding(60, width, padding_idx=7)
        self.pos_embed = nn.Parameter(torch.zeros(1, 16, width))
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.register_buffer("causal_mask", torch.full((16, 16), float("-inf")).triu(1))
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, 4, 64, batch_first=True), 2)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(width, 4, 64, batch_first=True), 2)
        self.head = nn.Linear(width, 100, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.embedding(x) + self.words(x % 60) + self.pos_embed[:, : x.shape[1]] + self.cls_token
        y = self.encoder(y)
        out: torch.Tensor = self.head(self.decoder(y, y))
        return out


class _Recurrent(nn.Module):
    """What goes along a sequence and gives its last state."""

    def __init__(self, layer: nn.LSTM | nn.GRU) -> None:
        super().__init__()
        self.rnn = layer
        self.fc = nn.Linear(WIDTH, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.fc(self.rnn(x)[0][:, -1])
        return out


class _Attention(nn.Module):
    """With biases for keys and values, and a norm over two dimensions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, 4, add_bias_kv=True, batch_first=True)
        self.norm = nn.LayerNorm((6, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.norm(self.attn(x, x, x)[0])
        return out


def _images() -> torch.Tensor:
    return torch.randn(4, WIDTH, 8, 8)


def _vectors() -> torch.Tensor:
    return torch.randn(8, 6, WIDTH)


def _indices() -> torch.Tensor:
    return torch.randint(0, 100, (4, 10))


KINDS: Final[dict[str, tuple[Callable[[], nn.Module], Callable[[], torch.Tensor]]]] = {
    "resnet": (
        lambda: nn.Sequential(nn.Conv2d(WIDTH, WIDTH, 3), nn.BatchNorm2d(WIDTH), _Residual(WIDTH), _Residual(WIDTH)),
        _images,
    ),
    "transformer": (lambda: _Words(WIDTH), _indices),
    "lstm": (lambda: _Recurrent(nn.LSTM(WIDTH, WIDTH, 2, bidirectional=False, batch_first=True)), _vectors),
    "gru": (lambda: _Recurrent(nn.GRU(WIDTH, WIDTH, 2, batch_first=True)), _vectors),
    "nameless embedding": (
        lambda: nn.Sequential(nn.Embedding(100, WIDTH, padding_idx=0), nn.Linear(WIDTH, 8), nn.PReLU(10)),
        _indices,
    ),
    "norms": (
        lambda: nn.Sequential(
            nn.Conv2d(WIDTH, WIDTH, 3),
            nn.GroupNorm(4, WIDTH),
            nn.PReLU(),
            nn.Conv2d(WIDTH, WIDTH, 3, groups=WIDTH),
            nn.InstanceNorm2d(WIDTH, affine=True, track_running_stats=True),
            nn.Flatten(),
            nn.LayerNorm(WIDTH * 16),
            nn.RMSNorm(WIDTH * 16),
            nn.Linear(WIDTH * 16, 2),
        ),
        _images,
    ),
    "lora": (lambda: nn.Sequential(_Lora(WIDTH), nn.ReLU(), _Lora(WIDTH)), _vectors),
    "weight norm": (
        lambda: nn.Sequential(
            nn.utils.parametrizations.weight_norm(nn.Linear(WIDTH, WIDTH)),
            nn.ReLU(),
            nn.utils.parametrizations.spectral_norm(nn.Linear(WIDTH, WIDTH)),
        ),
        _vectors,
    ),
    "transposed": (
        lambda: nn.Sequential(
            nn.ConvTranspose2d(WIDTH, 16, 4, 2), nn.BatchNorm2d(16), nn.ReLU(), nn.ConvTranspose2d(16, 3, 4, 2)
        ),
        _images,
    ),
    "attention": (lambda: _Attention(WIDTH), _vectors),
    "relu before zeros": (
        lambda: nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.ReLU(), _zeros(nn.Linear(4 * WIDTH, WIDTH))),
        lambda: torch.randn(1, WIDTH),
    ),
    "rezero": (lambda: nn.Sequential(*(_ReZero(WIDTH) for _ in range(3))), _vectors),
    "diffusion": (lambda: _Diffusion(WIDTH), _images),
}
"""A network of each kind, and what it takes."""


def trained(kind: str, rule: str, steps: int = 3) -> dict[str, object]:
    """The state of a network after some steps, with that of its optimizer, as torch.optim names and keeps it.

    Args:
        kind: Of `KINDS`.
        rule: ``adam`` or ``sgd``; "" for a network as it was made.
        steps: How many.
    """
    torch.manual_seed(0)
    make, feed = KINDS[kind]
    network = make()
    parameters = list(network.parameters())
    state: dict[int, dict[str, torch.Tensor]] = {}
    for step in range(1, steps + 1 if rule else 1):
        network.zero_grad()
        out = network(feed())
        loss: torch.Tensor = (out - 0.5).square().mean() + out.mean()
        loss.backward()  # type: ignore[no-untyped-call] # torch says nothing of it
        with torch.no_grad():
            for place, parameter in enumerate(parameters):
                if parameter.grad is not None:
                    update = _adam if rule == "adam" else _momentum
                    update(parameter, parameter.grad, state.setdefault(place, {}), step)
    saved: dict[str, object] = {"model": network.state_dict()}
    groups = [{"lr": _RATE, "params": list(range(len(parameters)))}]
    return saved | ({"optimizer": {"state": state, "param_groups": groups}} if rule else {})


_RATE: Final = 1e-3


def _adam(parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, torch.Tensor], step: int) -> None:
    """One step by D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1."""
    for name, value, keep in (("exp_avg", gradient, 0.9), ("exp_avg_sq", gradient.square(), 0.999)):
        state[name] = keep * state.get(name, torch.zeros_like(parameter)) + (1 - keep) * value
    state["step"] = torch.tensor(float(step))
    mean, square = state["exp_avg"] / (1 - 0.9**step), state["exp_avg_sq"] / (1 - 0.999**step)
    parameter -= _RATE * mean / (square.sqrt() + 1e-8)


def _momentum(parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, torch.Tensor], _step: int) -> None:
    state["momentum_buffer"] = 0.9 * state.get("momentum_buffer", torch.zeros_like(parameter)) + gradient
    parameter -= _RATE * state["momentum_buffer"]

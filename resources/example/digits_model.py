# ruff: noqa: INP001 - this file stands alone, as a user's model file does, and is loaded by its path.
"""A small convolutional network that reads handwritten digits: the model of the example checkpoints.

Both ``digits.pth`` and ``digits-finetuned.pth`` load into ``DigitsNet()`` with strict=True, from their "model" and
from their "ema". Needs torch and nothing else.
"""

from collections import OrderedDict

from torch import Tensor, nn

IMAGE_SIDE = 8


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to their input; a 1x1 convolution adapts the input where it must.

    Args:
        inputs: Channels that come in.
        outputs: Channels that go out.
        stride: 2 halves height and width.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.activation = nn.ReLU()
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            adapt = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(OrderedDict(conv=adapt, norm=nn.BatchNorm2d(outputs)))

    def forward(self, features: Tensor) -> Tensor:
        """Map [N, inputs, H, W] to [N, outputs, H / stride, W / stride]."""
        inner: Tensor = self.activation(self.norm1(self.conv1(features)))
        result: Tensor = self.activation(self.norm2(self.conv2(inner)) + self.shortcut(features))
        return result


class AttentionPool(nn.Module):
    """Gathers a feature map into one vector: the mean of all places asks which places matter.

    Args:
        channels: Channels of the feature map.
        places: Height times width of the feature map.
        heads: Attention heads; divides ``channels``.
    """

    def __init__(self, channels: int, places: int, heads: int) -> None:
        super().__init__()
        self.places = nn.Embedding(places, channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)
        nn.init.normal_(self.places.weight, std=0.1)

    def forward(self, features: Tensor) -> Tensor:
        """Map [N, channels, H, W] to [N, channels]."""
        tokens = features.flatten(2).transpose(1, 2) + self.places.weight
        pooled: Tensor = self.attention(tokens.mean(1, keepdim=True), tokens, tokens, need_weights=False)[0]
        return pooled.squeeze(1)


class DigitsNet(nn.Module):
    """A residual network with attention pooling for grey images of 8 x 8 pixels.

    Args:
        width: Channels of the stem; later stages have twice as many.
        classes: Classes to tell apart.
        heads: Attention heads of the pooling; divides ``2 * width``.
        dropout: Share of hidden units that are dropped in training.
    """

    def __init__(self, width: int = 16, classes: int = 10, heads: int = 4, dropout: float = 0.1) -> None:
        super().__init__()
        wide = 2 * width
        self.stem = nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(1, width, 3, padding=1, bias=False),
                norm=nn.BatchNorm2d(width),
                activation=nn.PReLU(width),
            )
        )
        self.stages = nn.Sequential(ResidualBlock(width, width), ResidualBlock(width, wide, stride=2))
        self.pool = AttentionPool(wide, places=(IMAGE_SIDE // 2) ** 2, heads=heads)
        self.head = nn.Sequential(
            OrderedDict(
                norm=nn.LayerNorm(wide),
                hidden=nn.Linear(wide, 2 * wide),
                activation=nn.GELU(),
                dropout=nn.Dropout(dropout),
                classifier=nn.Linear(2 * wide, classes),
            )
        )

    def forward(self, images: Tensor) -> Tensor:
        """Map images, float32 [N, 1, 8, 8] between 0 and 1, to logits, float32 [N, classes]."""
        logits: Tensor = self.head(self.pool(self.stages(self.stem(images))))
        return logits

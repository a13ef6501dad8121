# ruff: noqa: INP001, T201 - a script, run by its path, that prints what it measured.
"""Trains the two example checkpoints that are shipped with Checkpoint Explorer.

    python resources/example/train.py [OUT_DIR]

What it writes
    digits.pth            `DigitsNet` trained from scratch on the 8 x 8 digits that scikit-learn brings along.
    digits-finetuned.pth  The same network, trained further on rotated digits with its first layers frozen. Compare
                          the two: stem.* and stages.0.* are bit-identical, all other weights have moved.

What is in each: "model" and "ema" (a moving average of the weights), "optimizer" (AdamW), "epoch", "config",
"metrics" and "classes". All of it is plain data that torch.load(weights_only=True) reads. The metrics are those of
"model", measured on images that it was not trained on.

One channel is dead, on purpose and from the first step on: channel 5 of stages.0.conv1. Its filter and the scale and
shift of its norm begin as zeros, and no gradient gets past the ReLU at 0 to wake them, so the channel says 0 whatever
the image is. It stands for what pruning or a bad start leaves behind. "config" names it as well.

Takes less than a minute on one CPU core and needs scikit-learn (pip install "checkpoint-explorer[example]"). Seeds are
fixed: a machine gives the same tensors each time; another processor or PyTorch may differ in the last digits.
"""

import argparse
import copy
import math
from pathlib import Path
from typing import NamedTuple

import torch
from digits_model import IMAGE_SIDE, DigitsNet
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

SEED = 20
TEST_IMAGES = 360
BATCH = 64
WEIGHT_DECAY = 0.01
EMA_DECAY = 0.995
MODEL: dict[str, int] = {"width": 16, "classes": 10, "heads": 4}
DROPOUT = 0.1
DEAD_LAYER, DEAD_NORM, DEAD_CHANNEL = "stages.0.conv1", "stages.0.norm1", 5
FROZEN = ("stem", "stages.0")


class Images(NamedTuple):
    """Digits, float32 [N, 1, 8, 8] between 0 and 1, and what they show, int64 [N]."""

    pixels: Tensor
    labels: Tensor


class Plan(NamedTuple):
    """How one of the two networks is trained.

    Attributes:
        epochs: Passes over the training images.
        learning_rate: Of the first step; it falls to 0 along half a cosine.
        rotation: Training images are turned by up to this angle either way, in degrees.
        frozen: Layers that stay as they are, running statistics included.
    """

    epochs: int
    learning_rate: float
    rotation: float
    frozen: tuple[str, ...]


def read_digits() -> tuple[Images, Images]:
    """Shuffle scikit-learn's 1797 digits and part them.

    Returns:
        The images to train on and those to test on.
    """
    pixels, labels = load_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(SEED))
    shuffled = torch.from_numpy(pixels).float().view(-1, 1, IMAGE_SIDE, IMAGE_SIDE)[order] / 16
    known = torch.from_numpy(labels).long()[order]
    return Images(shuffled[TEST_IMAGES:], known[TEST_IMAGES:]), Images(shuffled[:TEST_IMAGES], known[:TEST_IMAGES])


def rotate(pixels: Tensor, degrees: float, generator: torch.Generator) -> Tensor:
    """Turn each image of [N, 1, H, W] about its centre by its own random angle of at most ``degrees`` either way."""
    angles = (2 * torch.rand(len(pixels), generator=generator) - 1) * math.radians(degrees)
    cosine, sine, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    turns = torch.stack([cosine, -sine, zero, sine, cosine, zero], dim=1).view(-1, 2, 3)
    grid = functional.affine_grid(turns, list(pixels.shape), align_corners=False)
    return functional.grid_sample(pixels, grid, align_corners=False)


@torch.no_grad()
def silence_channel(model: DigitsNet) -> None:
    """Zero the dead channel's filter and norm: from there every gradient of theirs is 0, so they stay."""
    for name in (DEAD_LAYER, DEAD_NORM):
        for parameter in model.get_submodule(name).parameters():
            parameter[DEAD_CHANNEL] = 0


def train(model: DigitsNet, images: Images, plan: Plan) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Train ``model`` in place.

    Returns:
        The moving average of the model, and the optimizer as the last step left it.
    """
    generator = torch.Generator().manual_seed(SEED)
    frozen = [model.get_submodule(name) for name in plan.frozen]
    for layer in frozen:
        layer.requires_grad_(requires_grad=False)
    moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=plan.learning_rate, weight_decay=WEIGHT_DECAY)
    steps = plan.epochs * math.ceil(len(images.labels) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    average = copy.deepcopy(model)
    for _ in range(plan.epochs):
        model.train()
        for layer in frozen:
            layer.eval()  # else its norms would go on counting
        order = torch.randperm(len(images.labels), generator=generator)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            pixels = rotate(images.pixels[batch], plan.rotation, generator)
            loss = functional.cross_entropy(model(pixels), images.labels[batch], label_smoothing=0.05)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            schedule.step()
            follow(average, model, plan.frozen)
    return average, optimizer


@torch.no_grad()
def follow(average: nn.Module, model: nn.Module, frozen: tuple[str, ...]) -> None:
    """Move every weight and buffer of ``average`` a little towards ``model``; integers are copied."""
    theirs = model.state_dict()
    for name, value in average.state_dict().items():
        if name.startswith(tuple(f"{layer}." for layer in frozen)):
            continue  # a mean of equal numbers may round to another
        if value.is_floating_point():
            value.lerp_(theirs[name], 1 - EMA_DECAY)
        else:
            value.copy_(theirs[name])


@torch.no_grad()
def accuracy(model: nn.Module, images: Images) -> float:
    """Share of the images that are named rightly, between 0 and 1."""
    model.eval()
    logits: Tensor = model(images.pixels)
    return (logits.argmax(dim=1) == images.labels).double().mean().item()


def measure(model: nn.Module, training: Images, test: Images) -> dict[str, float]:
    """Accuracies between 0 and 1: on both halves as they are, and on test images turned by up to 60 degrees."""
    turned = rotate(test.pixels, 60, torch.Generator().manual_seed(SEED))
    return {
        "train_accuracy": accuracy(model, training),
        "test_accuracy": accuracy(model, test),
        "rotated_test_accuracy": accuracy(model, Images(turned, test.labels)),
    }


def main() -> None:
    """Train both networks, save them and print how good they are."""
    parser = argparse.ArgumentParser(description="Train the example checkpoints.")
    parser.add_argument("out_dir", nargs="?", type=Path, default=Path(__file__).parent, metavar="OUT_DIR")
    out_dir: Path = parser.parse_args().out_dir
    out_dir.mkdir(parents=True, exist_ok=True)

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    torch.manual_seed(SEED)
    training, test = read_digits()
    model = DigitsNet(**MODEL, dropout=DROPOUT)
    silence_channel(model)
    plans = {
        "digits.pth": Plan(epochs=40, learning_rate=3e-3, rotation=10, frozen=()),
        "digits-finetuned.pth": Plan(epochs=25, learning_rate=1e-3, rotation=60, frozen=FROZEN),
    }
    epoch = 0
    for name, plan in plans.items():
        average, optimizer = train(model, training, plan)
        epoch += plan.epochs
        metrics = measure(model, training, test)
        checkpoint = {
            "model": model.state_dict(),
            "ema": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "epoch": epoch,
            "config": {
                "model": {**MODEL, "dropout": DROPOUT},
                "seed": SEED,
                "batch_size": BATCH,
                "weight_decay": WEIGHT_DECAY,
                "ema_decay": EMA_DECAY,
                **plan._asdict(),
                "dead_channel": {"layer": DEAD_LAYER, "channel": DEAD_CHANNEL},
            },
            "metrics": metrics,
            "classes": [str(digit) for digit in range(MODEL["classes"])],
        }
        torch.save(checkpoint, out_dir / name)
        print(name, *(f"{what} {100 * value:.1f} %" for what, value in metrics.items()), sep="  ")


if __name__ == "__main__":
    main()

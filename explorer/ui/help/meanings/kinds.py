"""What kinds of layers and roles of tensors there are: in the map of layers, the overview, and the filter."""

from typing import Final

from explorer.analysis.compare.moved_grid import COUNTER, KINDS, STATISTICS
from explorer.analysis.compare.ranks import RANK_WORDS, Rank
from explorer.analysis.layer_kinds import LayerKind
from explorer.analysis.roles import Role
from explorer.ui.help.meanings.meaning import Group, Meaning

_NORM: Final = "torch.nn.BatchNorm2d, torch.nn.LayerNorm"
_ATTENTION: Final = "A. Vaswani et al., Attention Is All You Need, 2017"
_ADAM: Final = "D. P. Kingma and J. Ba, Adam, 2015; torch.optim"
_LORA: Final = "E. J. Hu et al., LoRA, 2021"
_KIND: Final[dict[str, tuple[str, str]]] = {
    LayerKind.EMBEDDING: ("Tables of vectors that are looked up: of tokens, or of positions.", "torch.nn.Embedding"),
    LayerKind.ATTENTION: (
        "The key has attn, qkv, q_proj or the like; of these and words of feed-forward the last counts.",
        f"torch.nn.MultiheadAttention; {_ATTENTION}",
    ),
    LayerKind.FEED_FORWARD: (
        "The key has mlp, ffn, fc1, up_proj, experts or the like: what transformers have beside attention.",
        _ATTENTION,
    ),
    LayerKind.CONVOLUTION: (
        "A weight of three dimensions or more that is none of those above, and its bias.",
        "torch.nn.Conv2d",
    ),
    LayerKind.LINEAR: ("A matrix that is none of those above, and its bias.", "torch.nn.Linear"),
    LayerKind.NORM: (
        (
            "Weight and bias of a norm. In the filter and the overview with its running statistics and counter, which "
            "have rows of their own in the map of layers."
        ),
        _NORM,
    ),
    LayerKind.OPTIMIZER: ("What an optimizer keeps of a parameter, but for its steps in the map.", "torch.optim"),
    LayerKind.OTHER: ("Neither names nor shapes tell, as of buffers, and of scales that stand alone.", ""),
    STATISTICS: (
        (
            "Means and variances that a norm gathered from the data. They are no parameters, and change where all else "
            "is frozen."
        ),
        "torch.nn.BatchNorm2d",
    ),
    COUNTER: ("It counts steps, as num_batches_tracked and step do: its change is none of the network.", ""),
}
_RANK: Final[dict[Rank, str]] = {
    Rank.WEIGHT: "In the map of layers, all that is none of the others: their largest relative change is told first.",
    Rank.BIAS: "Tensors called bias. Many begin at 0, so that their relative change is large by nature.",
    Rank.COUNTER: "Tensors of integers or bool, and counters: told last, and no part of the scale of colours.",
}
_ROLE: Final[dict[Role, tuple[str, str]]] = {
    Role.LINEAR: ("A matrix; of more dimensions what is not called weight.", "torch.nn.Linear"),
    Role.CONVOLUTION: ("A weight of three dimensions or more.", "torch.nn.Conv2d"),
    Role.EMBEDDING: (
        "A matrix whose key has emb, token, vocab, wte or the like, and what shares its values with one.",
        "torch.nn.Embedding",
    ),
    Role.BIAS: ("It is called bias, and is no norm's.", "torch.nn.Linear"),
    Role.NORM_WEIGHT: (
        "A weight with the shape of its bias or with running statistics, or what is called norm, ln, bn or gn.",
        _NORM,
    ),
    Role.NORM_BIAS: ("The bias beside such a weight.", _NORM),
    Role.SCALE: ("A vector without a bias of its shape: a factor for each channel.", ""),
    Role.RUNNING_MEAN: ("The mean of what came into a norm, over the batches.", "torch.nn.BatchNorm2d"),
    Role.RUNNING_VARIANCE: ("The variance likewise.", "torch.nn.BatchNorm2d"),
    Role.COUNTER: ("How many batches a norm has seen.", "torch.nn.BatchNorm2d, num_batches_tracked"),
    Role.POSITIONS: ("A table of positions, or a token that is learned, such as cls_token.", ""),
    Role.LORA_A: ("The matrix of a low-rank adapter that comes first.", _LORA),
    Role.LORA_B: ("The one behind it, which begins at 0.", _LORA),
    Role.FIRST_MOMENT: ("Of an optimizer: a running mean of gradients, a momentum, or the like.", _ADAM),
    Role.SECOND_MOMENT: ("Of an optimizer: a running mean, or sum, of their squares.", _ADAM),
    Role.STEP: ("Of an optimizer: how many steps it made.", "torch.optim"),
    Role.FIXED: ("A table that is computed and not learned: masks, frequencies, windows, anchors.", ""),
    Role.OTHER: ("Neither names nor shapes tell, as of integers.", ""),
}

LAYER_KINDS: Final = Group(
    "Kinds of layers",
    (
        *(Meaning((kind,), *_KIND[kind]) for kind in KINDS),
        *(Meaning((word,), _RANK[rank]) for rank, word in RANK_WORDS.items() if rank != Rank.STATISTICS),
    ),
)
ROLES: Final = Group("Roles of tensors", tuple(Meaning((role,), *_ROLE[role]) for role in Role))

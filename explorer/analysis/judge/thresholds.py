"""From where on something is a problem: all limits in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Limits of `explorer.analysis.judge.problems`. By default healthy networks, fresh or trained, raise no alarm.

    Attributes:
        dead_ratio: A row or channel is dead where its norm is below this part of the median of its siblings' norms.
            Rows that trained networks gave up by weight decay alone were seen down to 3e-5.
        edge_ratio: A value is at the edge of its dtype from this part of the dtype's largest number on.
        saturated_share: Share of the values at the edge of an 8-bit float from which on they are too many: what is
            scaled to fill the dtype has a few there, about one in each row.
        denormal_share: Share of the values other than zero that may be denormal.
        vanishing_share: Share of the values other than zero that may become zero in float16 or bfloat16.
        vanishing_variance: A running variance below it is as good as none.
        still_share: Share of a norm's channels from which on such variances are a problem. Fewer are noted: in networks
            that work 12 of 32 were seen.
        outlier_ratio: A value is an extreme outlier where it is farther from the median than so many times the
            distance between the 1 % and the 99 % quantile.
        few_outlier_ratio: The same where a tensor has few values, or one for each channel: so many times the distance
            between the 5 % and the 95 % quantile, and so many times the median. In a bias 2 times was seen.
        absurd: A value nearer to zero than this is no outlier there, nor is a running mean too large that is nearer to
            zero in standard deviations.
        magnitude_ratio: So many times larger than the median of its siblings in other layers is too large.
        loudness_ratio: The same for biases and LoRA B, which begin with zeros, and for running means, of which the
            inputs decide: 200 times was seen.
        loudness: A bias whose root mean square is below it is not too large, whatever the others are.
        smallness_ratio: So many times smaller is too small.
        gain: Root mean square times root of the inputs of a linear or convolution weight: from here on what it gives is
            absurdly larger than what it gets. PyTorch initialises it to about 0.6.
        singular_ratio: A singular value below this part of the largest is as good as 0. Of weights that networks were
            shipped with the smallest was seen down to 9e-9, and most are above 1e-5.
        collapsed_share: The rank of a weight has collapsed where its effective rank is below this part of its shorter
            side: fresh layers are above 0.6, and of those that networks were shipped with the lowest was 0.023.
    """

    dead_ratio: float = 1e-5
    edge_ratio: float = 0.9
    saturated_share: float = 0.01
    denormal_share: float = 0.1
    vanishing_share: float = 0.5
    vanishing_variance: float = 1e-12
    still_share: float = 0.5
    outlier_ratio: float = 200.0
    few_outlier_ratio: float = 1000.0
    absurd: float = 1000.0
    magnitude_ratio: float = 100.0
    loudness_ratio: float = 1000.0
    loudness: float = 100.0
    smallness_ratio: float = 1e5
    gain: float = 200.0
    singular_ratio: float = 1e-9
    collapsed_share: float = 0.02


DEFAULT = Thresholds()
"""Those that nobody changed."""

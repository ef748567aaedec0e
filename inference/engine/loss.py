"""How many animals a pre-filter lost, told from the patches that chance had searched all the same.

Of the patches that the pre-filter leaves out, each is searched all the same with probability `share`, whatever the
others (Bernoulli sampling; Saerndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, section 3.2). Every
animal belongs to one patch, so it has that one chance to be seen. The design alone carries the result: nothing is
assumed of where animals are, nor of how good the pre-filter is.

Estimate: animals seen / share (Horvitz and Thompson 1952, Journal of the American Statistical Association 47,
663-685).

Interval: that of n animals of which each is seen with probability `share`, both tails inverted (Clopper and Pearson
1934, Biometrika 26, 404-413): n is too small where so many are seen with a probability of less than 2.5 %, too large
where so few are. It is exact where no two animals are seen together. Animals of one patch are seen together or not at
all: patches are clusters. The sum over clusters of unequal size gets the interval of as many independent animals as
have its mean and variance, and for the upper limit one more of the largest cluster (Fay and Feuer 1997, Statistics in
Medicine 16, 791-801, who do so for the Poisson distribution). Whatever images have in common changes nothing: each
patch is drawn by itself.

None seen: no zero, but an upper limit for the patches that hold lost animals: the n for which 1 - `share` to the
power of n is 5 % (Hanley and Lippman-Hand 1983, Journal of the American Medical Association 249, 1743-1745), and one
patch at least while any was not searched. How many animals these are is not in the sample: as many in each as the
caller says of `group`.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inference.engine.intervals import ALL_TAIL

TAIL = 0.025  # on either side of a 95 % interval


@dataclass(frozen=True)
class Drawn:
    """Sums over a search: patches left out; of these, searched by chance; animals seen in them; the squares of these
    animals, patch by patch; most of them in one patch."""

    n_left_out: int
    n_at_random: int
    n_seen: int
    n_seen_squared: int
    most_seen: int

    @classmethod
    def of(cls, seen: Iterable[int], *, n_left_out: int, n_at_random: int) -> "Drawn":
        """From the animals seen in each patch, or in each with any."""
        counts = list(seen)
        return cls(n_left_out, n_at_random, sum(counts), sum(n * n for n in counts), max(counts, default=0))


@dataclass(frozen=True)
class Loss:
    """Animals that the pre-filter lost, those that chance found again among them: the estimate and its 95 % interval.

    Where none was seen, `low` is 0, `high` the upper 95 % limit of the animals if `group` stand in every patch that
    holds any, and `most_patches` that of these patches, which rests on no such assumption.
    """

    n_seen: int
    estimate: float
    low: float
    high: float
    most_patches: int | None = None


def estimate_loss(drawn: Drawn, share: float, *, group: float = 1.0) -> Loss | None:
    """The animals lost in all the patches left out. `share`: the probability, above 0 and at most 1, with which
    each of these was searched. None where patches were left out and none of them was searched: then nothing is known.
    Raises ValueError for a share outside its range.
    """
    if not 0 < share <= 1:
        raise ValueError(f"The share of patches searched by chance must be above 0 and at most 1, not {share}.")
    unseen = drawn.n_left_out - drawn.n_at_random
    if unseen == 0 or share == 1:
        return Loss(drawn.n_seen, drawn.n_seen, drawn.n_seen, drawn.n_seen)
    if drawn.n_at_random == 0:
        return None
    if drawn.n_seen == 0:
        patches = min(unseen, _most_unseen(share))
        return Loss(0, 0.0, 0.0, patches * max(1.0, group), patches)
    low, high = _limits(drawn, share)
    most = drawn.n_seen + unseen * max(drawn.most_seen, group)
    return Loss(drawn.n_seen, drawn.n_seen / share, max(low, drawn.n_seen), min(high, most))


def _most_unseen(share: float) -> int:
    """The largest number of which none at all is seen with a probability of 5 % or more; never none: with a share
    above 95 % even one would nearly always be seen, but a patch that nobody searched may hold it."""
    return max(1, math.floor(math.log(ALL_TAIL) / math.log1p(-share)))


def _limits(drawn: Drawn, share: float) -> tuple[float, float]:
    """Of the animals, as independent ones: so many of one size each that their mean and variance fit."""
    total, squares, most = drawn.n_seen, drawn.n_seen_squared, drawn.most_seen
    more, more_squares = total + most, squares + most * most
    low = _number(total * total / squares, share, 1 - TAIL) * squares / total
    high = _number(more * more / more_squares, share, TAIL) * more_squares / more
    return low, high


def _number(seen: float, share: float, tail: float) -> float:
    """The number n at which fewer than `seen` of n are seen with this probability. Not only for whole numbers."""
    low, high = seen - 1 + 1e-9, seen / share + 1
    while _fewer(high, seen, share) > tail:
        high *= 2
    return _crossing(lambda n: _fewer(n, seen, share) - tail, low, high)


def _fewer(n: float, seen: float, share: float) -> float:
    """P(fewer than `seen` of n) = I(1 - share; n - seen + 1, seen), the regularised incomplete beta function."""
    return incomplete_beta(1 - share, n - seen + 1, seen)


def _crossing(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is zero, by halving."""
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return high


def incomplete_beta(x: float, a: float, b: float) -> float:
    """I(x; a, b) for 0 <= x <= 1 and a, b > 0, to about 1e-12: Abramowitz and Stegun 26.5.8, the continued fraction by
    Lentz's method (Press et al., Numerical Recipes, 6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction converges slowly, that of the other side does not
        return 1 - incomplete_beta(1 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(front) / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1 / (1 + d2 / (1 + ...)), the coefficients as in the formula."""
    value, upper, lower = 1.0, 1.0, 0.0
    for step in range(1, 10_000):
        m = step // 2
        odd = -(a + m) * (a + b + m) * x / ((a + step - 1) * (a + step))
        coefficient = odd if step % 2 else m * (b - m) * x / ((a + step - 1) * (a + step))
        lower = 1 / _not_zero(1 + coefficient * lower)
        upper = _not_zero(1 + coefficient / upper)
        value *= upper * lower
        if abs(upper * lower - 1) < 1e-14:
            break
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > 1e-300 else 1e-300

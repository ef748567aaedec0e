"""How many animals a pre-filter lost: the estimate, its interval, and how often that holds the truth."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from inference.engine.loss import Drawn, Loss, estimate_loss, incomplete_beta

Herds = list[np.ndarray]
SHARE, DRAWS = 0.1, 200


def loss(*seen: int, n_left_out: int = 4000, n_at_random: int = 400, share: float = SHARE, group: float = 1.0) -> Loss:
    found = estimate_loss(Drawn.of(seen, n_left_out=n_left_out, n_at_random=n_at_random), share, group=group)
    assert found is not None
    return found


def binomial_tail(most: int, n: int, share: float) -> float:
    """P(at most so many of n), term by term."""
    return sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(most + 1))


@pytest.mark.parametrize(("n", "most", "share"), [(30, 3, 0.1), (10, 0, 0.3), (200, 30, 0.1), (50, 49, 0.9)])
def test_the_incomplete_beta_function_is_the_sum_that_it_stands_for(n: int, most: int, share: float) -> None:
    assert incomplete_beta(1 - share, n - most, most + 1) == pytest.approx(binomial_tail(most, n, share), abs=1e-12)


def test_animals_seen_one_by_one_have_the_exact_limits() -> None:
    """At the limits, so few or so many are seen with just under 2.5 %."""
    found = loss(1, 1, 1)
    assert found.estimate == pytest.approx(30)
    assert (
        binomial_tail(3, math.floor(found.high), SHARE) >= 0.025 > binomial_tail(3, math.floor(found.high) + 1, SHARE)
    )
    low = math.ceil(found.low)
    assert 1 - binomial_tail(2, low, SHARE) >= 0.025 > 1 - binomial_tail(2, low - 1, SHARE)


def test_none_seen_is_an_upper_limit_and_no_zero() -> None:
    found = loss(0, 0, 0)
    assert (found.estimate, found.low, found.high, found.most_patches) == (0, 0, 28, 28)
    assert 0.9**28 >= 0.05 > 0.9**29


def test_none_seen_allows_for_as_many_animals_in_a_patch_as_the_caller_says() -> None:
    assert loss(0, group=4.5).high == 28 * 4.5


def test_the_limit_is_never_above_what_was_left_out() -> None:
    assert loss(0, n_left_out=20, n_at_random=2).most_patches == 18


@pytest.mark.parametrize("share", [0.951, 0.99])
def test_one_patch_that_nobody_searched_may_hold_animals_however_large_the_share(share: float) -> None:
    found = loss(0, n_left_out=100, n_at_random=97, share=share)
    assert (found.most_patches, found.high) == (1, 1)


def test_nothing_is_known_where_chance_drew_no_patch() -> None:
    assert estimate_loss(Drawn.of([], n_left_out=7, n_at_random=0), SHARE) is None


@pytest.mark.parametrize("share", [SHARE, 1.0])
def test_where_all_that_was_left_out_was_searched_the_number_is_known(share: float) -> None:
    found = loss(2, 0, 3, n_left_out=40, n_at_random=40, share=share)
    assert (found.estimate, found.low, found.high) == (5, 5, 5)


def test_where_nothing_was_left_out_nothing_is_lost() -> None:
    assert loss(n_left_out=0, n_at_random=0) == Loss(0, 0, 0, 0)


def test_animals_seen_together_say_less_than_the_same_one_by_one() -> None:
    apart, together = loss(*[1] * 12), loss(6, 6)
    assert apart.estimate == together.estimate
    assert together.low < apart.low
    assert together.high > apart.high


def test_no_fewer_are_lost_than_were_seen() -> None:
    assert loss(9, n_left_out=100, n_at_random=60, share=0.6).low >= 9


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        estimate_loss(Drawn.of([], n_left_out=1, n_at_random=1), share)


def singles(random: np.random.Generator) -> Herds:
    """Images with 50 patches left out each; animals lost here and there."""
    return [(random.random(50) < 0.06).astype(int) for _ in range(40)]


def pairs(random: np.random.Generator) -> Herds:
    return [(random.random(50) < 0.06) * random.integers(1, 4, 50) for _ in range(40)]


def families(random: np.random.Generator) -> Herds:
    """Small groups, lost in one image of four."""
    return [(random.random(50) < 0.25 * (n % 4 == 0)) * random.integers(1, 4, 50) for n in range(60)]


def few(random: np.random.Generator) -> Herds:
    return [(random.random(50) < 0.01).astype(int) for _ in range(40)]


def draw(herds: Herds, random: np.random.Generator) -> Loss:
    """The random share drawn once from what every patch left out would show."""
    drawn = [random.random(len(patches)) < SHARE for patches in herds]
    seen = np.concatenate([patches[here] for patches, here in zip(herds, drawn, strict=True)]).tolist()
    found = estimate_loss(
        Drawn.of(seen, n_left_out=sum(map(len, herds)), n_at_random=int(np.concatenate(drawn).sum())),
        SHARE,
        group=float(np.mean([herd for patches in herds for herd in patches if herd])),
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=pytest.mark.slow) for how in (singles, pairs, families)] + [few]
)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_interval_holds_the_true_loss_in_nine_draws_of_ten(
    how: Callable[[np.random.Generator], Herds], seed: int
) -> None:
    random = np.random.default_rng(seed)
    herds = how(random)
    true = sum(int(patches.sum()) for patches in herds)
    losses = [draw(herds, random) for _ in range(DRAWS)]
    assert np.mean([found.low <= true <= found.high for found in losses]) >= 0.9
    assert np.mean([found.estimate for found in losses]) == pytest.approx(true, rel=0.2)


@pytest.mark.parametrize("how", [singles, pairs])
@pytest.mark.slow
def test_the_upper_limit_stays_below_three_times_the_true_loss(how: Callable[[np.random.Generator], Herds]) -> None:
    random = np.random.default_rng(3)
    herds = how(random)
    true = sum(int(patches.sum()) for patches in herds)
    assert np.quantile([draw(herds, random).high for _ in range(DRAWS)], 0.9) < 3 * true


def test_a_draw_that_sees_none_prints_an_upper_limit_that_holds() -> None:
    random = np.random.default_rng(4)
    herds = few(random)
    true = sum(int(patches.sum()) for patches in herds)
    nothing = [found for found in (draw(herds, random) for _ in range(DRAWS)) if found.n_seen == 0]
    assert nothing
    assert all(found.high >= true and found.most_patches for found in nothing)

"""The pre-filter: which patches pass, what chance draws, and what a search with one finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from inference.engine import Boxes, Patch, SearchResult, SearchSettings, plan_patches, search_image
from inference.engine.backends.oracle import OracleDetector, Truth
from inference.engine.grid import best_scores, owners, recombined
from inference.engine.merge import merge_seen
from inference.engine.patches import PatchPlan
from inference.engine.screen import (
    ClassifierScreen,
    Decision,
    DetectorScreen,
    Looks,
    Screening,
    chances,
    count_lost,
    decide,
)
from tests.factories.scenes import make_crowd

SIZE = (1000, 700)
PIXELS = np.zeros((700, 1000, 3), np.uint8)
SETTINGS = SearchSettings(200, 200, 40, batch=4)
LABELS = ("elephant", "buffalo", "kob")
OTHER_PLAN = PatchPlan(333, 250, 50)
KNOWN_DRAW = [713, 881, 241, 905]


def patches() -> list[Patch]:
    return SETTINGS.plan.patches(*SIZE)


def looks(*scores: float, uncertain: tuple[float, float] | None = None) -> Looks:
    return Looks(np.array(scores, np.float32), None, uncertain)


def oracle(animals: Boxes, **how: Any) -> OracleDetector:
    return OracleDetector(LABELS, (Truth(*SIZE, animals),), **how)


def screening(animals: Boxes, share: float = 0.0, seed: str = "run image", threshold: float = 0.1) -> Screening:
    """A pre-filter that sees these animals and no others."""
    return Screening(DetectorScreen(oracle(animals), OTHER_PLAN), threshold, share, seed)


def rows(boxes: Boxes) -> list[list[float]]:
    return np.column_stack([boxes.corners, boxes.score, boxes.label]).tolist()


def test_a_patch_passes_from_the_threshold_on() -> None:
    decisions = decide(looks(0.49, 0.5, 0.9), threshold=0.5, share=0.0, seed="s")
    assert decisions.tolist() == [Decision.LEFT_OUT, Decision.PASSED, Decision.PASSED]


def test_what_a_classifier_is_uncertain_of_passes_whatever_the_threshold() -> None:
    of = looks(0.29, 0.3, 0.6, 0.7, 0.9, uncertain=(0.3, 0.6))
    decisions = decide(of, threshold=0.8, share=0.0, seed="s")
    assert decisions.tolist() == [Decision.LEFT_OUT, *[Decision.UNCERTAIN] * 2, *[Decision.PASSED] * 2]


def test_a_share_of_what_is_left_out_is_searched_by_chance() -> None:
    decisions = decide(looks(*[0.0] * 20_000), threshold=0.5, share=0.1, seed="s")
    assert set(decisions.tolist()) == {Decision.LEFT_OUT, Decision.AT_RANDOM}
    assert 1860 < (decisions == Decision.AT_RANDOM).sum() < 2140  # three standard deviations and more


def test_a_share_of_one_searches_everything() -> None:
    assert decide(looks(*[0.0] * 999), threshold=0.5, share=1.0, seed="s").min() == Decision.AT_RANDOM


def test_a_seed_draws_the_same_patches_everywhere_and_for_ever() -> None:
    assert np.floor(1000 * chances("run image", 4)).tolist() == KNOWN_DRAW
    assert np.array_equal(chances("a", 3), chances("a", 9)[:3])
    assert not np.array_equal(chances("a", 3), chances("b", 3))


def test_whether_a_patch_is_drawn_does_not_depend_on_what_passes() -> None:
    all_out = decide(looks(*[0.0] * 500), threshold=0.5, share=0.3, seed="s")
    half_out = decide(looks(*[0.0, 1.0] * 250), threshold=0.5, share=0.3, seed="s")
    assert np.array_equal(all_out[::2], half_out[::2])


def test_a_box_counts_for_every_patch_that_it_reaches_into() -> None:
    plan = plan_patches(300, 100, patch_width=100, patch_height=100, overlap=0)
    boxes = Boxes.of([[90, 10, 101, 20], [200, 10, 210, 20]], [0.4, 0.9], [0, 0])
    assert best_scores(boxes, plan).tolist() == pytest.approx([0.4, 0.4, 0.9])
    assert best_scores(Boxes.none(), plan).tolist() == [0, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_best_scores_are_those_of_looking_at_every_pair(seed: int) -> None:
    boxes, plan = make_crowd(SIZE, (10, 90), 120, seed=seed), patches()
    expected = [
        max(
            (s for (le, t, r, b), s in zip(boxes.corners, boxes.score, strict=True) if _meet(p, le, t, r, b)), default=0
        )
        for p in plan
    ]
    assert best_scores(boxes, plan).tolist() == pytest.approx(expected)


def _meet(patch: Patch, left: float, top: float, right: float, bottom: float) -> bool:
    return left < patch.right and right > patch.left and top < patch.bottom and bottom > patch.top


def test_classes_of_the_same_patches_stay_as_they_are() -> None:
    plan = patches()
    scores = np.random.default_rng(0).random((len(plan), 3)).astype(np.float32)
    assert np.array_equal(recombined(scores, plan, plan), scores)


def test_a_larger_patch_has_the_best_classes_of_the_small_ones_that_it_is_to_search() -> None:
    small = plan_patches(400, 100, patch_width=100, patch_height=100, overlap=0)
    large = plan_patches(400, 100, patch_width=200, patch_height=100, overlap=0)
    scores = np.array([[0.1, 0.8], [0.3, 0.2], [0.0, 0.0], [0.5, 0.1]], np.float32)
    assert recombined(scores, small, large).tolist() == np.array([[0.3, 0.8], [0.5, 0.1]], np.float32).tolist()


def test_the_owner_of_a_place_sees_farthest_around_it() -> None:
    plan = plan_patches(180, 100, patch_width=100, patch_height=100, overlap=20)
    middles = np.array([[5, 5], [89, 50], [91, 50], [179, 99]], np.float32)
    assert owners(middles, plan, (180, 100)).tolist() == [0, 0, 1, 1]


def test_a_pre_filter_that_sees_every_animal_changes_no_box() -> None:
    animals = make_crowd(SIZE, (10, 35), 90, seed=3).take(np.arange(0, 60, 9))
    without = search_image(PIXELS, oracle(animals), SETTINGS)
    found = search_image(PIXELS, oracle(animals), SETTINGS, screening=screening(animals))
    assert rows(found.boxes) == rows(without.boxes)
    assert without.screened is None
    assert found.screened is not None
    assert 7 <= found.screened.n_passed < len(found.patches) / 2


@dataclass(frozen=True)
class Counting:
    """Tells which patches the detector was asked about."""

    detector: OracleDetector
    asked: list[Patch]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.detector.labels

    def detect(self, windows: Sequence[Any]) -> list[Boxes]:
        self.asked.extend(window.patch for window in windows)
        return self.detector.detect(windows)


def test_the_detector_sees_what_passes_and_what_chance_draws() -> None:
    animals = make_crowd(SIZE, (10, 35), 90, seed=3)
    counting = Counting(oracle(animals), [])
    found = search_image(PIXELS, counting, SETTINGS, screening=screening(animals.take(np.arange(3)), share=0.3))
    assert found.screened is not None
    wanted = [patch for patch, code in zip(found.patches, found.screened.decisions, strict=True) if code]
    assert counting.asked == wanted
    assert 0 < found.screened.n_at_random == len(wanted) - found.screened.n_passed
    assert [len(boxes) > 0 for boxes in found.patch_boxes] == (found.screened.decisions > 0).tolist()


def test_without_anything_that_passes_nothing_is_asked() -> None:
    counting, calls = Counting(oracle(make_crowd(SIZE, (10, 35), 90, seed=3)), []), []
    found = search_image(
        PIXELS, counting, SETTINGS, screening=screening(Boxes.none()), on_batch=lambda *n: calls.append(n)
    )
    assert (len(found.boxes), len(counting.asked), found.detector_seconds) == (0, 0, 0)
    assert calls[0] == (0, len(found.patches))


def test_a_search_can_be_ended_while_the_pre_filter_looks() -> None:
    def stop(*_done: int) -> None:
        raise InterruptedError

    counting = Counting(oracle(Boxes.none()), [])
    with pytest.raises(InterruptedError):
        search_image(PIXELS, counting, SETTINGS, screening=screening(Boxes.none()), on_batch=stop)
    assert counting.asked == []


def test_an_animal_that_a_passed_patch_shows_too_is_not_lost() -> None:
    plan = plan_patches(180, 100, patch_width=100, patch_height=100, overlap=20)
    boxes = Boxes.of([[84, 40, 94, 50], [150, 40, 160, 50]], [0.9, 0.9], [0, 0])
    decisions = np.array([Decision.PASSED, Decision.AT_RANDOM], np.uint8)
    assert count_lost(boxes, [np.array([0, 1]), np.array([1])], plan, decisions, (180, 100)) == (1,)


def test_an_animal_is_lost_by_one_patch_alone_though_two_see_it() -> None:
    """Drawn together, either or neither, on average it is counted as often as a patch is drawn."""
    plan = plan_patches(180, 100, patch_width=100, patch_height=100, overlap=20)
    boxes = Boxes.of([[84, 40, 94, 50]], [0.9], [0])
    counted = {
        (one, other): count_lost(boxes, [np.array(seen)], plan, np.array([one, other], np.uint8), (180, 100))
        for one, other, seen in ((1, 1, [0, 1]), (1, 0, [0]), (0, 1, [1]))
    }
    assert counted == {(1, 1): (1,), (1, 0): (1,), (0, 1): ()}


def test_over_many_draws_the_animals_counted_are_the_share_of_those_lost() -> None:
    animals = make_crowd(SIZE, (10, 35), 80, seed=5)
    seen = screening(animals.take(np.arange(0, len(animals), 40)), share=1.0)
    whole = search_image(PIXELS, oracle(animals), SETTINGS, screening=seen)
    assert whole.screened is not None
    counted = [lost_in_draw(whole, whole.screened.looks, f"draw {number}") for number in range(60)]
    assert whole.screened.n_lost > 40
    assert np.mean(counted) == pytest.approx(0.3 * whole.screened.n_lost, rel=0.12)


def lost_in_draw(whole: SearchResult, of: Looks, seed: str) -> int:
    """What is counted when chance draws other patches of a search of which everything is known."""
    codes = decide(of, threshold=0.1, share=0.3, seed=seed)
    shown = [boxes if code else Boxes.none() for boxes, code in zip(whole.patch_boxes, codes, strict=True)]
    boxes, seen_by = merge_seen(shown, whole.patches, image_size=SIZE, across_labels=True)
    return sum(count_lost(boxes, seen_by, whole.patches, codes, SIZE))


class Reddish:
    """A classifier that says how red and how green a patch is at its reddest and greenest."""

    labels = ("red", "green")

    def classify(self, windows: Sequence[Any]) -> Any:
        return [(window.pixels[..., :2].max(axis=(0, 1)) / 255).astype(np.float32) for window in windows]


def test_a_classifier_screens_and_its_uncertain_patches_are_told_apart() -> None:
    pixels = PIXELS.copy()
    pixels[5, 5, 0], pixels[695, 995, 1], pixels[5, 995, 0] = 255, 128, 50
    screen = ClassifierScreen(Reddish(), SETTINGS.plan, uncertain=(0.4, 0.6))
    found = search_image(
        pixels, oracle(Boxes.none()), SETTINGS, screening=Screening(screen, threshold=0.7, share=0.0, seed="s")
    ).screened
    assert found is not None
    codes = found.decisions
    assert (codes[0], codes[-1], (codes > 0).sum(), found.n_passed) == (Decision.PASSED, Decision.UNCERTAIN, 2, 2)
    assert found.looks.classes is not None
    assert found.looks.classes[0].tolist() == [1, 0]


def test_a_label_that_speaks_for_no_animal_lets_nothing_pass() -> None:
    pixels = PIXELS.copy()
    pixels[50, 50, 0] = 255
    screen = ClassifierScreen(Reddish(), SETTINGS.plan, ignored=(0,))
    found = search_image(pixels, oracle(Boxes.none()), SETTINGS, screening=Screening(screen, 0.7, 0.0, "s")).screened
    assert found is not None
    assert found.n_passed == 0


def test_a_pre_filter_that_runs_out_of_memory_asks_for_less_at_once() -> None:
    class Small(Reddish):
        def classify(self, windows: Sequence[Any]) -> Any:
            if len(windows) > 3:
                raise MemoryError
            return super().classify(windows)

    screen = ClassifierScreen(Small(), SETTINGS.plan)
    found = search_image(PIXELS, oracle(Boxes.none()), SETTINGS, screening=Screening(screen, 0.7, 0.0, "s"))
    assert found.screened is not None
    assert len(found.screened.decisions) == len(found.patches)

"""The interval for the animals lost, on rendered images: the starter model leaves patches out, the detector knows the
truth and is run once; then chance draws its share two hundred times."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from inference.engine import Boxes, SearchResult, SearchSettings, search_image
from inference.engine.backends.oracle import OracleDetector, Truth
from inference.engine.loss import Drawn, Loss, estimate_loss
from inference.engine.merge import merge_seen
from inference.engine.screen import Decision, Screening, count_lost, decide
from inference.engine.screen_loading import load_screen
from training.render import KINDS
from training.scenes import TEST_SEEDS, truth_of, varied_scene

pytestmark = pytest.mark.slow
STARTER = Path(__file__).parents[2] / "models" / "starter"
SETTINGS = SearchSettings(160, 160, 48)
THRESHOLD, SHARE, DRAWS, SCENES = 0.9999, 0.1, 200, 72  # so sure a pre-filter loses hundreds
SIZE = (1024, 1024)


@dataclass(frozen=True)
class Draw:
    n_left_out: int
    n_at_random: int
    lost: tuple[int, ...]  # animals seen by chance alone, for each patch with any
    n_found: int


@dataclass(frozen=True)
class Scene:
    """All that a pre-filter and a detector say of an image: with a share of one every patch is searched."""

    found: SearchResult

    def draw(self, seed: str, share: float = SHARE) -> "Draw":
        assert self.found.screened is not None
        codes = decide(self.found.screened.looks, threshold=THRESHOLD, share=share, seed=seed)
        shown = [boxes if code else Boxes.none() for boxes, code in zip(self.found.patch_boxes, codes, strict=True)]
        boxes, seen_by = merge_seen(shown, self.found.patches, image_size=SIZE, across_labels=True)
        lost = count_lost(boxes, seen_by, self.found.patches, codes, SIZE)
        return Draw(int((codes < Decision.PASSED).sum()), int((codes == Decision.AT_RANDOM).sum()), lost, len(boxes))


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    screen = load_screen(STARTER, threads=1)
    return [look(screen, seed) for seed in TEST_SEEDS[100 : 100 + SCENES]]


def look(screen: object, seed: int) -> Scene:
    scene = varied_scene(seed)
    truth = truth_of(scene).as_boxes()
    detector = OracleDetector(KINDS, (Truth(*SIZE, truth),), min_visible=0.3, jitter=1.5, seed=seed)
    screening = Screening(screen, THRESHOLD, 1.0, str(seed))  # type: ignore[arg-type]
    return Scene(search_image(scene.pixels, detector, SETTINGS, screening=screening))


def true_loss(scenes: list[Scene]) -> int:
    return sum(scene.found.screened.n_lost for scene in scenes if scene.found.screened)


def draw(scenes: list[Scene], number: int) -> Loss:
    draws = [scene.draw(f"{number} {place}") for place, scene in enumerate(scenes)]
    sums = Drawn.of(
        [n for one in draws for n in one.lost],
        n_left_out=sum(one.n_left_out for one in draws),
        n_at_random=sum(one.n_at_random for one in draws),
    )
    loss = estimate_loss(sums, SHARE)
    assert loss is not None
    return loss


def test_the_animals_counted_as_lost_are_those_that_a_search_of_everything_finds_more(scenes: list[Scene]) -> None:
    more = sum(len(scene.found.boxes) - scene.draw("", share=0.0).n_found for scene in scenes)
    assert true_loss(scenes) > 50
    assert true_loss(scenes) == pytest.approx(more, rel=0.05)


def test_the_interval_holds_the_true_loss_and_its_upper_limit_is_of_use(scenes: list[Scene]) -> None:
    true = true_loss(scenes)
    losses = [draw(scenes, number) for number in range(DRAWS)]
    holds = np.mean([loss.low <= true <= loss.high for loss in losses])
    highs = np.array([loss.high for loss in losses]) / true
    print(f"\nTrue loss {true}; held {holds:.1%}; upper limit {np.median(highs):.2f}, {highs.max():.2f} times the loss")
    assert holds >= 0.9
    assert highs.max() < 3
    assert np.mean([loss.estimate for loss in losses]) == pytest.approx(true, rel=0.1)

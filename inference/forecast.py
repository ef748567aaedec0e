"""What a search will take, and what it will leave to be reviewed: arithmetic on what was measured, nothing else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.engine.intervals import highest_unseen

HOUR_S = 3600
STEPS = 9  # thresholds shown, at most


@dataclass(frozen=True)
class Pace:
    """Seconds that one worker took for an image, from `n_images` of them, on one device by one engine. `is_whole`:
    with reading the file and writing the results, not of the models alone."""

    seconds_an_image: float
    n_images: int
    device: str
    engine: str = ""
    is_whole: bool = False


@dataclass(frozen=True)
class Cost:
    """`hours` of one worker; `hours_to_wait` with all of them; `price` is None where no price an hour is known."""

    hours: float
    hours_to_wait: float
    price: float | None


@dataclass(frozen=True)
class ReviewEffort:
    """What people will have to look at when only boxes of `threshold` and more count, in all images."""

    threshold: float
    images: float
    boxes: float
    person_hours: float | None


@dataclass(frozen=True)
class ReviewPace:
    """Seconds that a person needs for a box, and besides for an image with boxes. None: nobody has said."""

    box_s: float | None = None
    image_s: float | None = None


def cost_of_search(pace: Pace, n_images: int, *, workers: int, price_an_hour: float | None) -> Cost:
    """Of `n_images` images, on machines as fast as the one measured, of which each runs one worker."""
    hours = pace.seconds_an_image * n_images / HOUR_S
    price = None if price_an_hour is None else hours * price_an_hour
    return Cost(hours, hours / max(1, workers), price)


def thresholds_from(lowest: float) -> list[float]:
    """Scores from the lowest that was kept up to 0.9, by tenths."""
    tenths = [step / 10 for step in range(1, STEPS + 1)]
    return [lowest, *[score for score in tenths if score > lowest]]


def review_efforts(
    scores: Sequence[Sequence[float]], n_images: int, *, thresholds: Sequence[float], pace: ReviewPace
) -> list[ReviewEffort]:
    """A line for each threshold. `scores`: of every searched image of the sample the scores of its boxes, none for
    an empty one; they stand for `n_images` images."""
    if not scores:
        return []
    factor = n_images / len(scores)
    return [_effort(scores, factor, threshold, pace) for threshold in thresholds]


def most_unseen(n_sample: int, n_images: int) -> int:
    """Where not one image of the sample has boxes: how many of `n_images` may have some all the same."""
    return math.ceil(n_images * highest_unseen(n_sample))


def _effort(scores: Sequence[Sequence[float]], factor: float, threshold: float, pace: ReviewPace) -> ReviewEffort:
    kept = [sum(score >= threshold for score in of_image) for of_image in scores]
    images, boxes = factor * sum(n > 0 for n in kept), factor * sum(kept)
    if pace.box_s is None and pace.image_s is None:
        return ReviewEffort(threshold, images, boxes, None)
    hours = (boxes * (pace.box_s or 0) + images * (pace.image_s or 0)) / HOUR_S
    return ReviewEffort(threshold, images, boxes, hours)

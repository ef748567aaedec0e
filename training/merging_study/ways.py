"""The ways of merging that are compared: ours, plain suppression, and those of SAHI where it is installed."""

import importlib
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from inference.engine.boxes import Boxes
from inference.engine.merge import merge
from inference.engine.nms import suppress
from inference.engine.patches import Patch

Size = tuple[int, int]
Way = Callable[[Sequence[Boxes], Sequence[Patch], Size], tuple[Boxes, float]]  # the animals, CPU seconds
SAHI_WAYS = (("GreedyNMM", "IOS"), ("GreedyNMM", "IOU"), ("NMM", "IOS"), ("NMM", "IOU"), ("NMS", "IOS"), ("NMS", "IOU"))
THRESHOLD = 0.5  # SAHI's own
TIMES = 3
T = TypeVar("T")


def ways(threshold: float = THRESHOLD) -> dict[str, Way]:
    """By name. Those of SAHI are absent where it is."""
    found: dict[str, Way] = {"ours": _ours, f"NMS over the image, {threshold:g}": _suppressing(threshold)}
    try:
        combine, prediction = (
            importlib.import_module(f"sahi.{name}") for name in ("postprocess.combine", "prediction")
        )
    except ImportError:
        return found
    for name, metric in SAHI_WAYS:
        way = getattr(combine, f"{name}Postprocess")(threshold, metric, class_agnostic=False)
        found[f"SAHI {name.upper()} {metric}, {threshold:g}"] = _of_sahi(way, prediction.ObjectPrediction)
    return found


def _ours(views: Sequence[Boxes], patches: Sequence[Patch], size: Size) -> tuple[Boxes, float]:
    return _timed(lambda: merge(views, patches, image_size=size, across_labels=True))


def _suppressing(threshold: float) -> Way:
    def way(views: Sequence[Boxes], patches: Sequence[Patch], _size: Size) -> tuple[Boxes, float]:
        return _timed(lambda: suppress(_in_image(views, patches), iou=threshold, limit=100_000))

    return way


def _of_sahi(postprocess: Callable[[list[Any]], list[Any]], make: Callable[..., Any]) -> Way:
    """SAHI merges objects, and changes them; making these of boxes is not timed."""

    def objects(boxes: Boxes) -> list[Any]:
        rows = zip(boxes.corners.tolist(), boxes.score.tolist(), boxes.label.tolist(), strict=True)
        return [make(bbox=row, score=score, category_id=label, category_name=str(label)) for row, score, label in rows]

    def way(views: Sequence[Boxes], patches: Sequence[Patch], _size: Size) -> tuple[Boxes, float]:
        boxes = _in_image(views, patches)
        waiting = [objects(boxes) for _ in range(TIMES)]
        merged, seconds = _timed(lambda: postprocess(waiting.pop()))
        corners = [each.bbox.to_xyxy() for each in merged]
        return Boxes.of(corners, [each.score.value for each in merged], [each.category.id for each in merged]), seconds

    return way


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """The answer, and the median CPU seconds of several times."""
    seconds = []
    for _ in range(TIMES):
        start = time.process_time()
        answer = work()
        seconds.append(time.process_time() - start)
    return answer, statistics.median(seconds)


def _in_image(views: Sequence[Boxes], patches: Sequence[Patch]) -> Boxes:
    return Boxes.join([boxes.shifted(patch.left, patch.top) for boxes, patch in zip(views, patches, strict=True)])

"""Which patches of a survey a speed-up check looks at: half of them where something was found, the rest anywhere."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from inference.engine import Patch, SearchSettings, plan_patches
from inference.models import Detection, ResultSet
from inference.run_plan import searchable
from surveys.models import Image, Survey

DRAWS_A_PATCH = 4  # small surveys have few patches, which are drawn again and again
MOST_BOXES = 1000


@dataclass
class ChosenPatches:
    """Patches of one image, from top to bottom."""

    image: Image
    patches: list[Patch] = field(default_factory=list)


def choose_patches(survey: Survey, rule: SearchSettings, n: int, chance: random.Random) -> list[ChosenPatches]:
    """At most `n` different patches, the same ones for the same survey and chance; fewer of a small survey."""
    everywhere = list(searchable(survey.pk).order_by("pk").values_list("pk", flat=True))
    busy = _images_with_detections(survey)
    n_busy = n // 2 if busy else 0
    chosen: dict[UUID, ChosenPatches] = {}
    _draw(chosen, busy, n_busy, lambda image: _patch_with_detection(survey, image, rule, chance), chance)
    _draw(chosen, everywhere, n, lambda image: chance.choice(_plan(image, rule)), chance)
    for one in chosen.values():
        one.patches.sort(key=lambda patch: (patch.top, patch.left))  # a mosaic is read from top to bottom
    return list(chosen.values())


def _images_with_detections(survey: Survey) -> list[UUID]:
    with_boxes = ResultSet.objects.filter(run=survey.current_run, n_detections__gt=0, image__trashed_at=None)
    return list(with_boxes.order_by("image").values_list("image", flat=True))


def _draw(
    chosen: dict[UUID, ChosenPatches],
    ids: list[UUID],
    n: int,
    patch_of: Callable[[Image], Patch],
    chance: random.Random,
) -> None:
    drawn = chance.choices(ids, k=DRAWS_A_PATCH * n) if ids else []
    images = Image.objects.in_bulk(set(drawn))
    for image_id in drawn:
        if sum(len(one.patches) for one in chosen.values()) >= n:
            return
        one = chosen.setdefault(image_id, ChosenPatches(images[image_id]))
        patch = patch_of(images[image_id])
        if patch not in one.patches:
            one.patches.append(patch)


def _patch_with_detection(survey: Survey, image: Image, rule: SearchSettings, chance: random.Random) -> Patch:
    """The patch in whose middle a random detection of the current run lies best."""
    found = Detection.objects.filter(run=survey.current_run, image=image).order_by("pk")
    left, top, right, bottom = chance.choice(list(found.values_list("left", "top", "right", "bottom")[:MOST_BOXES]))
    x, y = (left + right) / 2, (top + bottom) / 2
    return min(
        _plan(image, rule),
        key=lambda patch: max(abs(patch.left + patch.width / 2 - x), abs(patch.top + patch.height / 2 - y)),
    )


def _plan(image: Image, rule: SearchSettings) -> list[Patch]:
    size = {"patch_width": rule.patch_width, "patch_height": rule.patch_height, "overlap": rule.overlap}
    return plan_patches(image.width or 1, image.height or 1, **size)

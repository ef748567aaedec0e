"""The patches of which a classifier could not say whether they hold animals: for the image page and for download."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from inference.engine.screen import Decision
from inference.models import ModelVersion, PatchRecord, Run
from inference.patch_records import unpack
from surveys.models import Image

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class UncertainPatch:
    """In px of the upright image, right and bottom exclusive. `label`: what the classifier took it for most; `n_boxes`:
    what the detector then saw of it, before merging."""

    left: int
    top: int
    right: int
    bottom: int
    label: str
    score: float
    n_boxes: int


def uncertain_patches_of(run: Run, image_id: UUID) -> list[UncertainPatch]:
    """Of one image, best score first; none where the run's pre-filter is sure of all patches, or has none."""
    records = PatchRecord.objects.filter(result_set__run=run, result_set__image=image_id, result_set__n_uncertain__gt=0)
    record = records.first()
    found = [] if record is None else list(_uncertain(bytes(record.content), _labels(run)))
    return sorted(found, key=lambda patch: -patch.score)


def uncertain_patches(run: Run) -> Iterator[tuple[Image, UncertainPatch]]:
    """Of all images of a run that are not in the trash, in the order of upload."""
    records = PatchRecord.objects.filter(
        result_set__run=run, result_set__n_uncertain__gt=0, result_set__image__trashed_at=None
    )
    labels = _labels(run)
    rows = records.select_related("result_set__image").order_by("result_set__image")
    for record in rows.iterator(chunk_size=ROWS_AT_ONCE):
        for patch in _uncertain(bytes(record.content), labels):
            yield record.result_set.image, patch


def _labels(run: Run) -> list[str]:
    """The classifier's labels; an empty word for those that speak for no animal."""
    if run.screen_id is None:
        return []
    card = ModelVersion.objects.get(pk=run.screen_id).card
    ignored = card["settings"].get("ignored", [])
    return ["" if label in ignored else label for label in card["labels"]]


def _uncertain(content: bytes, labels: list[str]) -> Iterator[UncertainPatch]:
    said = unpack(content)
    if said.decisions is None or said.scores is None or said.classes is None:
        return
    counted = np.array([bool(label) for label in labels])
    best = np.where(counted, said.classes, -1).argmax(axis=1)
    patches = said.patches
    for number in np.flatnonzero(said.decisions == Decision.UNCERTAIN).tolist():
        patch, score = patches[number], round(float(said.scores[number]), 3)
        edges = (patch.left, patch.top, patch.right, patch.bottom)
        yield UncertainPatch(*edges, labels[best[number]], score, len(said.patch_boxes[number]))

"""Images of a survey whose animals are known: what models are held against.

An evaluation set may come from anywhere: `set_of_coco` makes one of an uploaded file. What people reviewed becomes one
in the same way, by a function that gives the known animals of each image of a survey.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from django.utils.translation import gettext as _

from inference.coco_truth import CocoError, CocoImage, Row, read_coco
from inference.engine import Boxes
from inference.engine.set_figures import KnownAnimals
from inference.run_plan import searchable
from surveys.models import Survey

MOST_IMAGES, MOST_LABELS = 2000, 200
COLUMNS = ("pk", "sha256", "path", "file_name", "width", "height")


@dataclass(frozen=True)
class EvaluationSet:
    """Known animals by image, in px of the upright image; an image without any is known to be empty. `left_out`: images
    of the source by why they are not used: `unknown` to the survey, `ambiguous`, of `other_size`."""

    source: str
    rows: dict[UUID, list[Row]] = field(repr=False)
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """Commonest first."""
        counts = Counter(row[4] for rows in self.rows.values() for row in rows)
        return [label for label, _n in counts.most_common()]

    def packed(self) -> bytes:
        return zlib.compress(orjson.dumps({str(image): rows for image, rows in self.rows.items()}))


def set_of_coco(survey: Survey, content: bytes, source: str) -> EvaluationSet:
    """Of the images that a COCO file and the survey share. Raises CocoError."""
    known = _ImagesOfSurvey(survey)
    rows: dict[UUID, list[Row]] = {}
    left_out = Counter[str]()
    names = []
    found = [(told, *known.find(told)) for told in read_coco(content)]
    times = Counter(image.pk for _told, image, _why_not in found if image)
    for told, image, why_not in found:
        if image and times[image.pk] == 1:
            _check_inside(told, image)
            rows[image.pk] = told.rows
        else:
            left_out[why_not or "ambiguous"] += 1
            names.append(told.file_name)
    _check(rows, names, left_out)
    return EvaluationSet(source, rows, dict(left_out))


def unpack(
    packed: bytes, labels: Sequence[str], words: Mapping[str, str] = MappingProxyType({})
) -> dict[UUID, KnownAnimals]:
    """Labels are compared without their capitals; those that are not in `labels` are an error. `words`: what in small
    letters stands for one of them."""
    numbers = {label.casefold(): number for number, label in enumerate(labels)}
    numbers |= {word: numbers[label.casefold()] for word, label in words.items()}
    told = orjson.loads(zlib.decompress(packed))
    return {UUID(image): _known(rows, numbers) for image, rows in told.items()}


def all_labels(*lists: Iterable[str]) -> list[str]:
    """The labels of all lists, each once, capitals not looked at."""
    found: dict[str, str] = {}
    for label in chain(*lists):
        found.setdefault(label.casefold(), label)
    return list(found.values())


def _known(rows: list[Row], numbers: dict[str, int]) -> KnownAnimals:
    label = [numbers[row[4].casefold()] for row in rows]
    boxes = Boxes.of([row[:4] for row in rows], np.ones(len(rows)), label)
    is_crowd = np.array([row[5] for row in rows], dtype=bool)
    return KnownAnimals(boxes.take(~is_crowd), boxes.take(is_crowd))


def _check(rows: dict[UUID, list[Row]], names: list[str], left_out: Counter[str]) -> None:
    if not rows and left_out["other_size"]:
        sentence = _(
            "The images of this file have other sizes than those of the survey: its boxes would lie elsewhere."
        )
        raise CocoError(sentence)
    if not rows:
        sentence = _("None of the images of this file is in the survey. It speaks of %(names)s.")
        raise CocoError(sentence % {"names": ", ".join(name[:80] for name in names[:3])})
    if len(rows) > MOST_IMAGES:
        raise CocoError(_("This file has more than %(most)d images: choose some of them.") % {"most": MOST_IMAGES})
    if not any(rows.values()):
        raise CocoError(_("This file says of no image of the survey that there is an animal on it."))
    if len({row[4] for of_image in rows.values() for row in of_image}) > MOST_LABELS:
        sentence = _("This file names more than %(most)d labels: name species, not single animals.")
        raise CocoError(sentence % {"most": MOST_LABELS})


def _check_inside(told: CocoImage, image: Any) -> None:
    """Nobody could find an animal that lies elsewhere: every model would look worse than it is."""
    for left, top, right, bottom, *_rest in told.rows:
        if right <= 0 or bottom <= 0 or left >= image.width or top >= image.height:
            sentence = _("The box %(box)s lies beside %(image)s, which is %(width)d × %(height)d px.")
            box = [left, top, right - left, bottom - top]
            size = {"width": image.width, "height": image.height}
            raise CocoError(sentence % {"box": box, "image": told.file_name[:80], **size})


class _ImagesOfSurvey:
    """Finds an image by its content, else by folder and name, else by its name alone where only one has it."""

    def __init__(self, survey: Survey) -> None:
        self._by_hash: dict[str, Any] = {}
        self._by_name: dict[str, list[Any]] = defaultdict(list)
        for image in searchable(survey.pk).values_list(*COLUMNS, named=True).iterator():
            self._by_hash[image.sha256] = image
            for name in {image.file_name, _joined(image)}:
                self._by_name[name.casefold()].append(image)

    def find(self, told: CocoImage) -> tuple[Any, str]:
        """The image, or why there is none."""
        found = [self._by_hash[told.sha256]] if told.sha256 in self._by_hash else self._named(told.file_name)
        if not found:
            return None, "unknown"
        if len(found) > 1:
            return None, "ambiguous"
        image = found[0]
        if told.size and told.size != (image.width, image.height):
            return None, "other_size"
        return image, ""

    def _named(self, name: str) -> list[Any]:
        path = PurePosixPath(name.replace("\\", "/").casefold())
        return self._by_name.get(str(path)) or self._by_name.get(path.name) or []


def _joined(image: Any) -> str:
    return str(PurePosixPath(image.path.replace("\\", "/")) / image.file_name)

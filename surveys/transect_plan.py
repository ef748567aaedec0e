"""Which images would get which transect and camera, by a pattern or a table. Nothing is written here."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from surveys.models import Image, Survey
from surveys.name_patterns import Pattern
from surveys.transect_table import Table, TableRow
from surveys.transects import BadNameError, alike, clean_camera, clean_transect

MAX_TRANSECTS = 5000  # the largest survey that the standards cite has 2,404
MOST_ALIKE = 500  # files of one name in folders of one name: more are told apart by nobody
FIRM = (Image.TransectSource.TABLE, Image.TransectSource.PERSON)  # a pattern does not replace what these said


class ImageName(NamedTuple):
    """What is known of an image here."""

    pk: UUID
    path: str
    file_name: str
    transect: str
    camera: str
    source: str

    @property
    def shown(self) -> str:
        return f"{self.path}/{self.file_name}" if self.path else self.file_name


class Change(NamedTuple):
    image: ImageName
    transect: str
    camera: str

    @property
    def is_new(self) -> bool:
        return (self.transect, self.camera) != (self.image.transect, self.image.camera)

    @property
    def replaces(self) -> bool:
        """Something that stood there before is no more."""
        return self.image.transect not in ("", self.transect) or self.image.camera not in ("", self.camera)


@dataclass
class Plan:
    """What would happen. Nothing is written yet. Sums are kept: ask for them once all is added."""

    changes: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)  # a pattern says otherwise than a table or a person did
    left: list[ImageName] = field(default_factory=list)  # images that do not fit, or that have no row
    n_same: int = 0
    unknown: list[TableRow] = field(default_factory=list)  # rows whose file the survey does not have
    ambiguous: list[TableRow] = field(default_factory=list)  # rows that fit several images
    contradicting: list[TableRow] = field(default_factory=list)  # rows that say something else of an image than others
    n_by_stem: int = 0  # rows that fit but for the ending of the file name
    origin: str = ""  # of which table or pattern this is the plan

    @cached_property
    def new(self) -> list[Change]:
        return [change for change in self.changes if change.is_new]

    @cached_property
    def replaced(self) -> list[Change]:
        return [change for change in self.changes if change.replaces]

    @cached_property
    def transects(self) -> Counter[str]:
        """Images by transect among those that are matched."""
        return Counter(change.transect for change in self.changes if change.transect)

    @cached_property
    def alike(self) -> list[list[str]]:
        """Transects that there would be afterwards and that look like one written in several ways."""
        return alike({*self.transects, *(image.transect for image in self.left if image.transect)})

    @property
    def mark(self) -> str:
        """What is shown, in short: who said yes to one preview did not say yes to another."""
        return self._mark(max((change.image.pk.hex for change in self.changes), default=""))

    def is_as_shown(self, mark: str) -> bool:
        """Whether it does what it did under the mark; images that came later may be added, but lose nothing."""
        return mark == self._mark(mark.partition("-")[0])

    def leave_later_ones(self, mark: str) -> None:
        """The changes are those of the images that were looked at under the mark."""
        newest = mark.partition("-")[0]
        self.changes = [change for change in self.changes if change.image.pk.hex <= newest]

    def _mark(self, newest: str) -> str:
        shown = sorted(
            (image.pk.hex, transect, camera, *((image.transect, image.camera) if change.replaces else ()))
            for change in self.changes
            for image, transect, camera in [change]
            if change.replaces or image.pk.hex <= newest
        )
        return f"{newest}-{sha256(json.dumps([self.origin, shown]).encode()).hexdigest()[:24]}"


class TooManyTransectsError(ValueError):
    def __init__(self, number: int) -> None:
        said = _("That would make %(n)s transects. Is {transect} where the image's number stands?")
        super().__init__(said % {"n": f"{number:,}"})


def image_names_of(survey: Survey, *, sample: int | None = None) -> list[ImageName]:
    """The survey's images outside the trash in the order of upload; of a `sample` only the first and the last."""
    rows = survey.images.filter(trashed_at=None).order_by("pk")
    columns = ("pk", "path", "file_name", "transect", "camera", "transect_source")
    if sample is None:
        return [ImageName(*row) for row in rows.values_list(*columns).iterator(chunk_size=5000)]
    first = [ImageName(*row) for row in rows.values_list(*columns)[: sample // 2]]
    last = [ImageName(*row) for row in rows.reverse().values_list(*columns)[: sample - len(first)]]
    seen = {image.pk for image in first}
    return [*first, *(image for image in reversed(last) if image.pk not in seen)]


def plan_by_pattern(images: Iterable[ImageName], pattern: Pattern, *, replaces_firm: bool = False) -> Plan:
    """A field that the pattern lacks stays as it is. What a table or a person said stays too, unless told otherwise."""
    plan, read = Plan(origin=f"{pattern.text} {replaces_firm}"), reader_of(pattern)
    for image in images:
        said = read(image.path, image.file_name)
        if said is None:
            plan.left.append(image)
            continue
        wanted = Change(image, said[0] or image.transect, said[1] or image.camera)
        if image.source in FIRM and not replaces_firm:
            if wanted.replaces:
                plan.kept.append(wanted)
            wanted = Change(image, image.transect or said[0], image.camera or said[1])
        _add(plan, wanted)
    _check(plan)
    return plan


def reader_of(pattern: Pattern) -> Callable[[str, str], tuple[str, str] | None]:
    """Transect and camera of a file name; None where it does not fit."""
    transect_of, camera_of = lru_cache(4096)(clean_transect), lru_cache(4096)(clean_camera)

    def read(path: str, file_name: str) -> tuple[str, str] | None:
        fields = pattern.read(path, file_name)
        if fields is None:
            return None
        try:
            return transect_of(fields.get("transect", "")), camera_of(fields.get("camera", ""))
        except BadNameError:
            return None

    return read


def _add(plan: Plan, change: Change) -> None:
    plan.n_same += not change.is_new
    plan.changes.append(change)


def _check(plan: Plan) -> None:
    if len(plan.transects) > MAX_TRANSECTS:
        raise TooManyTransectsError(len(plan.transects))


def plan_by_table(images: Sequence[ImageName], table: Table) -> Plan:
    plan, said, names = Plan(), {}, _Names(images)
    for row in table.rows:
        found, is_by_stem = names.find(row.file_name, row.folder)
        if len(found) != 1:
            (plan.ambiguous if found else plan.unknown).append(row)
            continue
        plan.n_by_stem += is_by_stem
        said.setdefault(found[0], []).append(row)
    for image, rows in said.items():
        _add_rows(plan, image, rows)
    plan.left = [image for image in images if image not in said]
    _check(plan)
    return plan


class _Names:
    """The survey's files by name and by folder, so that no row has to look at all of them."""

    def __init__(self, images: Sequence[ImageName]) -> None:
        self.images = images
        self.by_name = _ByName(images, str.lower)
        self.found: dict[tuple[str, str], tuple[list[ImageName], bool]] = {}  # tables repeat rows

    @cached_property
    def by_stem(self) -> "_ByName":
        """A survey's table often names the raw files from which the images were developed."""
        return _ByName(self.images, _stem)

    def find(self, file_name: str, folder: str) -> tuple[list[ImageName], bool]:
        """The images that a row may mean, and whether only without the ending of its file name."""
        asked = (file_name.lower(), folder.lower())
        if asked not in self.found:
            self.found[asked] = self._find(*asked)
        return self.found[asked]

    def _find(self, file_name: str, folder: str) -> tuple[list[ImageName], bool]:
        is_by_stem = file_name not in self.by_name.named
        return (self.by_stem if is_by_stem else self.by_name).find(file_name, folder), is_by_stem


class _ByName:
    def __init__(self, images: Sequence[ImageName], key: Callable[[str], str]) -> None:
        self.key = key
        self.named: dict[str, list[ImageName]] = defaultdict(list)
        self.placed: dict[tuple[str, str], list[ImageName]] = defaultdict(list)  # by the folder right above, too
        self.exact: dict[tuple[str, str], list[ImageName]] = defaultdict(list)  # by all folders above
        for image in images:
            name = key(image.file_name)
            self.named[name].append(image)
            self.placed[name, _last(image.path)].append(image)
            self.exact[name, image.path.lower()].append(image)

    def find(self, file_name: str, folder: str) -> list[ImageName]:
        """Several, one or none of the images so called. The folder is in small letters."""
        name = self.key(file_name)
        if not folder:
            return self.named.get(name, [])
        exact = self.exact.get((name, folder))
        if exact:
            return exact
        known = [*self.placed.get((name, _last(folder)), ()), *self.placed.get((name, ""), ())]
        return _in_folder(known, folder) if len(known) <= MOST_ALIKE else known


def _stem(file_name: str) -> str:
    return (file_name.rpartition(".")[0] or file_name).lower()


def _last(path: str) -> str:
    return path.rpartition("/")[2].lower()


def _in_folder(images: list[ImageName], folder: str) -> list[ImageName]:
    """Those that may lie in the folder: either path may begin further up than the other. The longest fit is meant."""
    above = [image for image in images if f"/{folder}".endswith(f"/{image.path.lower()}") or not image.path]
    below = [image for image in images if image.path.lower().endswith(f"/{folder}")]
    longest = max((len(image.path) for image in above), default=0)
    return below or [image for image in above if len(image.path) == longest]


def _add_rows(plan: Plan, image: ImageName, rows: list[TableRow]) -> None:
    """Rows about one image must agree, or none of them holds."""
    wanted = {(row.transect or image.transect, row.camera or image.camera) for row in rows}
    if len(wanted) > 1:
        plan.contradicting.extend(rows)
        return
    _add(plan, Change(image, *wanted.pop()))

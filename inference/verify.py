"""What must hold for a survey whatever was killed meanwhile: files, results, counters, work that somebody will do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum

from inference.models import Detection, ResultSet, Run
from inference.recount import pending_recount
from inference.runs import DETECT
from inference.species import COUNTED, SpeciesMap, species_map
from jobs.models import Job
from surveys.files import original_path, preview_path, pyramid_path, stored_parts
from surveys.hashing import sha256_of
from surveys.models import Image, ImageLabel, Survey, Upload

ROWS_AT_ONCE = 2000
Numbers = dict[tuple[UUID, str], tuple[int, float]]  # of an image and a label: how many boxes, the best score


@dataclass(frozen=True)
class Outcome:
    """One kind of check: of what, how many, and a sentence for each that fails."""

    what: str
    n_checked: int
    faults: list[str]


def verify(survey: Survey, *, is_fast: bool = False) -> Iterator[Outcome]:
    """All checks, one after another. A fast one takes the files' sizes for their content."""
    yield check_files(survey, is_fast=is_fast)
    for check in CHECKS:
        yield check(survey)


def check_files(survey: Survey, *, is_fast: bool) -> Outcome:
    images = Image.objects.filter(survey=survey).order_by("pk").iterator(chunk_size=ROWS_AT_ONCE)
    checked, faults = 0, []
    for image in images:
        checked += 1
        faults += [f"{image.file_name} ({image.pk}): {fault}" for fault in _file_faults(image, is_fast=is_fast)]
    return Outcome("images' files", checked, faults)


def check_columns(survey: Survey) -> Outcome:
    """The images' search columns against the results of the current run."""
    if pending_recount(survey, is_live=True):
        return Outcome("images' search columns", 0, [])
    result = ResultSet.objects.filter(run=survey.current_run, image=OuterRef("pk"))
    images = Image.objects.filter(survey=survey).annotate(
        result_state=Subquery(result.values("state")), result_count=Subquery(result.values(counted=COUNTED))
    )
    columns = ("pk", "search_state", "n_detections", "result_state", "result_count")
    rows = images.order_by("pk").values_list(*columns).iterator(chunk_size=ROWS_AT_ONCE)
    checked, faults = 0, []
    for pk, state, number, result_state, result_count in rows:
        checked += 1
        if (state, number) != (SEARCH_STATES[result_state], result_count):
            faults.append(f"image {pk} says {state}, {number}; its result set says {result_state}, {result_count}")
    return Outcome("images' search columns", checked, faults)


def check_counters(survey: Survey) -> Outcome:
    """Result sets, detections and counters a label: all three say the same numbers, but while they are rewritten."""
    checked, faults = 0, []
    runs = Run.objects.filter(survey=survey).select_related("model_version")
    for run in () if pending_recount(survey, is_live=True) else runs:
        said = _numbers(Detection.objects.filter(run=run), number=Count("pk"), best=Max("score"))
        found, dropped = _by_species(said, species_map(run))
        kept = _numbers(
            ImageLabel.objects.filter(run=run.pk, n_detections__gt=0), number=Sum("n_detections"), best=Max("max_score")
        )
        faults += [
            f"run {run.pk}, image {image}: the counter of {label} is wrong"
            for image, label in found.keys() ^ kept.keys()
        ]
        faults += [
            f"run {run.pk}, image {key[0]}: the counter of {key[1]} is {kept[key]}, its rows say {found[key]}"
            for key in found.keys() & kept.keys()
            if found[key] != kept[key]
        ]
        n, wrong = _result_faults(run, said, dropped)
        checked, faults = checked + n, faults + wrong
    return Outcome("result sets and counters", checked, faults)


def check_waiting(survey: Survey) -> Outcome:
    """Whatever waits has a job that somebody will work on."""
    waiting = Image.objects.filter(survey=survey, ingest_state=Image.Ingest.WAITING)
    queued = Image.objects.filter(survey=survey, pyramid_state=Image.Pyramid.QUEUED)
    results = ResultSet.objects.filter(run__survey=survey, state=ResultSet.State.WAITING)
    stages = (("ingest", waiting), ("pyramid", queued), (DETECT, results))
    faults = [
        f"{kind}: {row.pk} waits, and no job is under way for it"
        for kind, rows in stages
        for row in rows.filter(_has_no_job(kind))
    ]
    checked = sum(rows.count() for _, rows in stages)
    return Outcome("waiting stages", checked, faults)


def check_searched(survey: Survey) -> Outcome:
    """The run that follows uploads has a result set for every read image, unless it is still adding them."""
    run = Run.objects.filter(survey=survey, does_follow_uploads=True).first()
    if run is None or Job.objects.live().filter(kind="start_run", subject=run.pk).exists():
        return Outcome("images of the current search", 0, [])
    images = Image.objects.filter(survey=survey, ingest_state=Image.Ingest.DONE, trashed_at=None)
    forgotten = images.exclude(Exists(ResultSet.objects.filter(run=run, image=OuterRef("pk"))))
    faults = [f"{image.file_name} ({image.pk}) was never queued for the current search" for image in forgotten]
    return Outcome("images of the current search", images.count(), faults)


def check_parts(survey: Survey) -> Outcome:
    """Part files belong to uploads under way."""
    parts = list(stored_parts())
    done = survey.uploads.exclude(state=Upload.State.RECEIVING).filter(pk__in=parts)
    unknown = set(parts) - set(Upload.objects.filter(pk__in=parts).values_list("pk", flat=True))
    faults = [f"upload {upload.pk} is over ({upload.state}), and its part file is still there" for upload in done]
    return Outcome("part files", len(parts), [*faults, *(f"no upload knows the part file {part}" for part in unknown)])


def _file_faults(image: Image, *, is_fast: bool) -> Iterator[str]:
    original = original_path(image.pk)
    if not original.exists():
        yield "its file is missing"
        return
    if original.stat().st_size != image.size_bytes:
        yield f"its file has {original.stat().st_size} bytes instead of {image.size_bytes}"
    elif image.sha256 and not is_fast and sha256_of(original) != image.sha256:
        yield "its file is not what was uploaded: the SHA-256 differs"
    if image.ingest_state == Image.Ingest.DONE and not preview_path(image.pk).exists():
        yield "its preview is missing"
    if image.pyramid_state == Image.Pyramid.READY and not pyramid_path(image.pk).exists():
        yield "its pyramid is missing"


def _numbers(rows: QuerySet[Any], **wanted: Any) -> Numbers:
    grouped = rows.order_by().values_list("image", "label").annotate(**wanted)
    return {(image, label): (number, best) for image, label, number, best in grouped.iterator(chunk_size=ROWS_AT_ONCE)}


def _by_species(said: Numbers, species: SpeciesMap) -> tuple[Numbers, dict[UUID, int]]:
    """What counts, as the survey names it; and how many boxes of each image do not."""
    found: Numbers = {}
    dropped: dict[UUID, int] = {}
    for (image, label), (number, best) in said.items():
        name = species.of(label)
        if name is None:
            dropped[image] = dropped.get(image, 0) + number
            continue
        so_far, best_so_far = found.get((image, name), (0, 0.0))
        found[image, name] = (so_far + number, max(best, best_so_far))
    return found, dropped


def _result_faults(run: Run, said: Numbers, dropped: dict[UUID, int]) -> tuple[int, list[str]]:
    totals: dict[UUID, int] = {}
    for (image, _), (number, _best) in said.items():
        totals[image] = totals.get(image, 0) + number
    checked, faults = 0, []
    rows = run.result_sets.values_list("image", "state", "n_detections", "n_dropped")
    for image, state, number, n_dropped in rows.iterator(chunk_size=ROWS_AT_ONCE):
        checked, rows_found = checked + 1, totals.pop(image, 0)
        if (number or 0) != rows_found:
            faults.append(f"run {run.pk}, image {image}: {state} with {number} detections, but there are {rows_found}")
        if n_dropped != (wanted := dropped.get(image, 0)):
            faults.append(f"run {run.pk}, image {image}: {n_dropped} detections are left out, but {wanted} should be")
    faults += [
        f"run {run.pk}, image {image}: {number} detections without a result set" for image, number in totals.items()
    ]
    return checked, faults


def _has_no_job(kind: str) -> Q:
    return ~Exists(Job.objects.live().filter(kind=kind, subject=OuterRef("pk")))


SEARCH_STATES = {
    None: Image.Search.NONE,
    ResultSet.State.CANCELLED: Image.Search.NONE,
    ResultSet.State.WAITING: Image.Search.WAITING,
    ResultSet.State.SEARCHED: Image.Search.SEARCHED,
    ResultSet.State.FAILED: Image.Search.FAILED,
}
CHECKS: tuple[Callable[[Survey], Outcome], ...] = (
    check_columns,
    check_counters,
    check_waiting,
    check_searched,
    check_parts,
)

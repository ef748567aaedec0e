"""What people said of an image, carried over to the boxes of its other searches: only what is new asks for attention.

A box of another search that lies on an accepted animal is *matched*: it is that animal, counted once, and whoever
judges the box judges the animal. One on a rejected (or duplicate) box of another search is *suppressed*, unless it is
of another species or scores much higher. All other boxes are new. What people said of a box itself counts first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from inference.engine.boxes import Boxes
from inference.engine.matching import match_boxes
from inference.models import Detection, ResultSet, Run
from inference.species import SpeciesMap, species_map
from review.models import Carried, Review, Verdict
from review.settling import drawn_reviews, standing_of
from surveys.models import Image, ImageLabel, Observation
from surveys.observations import Box, box_of

SAME_IOU = 0.5  # from which overlap on two boxes are of one animal
MUCH_HIGHER = 0.25  # by so much more a model's score makes a rejected box worth another look
DECIDED = (Verdict.CONFIRMED.value, Verdict.RELABELLED.value, Verdict.REJECTED.value, Verdict.DUPLICATE.value)
PUT_ASIDE = (Verdict.REJECTED.value, Verdict.DUPLICATE.value)
MATCHED, SUPPRESSED, DIFFERS = Carried.Kind.MATCHED, Carried.Kind.SUPPRESSED, Carried.Kind.DIFFERS
AT_ONCE = 500  # rows named in one statement
COUNTED = {MATCHED.value: "n_matched", SUPPRESSED.value: "n_suppressed"}


@dataclass(frozen=True)
class Judged:
    """Something on the image that people judged: an accepted animal, or a box put aside."""

    box: Box
    species: str
    is_animal: bool
    observation: UUID | None  # of a box put aside the one that it was, if any
    run: UUID | None  # whose box it was; None where a person drew it
    score: float = 1.0


Link = tuple[Detection, Carried.Kind, UUID | None]


def carry_to(result_set: ResultSet) -> None:
    """Receiver of image_detected: inside the transaction that writes the results."""
    run = Run.objects.select_related("model_version").get(pk=result_set.run_id)
    judged = judged_on(result_set.image)
    if judged:
        _carry(result_set.image, run, judged)


def carry_on(image: Image) -> None:
    """After somebody judged something on the image: to all its searches. Inside a transaction that holds the survey."""
    searched = ResultSet.objects.filter(image=image, state=ResultSet.State.SEARCHED, n_detections__gt=0)
    runs = list(Run.objects.filter(pk__in=searched.values("run")).select_related("model_version"))
    if not runs or (len(runs) == 1 and not _has_drawn(image)):
        return
    judged = judged_on(image)
    for run in runs:
        _carry(image, run, judged)


def judged_on(image: Image) -> list[Judged]:
    """All that people judged on the image, whatever search proposed it."""
    seen = list(Observation.objects.filter(image=image).order_by("pk"))
    boxes = {box.pk: box for box in Detection.objects.filter(image=image, verdict__in=DECIDED).order_by("pk")}
    of_box = {each.detection: each.pk for each in seen if each.detection}
    species = _species_of({box.run_id for box in boxes.values()})
    animals = [
        Judged(box_of(each), each.species, True, each.pk, boxes[each.detection].run_id if each.detection else None)
        for each in seen
        if each.withdrawn_at is None and (each.detection is None or each.detection in boxes)
    ]
    aside = [
        Judged(box_of(box), _named(box, species[box.run_id]), False, of_box.get(box.pk), box.run_id, box.score)
        for box in boxes.values()
        if box.verdict in PUT_ASIDE
    ]
    return [*animals, *aside, *_drawn_aside(image, seen)]


def _drawn_aside(image: Image, seen: Sequence[Observation]) -> list[Judged]:
    if not (drawn := [each for each in seen if each.detection is None and each.withdrawn_at is not None]):
        return []
    standing = {id: standing_of(said) for id, said in drawn_reviews(image).items()}
    aside = [each for each in drawn if (counts := standing.get(each.pk)) and counts.verdict in PUT_ASIDE]
    return [Judged(box_of(each), each.species, False, each.pk, None) for each in aside]


def _species_of(runs: set[UUID]) -> dict[UUID, SpeciesMap]:
    found = Run.objects.filter(pk__in=runs).select_related("model_version")
    return {run.pk: species_map(run) for run in found}


def _named(box: Detection, species: SpeciesMap) -> str:
    return species.of(box.label) or box.label


def _carry(image: Image, run: Run, judged: Sequence[Judged]) -> None:
    """Writes anew what the run's boxes on the image are, those that nobody judged for themselves."""
    species = species_map(run)
    said = Review.objects.filter(image=image).values_list("detection", "via")
    judged_themselves, judged_through = ({row[n] for row in said} for n in (0, 1))
    boxes = Detection.objects.filter(image=image, run=run).order_by("-score", "pk")
    free = [box for box in boxes if box.pk not in judged_themselves]
    others = [each for each in judged if each.run != run.pk]
    links = list(_links(free, others, species, judged_through))
    Carried.objects.filter(image=image, run=run.pk).delete()
    Carried.objects.bulk_create(
        Carried(detection=box.pk, image=image, run=run.pk, kind=kind, observation=observation)
        for box, kind, observation in links
    )
    _write(image, run, free, links, species)


def _links(
    free: Sequence[Detection], others: Sequence[Judged], species: SpeciesMap, judged_through: set[UUID]
) -> Iterator[Link]:
    for i, j in _pairs(free, others, species):
        box, other = free[i], others[j]
        is_same = _named(box, species) == other.species
        if other.is_animal:
            yield box, MATCHED if is_same else DIFFERS, other.observation
        elif box.pk in judged_through:
            yield box, SUPPRESSED, other.observation
        elif is_same and box.score < other.score + MUCH_HIGHER:
            yield box, SUPPRESSED, None


def _pairs(free: Sequence[Detection], others: Sequence[Judged], species: SpeciesMap) -> Iterable[tuple[int, int]]:
    """Places in both lists of what is one animal, each at most once: one species first, then those that agree best."""
    names = [_named(box, species) for box in free]
    number = {name: n for n, name in enumerate(dict.fromkeys([*names, *(each.species for each in others)]))}
    new = Boxes.of([box_of(box) for box in free], [box.score for box in free], [number[name] for name in names])
    old = Boxes.of([each.box for each in others], [0] * len(others), [number[each.species] for each in others])
    return ((i, j) for i, j, _iou in match_boxes(new, old, iou=SAME_IOU, same_label=False))


def _write(image: Image, run: Run, free: Sequence[Detection], links: Sequence[Link], species: SpeciesMap) -> None:
    """The boxes' cached verdicts, and the counters of the image's labels."""
    after = {box.pk: kind.value for box, kind, _observation in links if kind != DIFFERS}
    changed = [box.pk for box in free if box.verdict != after.get(box.pk, "")]
    for verdict in {after.get(pk, "") for pk in changed}:
        of_this = [pk for pk in changed if after.get(pk, "") == verdict]
        for start in range(0, len(of_this), AT_ONCE):
            Detection.objects.filter(pk__in=of_this[start : start + AT_ONCE]).update(verdict=verdict)
    numbers = Counter((species.of(box.label), after[box.pk]) for box in free if box.pk in after)
    for label in ImageLabel.objects.filter(image=image, run=run.pk):
        counted = {column: numbers[label.label, word] for word, column in COUNTED.items()}
        if any(getattr(label, column) != number for column, number in counted.items()):
            ImageLabel.objects.filter(pk=label.pk).update(**counted)


def _has_drawn(image: Image) -> bool:
    return Observation.objects.filter(image=image, detection=None).exists()

"""What the image page knows of people's verdicts: what counts, for everybody, and more for those who judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from inference.models import Detection, Run
from inference.species import species_map
from review.coverage import coverage_of
from review.models import ACCEPTING, OF_DETECTIONS, Carried, Review, Verdict
from review.said import put_at
from review.settling import drawn_reviews, standing_of
from surveys.members import person_name
from surveys.models import Image, Life, Observation
from surveys.observations import box_of

PLACEHOLDER = "00000000-0000-0000-0000-000000000000"
Facts = dict[str, Any]
PLAIN: Facts = {"species": "", "count": 1, "life": "", "box": None}


@dataclass(frozen=True)
class Counting:
    """What counts on an image: of the judged boxes of the current search, and of those that people drew."""

    boxes: dict[UUID, Facts]
    drawn: dict[UUID, Facts]


def counting_on(image: Image) -> Counting:
    return Counting(_of_boxes(image), _of_drawn(image))


def judged(image: Image, counting: Counting) -> dict[str, Any]:
    """For the scripts: `counted` is what people say of a box beyond its verdict, where that is anything; `drawn` the
    boxes that people drew, accepted or not."""
    is_plain = {id: PLAIN.items() <= facts.items() for id, facts in counting.boxes.items()}
    return {
        "counted": {str(id): facts for id, facts in counting.boxes.items() if not is_plain[id]},
        "drawn": [{"id": str(id), **facts} for id, facts in counting.drawn.items()],
        "differs": _of_another_species(image),
    }


def _of_another_species(image: Image) -> dict[str, str]:
    """What the animal is called that a box of the current search is, where the search calls it something else."""
    carried = Carried.objects.filter(image=image, run=image.survey.current_run, kind=Carried.Kind.DIFFERS)
    boxes = dict(carried.values_list("observation", "detection"))
    return {str(boxes[seen.pk]): seen.species for seen in Observation.objects.filter(pk__in=boxes)} if boxes else {}


def _of_boxes(image: Image) -> dict[UUID, Facts]:
    """What counts of each judged box of the current search. Its species is said only where people call it another."""
    run = Run.objects.select_related("model_version").filter(pk=image.survey.current_run).first()
    if run is None:
        return {}
    species = species_map(run)
    accepted = _accepted(image)
    found = {}
    for box in Detection.objects.filter(image=image, run=run).exclude(verdict="").order_by("pk"):
        facts = {"verdict": box.verdict, **PLAIN}
        if (seen := accepted.get(box.pk)) is not None:
            facts |= {"count": seen.count, "life": seen.life}
            facts["species"] = "" if seen.species == species.of(box.label) else seen.species
            facts["box"] = None if box_of(seen) == box_of(box) else box_of(seen)
        found[box.pk] = facts
    return found


def _accepted(image: Image) -> dict[UUID, Observation]:
    """What counts, by the box that it came from and by the boxes of other searches that are the same animal."""
    seen = {row.pk: row for row in Observation.objects.filter(image=image, withdrawn_at=None)}
    carried = Carried.objects.filter(image=image, observation__isnull=False).values_list("detection", "observation")
    same = {detection: seen[observation] for detection, observation in carried if observation in seen}
    return same | {row.detection: row for row in seen.values() if row.detection}


def _of_drawn(image: Image) -> dict[UUID, Facts]:
    """Those that somebody still stands for or against, with the place that they had last."""
    said = drawn_reviews(image)
    counts = {id: standing for id, reviews in said.items() if (standing := standing_of(reviews))}
    return {
        seen.pk: {
            "verdict": counts[seen.pk].verdict,
            "species": seen.species,
            "count": seen.count,
            "life": seen.life,
            "box": box_of(seen),
            "by": said[seen.pk][0].author.get_username(),
        }
        for seen in Observation.objects.filter(pk__in=counts).order_by("pk")
    }


def reviewing(image: Image, user: Any, counting: Counting) -> dict[str, Any]:
    """For the scripts of those who judge. `theirs` are the boxes that only others judged; `mine` is what this person
    said of a box where that is not what counts."""
    detection = reverse("api-detection-reviews", args=[PLACEHOLDER])
    observation = reverse("api-observation", args=[PLACEHOLDER])
    people = _people_of(image)
    return {
        "id": str(image.pk),
        "user": user.get_username(),
        "account": reverse("account"),
        "species": reverse("api-species", args=[image.survey.slug]),
        "survey": image.survey.slug,
        "image": reverse("api-image-reviews", args=[image.pk]),
        "imagePage": reverse("image", args=[PLACEHOLDER]).replace(PLACEHOLDER, "{id}"),
        "people": people,
        "next": reverse("api-image-next", args=[image.pk]),
        "coverage": _looked_at(image, user, people),
        "observations": reverse("api-image-observations", args=[image.pk]),
        "detection": detection.replace(PLACEHOLDER, "{id}"),
        "observation": observation.replace(PLACEHOLDER, "{id}"),
        "imageState": image.review_state,
        "isOwnState": _is_own_state(image, user),
        **_own(image, user, {**counting.boxes, **counting.drawn}),
        "texts": _texts(),
    }


def _people_of(image: Image) -> dict[str, str]:
    """How those are called who may judge here, by their user names."""
    members = image.survey.memberships.select_related("user")
    return {each.user.get_username(): person_name(each.user) for each in members}


def _looked_at(image: Image, user: Any, people: Mapping[str, str]) -> dict[str, Any]:
    coverage = coverage_of(image)
    looked = {each["person"]: each for each in coverage.pop("people")}
    mine = looked.pop(user.get_username(), None)
    return coverage | {
        "url": reverse("api-image-coverage", args=[image.pk]),
        "cells": mine["cells"] if mine else "",
        "others": [{"person": people.get(name, name), "shares": each["shares"]} for name, each in looked.items()],
        "texts": {
            "nothing": _("Not looked through yet"),
            "share": _("Looked at: {share} % at {zoom}"),
            "other": _("{person} looked at {share} % at {zoom} or closer."),
            "done": _("The whole image was looked at, at {zoom} or closer."),
            "notSharp": _(
                "It is not as sharp as that yet: try again in a moment, or look at it at an eighth of its size."
            ),
            "tooSmall": _(
                "So large an image cannot be scanned so closely on so small a screen: choose a smaller size."
            ),
        },
    }


def _own(image: Image, user: Any, counting: dict[UUID, Facts]) -> dict[str, Any]:
    said = Review.objects.filter(image=image, author=user).order_by("created_at", "id")
    latest = {(review.detection or review.observation): review for review in said}
    own = {id: _facts(review) for id, review in latest.items() if id and review.verdict != Verdict.OPEN}
    # What one said of an animal one said of all boxes on it.
    animals = {row.pk: row.detection or row.pk for row in Observation.objects.filter(image=image)}
    carried = Carried.objects.filter(image=image, observation__isnull=False).values_list("detection", "observation")
    own |= {box: own[animals[seen]] for box, seen in carried if animals.get(seen) in own}
    return {
        "theirs": [str(id) for id in counting if id not in own],
        "mine": {str(id): facts for id, facts in own.items() if not _is_what_counts(facts, counting.get(id))},
    }


def _facts(review: Review) -> Facts:
    said: Facts = {"verdict": review.verdict, "species": review.species, "count": review.count, "life": review.life}
    return said | {"box": put_at(review)}


def _is_what_counts(own: Facts, counting: Facts | None) -> bool:
    """A confirmed box is called by its label, whose name may be another by now."""
    if counting is None or own["verdict"] != counting["verdict"]:
        return False
    names = ("species", "count", "life", "box") if own["verdict"] == Verdict.RELABELLED else ("count", "life", "box")
    return own["verdict"] not in ACCEPTING or all(own[name] == counting[name] for name in names)


def _is_own_state(image: Image, user: Any) -> bool:
    said = Review.objects.filter(image=image, detection=None, observation=None).order_by("created_at", "id")
    counts = standing_of(said)
    return counts is not None and counts.author_id == user.pk


def saving_texts() -> dict[str, str]:
    """What tells whether everything is saved, on every page on which people judge."""
    return {
        "saved": _("Saved"),
        "asks": _("{n} waits for your answer"),
        "saving": _("Saving {n} …"),
        "offline": _("Offline: {n} waiting. They are sent as soon as the server answers."),
        "offlineHere": _("Offline: {n} waiting, on this page alone: leave it open until they are sent."),
        "stranger": _("{n} waiting: log in again, as one who may judge here, and they are sent."),
    }


def _texts() -> dict[str, Any]:
    return {
        **saving_texts(),
        "selectFirst": _("Select a box first: [[next-box]] goes to the next one."),
        "noBoxes": _("No box is shown on this image. [[add-box]] draws one."),
        "nothingToUndo": _("There is nothing to undo on this visit."),
        "nothingToRedo": _("There is nothing to do again."),
        "overtaken": _("{box}: {person} said meanwhile: {theirs}. You said: {mine}, which is not saved."),
        "overruled": _("Saved. What counts is what {person} said, who has a higher role or spoke later: {theirs}."),
        "notAllJudged": _(
            "Marked as reviewed. Not counted: {open} boxes that nobody judged, {uncertain} uncertain ones. "
            "[[next-open]] goes to the next one."
        ),
        "nobody": _("A colleague"),
        "lives": {str(life): str(life.label) for life in Life},
        "moved": _("moved"),
        "refusedElsewhere": _("Something that you said on another page was not saved. {sentence}"),
        "verdicts": {str(verdict): str(verdict.label) for verdict in OF_DETECTIONS},
        "noNext": {
            "uncertain": _("No other box counts as uncertain in the current search."),
            "unfinished": _("No other image that can be reviewed is left."),
            "here": _("No other box on this image counts as uncertain."),
            "offline": _("The server does not answer: try again."),
        },
        "allJudged": _("All boxes shown are judged. [[reviewed]] marks the image as reviewed."),
        "imageStates": {str(state): str(label) for state, label in Image.Review.choices},
    }

"""Comments as they are read: the threads of an image, and those of a survey."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from inference.models import Detection
from review.models import Comment
from surveys.models import Image, Observation, Survey

SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Box:
    name: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass
class Thread:
    """`box` is what it is on, where that is a box that still is there. `unread`: how many others wrote since one last
    looked."""

    head: Comment
    box: Box | None = None
    answers: list[Comment] = field(default_factory=list)
    n_answers: int = 0
    unread: int = 0

    @property
    def comments(self) -> list[Comment]:
        return [self.head, *self.answers]

    @property
    def is_on_box(self) -> bool:
        return bool(self.head.detection or self.head.observation)


def threads_of(image: Image, person: Any) -> list[Thread]:
    """In the order in which they were begun. Comments that the person has not seen have `is_new`."""
    rows = Comment.objects.filter(image=image).shown().select_related("author", "resolved_by")
    unread = set(Comment.objects.filter(image=image).unread_by(person).values_list("id", flat=True))
    threads: dict[UUID, Thread] = {}
    for comment in rows:
        comment.is_new = comment.id in unread
        if comment.parent_id is None:
            threads[comment.id] = Thread(comment)
        else:
            threads[comment.parent_id].answers.append(comment)
    boxes = _boxes(thread.head for thread in threads.values())
    for thread in threads.values():
        thread.box = boxes.get(thread.head.detection or thread.head.observation)
        thread.n_answers = len(thread.answers)
        thread.unread = sum(comment.id in unread for comment in thread.comments)
    return list(threads.values())


def _boxes(heads: Iterable[Comment]) -> dict[UUID | None, Box]:
    """By the id of the detection or observation."""
    heads = list(heads)
    detections = [head.detection for head in heads if head.detection]
    observations = [head.observation for head in heads if head.observation]
    found = [
        *(Detection.objects.filter(pk__in=detections).values_list("pk", "label", *SIDES) if detections else ()),
        *(Observation.objects.filter(pk__in=observations).values_list("pk", "species", *SIDES) if observations else ()),
    ]
    return {pk: Box(*rest) for pk, *rest in found}


def state_of(image: Image) -> str:
    """Another text whenever any comment of the image is another: an open page asks for it."""
    found = Comment.objects.filter(image=image).aggregate(n=Count("pk"), last=Max("changed_at"))
    return f"{found['n']}-{found['last'].timestamp():.6f}" if found["n"] else ""


def heads_of(survey: Survey, person: Any, *, show: str) -> QuerySet[Comment]:
    """The beginnings of a survey's threads: those that are open, those that are resolved, or the open ones in which the
    person wrote."""
    heads = Comment.objects.filter(survey=survey, parent=None, image__trashed_at=None).shown()
    if show == "mine":
        own = Comment.objects.filter(parent=OuterRef("id"), author=person, withdrawn_at=None)
        heads = heads.filter(Q(author=person) | Exists(own))
    return heads.filter(resolved_at__isnull=show != "resolved").select_related("author", "resolved_by", "image")


def listed(heads: list[Comment], person: Any) -> list[Thread]:
    """These threads with how many answers they have, and how much of each is new."""
    of_thread = Q(id__in=[head.id for head in heads]) | Q(parent__in=heads)
    comments = Comment.objects.filter(of_thread, withdrawn_at=None)
    answers = _by_thread(comments.exclude(parent=None))
    unread_answers = _by_thread(comments.exclude(parent=None).unread_by(person))
    unread_heads = set(comments.filter(parent=None).unread_by(person).values_list("id", flat=True))
    boxes = _boxes(heads)
    return [
        Thread(
            head,
            boxes.get(head.detection or head.observation),
            n_answers=answers.get(head.id, 0),
            unread=unread_answers.get(head.id, 0) + (head.id in unread_heads),
        )
        for head in heads
    ]


def _by_thread(comments: QuerySet[Comment]) -> dict[UUID, int]:
    return dict(comments.order_by().values_list("parent").annotate(n=Count("pk")))

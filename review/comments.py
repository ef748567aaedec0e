"""Talking about an image: threads on the image, on a box or on a place in it. Answers stand in one row below the first
comment. Inside a survey comments are written one after the other, so their numbers are in the order in which others see
them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from inference.models import Detection
from inference.runs import lock_survey
from review.models import Comment, CommentsSeen
from surveys.activity import tell_counted
from surveys.models import Image, Observation

LONGEST = 4000  # characters
MOST_ON_AN_IMAGE = 500


@dataclass(frozen=True)
class Written:
    """What somebody writes, and on what: an answer says `parent`, a new thread at most one of the others; without any
    it is on the image as a whole. Sent again with the same `id` it stays one comment."""

    text: str
    id: UUID | None = None
    parent: UUID | None = None
    detection: UUID | None = None
    observation: UUID | None = None
    x: float | None = None
    y: float | None = None


class CommentRefusedError(Exception):
    """It cannot be written; the sentence tells what to do about which field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def write(image: Image, written: Written, author: Any) -> Comment:
    """Raises CommentRefusedError."""
    with transaction.atomic():
        lock_survey(image.survey_id)
        if known := _sent_before(image, written, author):
            return known
        thread = _thread_of(image, written)
        _refuse_nothing(written.text)
        _refuse_elsewhere(image, written)
        if Comment.objects.filter(image=image).count() >= MOST_ON_AN_IMAGE:
            sentence = _("%(n)s comments are on this image: no more can be added.") % {"n": MOST_ON_AN_IMAGE}
            raise CommentRefusedError("text", sentence)
        if thread:
            _set_resolved(thread, None)  # who answers has not finished with it
        tell_counted(image.survey, author, "comments_written")
        return _keep(image, written, author)


def edit(comment: Comment, text: str) -> Comment:
    """Raises CommentRefusedError."""
    with transaction.atomic():
        comment = _hold(comment)
        _refuse_nothing(text)
        if comment.withdrawn_at:
            raise CommentRefusedError("text", _("This comment was taken back: write a new one."))
        if comment.text != text:
            comment.text, comment.edited_at = text, timezone.now()
            comment.save()
    return comment


def resolve(comment: Comment, actor: Any, *, is_resolved: bool) -> Comment:
    """Of a whole thread. Raises CommentRefusedError."""
    with transaction.atomic():
        comment = _hold(comment)
        if comment.parent_id:
            raise CommentRefusedError("resolved", _("Only a whole thread is resolved: name its first comment."))
        _set_resolved(comment, actor if is_resolved else None)
    return comment


def take_back(comment: Comment) -> None:
    """What was said is gone; who said something when stays, and so do the answers."""
    with transaction.atomic():
        comment = _hold(comment)
        if comment.withdrawn_at is None:
            comment.text, comment.withdrawn_at = "", timezone.now()
            comment.save()


def see(person: Any, comment: Comment) -> None:
    """This person has looked at the image's comments up to this one, and perhaps further before."""
    defaults = {"number": comment.number}
    mark, is_new = CommentsSeen.objects.get_or_create(person=person, image_id=comment.image_id, defaults=defaults)
    if not is_new:
        CommentsSeen.objects.filter(pk=mark.pk, number__lt=comment.number).update(number=comment.number)


def _hold(comment: Comment) -> Comment:
    """As it is now, against every other writer of the survey."""
    lock_survey(comment.survey_id)
    return Comment.objects.select_related("author", "resolved_by", "image__survey").get(pk=comment.pk)


def _sent_before(image: Image, written: Written, author: Any) -> Comment | None:
    """The comment that this became when it was sent before. Whose another one with its id is, nobody is told."""
    known = Comment.objects.filter(id=written.id).first() if written.id else None
    if known and (known.author_id, known.image_id, known.parent_id) != (author.pk, image.pk, written.parent):
        raise CommentRefusedError("id", _("This id is taken: choose another one."))
    return known


def _thread_of(image: Image, written: Written) -> Comment | None:
    if written.parent is None:
        return None
    thread = Comment.objects.shown().filter(id=written.parent, image=image, parent=None).first()
    if thread is None:
        raise CommentRefusedError("parent", _("This thread is not there any more: load the comments again."))
    return thread


def _refuse_nothing(text: str) -> None:
    if not text.strip():
        raise CommentRefusedError("text", _("Write something."))


def _refuse_elsewhere(image: Image, written: Written) -> None:
    on = [name for name in ("parent", "detection", "observation", "x") if getattr(written, name) is not None]
    if len(on) > 1:
        sentence = _("A comment is an answer, or on one thing: a detection, an observation or a place.")
        raise CommentRefusedError(on[1], sentence)
    if (written.x is None) != (written.y is None):
        raise CommentRefusedError("x" if written.x is None else "y", _("A place has an x and a y."))
    if written.x is not None and written.y is not None and not _is_on(image, written.x, written.y):
        raise CommentRefusedError("x", _("This place is not on the image."))
    if written.detection and not Detection.objects.filter(pk=written.detection, image=image).exists():
        raise CommentRefusedError("detection", _("There is no such detection on this image."))
    if written.observation and not Observation.objects.filter(pk=written.observation, image=image).exists():
        raise CommentRefusedError("observation", _("There is no such observation on this image."))


def _is_on(image: Image, x: float, y: float) -> bool:
    return 0 <= x <= (image.width or 0) and 0 <= y <= (image.height or 0)


def _set_resolved(thread: Comment, actor: Any | None) -> None:
    if (thread.resolved_at is not None) == (actor is not None):
        return
    thread.resolved_by, thread.resolved_at = actor, timezone.now() if actor else None
    thread.save()


def _keep(image: Image, written: Written, author: Any) -> Comment:
    return Comment.objects.create(
        id=written.id or uuid7(),
        survey=image.survey,
        image=image,
        parent_id=written.parent,
        detection=written.detection,
        observation=written.observation,
        x=written.x,
        y=written.y,
        author=author,
        text=written.text,
    )

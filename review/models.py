"""What people said of detections and images, and what they say to each other. Reviews are added, never changed: the
later one counts."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from surveys.models import Image, Survey


class Verdict(models.TextChoices):
    """Of a detection, and of an image."""

    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("rejected")
    RELABELLED = "relabelled", _("another species")
    DUPLICATE = "duplicate", _("counted in another image")
    UNCERTAIN = "uncertain", _("uncertain")
    OPEN = "open", _("taken back")

    REVIEWED = "reviewed", _("reviewed")
    EMPTY = "empty", _("reviewed, empty")
    UNUSABLE = "unusable", _("unusable")
    IN_PROGRESS = "in_progress", _("in progress")


OF_DETECTIONS = (
    Verdict.CONFIRMED,
    Verdict.REJECTED,
    Verdict.RELABELLED,
    Verdict.DUPLICATE,
    Verdict.UNCERTAIN,
    Verdict.OPEN,
)
OF_IMAGES = (Verdict.REVIEWED, Verdict.EMPTY, Verdict.UNUSABLE, Verdict.IN_PROGRESS, Verdict.OPEN)
ACCEPTING = (Verdict.CONFIRMED, Verdict.RELABELLED)  # there is an animal, and it is counted here


class Review(models.Model):
    """One verdict of one person, on a detection or, without one, on the whole image."""

    id = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )  # who sends it may choose it: sent twice, one
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    detection = models.UUIDField(null=True)  # a run that is deleted takes no verdict along
    verdict = models.CharField(max_length=12, choices=Verdict)
    species = models.CharField(max_length=80, blank=True)  # of one that accepts
    count = models.PositiveIntegerField(default=1)  # animals in the box
    note = models.TextField(blank=True)  # of an unusable image the reason
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()  # of the author's role when it was said
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="a_review_counts_something"),
            models.CheckConstraint(
                condition=Q(detection=None, verdict__in=OF_IMAGES)
                | Q(detection__isnull=False, verdict__in=OF_DETECTIONS),
                name="a_verdict_fits_what_it_is_on",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=ACCEPTING, species__gt="") | ~Q(verdict__in=ACCEPTING) & Q(species=""),
                name="what_is_accepted_has_a_species",
            ),
        ]
        indexes = [
            models.Index(fields=["detection", "id"], name="review_of_detection"),
            models.Index(fields=["image", "id"], name="review_of_image"),
        ]
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.author_id}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def shown(self) -> "CommentQuerySet":
        """What is still said, and the beginnings of threads that were taken back but have answers."""
        answers = Comment.objects.filter(parent=OuterRef("id"), withdrawn_at=None)
        return self.filter(Q(withdrawn_at=None) | Q(parent=None) & Exists(answers))

    def unread_by(self, person: Any) -> "CommentQuerySet":
        """What others wrote since this person last looked at the comments of the image."""
        seen = CommentsSeen.objects.filter(person=person, image=OuterRef("image"), number__gte=OuterRef("number"))
        return self.filter(~Exists(seen), withdrawn_at=None).exclude(author=person)


class Comment(models.Model):
    """What a person says to colleagues. The first of a thread says of what: an image, or a box or a place on it."""

    number = models.BigAutoField(primary_key=True)  # in the order in which they were written
    id = models.UUIDField(unique=True, default=uuid7, editable=False)  # who sends it may choose it: sent twice, one
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    parent = models.ForeignKey("self", models.CASCADE, to_field="id", null=True, related_name="answers")
    detection = models.UUIDField(null=True)  # a run that is deleted takes no comment along
    observation = models.UUIDField(null=True)
    x = models.FloatField(null=True)  # in pixels of the upright image
    y = models.FloatField(null=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(blank=True)  # Markdown, as it was typed; nothing once it is taken back
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)  # of a whole thread
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(detection=None, observation=None) | Q(detection=None, x=None) | Q(observation=None, x=None),
                name="a_comment_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(x=None, y=None) | Q(x__isnull=False, y__isnull=False), name="a_place_has_two_coordinates"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(detection=None, observation=None, x=None, resolved_at=None),
                name="only_a_thread_is_somewhere_or_resolved",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, text__gt="") | Q(withdrawn_at__isnull=False, text=""),
                name="what_is_taken_back_says_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["image", "number"], name="comment_of_image"),
            models.Index(fields=["survey", "number"], condition=Q(parent=None), name="thread_of_survey"),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"comment {self.number} by {self.author_id}"


class CommentsSeen(models.Model):
    """Up to which comment of an image a person has looked."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    number = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "image"], name="one_mark_a_person_and_image")]

    def __str__(self) -> str:
        return f"{self.person_id} has seen up to {self.number}"

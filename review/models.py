"""What people said of detections and images. Rows are added, never changed: the later one counts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from surveys.models import Image, Life


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
CHOICES_OF_DETECTIONS = [verdict.value for verdict in OF_DETECTIONS]  # as the API's schema names them
CHOICES_OF_IMAGES = [verdict.value for verdict in OF_IMAGES]
ACCEPTING = (Verdict.CONFIRMED, Verdict.RELABELLED)  # there is an animal, and it is counted here


class Review(models.Model):
    """One verdict of one person: on a detection, on an observation that somebody drew, or else on the whole image."""

    id = models.UUIDField(
        primary_key=True, default=uuid7, editable=False
    )  # who sends it may choose it: sent twice, one
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    detection = models.UUIDField(null=True)  # a run that is deleted takes no verdict along
    observation = models.UUIDField(null=True)  # that a person drew
    via = models.UUIDField(null=True)  # the box of another search, on the same animal, of which it was said
    verdict = models.CharField(max_length=12, choices=Verdict)
    species = models.CharField(max_length=80, blank=True)  # of one that accepts
    count = models.PositiveIntegerField(default=1)  # animals in the box
    life = models.CharField(max_length=8, choices=Life, blank=True)  # of one that accepts
    # Where a person put the box that is accepted; without them it is where the model saw it.
    left = models.FloatField(null=True)
    top = models.FloatField(null=True)
    right = models.FloatField(null=True)
    bottom = models.FloatField(null=True)
    note = models.TextField(blank=True)  # of an unusable image the reason
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()  # of the author's role when it was said
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="a_review_counts_something"),
            models.CheckConstraint(
                condition=Q(detection=None, observation=None, verdict__in=OF_IMAGES)
                | Q(detection__isnull=False, observation=None, verdict__in=OF_DETECTIONS)
                | Q(detection=None, observation__isnull=False, verdict__in=OF_DETECTIONS),
                name="a_verdict_fits_what_it_is_on",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=ACCEPTING, species__gt="") | ~Q(verdict__in=ACCEPTING) & Q(species=""),
                name="what_is_accepted_has_a_species",
            ),
            models.CheckConstraint(
                condition=Q(left=None, top=None, right=None, bottom=None)
                | Q(left__lt=F("right"), top__lt=F("bottom"), verdict__in=ACCEPTING),
                name="an_accepted_box_has_an_area",
            ),
            models.CheckConstraint(
                condition=Q(observation=None) | ~Q(verdict__in=ACCEPTING) | Q(left__isnull=False),
                name="what_is_drawn_has_a_box",
            ),
        ]
        indexes = [
            models.Index(fields=["detection", "id"], name="review_of_detection"),
            models.Index(fields=["observation", "id"], name="review_of_observation"),
            models.Index(fields=["image", "id"], name="review_of_image"),
        ]
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.author_id}"


class Carried(models.Model):
    """A box of one search that lies on what people judged before: it is that animal, or asks for no attention."""

    class Kind(models.TextChoices):
        MATCHED = "matched", _("accepted before")
        DIFFERS = "differs", _("accepted before as another species")  # asks for attention, but is no second animal
        SUPPRESSED = "suppressed", _("rejected before")

    detection = models.UUIDField(primary_key=True)
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    run = models.UUIDField()
    kind = models.CharField(max_length=10, choices=Kind)
    # The animal that it is; of a suppressed box the one that people rejected through it, and may bring back through it.
    observation = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="suppressed") | Q(observation__isnull=False), name="what_is_an_animal_says_which"
            ),
        ]
        indexes = [models.Index(fields=["image", "run"], name="carried_on_image")]

    def __str__(self) -> str:
        return f"{self.detection} {self.kind}"

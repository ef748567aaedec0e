"""What people said of detections and images. Rows are added, never changed: the later one counts."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from surveys.models import Image, Life, Survey


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
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+", db_index=False)  # of the image
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
            models.Index(fields=["survey", "created_at", "id"], name="review_of_survey"),
        ]
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.author_id}"


class Dispute(models.Model):
    """People of the highest role that spoke disagree on it: a box, or an image as a whole."""

    subject = models.UUIDField(primary_key=True)  # of a detection, of an observation that was drawn, or of the image
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"dispute on {self.subject}"


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


class ReviewTask(models.Model):
    """A set of images shared out among chosen people. Which images these are is settled when it is made; the columns of
    the filter say how they were chosen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    run = models.UUIDField(null=True)  # the search that label and scores speak of
    label = models.CharField(max_length=80, blank=True)
    min_score = models.FloatField(null=True)
    max_score = models.FloatField(null=True)
    transect = models.CharField(max_length=80, blank=True)  # "-": images without one
    reviewed = models.CharField(max_length=3, choices=[("yes", _("reviewed")), ("no", _("not reviewed"))], blank=True)
    share = models.FloatField(default=1)
    seed = models.PositiveIntegerField(default=0)
    n_images = models.PositiveIntegerField(default=0)
    n_done = models.PositiveIntegerField(default=0)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, through="TaskPerson", related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="a_share_is_part_of_all"),
            models.CheckConstraint(condition=Q(n_done__lte=models.F("n_images")), name="no_more_done_than_there_are"),
        ]
        indexes = [models.Index(fields=["survey", "-id"], name="task_of_survey")]

    def __str__(self) -> str:
        return self.name


class TaskPerson(models.Model):
    """Somebody who was chosen for a task, or finished an image of it all the same."""

    task = models.ForeignKey(ReviewTask, models.CASCADE, related_name="shares")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_chosen = models.BooleanField(default=True)
    n_done = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "user"], name="one_share_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.task_id}"


class TaskImage(models.Model):
    """One image of a task: free, held by one person for as long as the lease goes, or done."""

    # 100,000 rows are written at once: no index that another one covers, or that is looked into once a year.
    task = models.ForeignKey(ReviewTask, models.CASCADE, related_name="images", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    place = models.PositiveIntegerField()
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    token = models.UUIDField(null=True)  # of the page that holds it: an older page gives nothing back
    held_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "image"], name="an_image_once_a_task"),
            models.UniqueConstraint(fields=["task", "place"], name="one_image_a_place"),
            models.UniqueConstraint(
                fields=["task", "holder"], condition=Q(holder__isnull=False), name="one_image_in_hand"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, holder=None),
                name="what_is_done_is_in_nobodys_hand",
            ),
        ]
        indexes = [
            models.Index(fields=["task", "place"], condition=Q(done_at=None), name="task_open"),
            models.Index(fields=["task", "done_at"], condition=Q(done_at__isnull=False), name="task_done"),
            models.Index(
                fields=["task", "done_by", "-done_at"], condition=Q(done_at__isnull=False), name="task_done_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.task_id}"


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

    is_new = False  # no column: to the reader for whom review.threads fetched it

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


class Coverage(models.Model):
    """What one person looked at of an image, and how closely: a byte a cell, as review.coverage packs them."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    columns = models.PositiveSmallIntegerField()
    cells = models.BinaryField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "person"], name="one_coverage_a_person_and_image")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.image_id}"

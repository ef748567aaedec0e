"""The ecological record: surveys, their people, their images and what was found on them."""

from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Choose one such as Africa/Nairobi."), params={"name": name}
        )


class Survey(models.Model):
    """A campaign. Images are private to its members."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, max_length=2000)
    # Cameras have no time zone: a time without one is read in the survey's.
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    are_positions_shared = models.BooleanField(default=False)  # reviewers and viewers see exact positions too
    file_name_pattern = models.CharField(max_length=200, blank=True)  # says transect and camera of images yet to come
    current_run = models.UUIDField(null=True)  # written downwards by inference
    current_model = models.CharField(max_length=160, blank=True)  # its model's name and version, for lists
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    trashed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    ANALYST = "analyst", _("analyst")
    REVIEWER = "reviewer", _("reviewer")
    VIEWER = "viewer", _("viewer")


class Membership(models.Model):
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "user"], name="one_membership_a_person")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.survey}"


class Invitation(models.Model):
    """A link shown on the screen once, that makes a person a member (or an administrator). Only its hash is kept."""

    survey = models.ForeignKey(Survey, models.CASCADE, null=True, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role, blank=True)
    is_administrator = models.BooleanField(default=False)
    note = models.CharField(max_length=120, blank=True)  # for whom
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation to {self.survey or 'Kopje'} as {self.role or 'administrator'}"


class Image(models.Model):
    """One immutable original file, and how far it has come."""

    class Ingest(models.TextChoices):
        WAITING = "waiting", _("waiting to be read")
        DONE = "done", _("read")
        FAILED = "failed", _("could not be read")

    class Search(models.TextChoices):
        NONE = "none", _("not searched")
        WAITING = "waiting", _("waiting to be searched")
        SEARCHED = "searched", _("searched")
        FAILED = "failed", _("search failed")

    class Pyramid(models.TextChoices):
        NONE = "none", _("not made yet")
        QUEUED = "queued", _("being made")
        READY = "ready", _("ready")
        AS_IS = "as_is", _("shown as it is")
        FAILED = "failed", _("could not be made")

    class Review(models.TextChoices):
        UNREVIEWED = "unreviewed", _("unreviewed")
        IN_PROGRESS = "in_progress", _("in progress")
        REVIEWED = "reviewed", _("reviewed")
        EMPTY = "empty", _("reviewed, empty")
        UNUSABLE = "unusable", _("unusable")

    class TransectSource(models.TextChoices):
        NOBODY = "", _("nobody")
        PATTERN = "pattern", _("the pattern of file names")
        TABLE = "table", _("a table")
        PERSON = "person", _("a person, for this image")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="images")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    file_name = models.CharField(max_length=200)  # for people; files on disk are named by id
    path = models.CharField(max_length=500, blank=True)  # folder on the card
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)  # known once read
    claimed_sha256 = models.CharField(max_length=64, blank=True)  # what the sender said it is
    extension = models.CharField(max_length=8, blank=True)  # of the file on disk, by content; empty until read
    media_type = models.CharField(max_length=60, blank=True)
    width = models.PositiveIntegerField(null=True)  # upright
    height = models.PositiveIntegerField(null=True)
    captured_at = models.DateTimeField(null=True)
    latitude = models.FloatField(null=True)  # exact; read through surveys.positions only
    longitude = models.FloatField(null=True)
    altitude_m = models.FloatField(null=True)
    camera_model = models.CharField(max_length=120, blank=True)  # make, model, serial as the file has them
    transect = models.CharField(max_length=80, blank=True)  # the flown line: the sampling unit
    camera = models.CharField(max_length=40, blank=True)  # which of the aircraft's: left, right, nadir or a name
    transect_source = models.CharField(max_length=8, choices=TransectSource, blank=True)  # of transect and camera
    is_excluded = models.BooleanField(default=False)
    ingest_state = models.CharField(max_length=10, choices=Ingest, default=Ingest.WAITING)
    search_state = models.CharField(max_length=10, choices=Search, default=Search.NONE)  # of the survey's current run
    pyramid_state = models.CharField(max_length=10, choices=Pyramid, default=Pyramid.NONE)
    review_state = models.CharField(max_length=12, choices=Review, default=Review.UNREVIEWED)
    failure_code = models.CharField(max_length=40, blank=True)
    failure = models.TextField(blank=True)  # a sentence for people, of the stage that failed
    n_detections = models.PositiveIntegerField(null=True)  # of the current run; null = not searched, never 0
    trashed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "sha256"], condition=~Q(sha256="") & Q(trashed_at=None), name="one_file_once_a_survey"
            ),
            models.CheckConstraint(
                condition=Q(n_detections=None) | Q(search_state="searched"), name="no_count_unless_searched"
            ),
            models.CheckConstraint(
                condition=~Q(ingest_state="done") | Q(width__gt=0, height__gt=0, sha256__gt=""),
                name="a_read_image_has_size_and_hash",
            ),
        ]
        indexes = [
            models.Index(fields=["survey", "id"], name="image_of_survey"),
            models.Index(fields=["survey", "review_state", "id"], name="image_by_review"),
            models.Index(fields=["survey", "ingest_state", "search_state"], name="image_stages"),
            models.Index(fields=["survey", "claimed_sha256", "ingest_state"], name="image_claimed"),
            models.Index(fields=["survey", "transect", "camera"], name="image_of_transect"),
        ]

    def __str__(self) -> str:
        return self.file_name


class TransectTable(models.Model):
    """A table that somebody uploaded, while its preview waits for a yes. Kept for a day."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "owner"], name="one_table_a_person")]

    def __str__(self) -> str:
        return self.file_name


class TransectChange(models.Model):
    """The last time that transects were set for many images at once, with what was there before: it can be undone."""

    survey = models.OneToOneField(Survey, models.CASCADE, related_name="transect_change")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    subject = models.CharField(max_length=200)  # the pattern, or the table's name
    n_images = models.PositiveIntegerField()
    before = models.BinaryField()  # surveys.transect_saving knows how to read it
    pattern_before = models.CharField(max_length=200, blank=True)  # the survey's

    def __str__(self) -> str:
        return f"{self.n_images} images by {self.subject}"


class ImageLabel(models.Model):
    """What lists and count tables need of an image's detections of one label in one run. Written downwards."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="labels")
    run = models.UUIDField()
    label = models.CharField(max_length=80)
    n_detections = models.PositiveIntegerField(default=0)
    n_confirmed = models.PositiveIntegerField(default=0)
    n_rejected = models.PositiveIntegerField(default=0)
    n_matched = models.PositiveIntegerField(default=0)  # accepted before this search, so no new animals
    n_suppressed = models.PositiveIntegerField(default=0)  # rejected before
    max_score = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "run", "label"], name="one_row_an_image_run_label")]
        indexes = [models.Index(fields=["run", "label", "image"], name="label_of_run")]

    def __str__(self) -> str:
        return f"{self.n_detections} {self.label} on {self.image_id}"


class Life(models.TextChoices):
    """What is known of an animal; without a word: nobody said."""

    ALIVE = "alive", _("alive")
    CARCASS = "carcass", _("carcass")


class Observation(models.Model):
    """An animal or group that people accept: the only thing counted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    image = models.ForeignKey(Image, models.PROTECT, related_name="observations")
    detection = models.UUIDField(null=True)  # deleting a run cannot delete an animal
    species = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=1)
    life = models.CharField(max_length=8, choices=Life, blank=True)
    left = models.FloatField()
    top = models.FloatField()
    right = models.FloatField()
    bottom = models.FloatField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1), name="an_observation_counts_something"),
            models.UniqueConstraint(
                fields=["detection"], condition=Q(detection__isnull=False), name="one_observation_a_detection"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.species}"


class Upload(models.Model):
    """One file on its way in. How much has arrived is the size of its part file, not a column."""

    class State(models.TextChoices):
        RECEIVING = "receiving", _("arriving")
        RECEIVED = "received", _("arrived, being read")
        STORED = "stored", _("stored")
        DUPLICATE = "duplicate", _("already in this survey")
        REFUSED = "refused", _("could not be read")
        ENDED = "ended", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="uploads")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    path = models.CharField(max_length=500, blank=True)
    size_bytes = models.BigIntegerField()
    claimed_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVING)
    held_at = models.DateTimeField(null=True)  # when a request last brought something
    image = models.ForeignKey(Image, models.SET_NULL, null=True, related_name="uploads")  # or the one it repeats
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["survey", "state"], name="upload_of_survey")]

    def __str__(self) -> str:
        return f"upload of {self.file_name}"


class Activity(models.Model):
    """What happened, for people: written in the transaction of the fact."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="activities")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["survey", "-at"], name="activity_of_survey")]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.subject}"

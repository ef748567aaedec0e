"""What machines propose: models, searches, detections."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from surveys.files import model_folder
from surveys.models import Image, Survey


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def available(self) -> "ModelVersionQuerySet":
        """Those that a new search may use."""
        return self.filter(retired_at=None)

    def latest_of(self, name: str, version: str | None = None) -> "ModelVersion | None":
        """The available version asked for, or the one registered last."""
        wanted = {"name": name} | ({"version": version} if version else {})
        return self.available().filter(**wanted).order_by("-id").first()


class ModelVersion(models.Model):
    """A frozen model card plus weights. Never changed, only retired."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=100)  # as the card has it: small letters, digits, dots, dashes
    version = models.CharField(max_length=50)
    card = models.JSONField()
    weights_sha256 = models.CharField(max_length=64, blank=True)
    # Of the patch that the maker sent along, what a machine must find on it (inference/engine/selftest.py).
    selftest = models.JSONField(default=dict)
    registered_at = models.DateTimeField(auto_now_add=True)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_version_a_number")]
        ordering = ["name", "-id"]

    def __str__(self) -> str:
        return _("%(name)s, version %(version)s") % {"name": self.name, "version": self.version}

    @property
    def labels(self) -> list[str]:
        return self.card["labels"]

    @property
    def folder(self) -> Path:
        return model_folder(self.name, self.version)


class Mode(models.TextChoices):
    """How a model is computed; what the two others change in the boxes is what a speed-up check measures."""

    EXACT = "exact", _("exact")
    FAST = "fast", _("fast")
    TURBO = "turbo", _("turbo")


FAST_MODES = [choice for choice in Mode.choices if choice[0] != Mode.EXACT]


class Run(models.Model):
    """One ModelVersion over a set of a survey's images. On screen: a search."""

    class State(models.TextChoices):
        ACTIVE = "active", _("under way")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.EXACT)
    threshold = models.FloatField()  # lowest model score kept
    # The pre-filter: which model looks first, from which score on a patch passes, and which share of the patches that
    # do not is searched all the same, so that what the pre-filter lost can be told.
    screen = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    screen_threshold = models.FloatField(null=True)
    random_share = models.FloatField(null=True)
    does_take_all = models.BooleanField(default=True)  # false: it searches the images it was started with
    does_follow_uploads = models.BooleanField(default=True)  # new images join it
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey"], condition=Q(state="active", does_follow_uploads=True), name="one_run_follows_uploads"
            ),
            models.CheckConstraint(
                condition=Q(screen=None, screen_threshold=None, random_share=None)
                | Q(screen__isnull=False, screen_threshold__isnull=False, random_share__isnull=False),
                name="a_screen_has_a_threshold_and_a_share",
            ),
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.model_version} on {self.survey}"


class ResultSet(models.Model):
    """What one run says of one image. Written once; no row of state `searched` means: not searched, so no zero."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SEARCHED = "searched", _("searched")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="result_sets")
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    n_detections = models.PositiveIntegerField(null=True)  # all that the model said
    n_dropped = models.PositiveIntegerField(
        default=0
    )  # of these, of labels that the survey leaves out; rules change it
    n_patches = models.PositiveIntegerField(null=True)
    detector_s = models.FloatField(null=True)  # seconds inside the detector
    screen_s = models.FloatField(null=True)  # seconds inside the pre-filter
    n_passed = models.PositiveIntegerField(null=True)  # patches that the pre-filter let pass
    n_uncertain = models.PositiveIntegerField(null=True)  # of these, patches that a classifier could not judge
    n_at_random = models.PositiveIntegerField(null=True)  # patches it left out and chance had searched all the same
    n_lost = models.PositiveIntegerField(null=True)  # animals found in those alone
    lost_squared = models.PositiveIntegerField(null=True)  # sum of the squares of these animals, patch by patch
    most_lost = models.PositiveIntegerField(null=True)  # most of them in one patch
    device = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=40, blank=True)  # what computed it there
    failure = models.TextField(blank=True)
    searched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "image"], name="one_result_set_a_run_and_image"),
            models.CheckConstraint(
                condition=Q(state="searched", n_detections__isnull=False, searched_at__isnull=False)
                | (~Q(state="searched") & Q(n_detections=None)),
                name="a_count_exactly_when_searched",
            ),
            models.CheckConstraint(
                condition=Q(n_dropped=0) | Q(n_dropped__lte=F("n_detections")), name="no_more_dropped_than_detected"
            ),
        ]
        indexes = [models.Index(fields=["run", "state", "-id"], name="results_of_run")]

    def __str__(self) -> str:
        return f"{self.run_id} on {self.image_id}: {self.state}"


class SpeciesRule(models.Model):
    """Which species a label of a model is in a survey, or that it is left out there. No row: the label is its own."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    model_name = models.CharField(max_length=100)  # of all its versions
    label = models.CharField(max_length=80)  # as the model says it
    species = models.CharField(max_length=80)
    is_dropped = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["survey", "model_name", "label"], name="one_species_a_label"),
            models.CheckConstraint(condition=Q(species__gt=""), name="a_species_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.label} is {self.species}{' (left out)' if self.is_dropped else ''}"


class PatchRecord(models.Model):
    """What detector and pre-filter said of each patch of an image, packed, before thresholds and merging."""

    result_set = models.OneToOneField(ResultSet, models.CASCADE, primary_key=True, related_name="patch_record")
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.result_set_id)


class SpeedCheck(models.Model):
    """A fast mode of a model against the exact one, on patches of a survey (AgreementReport). Kept with the model."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="speed_checks")
    survey = models.ForeignKey(Survey, models.SET_NULL, null=True, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode)
    n_patches = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    device = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    report = models.JSONField(default=dict)  # inference/engine/agreement.py
    failure = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.model_version} {self.mode}: {self.state}"


class CheckCrop(models.Model):
    """What a box that the modes of a speed-up check differ in looks like. Gone with its image; the report stays."""

    speed_check = models.ForeignKey(SpeedCheck, models.CASCADE, related_name="crops")
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()  # place in the report's list
    jpeg = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["speed_check", "number"], name="one_crop_a_place")]

    def __str__(self) -> str:
        return f"crop {self.number} of {self.speed_check_id}"


class Comparison(models.Model):
    """Every model on one evaluation set: images of a survey whose animals are known."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="+")
    source = models.CharField(max_length=200)  # where the known animals come from: the name of a file
    known = models.BinaryField()  # inference/evaluation_sets.py knows how to read it
    iou = models.FloatField()  # from which overlap on a box is the animal's
    n_images = models.PositiveIntegerField()
    n_animals = models.PositiveIntegerField()
    labels = models.JSONField()  # of the known animals, commonest first
    left_out = models.JSONField(default=dict)  # images of the source that could not be used, by reason
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.source} on {self.survey}"


class ComparedModel(models.Model):
    """One model in one mode of a comparison."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="compared")
    model_version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    device = models.CharField(max_length=20, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    report = models.JSONField(default=dict)  # inference/engine/set_figures.py, and seconds
    failure = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "model_version", "mode"], name="one_row_a_model_and_mode")
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.model_version} {self.mode}: {self.state}"


AREA = (F("right") - F("left")) * (F("bottom") - F("top"))  # of a box, in px


class Detection(models.Model):
    """A machine's proposal, in full-image pixels of the upright image; right and bottom exclusive. Never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    label = models.CharField(max_length=80)
    score = models.FloatField()
    left = models.FloatField()
    top = models.FloatField()
    right = models.FloatField()
    bottom = models.FloatField()
    verdict = models.CharField(max_length=12, blank=True)  # cached copy of the verdict that counts, written by review

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(left__lt=F("right"), top__lt=F("bottom")), name="a_box_has_an_area"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="a_score_is_between_0_and_1"),
        ]
        indexes = [
            models.Index(fields=["image", "run"], name="detections_of_image"),
            models.Index(fields=["run", "id"], name="detections_of_run"),
            models.Index(fields=["run", "label", "verdict", "score", "id"], name="detections_by_score"),
            models.Index("run", "label", "verdict", AREA, "id", name="detections_by_size"),
            models.Index(fields=["run", "image"], condition=Q(verdict="uncertain"), name="uncertain_of_run"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.score:.2f}"


class ScoreHistogram(models.Model):
    """How many detections of each label a search has at which model score, over the images that can have a count."""

    run = models.OneToOneField(Run, models.CASCADE, primary_key=True, related_name="+")
    content = models.JSONField()  # by species, a number for each hundredth of the score
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"scores of {self.run_id}"

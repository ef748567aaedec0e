"""What the API takes and what it answers, apart from each other."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from surveys.access import role_of
from surveys.create import RESERVED_SLUGS
from surveys.members import person_name
from surveys.models import Image, ImageLabel, Membership, Role, Survey, validate_time_zone
from surveys.positions import position_for
from surveys.progress import Counts
from surveys.transects import MAX_CAMERA, MAX_TRANSECT, BadNameError, clean_camera, clean_transect


class KnownFieldsMixin:
    """A misspelt field is an error, or a program would believe that it was heard."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, dict) else set()
        if unknown:
            raise serializers.ValidationError({name: [_("There is no such field.")] for name in sorted(unknown)})
        return super().to_internal_value(data)


class SurveyOut(serializers.ModelSerializer):
    role = serializers.SerializerMethodField(help_text="The caller's own role.")

    class Meta:
        model = Survey
        fields = [
            "slug",
            "name",
            "description",
            "time_zone",
            "are_positions_shared",
            "file_name_pattern",
            "role",
            "current_run",
            "current_model",
            "created_at",
        ]

    def get_role(self, survey: Survey) -> str:
        return str(role_of(self.context["request"].user, survey))


class SurveyIn(KnownFieldsMixin, serializers.Serializer):
    name = serializers.CharField(max_length=120)
    slug = serializers.SlugField(max_length=80, required=False, help_text="Made from the name when left out.")
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_time_zone])

    def validate_slug(self, slug: str) -> str:
        if slug in RESERVED_SLUGS or Survey.objects.filter(slug=slug).exists():
            raise serializers.ValidationError(_("This slug is taken. Choose another one."))
        return slug


class SurveyChangeIn(KnownFieldsMixin, serializers.Serializer):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, validators=[validate_time_zone])
    are_positions_shared = serializers.BooleanField(required=False)


class MemberOut(serializers.ModelSerializer):
    username = serializers.CharField(source="user.username")
    name = serializers.SerializerMethodField()
    joined_at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Membership
        fields = ["username", "name", "role", "joined_at"]

    def get_name(self, membership: Membership) -> str:
        return person_name(membership.user)


class MemberIn(KnownFieldsMixin, serializers.Serializer):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(Role.choices)


class RoleIn(KnownFieldsMixin, serializers.Serializer):
    role = serializers.ChoiceField(Role.choices)


class StatesOut(serializers.Serializer):
    ingest = serializers.ChoiceField(Image.Ingest.choices, source="ingest_state")
    search = serializers.ChoiceField(Image.Search.choices, source="search_state")
    pyramid = serializers.ChoiceField(Image.Pyramid.choices, source="pyramid_state")
    review = serializers.ChoiceField(Image.Review.choices, source="review_state")


class PositionOut(serializers.Serializer):
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    altitude_m = serializers.FloatField(allow_null=True)


class ImageOut(serializers.ModelSerializer):
    survey = serializers.CharField(source="survey.slug")
    states = StatesOut(source="*")
    excluded = serializers.BooleanField(source="is_excluded")
    position = serializers.SerializerMethodField()
    position_is_exact = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            "id",
            "survey",
            "file_name",
            "path",
            "size_bytes",
            "width",
            "height",
            "sha256",
            "media_type",
            "uploaded_at",
            "captured_at",
            "camera_model",
            "transect",
            "camera",
            "transect_source",
            "excluded",
            "position",
            "position_is_exact",
            "states",
            "n_detections",
            "failure",
        ]

    def _position(self, image: Image) -> Any:
        return position_for(self.context["request"].user, image)

    def get_position(self, image: Image) -> PositionOut(allow_null=True):
        position = self._position(image)
        return None if position is None else PositionOut(position).data

    def get_position_is_exact(self, image: Image) -> bool | None:
        position = self._position(image)
        return None if position is None else position.is_exact

    def get_failure(self, image: Image) -> str | None:
        return image.failure or None


class LabelOut(serializers.ModelSerializer):
    class Meta:
        model = ImageLabel
        fields = ["label", "n_detections", "n_confirmed", "n_rejected", "max_score"]


class ImageDetailOut(ImageOut):
    labels = serializers.SerializerMethodField(help_text="Counts by label of the current run; null where not searched.")

    class Meta(ImageOut.Meta):
        fields = [*ImageOut.Meta.fields, "labels"]

    def get_labels(self, image: Image) -> LabelOut(many=True, allow_null=True):
        if image.n_detections is None:
            return None
        found = image.labels.filter(run=image.survey.current_run).order_by("label")
        return LabelOut(found, many=True).data


def validate_finite(value: float) -> None:
    """Not-a-number passes every comparison with a limit."""
    if not math.isfinite(value):
        raise serializers.ValidationError(_("This must be a number."))


def validate_year(at: datetime) -> None:
    """Instants at the edge of what a datetime holds cannot be told in another time zone."""
    if not 1900 <= at.year <= 2200:
        raise serializers.ValidationError(_("The year must lie between 1900 and 2200."))


class PositionIn(KnownFieldsMixin, serializers.Serializer):
    latitude = serializers.FloatField(min_value=-90, max_value=90, validators=[validate_finite])
    longitude = serializers.FloatField(min_value=-180, max_value=180, validators=[validate_finite])
    altitude_m = serializers.FloatField(
        required=False, allow_null=True, default=None, min_value=-500, max_value=20_000, validators=[validate_finite]
    )


class ImageChangeIn(KnownFieldsMixin, serializers.Serializer):
    transect = serializers.CharField(max_length=MAX_TRANSECT, required=False, allow_blank=True)
    camera = serializers.CharField(
        max_length=MAX_CAMERA, required=False, allow_blank=True, help_text="left, right, nadir or a name; L is left."
    )
    captured_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        validators=[validate_year],
        help_text="Without an offset it is read in the survey's time zone.",
    )
    position = PositionIn(required=False, allow_null=True)
    excluded = serializers.BooleanField(required=False)
    reason = serializers.CharField(max_length=120, help_text="Why; kept in the survey's activity.")

    def __init__(self, *args: Any, survey: Survey | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if survey is not None:
            self.fields["captured_at"].timezone = ZoneInfo(survey.time_zone)

    def validate_transect(self, text: str) -> str:
        return _cleaned(clean_transect, text)

    def validate_camera(self, text: str) -> str:
        return _cleaned(clean_camera, text)


def _cleaned(clean: Callable[[str], str], text: str) -> str:
    try:
        return clean(text)
    except BadNameError as error:
        raise serializers.ValidationError(str(error)) from error


class PaceOut(serializers.Serializer):
    per_second = serializers.FloatField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)


class CountsOut(serializers.Serializer):
    stored = serializers.IntegerField()
    unread = serializers.IntegerField()
    read = serializers.IntegerField()
    unreadable = serializers.IntegerField()
    searching = serializers.IntegerField()
    searched = serializers.IntegerField()
    search_failed = serializers.IntegerField()
    with_animals = serializers.SerializerMethodField(help_text="By the current run; null while nothing was searched.")
    reviewed = serializers.IntegerField()
    detections = serializers.IntegerField(
        allow_null=True, help_text="On images that are not excluded; null while none of these was searched."
    )

    def get_with_animals(self, counts: Counts) -> int | None:
        return counts.with_animals if counts.searched else None


class TroubleOut(serializers.Serializer):
    code = serializers.CharField()
    sentence = serializers.CharField()
    n_images = serializers.IntegerField()


class SurveyProgressOut(serializers.Serializer):
    images = CountsOut(source="counts")
    reading = PaceOut()
    searching = PaceOut()
    arriving = serializers.IntegerField(help_text="Uploads under way.")
    duplicates = serializers.IntegerField(help_text="Uploads that were in the survey already.")
    errors = TroubleOut(source="troubles", many=True)
    is_live = serializers.BooleanField(help_text="False once nothing goes on any more.")


class TokenIn(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, style={"input_type": "password"})


class TokenOut(serializers.Serializer):
    token = serializers.CharField()

"""`surveys/{slug}/reviews/`: all that was said in a survey, and verdicts on many boxes in one request."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from review.api.saying import (
    AUTHOR_HELP,
    MOST_ANIMALS,
    SEEN_HELP,
    STRANGER,
    BoxMixin,
    ReviewOut,
    SeenIn,
    refuse_stranger,
)
from review.bulk import MOST_BOXES, Outcome, judge_many
from review.history import NEWEST_FIRST, reviews_in
from review.models import CHOICES_OF_DETECTIONS, Review
from review.said import Said
from surveys.access import get_survey_for
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Life, Role
from surveys.pagination import KeysetPagination

BOXES_HELP = "At most 2,000 of one survey: of its current run or of any other."
ID_HELP = "Chosen by the sender: what is sent twice is saved once."
TOO_MANY = gettext_lazy("More than %(n)d boxes in one request: send them in several.") % {"n": MOST_BOXES}


class _Verdict(KnownFieldsMixin, serializers.Serializer[Any]):
    species = serializers.CharField(default="", allow_blank=True, max_length=80, help_text="Of `relabelled`.")
    count = serializers.IntegerField(default=None, min_value=1, max_value=MOST_ANIMALS, help_text="Animals in the box.")
    life = serializers.ChoiceField(Life.choices, default=None, allow_blank=True)
    seen = SeenIn(default=None, allow_null=True, help_text=SEEN_HELP)


class BoxVerdictIn(BoxMixin, _Verdict):
    detection = serializers.UUIDField()
    verdict = serializers.ChoiceField(CHOICES_OF_DETECTIONS)


class BulkIn(_Verdict):
    """Either `detections` with one `verdict` on all of them, or `verdicts` with one for each."""

    author = serializers.CharField(default="", allow_blank=True, max_length=150, help_text=AUTHOR_HELP)
    id = serializers.UUIDField(default=None, help_text=ID_HELP)
    note = serializers.CharField(default="", allow_blank=True, max_length=2000)
    verdict = serializers.ChoiceField(CHOICES_OF_DETECTIONS, default="")
    detections = serializers.ListField(child=serializers.UUIDField(), default=[], help_text=BOXES_HELP)
    verdicts = BoxVerdictIn(many=True, default=[], help_text=BOXES_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        detections, verdicts = attrs["detections"], attrs["verdicts"]
        if bool(detections) == bool(verdicts):
            raise serializers.ValidationError({"detections": [_("Name boxes here or in “verdicts”, in one of them.")]})
        if detections and not attrs["verdict"]:
            raise serializers.ValidationError({"verdict": [_("Say what these boxes are.")]})
        if len({each["detection"] for each in verdicts}) < len(verdicts):
            raise serializers.ValidationError({"verdicts": [_("A box stands here twice.")]})
        return attrs

    def said(self) -> dict[UUID, Said]:
        sent = self.validated_data
        note = sent["note"]
        if sent["verdicts"]:
            return {each.pop("detection"): Said(note=note, **each) for each in map(dict, sent["verdicts"])}
        of_all = Said(note=note, **{name: sent[name] for name in ("verdict", "species", "count", "life", "seen")})
        return dict.fromkeys(sent["detections"], of_all)


class RefusedOut(serializers.Serializer[Any]):
    detection = serializers.UUIDField()
    detail = serializers.CharField(source="sentence", help_text="Why nothing was saved of this box.")
    standing = ReviewOut(allow_null=True, help_text="What counts there, where somebody else was quicker.")


class CountingOut(serializers.Serializer[Any]):
    detection = serializers.UUIDField()
    counts = ReviewOut(allow_null=True, help_text="Null where nobody judges.")


class OutcomeOut(serializers.Serializer[Any]):
    saved = serializers.IntegerField(help_text="Of so many boxes.")
    refused = RefusedOut(many=True)
    otherwise = CountingOut(many=True, help_text="Saved, but what counts is not what was said now.")


class SurveyReviews(ListAPIView):
    """Every judgement on images that are not in the trash, newest first; nothing that was said is ever changed."""

    serializer_class = ReviewOut
    pagination_class = KeysetPagination
    keyset, newest_first = NEWEST_FIRST["key"], NEWEST_FIRST["newest_first"]

    def get_queryset(self) -> Any:
        return reviews_in(get_survey_for(self.request.user, self.kwargs["slug"]))

    @extend_schema(request=BulkIn, responses={200: OutcomeOut, 401: STRANGER})
    def post(self, request: Request, slug: str) -> Response:
        """Says of up to 2,000 boxes what they are. What is refused of some keeps none of the others from being saved.
        `open` takes back what one said oneself."""
        survey = get_survey_for(request.user, slug, at_least=Role.REVIEWER)
        _refuse_too_many(request.data)
        asked = BulkIn(data=request.data)
        asked.is_valid(raise_exception=True)
        refuse_stranger(request, asked.validated_data["author"])
        said = asked.said()
        outcome = judge_many(survey, said, request.user, batch=asked.validated_data["id"])
        return Response(OutcomeOut(_answer(outcome, said)).data)


def _refuse_too_many(data: Any) -> None:
    """Before each of a hundred thousand is looked at."""
    for name in ("detections", "verdicts"):
        boxes = data.get(name) if isinstance(data, dict) else None
        if isinstance(boxes, list) and len(boxes) > MOST_BOXES:
            raise serializers.ValidationError({name: [TOO_MANY]})


def _answer(outcome: Outcome, said: dict[UUID, Said]) -> dict[str, Any]:
    otherwise = [
        {"detection": detection, "counts": standing}
        for detection, standing in outcome.standing.items()
        if not _is_as_said(standing, said[detection])
    ]
    return {"saved": len(outcome.standing), "refused": outcome.refused, "otherwise": otherwise}


def _is_as_said(standing: Review | None, said: Said) -> bool:
    return said.verdict == "open" if standing is None else standing.verdict == said.verdict

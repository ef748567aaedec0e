"""Uploading a model by program: administrators."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.access import require_administrator
from inference.model_archive import MOST_BYTES
from inference.model_forms import FORMS
from inference.model_upload import DETECTRON2, FOLDER, ask_for_registration, get_upload_for, version_of
from inference.posted import StoredUploadHandler
from jobs.models import Job


class ModelUploadIn(serializers.Serializer[Any]):
    """Either `files` (card.json, the weights, a self-test; or one .zip), or `config` and `weights` of Detectron2."""

    files = serializers.ListField(child=serializers.FileField(), required=False)
    config = serializers.FileField(required=False)
    weights = serializers.FileField(required=False)
    name = serializers.CharField(required=False)
    version = serializers.CharField(required=False)
    labels = serializers.CharField(required=False, help_text="A label a line, in the order of training.")
    patch = serializers.CharField(required=False, help_text="Width x height in px, as 800x800.")
    overlap = serializers.IntegerField(required=False)
    licence = serializers.CharField(required=False)
    source = serializers.CharField(required=False)
    training_data = serializers.CharField(required=False)
    intended_use = serializers.CharField(required=False)
    gsd_least = serializers.FloatField(required=False, help_text="cm a pixel")
    gsd_most = serializers.FloatField(required=False, help_text="cm a pixel")
    view = serializers.ListField(child=serializers.CharField(), required=False)
    selftest_image = serializers.FileField(required=False)
    selftest_boxes = serializers.FileField(required=False)


class ModelUploadOut(serializers.Serializer[Any]):
    """`failure` is about the field `field`, where it is about one."""

    id = serializers.UUIDField(source="subject")
    state = serializers.ChoiceField(Job.State.choices)
    failure = serializers.CharField()
    field = serializers.CharField(source="failure_code")
    url = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField(help_text="The address of the card, once it is registered.")
    unknown_settings = serializers.ListField(child=serializers.CharField(), source="payload.unknown", default=list)

    def get_url(self, job: Job) -> str:
        return reverse("api-model-upload", args=[job.subject])

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_model(self, job: Job) -> str | None:
        version = version_of(job)
        return version and reverse("api-model", args=[version.name, version.version])


class ModelUpload(APIView):
    @extend_schema(responses=ModelUploadOut)
    def get(self, request: Request, model_upload_id: UUID) -> Response:
        """What became of an upload; ask again while its state is new, queued or running."""
        return Response(ModelUploadOut(get_upload_for(request.user, model_upload_id)).data)


def let_files_in(request: Any) -> None:
    """Lets the files of an administrator's request onto the disk; others' forms keep the narrow limit of all forms.

    Before REST framework looks who it is, since that reads the form for the token against forgery."""
    if is_somebody(request, administrator=True):
        request.upload_handlers = [StoredUploadHandler(request, MOST_BYTES)]


def is_somebody(request: Any, *, administrator: bool = False) -> bool:
    """Whether a raw request comes from a person with an account; REST framework looks again."""
    try:
        by_token = TokenAuthentication().authenticate(request)
    except APIException:
        return False
    user = by_token[0] if by_token else getattr(request, "user", None)  # the schema asks without anybody
    return bool(user and user.is_active and (user.is_superuser or not administrator))


def take_in(request: Request) -> Response:
    """Answers 202: a worker tries the model. Raises ValidationError by field."""
    require_administrator(request.user)
    kind = DETECTRON2 if {"config", "weights"} & set(request.data) else FOLDER
    form = FORMS[kind](request.data, request.FILES)
    if unknown := set(request.data) - set(form.fields):
        raise ValidationError({name: [_("There is no such field.")] for name in sorted(unknown)})
    if not form.is_valid():
        raise ValidationError({"detail" if name == "__all__" else name: told for name, told in form.errors.items()})
    job = ask_for_registration(request.user, form.kind, form.files_to_keep, facts=form.facts, typed=form.typed)
    answer = ModelUploadOut(job).data
    return Response(answer, status=202, headers={"Location": answer["url"]})

"""`surveys/{slug}/images/` and `images/{id}/`."""

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as FilterError
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from surveys.access import get_image_for, get_survey_for
from surveys.api.serializers import ImageChangeIn, ImageDetailOut, ImageOut
from surveys.corrections import correct_image
from surveys.image_filters import STATES, wanted_images
from surveys.models import Role
from surveys.pagination import KeysetPagination
from surveys.positions import sees_exact_positions
from surveys.trash import trash_image

FILTERS = [
    OpenApiParameter("state", enum=list(STATES), description="How far the image has come."),
    OpenApiParameter("label", description="Holds detections of this label, by the current run."),
    OpenApiParameter("min_score", OpenApiTypes.NUMBER, description="Holds a detection of this model score or more."),
    OpenApiParameter("transect", description="Belongs to this transect; `-` for images without one."),
    OpenApiParameter("camera", description="Taken by this camera: left, right, nadir or a name; `-` for none."),
    OpenApiParameter("reviewed", OpenApiTypes.BOOL, description="Was reviewed by people, or not."),
]


@extend_schema_view(get=extend_schema(parameters=FILTERS))
class ImageList(ListAPIView):
    """The survey's images outside the trash, oldest first. `n_detections` is null where an image was not searched."""

    serializer_class = ImageOut
    pagination_class = KeysetPagination

    def get_queryset(self) -> Any:
        survey = get_survey_for(self.request.user, self.kwargs["slug"])
        try:
            return wanted_images(survey, self.request.query_params)
        except FilterError as error:
            raise ValidationError(error.message_dict) from error


class ImageDetail(APIView):
    @extend_schema(responses=ImageDetailOut)
    def get(self, request: Request, image_id: UUID) -> Response:
        """One image, with its counts by label and its position as far as the caller may see it."""
        image = get_image_for(request.user, image_id)
        return Response(ImageDetailOut(image, context={"request": request}).data)

    @extend_schema(request=ImageChangeIn, responses=ImageDetailOut)
    def patch(self, request: Request, image_id: UUID) -> Response:
        """Corrects what the file cannot know; owners and analysts. `reason` is kept in the survey's activity."""
        image = get_image_for(request.user, image_id, at_least=Role.ANALYST)
        wanted = ImageChangeIn(data=request.data, survey=image.survey)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        reason = values.pop("reason")
        if "position" in values and not sees_exact_positions(request.user, image.survey):
            raise PermissionDenied
        if not values:
            raise ValidationError(
                {"detail": _("Say what to change: transect, camera, captured_at, position or excluded.")}
            )
        correct_image(image, request.user, values, reason=reason)
        return Response(ImageDetailOut(image, context={"request": request}).data)

    @extend_schema(responses={204: None}, description="Moves the image to the trash for 30 days.")
    def delete(self, request: Request, image_id: UUID) -> Response:
        image = get_image_for(request.user, image_id, at_least=Role.ANALYST)
        trash_image(image, request.user)
        return Response(status=204)

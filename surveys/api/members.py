"""`surveys/{slug}/members/`."""

from typing import Any

from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from surveys.access import get_survey_for
from surveys.api.serializers import MemberIn, MemberOut, RoleIn
from surveys.members import AlreadyMemberError, LastOwnerError, add_member, change_role, members_of, remove_member
from surveys.models import Role
from surveys.pagination import KeysetPagination


class MemberList(ListAPIView):
    """Who belongs to the survey, in the order of joining."""

    serializer_class = MemberOut
    pagination_class = KeysetPagination

    def get_queryset(self) -> Any:
        return members_of(get_survey_for(self.request.user, self.kwargs["slug"]))

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, slug: str) -> Response:
        """Makes a person who has an account a member; owners only. Others are invited by a link."""
        survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
        wanted = MemberIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        user = get_user_model().objects.filter(username=wanted.validated_data["username"], is_active=True).first()
        if user is None:
            raise ValidationError({"username": [_("Nobody here has this name. Make an invitation instead.")]})
        try:
            membership = add_member(survey, request.user, user, wanted.validated_data["role"])
        except AlreadyMemberError as error:
            raise ValidationError({"username": [str(error)]}) from error
        return Response(MemberOut(membership).data, status=201)


class MemberDetail(APIView):
    @extend_schema(request=RoleIn, responses=MemberOut)
    def patch(self, request: Request, slug: str, username: str) -> Response:
        """Changes a member's role; owners only."""
        survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
        membership = get_object_or_404(members_of(survey), user__username=username)
        wanted = RoleIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        try:
            change_role(membership, request.user, wanted.validated_data["role"])
        except LastOwnerError as error:
            raise ValidationError({"role": [str(error)]}) from error
        return Response(MemberOut(membership).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, username: str) -> Response:
        """Removes a member; owners only. The last owner stays."""
        survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
        membership = get_object_or_404(members_of(survey), user__username=username)
        try:
            remove_member(membership, request.user)
        except LastOwnerError as error:
            raise ValidationError({"detail": str(error)}) from error
        return Response(status=204)

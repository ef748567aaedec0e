"""`images/{id}/comments/` and `comments/{id}/`: what people of a survey say to each other."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from review.access import get_comment_for
from review.api.saying import AUTHOR_HELP, STRANGER, refuse_stranger
from review.comment_page import link_to
from review.comments import LONGEST, CommentRefusedError, Written, edit, resolve, see, take_back, write
from review.markdown import to_html
from review.models import Comment
from surveys.access import get_image_for, has_role
from surveys.api.serializers import KnownFieldsMixin
from surveys.models import Role
from surveys.pagination import KeysetPagination

TEXT = {"max_length": LONGEST, "trim_whitespace": False}  # indented code begins with spaces


class CommentIn(KnownFieldsMixin, serializers.Serializer[Any]):
    id = serializers.UUIDField(default=None, help_text="Chosen by the sender: what is sent twice is one comment.")
    text = serializers.CharField(**TEXT, help_text="Markdown: emphasis, code, lists, links.")
    parent = serializers.UUIDField(default=None, help_text="Of an answer: the first comment of the thread.")
    detection = serializers.UUIDField(default=None, help_text="Of a new thread: the box that it is on.")
    observation = serializers.UUIDField(default=None, help_text="The same, where people drew the box.")
    x = serializers.FloatField(default=None, help_text="A place, in pixels of the upright image, from the left.")
    y = serializers.FloatField(default=None, help_text="The same, from the top.")
    author = serializers.CharField(default="", allow_blank=True, max_length=150, help_text=AUTHOR_HELP)

    def written(self) -> Written:
        return Written(**{name: value for name, value in self.validated_data.items() if name != "author"})


class CommentChangeIn(KnownFieldsMixin, serializers.Serializer[Any]):
    text = serializers.CharField(**TEXT, required=False, help_text="One's own comments only.")
    resolved = serializers.BooleanField(required=False, help_text="Of a whole thread, by its first comment.")

    def validate(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if not wanted:
            raise serializers.ValidationError({"detail": _("Say what to change: text or resolved.")})
        return wanted


class CommentsSeenIn(KnownFieldsMixin, serializers.Serializer[Any]):
    up_to = serializers.UUIDField(help_text="The last comment that was seen.")


class CommentOut(serializers.ModelSerializer[Comment]):
    author = serializers.CharField(source="author.username")
    parent = serializers.UUIDField(source="parent_id", allow_null=True)
    html = serializers.SerializerMethodField(help_text="The text, safe to print in a page.")
    resolved_by = serializers.CharField(source="resolved_by.username", default=None, allow_null=True)
    link = serializers.SerializerMethodField(help_text="Where people read it: the image, at its place.")

    class Meta:
        model = Comment
        fields = [
            *("id", "image", "parent", "detection", "observation", "x", "y", "author", "text", "html"),
            *("created_at", "edited_at", "withdrawn_at", "resolved_at", "resolved_by", "link"),
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_html(self, comment: Comment) -> str:
        return to_html(comment.text)

    @extend_schema_field(OpenApiTypes.STR)
    def get_link(self, comment: Comment) -> str:
        return link_to(comment)


class ImageComments(ListAPIView):
    """The image's comments, oldest first: first ones of threads and answers. One that was taken back has no text, and
    is left out unless it has answers."""

    serializer_class = CommentOut
    pagination_class = KeysetPagination
    keyset = "number"

    def get_queryset(self) -> Any:
        image = get_image_for(self.request.user, self.kwargs["image_id"])
        return Comment.objects.filter(image=image).shown().select_related("author", "resolved_by")

    @extend_schema(request=CommentIn, responses={201: CommentOut, 401: STRANGER})
    def post(self, request: Request, image_id: UUID) -> Response:
        """Begins a thread on the image, on a box or on a place, or answers in one, which opens it again if it was
        resolved; reviewers, analysts and owners."""
        image = get_image_for(request.user, image_id, at_least=Role.REVIEWER)
        asked = CommentIn(data=request.data)
        asked.is_valid(raise_exception=True)
        refuse_stranger(request, asked.validated_data["author"])
        comment = _unless_refused(write, image, asked.written(), request.user)
        return Response(CommentOut(comment).data, status=status.HTTP_201_CREATED)


class CommentDetail(APIView):
    @extend_schema(responses=CommentOut)
    def get(self, request: Request, comment_id: UUID) -> Response:
        """One comment."""
        return Response(CommentOut(get_comment_for(request.user, comment_id)).data)

    @extend_schema(request=CommentChangeIn, responses=CommentOut)
    def patch(self, request: Request, comment_id: UUID) -> Response:
        """Changes the text of one's own comment; resolves a thread or opens it again, as every reviewer may."""
        comment = get_comment_for(request.user, comment_id, at_least=Role.REVIEWER)
        asked = CommentChangeIn(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        if "text" in wanted:
            if comment.author_id != request.user.pk:
                raise PermissionDenied(_("Only its author may change a comment."))
            comment = _unless_refused(edit, comment, wanted["text"])
        if "resolved" in wanted:
            comment = _unless_refused(resolve, comment, request.user, is_resolved=wanted["resolved"])
        return Response(CommentOut(comment).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, comment_id: UUID) -> Response:
        """Takes a comment back: one's own, and as an owner anybody's. Its text is gone; answers to it stay."""
        comment = get_comment_for(request.user, comment_id, at_least=Role.REVIEWER)
        if comment.author_id != request.user.pk and not has_role(request.user, comment.image.survey, Role.OWNER):
            raise PermissionDenied(_("Only its author or an owner of the survey may take a comment back."))
        take_back(comment)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CommentsSeenMark(APIView):
    @extend_schema(request=CommentsSeenIn, responses={204: OpenApiResponse(description="kept")})
    def post(self, request: Request, image_id: UUID) -> Response:
        """Says up to where one has read: what others write later is new again."""
        image = get_image_for(request.user, image_id)
        asked = CommentsSeenIn(data=request.data)
        asked.is_valid(raise_exception=True)
        comment = Comment.objects.filter(image=image, id=asked.validated_data["up_to"]).first()
        if comment is None:
            raise serializers.ValidationError({"up_to": [_("There is no such comment on this image.")]})
        see(request.user, comment)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _unless_refused(act: Any, *args: Any, **options: Any) -> Comment:
    try:
        return act(*args, **options)
    except CommentRefusedError as refusal:
        raise serializers.ValidationError({refusal.field: [str(refusal)]}) from refusal

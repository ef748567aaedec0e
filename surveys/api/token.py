"""`token/`: a name and a password for the token that programs send."""

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from surveys.api.serializers import TokenIn, TokenOut


class TokenDoor(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ScopedRateThrottle,)
    throttle_scope = "token"

    @extend_schema(request=TokenIn, responses=TokenOut, auth=[])
    def post(self, request: Request) -> Response:
        """The token that programs send as `Authorization: Token …`."""
        given = TokenIn(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request=request, **given.validated_data)
        if getattr(request, "axes_locked_out", False):
            raise Throttled(detail=_("Too many wrong passwords. Wait a quarter of an hour."))
        if user is None:
            raise ValidationError({"detail": _("Name or password are wrong.")})
        token, _is_new = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})

"""How people come in without mail: invitations and links for a new password, shown on the screen once.

Who may make a link for a new password: whoever shows it could use it, so a link must open nothing that its maker
cannot open already. An administrator may make one for anybody else. An owner may make one only for a person who is no
administrator and whose every survey, the trash included, is one that this owner owns.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from surveys.access import RANK, role_of
from surveys.activity import record
from surveys.models import Invitation, Membership, Role, Survey

INVITATION_DAYS = 7


class InvitationSpentError(Exception):
    def __str__(self) -> str:
        return _("This invitation was used, has expired or was withdrawn. Ask for a new one.")


def hash_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    *, created_by: Any, survey: Survey | None = None, role: str = "", is_administrator: bool = False, note: str = ""
) -> tuple[Invitation, str]:
    """A new invitation and its token, which is kept nowhere: what is stored is its hash."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        survey=survey,
        role=role,
        is_administrator=is_administrator,
        note=note,
        created_by=created_by,
        token_hash=hash_of_token(token),
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    if survey is not None:
        record(survey, created_by, "member_invited", note or invitation.get_role_display())
    return invitation, token


def pending_invitations(survey: Survey) -> Any:
    return survey.invitations.filter(accepted_at=None, expires_at__gt=timezone.now()).order_by("-pk")


def find_invitation(token: str) -> Invitation:
    """The invitation that this token still opens. Raises InvitationSpentError."""
    invitation = (
        Invitation.objects.filter(token_hash=hash_of_token(token), accepted_at=None, expires_at__gt=timezone.now())
        .select_related("survey", "created_by")
        .first()
    )
    if invitation is None or not _is_still_meant(invitation):
        raise InvitationSpentError
    return invitation


def _is_still_meant(invitation: Invitation) -> bool:
    """Whoever made it must still be allowed to; the command line (no maker) always is."""
    survey, maker = invitation.survey, invitation.created_by
    if survey is not None and survey.trashed_at is not None:
        return False
    if maker is None:
        return True
    if not maker.is_active or (invitation.is_administrator and not maker.is_superuser):
        return False
    return survey is None or role_of(maker, survey) == Role.OWNER


@transaction.atomic
def accept(invitation: Invitation, user: Any) -> None:
    """Once only: the row is claimed by a conditional update before anything is given."""
    now = timezone.now()
    claimed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if claimed.update(accepted_by=user, accepted_at=now) == 0:
        raise InvitationSpentError
    if invitation.is_administrator:
        user.is_superuser = user.is_staff = True
        user.save(update_fields=["is_superuser", "is_staff"])
    if invitation.survey is not None:
        _join(invitation.survey, user, invitation.role)


def _join(survey: Survey, user: Any, role: str) -> None:
    """Makes a member, or raises the role of one; never lowers it."""
    membership, is_new = Membership.objects.get_or_create(survey=survey, user=user, defaults={"role": role})
    if not is_new and RANK[Role(role)] <= RANK[Role(membership.role)]:
        return
    membership.role = role
    membership.save(update_fields=["role"])
    record(survey, user, "member_joined", str(Role(role).label))


def may_reset_password(actor: Any, user: Any) -> bool:
    return user.pk in resettable(actor, [user])


def resettable(actor: Any, users: Iterable[Any]) -> set[int]:
    """Whose passwords the actor may reset, by the rule at the top of this module.

    One's own is not among them: that is changed on the account page, with the old one.
    """
    others = {user.pk: user for user in users if user.is_active and user.pk != actor.pk}
    if actor.is_superuser:
        return set(others)
    owned = Membership.objects.filter(user=actor, role=Role.OWNER).values("survey")
    elsewhere = Membership.objects.filter(Q(user__in=others), ~Q(survey__in=owned)).values_list("user", flat=True)
    return {pk for pk, user in others.items() if not user.is_superuser and not user.is_staff} - set(elsewhere)


class ResetTokens(PasswordResetTokenGenerator):
    """A token also ends when the person joins or leaves a survey, or a survey of theirs changes its owners: its maker
    might no longer make it, or it might open more than when it was made."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        own = Q(user=user) | Q(role=Role.OWNER, survey__memberships__user=user)
        rows = Membership.objects.filter(own).order_by("pk").values_list("pk", "role").distinct()
        return f"{super()._make_hash_value(user, timestamp)}{user.is_superuser}{user.is_staff}{list(rows)}"


reset_tokens = ResetTokens()


def reset_path(user: Any) -> str:
    """A link that sets a new password once; it stops working when it was used, and after three days."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password-reset", args=[uid, reset_tokens.make_token(user)])

"""Who belongs to a survey. A survey always keeps an owner."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from surveys.activity import record
from surveys.models import Membership, Role, Survey


class LastOwnerError(Exception):
    def __str__(self) -> str:
        return _("A survey needs an owner. Make somebody else an owner first.")


class AlreadyMemberError(Exception):
    def __str__(self) -> str:
        return _("This person is a member already. Change the role instead.")


def remember_roles(user: Any, surveys: Sequence[Survey]) -> None:
    """Reads the person's role in all of these surveys at once, for surveys.access.role_of."""
    roles = dict(Membership.objects.filter(survey__in=surveys, user=user).values_list("survey", "role"))
    for survey in surveys:
        survey.__dict__.setdefault("_roles", {})[user.pk] = roles.get(survey.pk)


def members_of(survey: Survey) -> Any:
    return survey.memberships.select_related("user")


@transaction.atomic
def add_member(survey: Survey, actor: Any, user: Any, role: str) -> Membership:
    membership, is_new = Membership.objects.get_or_create(survey=survey, user=user, defaults={"role": role})
    if not is_new:
        raise AlreadyMemberError
    record(survey, actor, "member_added", f"{person_name(user)} ({Role(role).label})")
    return membership


@transaction.atomic
def change_role(membership: Membership, actor: Any, role: str) -> Membership:
    if role != Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record(membership.survey, actor, "member_changed", f"{person_name(membership.user)} ({Role(role).label})")
    return membership


@transaction.atomic
def remove_member(membership: Membership, actor: Any) -> None:
    _keep_an_owner(membership)
    record(membership.survey, actor, "member_removed", person_name(membership.user))
    membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    # The survey's row is locked, or two owners could each remove the other at the same moment.
    survey = Survey.objects.select_for_update().get(pk=membership.survey_id)
    if not survey.memberships.filter(role=Role.OWNER).exclude(pk=membership.pk).exists():
        raise LastOwnerError


def person_name(user: Any) -> str:
    return user.get_full_name() or user.get_username()

"""The people of a survey: members, invitations, links for a new password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from surveys.access import get_survey_for, role_of
from surveys.activity import record
from surveys.forms import InvitationForm
from surveys.members import LastOwnerError, change_role, members_of, person_name, remove_member
from surveys.models import Membership, Role, Survey
from surveys.pagination import read_page
from surveys.people import invite, may_reset_password, pending_invitations, reset_path, resettable


@login_required
@require_safe
def members(request: HttpRequest, slug: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug)
    return _members_page(request, survey, form=InvitationForm())


def _members_page(request: HttpRequest, survey: Survey, **more: Any) -> HttpResponse:
    is_owner = role_of(request.user, survey) == Role.OWNER
    page = read_page(members_of(survey), request.GET)
    context = {
        "survey": survey,
        "page": page,
        "is_owner": is_owner,
        "roles": Role.choices,
        "resettable": resettable(request.user, [m.user for m in page.rows]) if is_owner else set(),
        "invitations": pending_invitations(survey) if is_owner else [],
        **more,
    }
    return render(request, "surveys/members.html", context)


@login_required
@require_POST
def invitations(request: HttpRequest, slug: str) -> HttpResponse:
    """A new invitation; its link is shown in the answer and never again."""
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _members_page(request, survey, form=form)
    _invitation, token = invite(created_by=request.user, survey=survey, **form.cleaned_data)
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    return _members_page(request, survey, form=InvitationForm(), link=link, link_is_for="invitation")


@login_required
@require_POST
def invitation_withdrawn(request: HttpRequest, slug: str, invitation_id: int) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    get_object_or_404(pending_invitations(survey), pk=invitation_id).delete()
    messages.success(request, _("The invitation is withdrawn: its link opens nothing any more."))
    return redirect("members", survey.slug)


def _member(survey: Survey, username: str) -> Membership:
    return get_object_or_404(members_of(survey), user__username=username)


@login_required
@require_POST
def member(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """Changes a member's role."""
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    membership = _member(survey, username)
    role = request.POST.get("role")
    if role not in Role.values:
        messages.error(request, _("Choose one of the four roles."))
        return redirect("members", survey.slug)
    try:
        change_role(membership, request.user, role)
    except LastOwnerError as error:
        messages.error(request, str(error))
    else:
        words = {"name": person_name(membership.user), "role": membership.get_role_display()}
        messages.success(request, _("%(name)s is now %(role)s.") % words)
    return redirect("members" if membership.user != request.user else "survey", survey.slug)


@login_required
@require_POST
def member_removal(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    membership = _member(survey, username)
    try:
        remove_member(membership, request.user)
    except LastOwnerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s is no member any more.") % {"name": person_name(membership.user)})
    return redirect(
        "surveys" if membership.user == request.user else "members",
        *([] if membership.user == request.user else [survey.slug]),
    )


@login_required
@require_POST
def member_reset(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """A link with which the member sets a new password; shown in the answer and never again."""
    survey = get_survey_for(request.user, slug, at_least=Role.OWNER)
    user = _member(survey, username).user
    if not may_reset_password(request.user, user):
        messages.error(
            request,
            _("%(name)s also belongs to surveys that are not yours: an administrator can make this link.")
            % {"name": person_name(user)},
        )
        return redirect("members", survey.slug)
    record(survey, request.user, "member_reset", person_name(user))
    link = request.build_absolute_uri(reset_path(user))
    return _members_page(request, survey, form=InvitationForm(), link=link, link_is_for="reset", link_person=user)

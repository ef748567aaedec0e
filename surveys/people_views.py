"""Coming in and one's own account: log in, invitations, a new password, the API token."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model, login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordResetConfirmView
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.authtoken.models import Token

from surveys import first_administrator as first
from surveys.forms import NameForm, NewPasswordForm, PasswordForm, SignUpForm
from surveys.models import Invitation
from surveys.people import InvitationSpentError, accept, find_invitation, reset_tokens

BACKEND = "django.contrib.auth.backends.ModelBackend"


class LogIn(LoginView):
    template_name = "login.html"
    redirect_authenticated_user = True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your name is saved."))
        return redirect("account")
    return _account_page(request, name_form=form)


def _account_page(request: HttpRequest, **more: Any) -> HttpResponse:
    user = get_user_model().objects.get(pk=request.user.pk)  # a refused form has written into request.user
    context = {
        "name_form": NameForm(instance=user),
        "password_form": PasswordForm(user),
        "has_token": Token.objects.filter(user=user).exists(),
        **more,
    }
    return render(request, "people/account.html", context)


@login_required
@require_POST
def account_password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, request.POST)
    if not form.is_valid():
        return _account_page(request, password_form=form)
    form.save()
    Token.objects.filter(user=form.user).delete()  # whoever knew the old password may have fetched it
    update_session_auth_hash(request, form.user)
    said = _("Your password is changed. Other browsers are logged out, and programs need a new token.")
    messages.success(request, said)
    return redirect("account")


@login_required
@require_POST
def account_token(request: HttpRequest) -> HttpResponse:
    """Shows the API token; `renew` makes the old one worthless first."""
    if "renew" in request.POST:
        Token.objects.filter(user=request.user).delete()
    token, _is_new = Token.objects.get_or_create(user=request.user)
    return _account_page(request, token=token.key, has_token=True)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what the link is for; what is posted here takes it up, as the person logged in or with a new account."""
    try:
        found = find_invitation(token)
        if request.method == "POST":
            return _take_up(request, found)
    except InvitationSpentError as error:
        return render(request, "people/invitation_spent.html", {"reason": str(error)}, status=410)
    return render(request, "people/invitation.html", {"invitation": found, "form": SignUpForm()})


def _take_up(request: HttpRequest, found: Invitation) -> HttpResponse:
    user = request.user
    if not user.is_authenticated:
        form = SignUpForm(request.POST)
        if not form.is_valid():
            return render(request, "people/invitation.html", {"invitation": found, "form": form})
        try:
            with transaction.atomic():  # no account is left behind where the invitation turns out to be spent
                user = form.save()
                accept(found, user)
        except IntegrityError:  # somebody took the name at the same moment
            form.add_error("username", form.NAME_IS_TAKEN)
            return render(request, "people/invitation.html", {"invitation": found, "form": form})
        login(request, user, backend=BACKEND)
    else:
        accept(found, user)
    return redirect("survey", found.survey.slug) if found.survey else redirect("surveys")


@require_http_methods(["GET", "HEAD", "POST"])
def first_administrator(request: HttpRequest, token: str) -> HttpResponse:
    """The link that the server printed: whoever posts here becomes the administrator, while there is none."""
    try:
        first.check_link(token)
        if request.method == "POST":
            return _become_administrator(request, token)
    except first.HasAdministratorError as error:
        context = {"reason": str(error), "has_administrator": True}
        return render(request, "people/first_administrator_spent.html", context, status=410)
    except first.NoSuchLinkError as error:
        return render(request, "people/first_administrator_spent.html", {"reason": str(error)}, status=404)
    return render(request, "people/first_administrator.html", {"form": SignUpForm()})


def _become_administrator(request: HttpRequest, token: str) -> HttpResponse:
    if request.user.is_authenticated:
        first.make_administrator(request.user, token)
        return redirect("surveys")
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return render(request, "people/first_administrator.html", {"form": form})
    try:
        with transaction.atomic():  # no account is left behind where somebody else was quicker
            user = form.save()
            first.make_administrator(user, token)
    except IntegrityError:  # the name was taken at the same moment: a button pressed twice
        first.check_link(token)
        form.add_error("username", form.NAME_IS_TAKEN)
        return render(request, "people/first_administrator.html", {"form": form})
    login(request, user, backend=BACKEND)
    return redirect("surveys")


class PasswordReset(PasswordResetConfirmView):
    """Where the link for a new password leads. The API token dies with the old password."""

    form_class = NewPasswordForm
    token_generator = reset_tokens
    template_name = "people/reset.html"
    http_method_names = ["get", "head", "post"]
    success_url = reverse_lazy("login")
    title = gettext_lazy("Set a new password")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        Token.objects.filter(user=form.user).delete()
        messages.success(self.request, _("The new password is set. Log in with it."))
        return answer

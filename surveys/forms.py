"""The forms of this room's pages."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm, UserCreationForm
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from surveys.models import Role, Survey


def name_field(*, required: bool = True) -> forms.CharField:
    hint = _("As your colleagues know you.")
    return forms.CharField(label=_("Your name"), max_length=150, required=required, help_text=hint)


def time_zone_choices() -> list[tuple[str, Any]]:
    """All time zones by continent, UTC first. Names without a continent are old aliases."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        continent, slash, place = name.partition("/")
        if slash and continent not in ("Etc", "SystemV", "US", "posix", "right"):
            groups.setdefault(continent, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *groups.items()]


class TimeZoneField(forms.ChoiceField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Time zone"),
            choices=lazy(time_zone_choices, list)(),
            initial="UTC",
            help_text=_(
                "Where the cameras' clocks were set. Cameras have no time zone: their times are read in this one. "
                "A later change holds for images read from then on."
            ),
            **options,
        )


class SurveyForm(forms.ModelForm):
    time_zone = TimeZoneField()

    class Meta:
        model = Survey
        fields = ["name", "description", "time_zone", "are_positions_shared"]
        labels = {
            "name": _("Name"),
            "description": _("Description"),
            "are_positions_shared": _("Reviewers and viewers may see exact positions"),
        }
        help_texts = {
            "name": _("Place and season, as in “Ruaha, dry season 2026”."),
            "description": _("Optional: who flew where and why, in a sentence or two."),
            "are_positions_shared": _(
                "Otherwise they see a place somewhere within 0.1 degrees, and files without position."
            ),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class InvitationForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.REVIEWER)
    note = forms.CharField(
        label=_("For whom"), max_length=120, required=False, help_text=_("Optional: tells the open invitations apart.")
    )


def say_plainly(form: forms.Form, new: str, again: str) -> None:
    """One sentence on what a new password must be, in place of a list of rules."""
    form.fields[new].help_text = _("At least 8 characters; not a common word, and not your name.")
    form.fields[again].label = _("The password once more")
    form.fields[again].help_text = ""


class TwoPasswords:
    """For Django's forms with a new password and its repetition: what is wrong with the password stands under it."""

    def validate_password_for_user(self, user: Any, repeated: str = "") -> None:
        super().validate_password_for_user(user, (repeated or "password2").replace("2", "1"))


class SignUpForm(TwoPasswords, UserCreationForm):
    """The account that somebody makes who opens an invitation."""

    NAME_IS_TAKEN = _("This name is taken. Choose another one, or log in if it is yours.")
    first_name = name_field()

    class Meta:
        model = get_user_model()
        fields = ["first_name", "username"]
        labels = {"username": _("Name to log in with")}
        help_texts = {"username": _("Letters, digits and @ . + - _ only.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self, "password1", "password2")
        self.fields["username"].widget.attrs["autofocus"] = False
        self.fields["first_name"].widget.attrs["autofocus"] = True

    def clean_username(self) -> str:
        """Names that differ in capitals only are one name to people."""
        username = self.cleaned_data["username"]
        if get_user_model().objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(self.NAME_IS_TAKEN)
        return username


class NameForm(forms.ModelForm):
    first_name = name_field(required=False)

    class Meta:
        model = get_user_model()
        fields = ["first_name"]


class PasswordForm(TwoPasswords, PasswordChangeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self, "new_password1", "new_password2")
        self.fields["old_password"].widget.attrs["autofocus"] = False  # it is not the first form of its page


class NewPasswordForm(TwoPasswords, SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        say_plainly(self, "new_password1", "new_password2")

"""Rows of the surveys room for tests."""

from itertools import count
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from surveys.models import Image, Membership, Role, Survey

PASSWORD = "tree-on-the-plain"
_number = count(1)


def make_user(username: str | None = None, **fields: Any) -> Any:
    username = username or f"person{next(_number)}"
    return get_user_model().objects.create_user(username, password=PASSWORD, **fields)


def make_survey(*, owner: Any = None, **fields: Any) -> Survey:
    number = next(_number)
    owner = owner or make_user()
    survey = Survey.objects.create(
        **{"slug": f"survey-{number}", "name": f"Survey {number}", "created_by": owner, **fields}
    )
    Membership.objects.create(survey=survey, user=owner, role=Role.OWNER)
    return survey


def make_member(survey: Survey, role: str, username: str | None = None) -> Any:
    user = make_user(username)
    Membership.objects.create(survey=survey, user=user, role=role)
    return user


def make_cast() -> SimpleNamespace:
    """A survey and one person of every kind, in few statements: nearly every test asks for them."""
    names = (*(role.value for role in Role), "outsider", "administrator")
    user, password = get_user_model(), make_password(PASSWORD)
    rows = [user(username=name, password=password, is_superuser=name == "administrator") for name in names]
    people = {row.username: row for row in user.objects.bulk_create(rows)}
    survey = Survey.objects.create(slug="ruaha", name="Ruaha", created_by=people["owner"])
    Membership.objects.bulk_create(Membership(survey=survey, user=people[role.value], role=role) for role in Role)
    return SimpleNamespace(survey=survey, **people)


def make_image(*, survey: Survey | None = None, **fields: Any) -> Image:
    """A read image, 1200 x 800, not searched; no file on disk."""
    number = next(_number)
    defaults = {
        "file_name": f"DSC_{number:05}.JPG",
        "size_bytes": 1000,
        "sha256": f"{number:064x}",
        "media_type": "image/jpeg",
        "width": 1200,
        "height": 800,
        "ingest_state": Image.Ingest.DONE,
    }
    return Image.objects.create(survey=survey or make_survey(), **{**defaults, **fields})

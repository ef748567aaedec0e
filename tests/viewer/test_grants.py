"""The pass for tiles: who holds it, for which image, for how long."""

from uuid import uuid4

import pytest

from viewer.grants import Grant, read, sign

IMAGE = uuid4()
GRANT = Grant(8256, 5504, is_shown_as_is=False)


def test_a_pass_says_what_was_signed() -> None:
    assert read(str(IMAGE), sign(IMAGE, GRANT, now=1000), now=1059) == GRANT


def test_a_pass_ends_after_a_minute() -> None:
    assert read(str(IMAGE), sign(IMAGE, GRANT, now=1000), now=1060) is None


def test_a_pass_is_for_one_image() -> None:
    assert read(str(uuid4()), sign(IMAGE, GRANT, now=1000), now=1000) is None


@pytest.mark.parametrize("forged", ["", ".", "9999999999-8256-5504-0.", "9999999999-8256-5504-0.é", "a-b-c-d.0123"])
def test_a_made_up_pass_opens_nothing(forged: str) -> None:
    assert read(str(IMAGE), forged, now=1000) is None


def test_a_prolonged_pass_opens_nothing() -> None:
    claims, _, signature = sign(IMAGE, GRANT, now=1000).partition(".")
    prolonged = claims.replace("1060", "9060")
    assert prolonged != claims
    assert read(str(IMAGE), f"{prolonged}.{signature}", now=1000) is None


def test_a_pass_of_another_installation_opens_nothing(settings: pytest.FixtureRequest) -> None:
    signed = sign(IMAGE, GRANT, now=1000)
    settings.SECRET_KEY = "another key of another house"
    assert read(str(IMAGE), signed, now=1000) is None

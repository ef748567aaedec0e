"""Every file of the shared data comes in as the table of outcomes says."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from surveys.files import preview_path
from surveys.models import Upload
from tests.factories.surveys import make_survey
from tests.imaging.outcomes import OUTCOMES, Accepted, Refused, one_by_one
from tests.surveys.ingesting import make_uploaded, run_ingest

pytestmark = [pytest.mark.shared, pytest.mark.django_db]
ZONE = "Africa/Nairobi"
ACCEPTED = {name: outcome for name, outcome in OUTCOMES.items() if isinstance(outcome, Accepted)}
REFUSED = {name: outcome for name, outcome in OUTCOMES.items() if isinstance(outcome, Refused)}


@pytest.mark.parametrize("name", one_by_one(ACCEPTED))
def test_accepted(name: str, shared_data: Path):
    expected = ACCEPTED[name]
    image = run_ingest(make_uploaded(make_survey(time_zone=ZONE), shared_data / name))
    assert (image.ingest_state, image.failure) == ("done", "")
    assert (image.width, image.height, image.media_type) == (expected.width, expected.height, expected.media_type)
    assert preview_path(image.pk).exists()
    position = (image.latitude, image.longitude) if image.latitude is not None else None
    assert position == (pytest.approx(expected.position, abs=1e-6) if expected.position else None)
    assert image.altitude_m == (pytest.approx(expected.altitude_m) if expected.altitude_m is not None else None)
    if expected.captured_at is None:
        assert image.captured_at is None
    else:
        clock = image.captured_at.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None).isoformat()
        assert clock == expected.captured_at


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, shared_data: Path):
    expected = REFUSED[name]
    image = run_ingest(make_uploaded(make_survey(), shared_data / name))
    assert (image.ingest_state, image.failure_code) == ("failed", expected.code)
    upload = Upload.objects.get()
    assert (upload.state, upload.failure) == ("refused", image.failure)
    assert image.failure == expected.sentence
    assert not preview_path(image.pk).exists()

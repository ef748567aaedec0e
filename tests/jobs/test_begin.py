from uuid import uuid4

import pytest

from jobs import loop
from jobs.models import Job

pytestmark = pytest.mark.django_db


def test_a_dispatcher_that_throws_old_messages_away_hands_their_jobs_out_again(settings, tmp_path):
    settings.BROKER_URL, settings.BROKER_OPTIONS = "filesystem://", {"data_folder_in": str(tmp_path)}
    (tmp_path / "io").mkdir()
    (tmp_path / "io" / "old.msg").write_text("{}")
    Job.objects.create(kind="exercise", queue="io", subject=uuid4(), state="queued")
    loop.begin()
    assert Job.objects.get().state == "new"
    assert list(tmp_path.iterdir()) == []

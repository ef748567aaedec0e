"""Forms with files in them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config import multipart

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("most", "status"), [(2000, 400), (50_000, 200)])
def test_a_form_larger_than_any_may_be_is_refused_from_anybody(client, monkeypatch, most, status):
    monkeypatch.setattr(multipart, "MOST_BYTES", most)
    assert client.post("/login/", {"username": SimpleUploadedFile("a.bin", b"\0" * 10_000)}).status_code == status

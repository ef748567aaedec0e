"""How the body of an upload gets onto the disk: piece by piece, and safely before anybody is told that it is there."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from surveys.files import original_path, part_path
from surveys.models import Upload
from surveys.tus_part import part_size
from tests.uploads.tus_client import BODY, Tus

CONTENT = bytes(range(256)) * 1000  # nearly four pieces
PIECE = 64 * 1024


@pytest.fixture
def tus(cast, as_user) -> Tus:
    return Tus(as_user(cast.analyst))


class Tap(io.BytesIO):
    """The body as the server hands it over: notes how much is asked of it, and how much is on the disk by then."""

    def __init__(self, upload_id: UUID) -> None:
        super().__init__(CONTENT)
        self.upload_id = upload_id
        self.asked: list[tuple[int | None, int | None]] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.append((size, part_size(self.upload_id)))
        return super().read(size)


def send(tus: Tus, offset: int) -> tuple[Any, Tap]:
    """A PATCH with the whole body; its answer, and what was read of it how."""
    url = tus.create(offset + len(CONTENT))["Location"]
    tap = Tap(Upload.objects.get().pk)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset)}
    return tus.client.generic("PATCH", url, CONTENT, BODY, headers=headers, **{"wsgi.input": tap}), tap


@pytest.mark.django_db
def test_a_body_is_read_64_kib_at_a_time_and_each_piece_is_written_before_the_next_is_asked_for(tus):
    answer, tap = send(tus, 0)
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(CONTENT)))
    assert tap.asked == [(PIECE, 0), (PIECE, PIECE), (PIECE, 2 * PIECE), (len(CONTENT) - 3 * PIECE, 3 * PIECE)]


@pytest.mark.django_db
def test_a_body_that_is_refused_is_read_64_kib_at_a_time_too(tus):
    answer, tap = send(tus, 5)
    assert answer.status_code == 409
    assert [size for size, _on_disk in tap.asked] == [PIECE, PIECE, PIECE, len(CONTENT) - 3 * PIECE]


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """In their order: what was made safe on the disk, the writing of an image's row, the ends of transactions."""
    entries: list[str] = []
    really_sync, really_commit = os.fsync, connection.commit

    def sync(fd: int) -> None:
        really_sync(fd)
        path = Path(os.readlink(f"/proc/self/fd/{fd}"))
        entries.append(str(path) if path.is_dir() else f"{path}: {path.stat().st_size}")

    def commit() -> None:
        really_commit()
        entries.append("commit")

    def write(execute: Any, sql: str, *how: Any) -> Any:
        if sql.startswith('INSERT INTO "surveys_image"'):
            entries.append("image")
        return execute(sql, *how)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(connection, "commit", commit)
    with connection.execute_wrapper(write):
        yield entries


@pytest.mark.django_db(transaction=True)
def test_bytes_are_safe_on_the_disk_before_they_are_acknowledged(tus, diary):
    url = tus.create(len(CONTENT))["Location"]
    diary.clear()
    assert tus.patch(url, 0, CONTENT[:1000]).status_code == 204
    assert diary == [f"{part_path(Upload.objects.get().pk)}: 1000"]


@pytest.mark.django_db(transaction=True)
def test_a_whole_file_and_its_folder_are_safe_on_the_disk_before_the_database_knows_the_image(tus, diary):
    url = tus.create(len(CONTENT))["Location"]
    diary.clear()
    assert tus.patch(url, 0, CONTENT).status_code == 204
    assert diary[:4] == in_good_order(Upload.objects.get().pk)


@pytest.mark.django_db(transaction=True)
def test_a_file_whose_process_ended_before_its_bytes_were_safe_is_made_so_before_it_is_an_image(tus, diary):
    url = tus.create(len(CONTENT))["Location"]
    upload_id = Upload.objects.get().pk
    part_path(upload_id).write_bytes(CONTENT)
    diary.clear()
    assert tus.offset(url) == len(CONTENT)
    assert diary[:4] == in_good_order(upload_id)


def in_good_order(upload_id: UUID) -> list[str]:
    return [f"{part_path(upload_id)}: {len(CONTENT)}", str(original_path(upload_id).parent), "image", "commit"]

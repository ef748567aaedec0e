from pathlib import Path

import pytest
from django.db.backends.sqlite3.base import DatabaseWrapper

from config.environment import Database
from surveys import snapshot

SETTINGS = {
    "ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None,
    "HOST": "", "PORT": "", "USER": "", "PASSWORD": "", "TEST": {},
}  # fmt: skip


@pytest.fixture
def two_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: object
) -> tuple[DatabaseWrapper, DatabaseWrapper]:
    """A reader, which the snapshot uses, and a writer, on one SQLite file with the product's settings."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = Database.read(tmp_path).settings
    reader, writer = (DatabaseWrapper({**SETTINGS, **database, "NAME": str(tmp_path / "own.sqlite3")}) for _ in "rw")
    monkeypatch.setattr(snapshot, "connection", reader)
    with django_db_blocker.unblock():
        writer.cursor().execute("CREATE TABLE animal (name TEXT)")
        yield reader, writer
        reader.close()
        writer.close()


def count(connection: DatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        return cursor.execute("SELECT count(*) FROM animal").fetchone()[0]


def test_a_snapshot_does_not_see_what_is_written_meanwhile(two_connections: tuple[DatabaseWrapper, ...]) -> None:
    reader, writer = two_connections
    with snapshot.read_snapshot():
        assert count(reader) == 0
        writer.cursor().execute("INSERT INTO animal VALUES ('kudu')")
        assert count(reader) == 0
    assert count(reader) == 1


def test_a_snapshot_keeps_no_writer_waiting(two_connections: tuple[DatabaseWrapper, ...]) -> None:
    reader, writer = two_connections
    with snapshot.read_snapshot():
        count(reader)
        writer.cursor().execute("PRAGMA busy_timeout=1")
        writer.cursor().execute("INSERT INTO animal VALUES ('kudu')")
    assert count(writer) == 1


def test_a_snapshot_left_half_way_is_over(two_connections: tuple[DatabaseWrapper, ...]) -> None:
    reader, writer = two_connections

    def read() -> object:
        with snapshot.read_snapshot():
            yield count(reader)

    reading = read()
    next(reading)
    reading.close()  # the browser went away
    writer.cursor().execute("INSERT INTO animal VALUES ('kudu')")
    assert count(reader) == 1

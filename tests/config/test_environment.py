"""What an operator sets: a wrong value refuses to start and says which and why."""

import os
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("STORAGE_URL", "s3://bucket/prefix", lambda tmp: environment.storage_dir(tmp)),
        ("STORAGE_URL", "file://host/folder", lambda tmp: environment.storage_dir(tmp)),
        ("DATABASE_URL", "mysql://localhost/kopje", environment.Database.read),
        ("DATABASE_URL", "postgres://localhost:abc/kopje", environment.Database.read),
        ("DATABASE_URL", "postgres://localhost", environment.Database.read),
        ("BROKER_URL", "amqp://localhost", environment.broker),
        ("JOB_LEASE_S", "soon", lambda _: environment.number("JOB_LEASE_S", 30, least=1)),
        ("JOB_LEASE_S", "0", lambda _: environment.number("JOB_LEASE_S", 30, least=1)),
        ("JOB_LEASE_S", "nan", lambda _: environment.number("JOB_LEASE_S", 30, least=1)),
        ("DEBUG", "yes", lambda _: environment.flag("DEBUG", False)),
        ("DEVICE", "tpu", lambda _: environment.choice("DEVICE", "auto", ("auto", "cpu", "cuda"))),
    ],
)
def test_a_wrong_value_is_refused_by_name(
    name: str, value: str, read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        read(tmp_path)


def test_a_password_never_appears_in_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_URL", "amqp://kopje:hidden-word@host")
    with pytest.raises(ImproperlyConfigured) as refusal:
        environment.broker(tmp_path)
    assert "hidden-word" not in str(refusal.value)


@pytest.mark.parametrize("name", ["DATA_DIR", "STORAGE_URL"])
def test_a_new_folder_is_its_owners_only(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new"
    monkeypatch.setenv(name, str(folder) if name == "DATA_DIR" else folder.as_uri())
    made = environment.data_dir() if name == "DATA_DIR" else environment.storage_dir(tmp_path)
    assert (made, stat.S_IMODE(made.stat().st_mode)) == (folder, 0o700)


def test_the_secret_key_is_made_once_and_kept_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    first = environment.secret_key(tmp_path)
    assert len(first) >= 50
    assert environment.secret_key(tmp_path) == first
    assert stat.S_IMODE(os.stat(tmp_path / "secret_key").st_mode) == 0o600


def test_sqlite_begins_transactions_immediately(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert environment.Database.read(tmp_path).settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_postgres_url_is_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ann:p%40ss@db.local:5433/kopje")
    settings = environment.Database.read(tmp_path).settings
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"], settings["PORT"], settings["NAME"]) == (
        "ann",
        "p@ss",
        "db.local",
        "5433",
        "kopje",
    )


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(ImproperlyConfigured, match="DATA_DIR"):
        environment.data_dir()

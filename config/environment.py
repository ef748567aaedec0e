"""The settings an operator gives, read from the environment. A wrong value refuses to start and says which and why."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MAKE_ROOM = "make room there, or set DATA_DIR to a folder on another disk."
BASE_DIR = Path(__file__).resolve().parent.parent
STARTER = BASE_DIR / "models" / "starter"  # the model that comes with the code


def _folder(path: Path) -> Path:
    """Made where it is missing, for its owner only: originals tell where animals are, and the database holds tokens."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The folder {path} cannot be made ({error.strerror}). Set DATA_DIR to one that can be written to."
        ) from error
    return path


def data_dir() -> Path:
    return _folder(Path(os.environ.get("DATA_DIR") or BASE_DIR / "data").expanduser().resolve())


def secret_key(folder: Path) -> str:
    """SECRET_KEY, or the one made on the first start and kept in the data folder, readable by its owner only."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = folder / "secret_key"
    if not path.exists():
        _make_secret_key(path)
    return path.read_text()


def _make_secret_key(path: Path) -> None:
    """Written aside and linked into place: whole or not at all, also on a full disk; of two processes one wins."""
    aside = path.with_name(f".secret_key-{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(aside, path)
    except OSError as error:
        raise ImproperlyConfigured(f"{path.parent} cannot be written to ({error.strerror}): {MAKE_ROOM}") from error
    finally:
        aside.unlink(missing_ok=True)


def storage_dir(folder: Path) -> Path:
    url = os.environ.get("STORAGE_URL") or (folder / "store").as_uri()
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        raise ImproperlyConfigured(
            f"STORAGE_URL is {url!r}: it must begin with file:/// and name a folder, as in file:///srv/kopje."
        )
    return _folder(Path(unquote(parts.path)))


def static_dir(folder: Path) -> Path:
    """Where the files of the pages are collected. A container's image brings them with it, next to the code."""
    return Path(os.environ.get("STATIC_DIR") or folder / "static")


def text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "1" if default else "0").lower()
    if value not in ("0", "1", "true", "false"):
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be 1 or 0.")
    return value in ("1", "true")


def number(name: str, default: float, *, least: float) -> float:
    value = os.environ.get(name, str(default))
    try:
        parsed = float(value)
    except ValueError:
        parsed = least - 1
    if not parsed >= least:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be a number of {least:g} or more.")
    return parsed


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = os.environ.get(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}: it must be one of {', '.join(allowed)}.")
    return value


@dataclass(frozen=True)
class Database:
    """DATABASE_URL taken apart: `sqlite:///path` or `postgres://user:password@host:port/name`."""

    settings: dict[str, object]

    @classmethod
    def read(cls, folder: Path) -> "Database":
        url = os.environ.get("DATABASE_URL") or f"sqlite:///{folder / 'kopje.sqlite3'}"
        parts = urlsplit(url)
        if parts.scheme == "sqlite":
            return cls(_sqlite(unquote(parts.path)))
        if parts.scheme in ("postgres", "postgresql"):
            return cls(_postgres(url))
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with {parts.scheme!r}: it must begin with sqlite:/// or postgres://."
        )


def _sqlite(path: str) -> dict[str, object]:
    # IMMEDIATE: a transaction that starts by reading and then writes would otherwise fail at once with
    # "database is locked", whatever the timeout.
    pragmas = (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=30000",
        "mmap_size=134217728",
        "journal_size_limit=67108864",
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "".join(f"PRAGMA {pragma};" for pragma in pragmas),
        },
    }


def _postgres(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from error
    if len(parts.path) < 2:
        raise ImproperlyConfigured("DATABASE_URL names no database: it must end in /name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def broker(folder: Path) -> tuple[str, dict[str, object]]:
    """BROKER_URL and its transport options: `filesystem://` (default) or `redis://`."""
    url = os.environ.get("BROKER_URL") or "filesystem://"
    if url == "filesystem://":
        queue = _folder(folder / "queue")
        folders = {
            name: str(_folder(queue / part))
            for name, part in (
                ("data_folder_in", "messages"),
                ("data_folder_out", "messages"),
                ("control_folder", "control"),
            )
        }
        return url, {**folders, "store_processed": False, "polling_interval": 0.1}
    if url.startswith(("redis://", "rediss://")):
        return url, {
            # longer than the longest hard time limit, so that a running message is not delivered again
            "visibility_timeout": 7200,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 3,
            "socket_timeout": 30,
            "socket_connect_timeout": 10,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "global_keyprefix": "kopje:",
        }
    raise ImproperlyConfigured(
        f"BROKER_URL is {url.split('://')[0]!r}://…: it must be filesystem:// or begin with redis:// or rediss://."
    )

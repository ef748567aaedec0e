"""A systemd unit that runs `manage.py serve` from the start of the machine on."""

import getpass
import os
import pwd
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from config import supervise
from config.environment import BASE_DIR
from surveys.files import store

# What the operator had set goes with the unit; what is secret goes into a file that only its owner reads.
KEPT = (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "BEHIND_HTTPS",
    "BEHIND_PROXY",
    "HTTP_PORT",
    "STORAGE_URL",
    "STATIC_DIR",
    "DEVICE",
    "LOG_LEVEL",
    "DISK_FLOOR_MB",
    "JOB_LEASE_S",
    "JOB_RETRY_WAIT_S",
    "JOB_WINDOW",
    "WORKER_STOP_S",
    "REVIEW_LEASE_S",
    "UPLOAD_MAX_IMAGE_MB",
    "UPLOAD_MAX_TIFF_GB",
    "UPLOAD_EXPIRY_DAYS",
    "UPLOAD_TAKEOVER_S",
    "WEB_IDLE_S",
    "IMAGE_MAX_MEGAPIXELS",
)
LEEWAY_S = 25  # beyond what the supervisor gives its processes
SECRET = ("DATABASE_URL", "BROKER_URL", "SECRET_KEY")

UNIT = """\
[Unit]
Description=Kopje, photographic wildlife surveys
After=network-online.target
Wants=network-online.target
# However often it fails, it is tried again: a disk that was full gets room, a network comes back.
StartLimitIntervalSec=0

[Service]
Type=exec
User={user}
WorkingDirectory={code}
ExecStart={command}
{environment}
EnvironmentFile=-{secrets}
Restart=always
RestartSec=5
# SIGTERM to the first process only: it stops the others in good order, and running jobs are handed back.
KillMode=mixed
TimeoutStopSec={stop_s:.0f}
UMask=0077
LimitNOFILE=65536

NoNewPrivileges=yes
CapabilityBoundingSet={capability}
AmbientCapabilities={capability}
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={writable}
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
{devices}\

[Install]
WantedBy=multi-user.target
"""


def unit(host: str, port: int, user: str) -> str:
    command = [sys.executable, BASE_DIR / "manage.py", "serve", "--host", host, "--port", port]
    return UNIT.format(
        user=user,
        code=_plain(BASE_DIR),
        command=" ".join(_word(part).replace("$", "$$") for part in command),
        stop_s=supervise.patience_s() + LEEWAY_S,
        capability="CAP_NET_BIND_SERVICE" if port < 1024 else "",
        environment="\n".join(f"Environment={_word(f'{name}={value}')}" for name, value in _kept().items()),
        secrets=_plain(secrets_file()),
        writable=" ".join(_word(folder) for folder in dict.fromkeys((settings.DATA_DIR, store()))),
        # a graphics card is a device; without one nothing but /dev/null and its like is needed
        devices="" if settings.DEVICE == "cuda" else "PrivateDevices=yes\n",
    )


def secrets_file() -> Path:
    return Path(settings.DATA_DIR) / "environment"


def secrets_given() -> list[str]:
    """Settings of this command's environment that are no business of a unit file."""
    return [name for name in SECRET if os.environ.get(name)]


def default_user() -> str:
    """Who calls; through sudo, whoever called sudo."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _kept() -> dict[str, str]:
    return {"DATA_DIR": str(settings.DATA_DIR)} | {name: os.environ[name] for name in KEPT if os.environ.get(name)}


def _plain(path: Path) -> str:
    """Where systemd takes the rest of the line for one path."""
    return str(path).replace("%", "%%")


def _word(text: object) -> str:
    """One word of a list, quoted; `%` would otherwise be replaced."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def instructions(path: Path, user: str) -> list[str]:
    return [
        *(["  (it would run as root: better an own user without rights, --user kopje)"] if user == "root" else []),
        *_for_user(user),
        f"  cp {path} /etc/systemd/system/kopje.service",
        "  systemctl daemon-reload && systemctl enable --now kopje",
        "  journalctl -u kopje     # what it says; at the first start the administrator's link",
    ]


def _for_user(user: str) -> Iterator[str]:
    """What a user needs who did not make the data folder, which is its owner's alone."""
    number = _number_of(user)
    if number is None:
        yield f"  useradd --system --shell /usr/sbin/nologin {user}"
    folders = dict.fromkeys((Path(settings.DATA_DIR), store()))
    if theirs := [_word(folder) for folder in folders if folder.exists() and folder.stat().st_uid != number]:
        yield f"  chown -R {user} {' '.join(theirs)}"
    if number != os.getuid():
        yield f"  # {user} must be able to read {BASE_DIR} and to run {sys.executable}: no home folder closed to others"


def _number_of(user: str) -> int | None:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return None

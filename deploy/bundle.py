"""Packs what a machine without internet needs to install Kopje: the code, every package, an installer, checksums.

Uses the standard library, git and pip. What is packed is the last commit; the packages are for this Python and machine.
"""

import argparse
import hashlib
import io
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUMS = "SHA256SUMS"
FETCH = ["wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
# Variables of pip would lead the installer elsewhere; its settings files name hosts of the machine that packed.
INSTALLER = """\
#!/bin/sh
# Installs Kopje from this folder into .venv. Fetches nothing.
set -eu
cd "$(dirname "$0")"
PYTHON=${{PYTHON:-python{version}}}
command -v "$PYTHON" >/dev/null || PYTHON=python3
"$PYTHON" - <<'EOF'
import platform, sys
found = ("%d.%d" % sys.version_info[:2], platform.machine())
if found != ("{version}", "{machine}"):
    sys.exit("This bundle is for Python {version} on {machine}; here is Python %s on %s. "
             "Set PYTHON= to the right one, or make a bundle with a Python like this one." % found)
EOF
sha256sum --check --quiet {sums} || {{ echo "The bundle is damaged: copy it again."; exit 1; }}
test -x .venv/bin/python || "$PYTHON" -m venv .venv || {{
  echo "This Python cannot make virtual environments: install its package venv (python3-venv)."; exit 1; }}
for name in $(env | sed -n 's/^\\(PIP_[A-Z_]*\\)=.*/\\1/p'); do unset "$name"; done
PIP_CONFIG_FILE=/dev/null .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index \\
  --find-links wheels --require-hashes --force-reinstall -r wheels/runtime.txt
touch .venv/.runtime
echo "Kopje is installed. Start it: make serve     (or: .venv/bin/python manage.py serve)"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    out = parser.parse_args().out
    name = f"kopje-{version()}-py{python_version()}-{platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="kopje-bundle-") as folder:
        bundle = Path(folder) / name
        add_code(bundle)
        add_packages(bundle / "wheels")
        add_installer(bundle)
        file = pack(bundle, out / f"{name}.tar")
    print(f"{file}: {file.stat().st_size / 2**20:.0f} MiB. On the other machine: tar xf {file.name}, ./install.sh")  # noqa: T201


def version() -> str:
    found = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(), re.M)
    return f"{found[1] if found else '0'}-{_git('rev-parse', '--short', 'HEAD').decode().strip()}"


def python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def add_code(bundle: Path) -> None:
    if changed := _git("status", "--porcelain", "--untracked-files=no").decode().splitlines():
        print(f"Not packed: changes of {len(changed)} files that are not committed.")  # noqa: T201
    with tarfile.open(fileobj=io.BytesIO(_git("archive", "--format=tar", "HEAD"))) as code:
        code.extractall(bundle, filter="data") if hasattr(tarfile, "data_filter") else code.extractall(bundle)  # noqa: S202


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    if done.returncode:
        sys.exit(f"The code comes out of git, which says: {done.stderr.decode().strip()}")
    return done.stdout


def add_packages(folder: Path) -> None:
    """The wheels of the lock, compared with its hashes; what comes as source is built, and gets a hash of its own."""
    folder.mkdir()
    lock = subprocess.run([sys.executable, ROOT / "deploy/runtime_requirements.py"], capture_output=True, check=True)
    with tempfile.NamedTemporaryFile(suffix=".txt") as wanted:
        wanted.write(lock.stdout)
        wanted.flush()
        done = subprocess.run([sys.executable, "-m", "pip", *FETCH, "-w", folder, "-r", wanted.name])
    if done.returncode:
        sys.exit("The packages could not be fetched; pip says above why.")
    lines = [_pinned(wheel) for wheel in sorted(folder.glob("*.whl"))]
    (folder / "runtime.txt").write_text("".join(lines))


def _pinned(wheel: Path) -> str:
    name, version, *_tags = wheel.stem.split("-")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def add_installer(bundle: Path) -> None:
    installer = bundle / "install.sh"
    installer.write_text(INSTALLER.format(version=python_version(), machine=platform.machine(), sums=SUMS))
    installer.chmod(0o755)
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(bundle)}\n" for path in files]
    (bundle / SUMS).write_text("".join(lines))


def pack(bundle: Path, file: Path) -> Path:
    """A tar without the names of who packed it; its own checksum lies beside it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with tarfile.open(partial, "w") as tar:
        tar.add(bundle, arcname=bundle.name, filter=_nobodys)
    os.replace(partial, file)
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    file.with_suffix(".tar.sha256").write_text(f"{digest}  {file.name}\n")
    return file


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main()

"""Serving an office: names, sentences, what is refused."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from config import environment, lan, serve
from config.announce import Place
from config.doctor import machine
from config.serve import Served
from tests.factories.surveys import make_user
from tests.services import ROOT

ALLOWED = ("localhost", "127.0.0.1", "[::1]")


@pytest.fixture
def interfaces(monkeypatch):
    """The machine's interfaces are these."""

    def be(outward: str = "", **addresses: str) -> None:
        monkeypatch.setattr(lan, "_by_interface", lambda: addresses)
        monkeypatch.setattr(lan, "_outward", lambda: outward)

    monkeypatch.setattr(lan.socket, "gethostname", lambda: "Kopje-Box")
    monkeypatch.delenv("ALLOWED_HOSTS", raising=False)
    return be


# --- names ------------------------------------------------------------------------------------------------------------
def test_the_address_that_leads_out_comes_first(interfaces):
    interfaces("192.168.1.20", lo="127.0.0.1", docker0="172.17.0.1", eth1="10.0.0.5", eth0="192.168.1.20")
    assert lan.addresses() == ["192.168.1.20", "10.0.0.5", "172.17.0.1"]


def test_without_a_way_out_the_bridges_of_containers_come_last(interfaces):
    interfaces("", docker0="172.17.0.1", eth0="192.168.1.20")
    assert lan.addresses() == ["192.168.1.20", "172.17.0.1"]


def test_the_real_interfaces_can_be_asked():
    assert lan._by_interface()["lo"] == "127.0.0.1"
    assert "127.0.0.1" not in lan.addresses()


def test_every_address_and_name_of_the_machine_is_allowed(interfaces):
    interfaces("192.168.1.20", eth0="192.168.1.20", eth1="10.0.0.5")
    hosts = Served.at("0.0.0.0", 8000).allowed_hosts()
    assert set(hosts) == {"192.168.1.20", "10.0.0.5", "kopje-box", "kopje-box.local", *ALLOWED}


@pytest.mark.parametrize(
    ("host", "asked", "told"),
    [
        ("::", "http://127.0.0.1:8000", "http://192.168.1.20:8000"),
        ("fd00::2", "http://[fd00::2]:8000", "http://[fd00::2]:8000"),
        ("10.0.0.5", "http://10.0.0.5:8000", "http://10.0.0.5:8000"),
    ],
)
def test_it_is_asked_for_its_health_where_it_listens(host, asked, told, interfaces):
    interfaces("192.168.1.20", eth0="192.168.1.20", eth1="10.0.0.5")
    served = Served.at(host, 8000)
    assert (served.place.url, served.url) == (asked, told)


def test_listening_on_one_address_allows_no_other(interfaces):
    interfaces("192.168.1.20", eth0="192.168.1.20", eth1="10.0.0.5")
    served = Served.at("10.0.0.5", 8000)
    assert served.url == "http://10.0.0.5:8000"
    assert "192.168.1.20" not in served.allowed_hosts()


def test_what_the_operator_allows_is_what_counts(interfaces, monkeypatch):
    interfaces("192.168.1.20", eth0="192.168.1.20")
    monkeypatch.setenv("ALLOWED_HOSTS", "kopje.office.example")
    served = Served.at("0.0.0.0", 8000)
    assert served.allowed_hosts() == ["kopje.office.example", *ALLOWED]
    assert served.url == "http://kopje.office.example:8000"


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        (".office.example", "http://localhost:8000"),  # a pattern is no name, and the machine's own are not allowed
        (".office.example,192.168.1.20", "http://192.168.1.20:8000"),
        ("*", "http://192.168.1.20:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_a_pattern_of_names_is_never_told_as_a_name(allowed, told, interfaces, monkeypatch):
    interfaces("192.168.1.20", eth0="192.168.1.20")
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)
    assert Served.at("0.0.0.0", 8000).url == told


def test_only_names_that_are_answered_are_told(interfaces, monkeypatch):
    interfaces("192.168.1.20", eth0="192.168.1.20")
    monkeypatch.setenv("ALLOWED_HOSTS", "kopje.office.example,kopje-box")
    assert Served.at("0.0.0.0", 8000).other_urls == ["http://kopje-box:8000"]


def test_behind_https_the_address_is_one_of_https_without_the_port(interfaces, settings, monkeypatch):
    interfaces("192.168.1.20", eth0="192.168.1.20")
    monkeypatch.setenv("ALLOWED_HOSTS", "kopje.office.example")
    settings.BEHIND_HTTPS = True
    served = Served.at("127.0.0.1", 8000)
    assert (served.url, served.other_urls) == ("https://kopje.office.example", [])


def test_a_name_that_would_be_refused_is_not_offered(interfaces, monkeypatch):
    interfaces("192.168.1.20", eth0="192.168.1.20")
    monkeypatch.setattr(lan.socket, "gethostname", lambda: "kopje_box")
    assert set(Served.at("0.0.0.0", 8000).allowed_hosts()) == {"192.168.1.20", *ALLOWED}


def test_behind_a_proxy_people_are_told_the_proxys_address(interfaces, settings):
    interfaces("192.168.1.20", eth0="192.168.1.20")
    settings.CSRF_TRUSTED_ORIGINS = ["https://kopje.office.example"]
    assert Served.at("127.0.0.1", 8000).url == "https://kopje.office.example"


# --- what it says -----------------------------------------------------------------------------------------------------
@pytest.fixture
def served():
    return Served(Place("0.0.0.0", 8000), ("192.168.1.20", "kopje-box", *ALLOWED))


@pytest.mark.django_db
def test_it_says_where_it_is_and_gives_a_link_that_opens(served, client):
    said = serve.welcome(served)
    assert said[:2] == [
        "Kopje is ready: http://192.168.1.20:8000",
        "This machine is also called: http://kopje-box:8000",
    ]
    [link] = [sentence.rpartition(" ")[2] for sentence in said if "It works once" in sentence]
    assert client.get(link.removeprefix("http://192.168.1.20:8000")).status_code == 200


@pytest.mark.django_db
def test_there_is_no_link_once_there_is_an_administrator(served):
    make_user("ruth", is_superuser=True)
    assert "works once" not in " ".join(serve.welcome(served))


@pytest.mark.django_db
@pytest.mark.parametrize("behind_https", [True, False])
def test_plain_http_is_said_to_be_plain(behind_https, served, settings):
    settings.BEHIND_HTTPS = behind_https
    assert (serve.PLAIN_HTTP in serve.welcome(served)) is not behind_https


@pytest.mark.django_db
def test_where_it_does_not_get_ready_it_says_what_is_missing(served, monkeypatch):
    monkeypatch.setattr(serve, "PATIENCE_S", 0.02)
    monkeypatch.setattr(serve, "EVERY_S", 0.01)
    monkeypatch.setattr(Place, "is_up", lambda self: False)
    stop = threading.Event()
    [sentence] = [said for said in serve.wait_until_ready(served, stop) if stop.set() is None]
    assert "the web server does not answer; workers nobody works on io" in sentence
    assert "`make doctor`" in sentence


def test_data_that_lies_elsewhere_is_said_to(settings, tmp_path):
    settings.DATA_DIR, settings.STORAGE_DIR = tmp_path / "data", tmp_path / "data" / "store"
    assert serve.where_data_is()[0].startswith(f"Everything is kept in {tmp_path / 'data'}. ")
    settings.STORAGE_DIR = tmp_path / "disk2"
    assert f"files in {tmp_path / 'disk2'}" in serve.where_data_is()[0]


# --- what it refuses --------------------------------------------------------------------------------------------------
def test_it_does_not_serve_tracebacks(settings):
    settings.DEBUG = True
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(CommandError, match="DEBUG=1"):
        call_command("serve")
    assert signal.getsignal(signal.SIGINT) is before  # who refuses to start leaves Ctrl-C alone


def test_it_does_not_start_without_the_card_that_was_asked_for(settings, monkeypatch):
    settings.DEVICE = "cuda"
    monkeypatch.setenv("DEVICE", "cuda")
    monkeypatch.setattr(machine, "GPU_SIGNS", ("/proc/nothing",))
    with pytest.raises(CommandError, match=r"no NVIDIA graphics card.*or set DEVICE=cpu\.$"):
        serve.refuse_missing_device()


def test_it_does_not_start_on_a_full_disk(monkeypatch):
    def full(**_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", full)
    with pytest.raises(CommandError, match=r"is full\. Make room there, or keep the data elsewhere: DATA_DIR="):
        serve.refuse_full_disk()


def test_a_wrong_setting_is_refused_in_a_sentence(tmp_path):
    environment = {**os.environ, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, ROOT / "manage.py", "serve"]
    done = subprocess.run(command, env={**environment, "JOB_LEASE_S": "soon"}, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "Kopje cannot start: JOB_LEASE_S is 'soon': it must be a number of 1 or more.\n"


def test_without_packages_it_says_how_to_install_them():
    done = subprocess.run([sys.executable, "-I", "-S", ROOT / "manage.py", "serve"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Kopje's packages are not installed in this Python. `make serve` installs them")


def test_without_such_a_wish_no_card_is_looked_for(settings, monkeypatch):
    monkeypatch.setattr(serve.wheels, "load", lambda packages: pytest.fail("loaded all packages"))
    serve.refuse_missing_device()


@pytest.mark.slow
def test_nothing_is_installed_for_a_card_that_is_not_there(tmp_path):
    if machine.has_gpu():
        pytest.skip("this machine has a graphics card")  # nothing is missing: REQUIRE_ALL does not ask for its absence
    folder = Path(sys.prefix)
    command = ["make", "serve", "DEVICE=cuda", f"VENV={folder}", "--assume-old", f"{folder}/.runtime"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "shows no NVIDIA graphics card" in done.stderr
    assert "Installing" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "host"), [([], "0.0.0.0"), (["HOST=10.0.0.5"], "10.0.0.5"), (["HOST=127.0.0.1"], "127.0.0.1")]
)
def test_without_a_wish_make_serve_listens_everywhere(arguments, host):
    environment = {name: value for name, value in os.environ.items() if name not in ("HOST", "PORT")}
    done = subprocess.run(
        ["make", "-n", "serve", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert f"manage.py serve --host {host} --port 8000" in done.stdout


# --- the secret key ---------------------------------------------------------------------------------------------------
def test_a_full_disk_leaves_no_half_secret_key(tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    (folder := tmp_path / "full").mkdir()
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(environment.ImproperlyConfigured, match="No space left on device"):
        environment.secret_key(folder)
    assert list(folder.iterdir()) == []
    monkeypatch.undo()
    assert len(environment.secret_key(folder)) > 50
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600

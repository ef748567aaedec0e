"""An administrator uploads a model: tried by a worker, registered, or refused at the field that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.authtoken.models import Token

from inference.engine import load_card
from inference.models import ModelVersion
from jobs.models import Job
from tests.factories.jobs import run_jobs
from tests.inference.test_model_pages import text_of
from tests.inference.uploads import left_in, posted, starter_files, zipped

pytestmark = pytest.mark.django_db
NEW, API = "/models/new/", "/api/v1/models/"


@pytest.fixture
def store(settings: Any) -> Path:
    return Path(settings.STORAGE_DIR)


def upload(client: Any, files: dict[str, bytes]) -> Any:
    return client.post(NEW, {"files": posted(files)})


@pytest.mark.parametrize("pack", [starter_files, lambda: {"model.zip": zipped(starter_files())}], ids=["files", "zip"])
def test_a_model_folder_is_tried_and_registered(cast: Any, as_user: Any, store: Path, pack: Any) -> None:
    client = as_user(cast.administrator)
    answer = upload(client, pack())
    page = answer["Location"]
    assert not ModelVersion.objects.exists()
    assert "Waiting for a worker" in text_of(client.get(page))
    run_jobs()
    version = ModelVersion.objects.get()
    assert (version.name, version.registered_by) == ("starter", cast.administrator)
    assert version.selftest["n_boxes"] == len(json.loads(starter_files()["selftest.json"])["boxes"])
    assert load_card(version.folder).name == "starter"
    assert "starter, version 1 is registered" in text_of(client.get(page))
    assert left_in(store) == []


def test_the_page_that_waits_is_loaded_again_when_there_is_something_to_say(cast: Any, as_user: Any) -> None:
    client = as_user(cast.administrator)
    progress = upload(client, starter_files())["Location"] + "progress/"
    assert "HX-Refresh" not in client.get(progress)
    run_jobs()
    assert client.get(progress)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"model.onnx": b"x"}, "There is no card.json among the files"),
        ({"card.json": starter_files()["card.json"]}, "The weights model.onnx are missing"),
        (starter_files(labels=[]), "must be a list of at least one label"),
        (starter_files(nms_treshold=1), "did you mean &#x27;nms_threshold&#x27;?"),
        ({"model.zip": zipped({"../card.json": b"{}"})}, "a path that leads out of its folder"),
        ({"model.zip": b"no archive"}, "The .zip is damaged"),
        ({"card.json": b""}, "The submitted file is empty."),
    ],
)
def test_what_can_be_seen_at_once_is_said_at_once(
    cast: Any, as_user: Any, store: Path, files: dict[str, bytes], said: str
) -> None:
    answer = upload(as_user(cast.administrator), files)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Job.objects.exists()
    assert left_in(store) == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (starter_files() | {"model.onnx": b"rubbish"}, "model.onnx is not the file that the card describes"),
        (starter_files(format="fake"), "for tests only"),
        (starter_files(labels=list("abcdefg")), "selftest.boxes.0.label"),
        (starter_files(channel_order="BGR"), "The self-test of starter, version 1, failed"),
        (starter_files() | {"selftest.png": b"rubbish"}, "selftest.png is no readable PNG image"),
    ],
)
def test_what_a_worker_finds_is_said_at_the_field_and_nothing_is_left(
    cast: Any, as_user: Any, store: Path, files: dict[str, bytes], said: str
) -> None:
    client = as_user(cast.administrator)
    page = upload(client, files)["Location"]
    run_jobs()
    shown = client.get(page).content.decode()
    assert said in shown
    assert said in shown.split('name="files"')[0]
    assert not ModelVersion.objects.exists()
    assert left_in(store) == []
    assert [path for path in (store / "models").rglob("*") if path.is_file()] == []


@pytest.mark.slow
def test_other_content_under_the_same_version_is_refused(cast: Any, as_user: Any) -> None:
    client = as_user(cast.administrator)
    upload(client, starter_files())
    run_jobs()
    page = upload(client, starter_files(licence="CC0-1.0"))["Location"]
    run_jobs()
    assert "A registered version never changes" in text_of(client.get(page))
    assert ModelVersion.objects.get().card["licence"] != "CC0-1.0"


@pytest.mark.parametrize("who", ["owner", "analyst", "viewer", "outsider"])
def test_only_administrators_see_the_form_or_what_became_of_an_upload(cast: Any, as_user: Any, who: str) -> None:
    page = upload(as_user(cast.administrator), starter_files())["Location"]
    client = as_user(getattr(cast, who))
    assert [client.get(path).status_code for path in (NEW, page, f"{page}progress/")] == [403, 403, 403]
    assert upload(client, starter_files()).status_code == 403
    assert Job.objects.count() == 1


def test_files_of_others_are_not_taken_onto_the_disk(cast: Any, as_user: Any, store: Path) -> None:
    for client in (as_user(None), as_user(cast.owner)):
        client.post(NEW, {"files": posted(starter_files())})
        client.post(API, {"files": posted(starter_files())})
    assert not (store / "posted").exists()


def test_a_page_elsewhere_cannot_upload_in_somebodys_name(cast: Any) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.administrator, backend="django.contrib.auth.backends.ModelBackend")
    for address in (NEW, API):
        assert client.post(address, {"files": posted(starter_files())}).status_code == 403
    assert not Job.objects.exists()


def test_more_than_a_model_may_have_is_refused_unread(cast: Any, as_user: Any, monkeypatch: Any) -> None:
    for module in ("inference.model_upload_views", "inference.api.model_uploads"):
        monkeypatch.setattr(f"{module}.MOST_BYTES", 1000)
    for address in (NEW, API):
        assert as_user(cast.administrator).post(address, {"files": posted(starter_files())}).status_code == 400


def test_a_full_disk_takes_nothing_in(cast: Any, as_user: Any, settings: Any, store: Path) -> None:
    settings.DISK_FLOOR_BYTES = 2**60
    assert upload(as_user(cast.administrator), starter_files()).status_code == 400
    assert left_in(store) == []


def test_a_program_uploads_with_its_token_and_follows_the_address(cast: Any, as_user: Any) -> None:
    from django.test import Client

    token = {"Authorization": f"Token {Token.objects.create(user=cast.administrator).key}"}
    client = Client(headers=token)
    answer = client.post(API, {"files": posted(starter_files())})
    assert (answer.status_code, answer.json()["state"]) == (202, "new")
    run_jobs()
    told = client.get(answer["Location"]).json()
    assert (told["state"], told["model"], told["failure"]) == ("done", "/api/v1/models/starter/1/", "")


def test_a_program_learns_the_field(cast: Any, as_user: Any) -> None:
    client = as_user(cast.administrator)
    assert list(client.post(API, {"files": posted({"a": b"x"})}).json()) == ["files"]
    assert list(client.post(API, {"fils": "x"}).json()) == ["fils"]
    answer = client.post(API, {"files": posted(starter_files(channel_order="BGR"))})
    run_jobs()
    told = client.get(answer["Location"]).json()
    assert (told["state"], told["field"], told["model"]) == ("failed", "files", None)
    assert "self-test" in told["failure"]


def pair(**fields: Any) -> dict[str, Any]:
    files = {
        "config": SimpleUploadedFile("config.yaml", b"MODEL: {}"),
        "weights": SimpleUploadedFile("model_final.pth", b"rubbish"),
    }
    return files | {"name": "herds", "version": "1", "labels": "zebra\nbuffalo"} | fields


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "Große Herden"}, "name"),
        ({"labels": "zebra\nzebra"}, "labels"),
        ({"labels": "z" * 81}, "labels"),
        ({"labels": " \n "}, "labels"),
        ({"patch": "800"}, "patch"),
        ({"patch": "800x800", "overlap": "800"}, "overlap"),
        ({"gsd_least": "2"}, "gsd_most"),
        ({"gsd_least": "5", "gsd_most": "2"}, "gsd_most"),
        ({"view": ["sideways"]}, "view"),
        ({"config": SimpleUploadedFile("config.txt", b"x")}, "config"),
        ({"weights": SimpleUploadedFile("model.exe", b"x")}, "weights"),
        ({"selftest_boxes": SimpleUploadedFile("boxes.json", b"{}")}, "selftest_image"),
    ],
)
def test_what_is_wrong_with_a_pair_is_said_at_its_field(cast: Any, as_user: Any, fields: Any, field: str) -> None:
    answer = as_user(cast.administrator).post(API, pair(**fields))
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Job.objects.exists()


def test_what_was_told_of_a_pair_reaches_the_conversion(cast: Any, as_user: Any) -> None:
    more = {"patch": "800 × 600", "overlap": "100", "gsd_least": "2", "gsd_most": "4.5", "view": ["nadir"]}
    as_user(cast.administrator).post(f"{NEW}?kind=detectron2", pair(**more, licence="CC0-1.0"))
    assert Job.objects.get().payload["facts"] == {
        "name": "herds", "version": "1", "labels": ["zebra", "buffalo"], "patch": [800, 600], "overlap": 100,
        "story": {"licence": "CC0-1.0", "view": ["nadir"], "trained_gsd_cm": [2.0, 4.5]},
    }  # fmt: skip


def test_without_an_answer_of_a_worker_the_form_keeps_what_was_typed(cast: Any, as_user: Any, store: Path) -> None:
    client = as_user(cast.administrator)
    page = client.post(f"{NEW}?kind=detectron2", pair(licence="CC0-1.0"))["Location"]
    job = Job.objects.get()
    Job.objects.update(state="failed", failure="The configuration is none.", failure_code="config")
    shown = client.get(page).content.decode()
    assert 'value="CC0-1.0"' in shown
    assert "zebra\nbuffalo" in shown.replace("\r", "")
    assert "The configuration is none." in shown.split('name="config"')[0]
    assert json.dumps(job.payload)

import hashlib
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from inference.engine import Boxes, load_card
from inference.engine.selftest import write_selftest
from inference.models import ModelVersion
from inference.registry import RegistryError, register_model
from surveys.files import model_folder
from tests.factories.inference import make_model_folder, make_model_version, make_yolox_folder

pytestmark = pytest.mark.django_db
PATCH = np.random.default_rng(5).integers(0, 255, (512, 512, 3), np.uint8)


def test_a_registered_folder_becomes_a_frozen_version_with_files_of_its_own(tmp_path: Path) -> None:
    version, is_new = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    assert is_new
    assert (version.name, version.version, version.labels) == ("plains", "1", ["buffalo", "zebra"])
    assert load_card(version.folder).name == "plains"


def test_the_same_content_again_is_the_same_version(tmp_path: Path) -> None:
    folder = make_model_folder(tmp_path / "m")
    first, _ = register_model(folder, for_tests=True)
    again, is_new = register_model(folder, for_tests=True)
    assert (again, is_new) == (first, False)


def test_other_content_under_the_same_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    first, _ = register_model(make_model_folder(tmp_path / "a"), for_tests=True)
    with pytest.raises(RegistryError, match="give the card another version"):
        register_model(make_model_folder(tmp_path / "b", score_threshold=0.5), for_tests=True)
    assert load_card(first.folder).score_threshold == 0.25


def test_formats_of_tests_are_refused_where_nobody_asked_for_them(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="for tests only"):
        register_model(make_model_folder(tmp_path / "m"))


@pytest.mark.shared
def test_weights_that_are_not_the_cards_are_refused_and_leave_nothing(tmp_path: Path, shared_data: Path) -> None:
    folder = make_yolox_folder(tmp_path / "m", shared_data, sha256="0" * 64)
    with pytest.raises(RegistryError, match="not the file that the card describes"):
        register_model(folder)
    assert not ModelVersion.objects.exists()
    assert list(model_folder("yolox-nano", "1").parent.iterdir()) == []


@pytest.mark.shared
def test_a_real_model_is_registered_with_the_hash_of_its_weights(tmp_path: Path, shared_data: Path) -> None:
    version, _ = register_model(make_yolox_folder(tmp_path / "m", shared_data))
    weights = (version.folder / "model.onnx").read_bytes()
    assert version.weights_sha256 == hashlib.sha256(weights).hexdigest()
    assert len(version.labels) == 80


def test_missing_weights_are_named(tmp_path: Path) -> None:
    card = {"format": "onnx", "channel_order": "BGR", "pixel_mean": [0, 0, 0], "pixel_std": [1, 1, 1], "head": "yolox"}
    size = {"width": 416, "height": 416, "resize": "letterbox"}
    folder = make_model_folder(tmp_path / "m", **card, input=size, sha256="0" * 64)
    with pytest.raises(RegistryError, match=r"model\.onnx cannot be read"):
        register_model(folder)


def test_files_left_by_a_registration_that_broke_off_are_replaced(tmp_path: Path) -> None:
    rest = model_folder("plains", "1")
    rest.mkdir(parents=True)
    (rest / "rubbish").write_text("half a file")
    version, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    assert [path.name for path in version.folder.iterdir()] == ["card.json"]
    assert [path.name for path in version.folder.parent.iterdir()] == ["1"]


def test_the_latest_version_is_the_one_registered_last_and_not_retired() -> None:
    make_model_version(name="plains", version="9")
    latest = make_model_version(name="plains", version="10")
    make_model_version(name="plains", version="11", retired_at="2026-01-01T00:00Z")
    assert ModelVersion.objects.latest_of("plains") == latest
    assert ModelVersion.objects.latest_of("plains", "11") is None


def test_the_command_says_what_the_model_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("register_model", str(make_model_folder(tmp_path / "m")), "--for-tests")
    assert "plains, version 1: registered. It finds: buffalo, zebra." in capsys.readouterr().out


def test_the_command_fails_with_the_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no readable card\.json"):
        call_command("register_model", str(tmp_path))


def test_a_version_may_be_a_number(tmp_path: Path) -> None:
    version, _ = register_model(make_model_folder(tmp_path / "m", version=3), for_tests=True)
    assert (version.version, load_card(version.folder).version) == ("3", "3")


def test_a_self_test_may_come_later_and_then_stays(tmp_path: Path) -> None:
    first, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    found = Boxes.of([[232, 232, 280, 280]], [0.9], [0])
    write_selftest(tmp_path / "m", PATCH, found, ("buffalo", "zebra"))
    again, is_new = register_model(tmp_path / "m", for_tests=True)
    assert (again, is_new, again.selftest["n_boxes"]) == (first, False, 1)
    assert (first.folder / "selftest.png").exists()
    write_selftest(tmp_path / "m", PATCH[:, ::-1], found, ("buffalo", "zebra"))
    with pytest.raises(RegistryError, match="give the card another version"):
        register_model(tmp_path / "m", for_tests=True)


def test_a_model_that_fails_its_self_test_is_not_registered(tmp_path: Path) -> None:
    folder = make_model_folder(tmp_path / "m")
    write_selftest(folder, PATCH, Boxes.of([[0, 0, 48, 48]], [0.9], [0]), ("buffalo", "zebra"))
    with pytest.raises(RegistryError, match="The self-test of plains, version 1, failed"):
        register_model(folder, for_tests=True)
    assert not ModelVersion.objects.exists()

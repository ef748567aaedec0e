"""The answers of real Detectron2, box for box."""

import json
import shutil

import numpy as np
import pytest
import yaml
from django.core.management import CommandError, call_command

from tests.training.pytorch import need_pytorch

pytestmark = [pytest.mark.slow, pytest.mark.shared]
CASES = (
    "frcnn_c4_50", "frcnn_dc5_50", "frcnn_fpn_50", "frcnn_fpn_50_batch2", "frcnn_fpn_50_resize", "retinanet_50",
    "trident101_fast", "trident50_all", "trident50_fast", "trident50_fast_800",
)  # fmt: skip


@pytest.fixture(autouse=True)
def pytorch() -> None:
    need_pytorch()


def test_no_stored_case_is_left_out(shared_data) -> None:
    assert {path.parent.name for path in (shared_data / "golden").glob("*/case.json")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_detectron2_gives_the_same_boxes(name: str, shared_data, capsys) -> None:
    call_command("golden", str(shared_data / "golden" / name))
    assert capsys.readouterr().out.startswith(f"{name}: ok, ")


@pytest.fixture
def copied(shared_data, tmp_path):
    """A case of its own, to be changed."""

    def copy(name: str, **changes: object):
        folder = tmp_path / name
        shutil.copytree(shared_data / "golden" / name, folder)
        path = folder / "config.yaml"
        path.chmod(0o644)
        folder.chmod(0o755)
        config = yaml.safe_load(path.read_text())
        for key, value in changes.items():
            section, name_in_section = key.split("__")
            config.setdefault(section, {})[name_in_section] = value
        path.write_text(yaml.safe_dump(config))
        return folder

    return copy


def test_settings_that_detectron2_does_not_know_change_nothing(copied, capsys) -> None:
    folder = copied("retinanet_50", SOLVER__OPTIMIZER_TYPE="adam", INPUT__corruption="fog", MODEL__OWN={"KEY": 1})
    call_command("golden", str(folder))
    assert "retinanet_50: ok" in capsys.readouterr().out


def test_a_case_out_of_tolerance_is_told_and_the_others_are_run_all_the_same(copied, capsys) -> None:
    wrong = copied("retinanet_50", MODEL__PIXEL_MEAN=[100.0, 110.0, 120.0])
    unknown = copied("frcnn_fpn_50", MODEL__META_ARCHITECTURE="PanopticFPN")
    with pytest.raises(CommandError, match="2 of 2 cases failed: frcnn_fpn_50, retinanet_50"):
        call_command("golden", str(wrong.parent))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("frcnn_fpn_50: FAILED: The Detectron2 setting MODEL.META_ARCHITECTURE must be one of")
    assert lines[1].startswith("retinanet_50: FAILED: input/meanstd is ")
    assert unknown.parent == wrong.parent


def test_weights_that_do_not_fit_are_refused_with_the_list(copied) -> None:
    folder = copied("frcnn_fpn_50")
    path = folder / "shapes.json"
    path.chmod(0o644)
    shapes = json.loads(path.read_text())
    del shapes["roi_heads.box_predictor.cls_score.weight"]
    path.write_text(json.dumps(shapes))
    with pytest.raises(CommandError, match="1 of 1 cases failed"):
        call_command("golden", str(folder))


def test_an_expected_box_moved_by_a_pixel_is_noticed(copied, capsys) -> None:
    folder = copied("retinanet_50")
    path = folder / "expected.npz"
    with np.load(path) as stored:
        expected = {name: stored[name] for name in stored.files}
    expected["final0/boxes"] = expected["final0/boxes"] + np.float32([1, 0, 0, 0])
    path.chmod(0o644)
    np.savez(path, **expected)
    with pytest.raises(CommandError):
        call_command("golden", str(folder))
    assert "final0/boxes is 1" in capsys.readouterr().out

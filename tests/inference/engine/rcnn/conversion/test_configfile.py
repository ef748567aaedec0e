"""Configuration files as people have them."""

from pathlib import Path

import pytest
import yaml

from inference.engine import CardError
from inference.engine.backends.rcnn.conversion.bases import FILES
from inference.engine.backends.rcnn.conversion.configfile import MAX_BYTES, read_config_file
from inference.engine.backends.rcnn.reading import read_config

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)


MERGED = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{', '.join([f'*{below}'] * 10)}]}}\n"
    for below, name in zip("abcdef", "bcdefg", strict=True)
)


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str, name: str = "config.yaml") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def refusal(path: Path) -> str:
    with pytest.raises(CardError) as refused:
        read_config_file(path)
    return str(refused.value)


def test_a_merged_configuration_is_read_as_it_is(file) -> None:
    content = {"MODEL": {"PIXEL_STD": [34.1, 29.8, 31.7]}, "SOLVER": {"OPTIMIZER_TYPE": "adam"}}
    assert read_config_file(file(yaml.safe_dump(content))) == content


def test_what_a_configuration_says_goes_over_the_known_one_that_it_builds_on(file) -> None:
    text = """
_BASE_: "../../configs/Base-TridentNet-Fast-C4.yaml"
MODEL: {RESNETS: {DEPTH: 101}, ROI_HEADS: {NUM_CLASSES: 3}}
"""
    config = read_config(read_config_file(file(text)))
    assert (config.resnet.depth, config.resnet.dilations, config.n_labels) == (101, (2,), 3)


def test_a_known_one_may_build_on_another(file) -> None:
    config = read_config(read_config_file(file("_BASE_: COCO-Detection/retinanet_R_101_FPN_3x.yaml")))
    assert (config.resnet.depth, config.resnet.out) == (101, ("res3", "res4", "res5"))
    assert config.anchors.sizes[0] == pytest.approx((32, 40.3175, 50.7968), abs=1e-4)


@pytest.mark.parametrize("name", FILES)
def test_every_known_configuration_makes_a_network_without_a_warning(name: str, file) -> None:
    assert read_config(read_config_file(file(f"_BASE_: {name}"))).warnings == ()


@pytest.mark.parametrize("base", ["../herds.yaml", "[1, 2]", "s3://somewhere/herds.yaml", ""])
def test_a_configuration_that_builds_on_an_unknown_one_is_refused_and_nothing_is_opened(base: str, file) -> None:
    file("MODEL: {RESNETS: {DEPTH: 101}}", "herds.yaml")
    assert r"with cfg.dump(). Known are Base-RCNN-C4.yaml" in refusal(file(f"_BASE_: {base}"))


def test_python_in_yaml_is_refused_and_not_run(file, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    text = f"MODEL:\n  A: !!python/object/apply:os.system ['touch {canary}']\n"
    assert "holds Python (!!python), which Kopje never runs. Give the merged configuration" in refusal(file(text))
    assert not canary.exists()
    yaml.unsafe_load(text)  # the file is one that would run
    assert canary.exists()


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("from detectron2.config import LazyCall", "config.py", "A LazyConfig (config.py) is a program"),
        ("MODEL: [1,\nB: 2", "config.yaml", "config.yaml is not valid YAML: line 2."),
        ("MODEL: \x07", "config.yaml", "config.yaml is not valid YAML: line ?."),
        ("[1, 2]", "config.yaml", "config.yaml is no Detectron2 configuration."),
        (MERGED, "config.yaml", "config.yaml is no Detectron2 configuration."),
        ("MODEL:\n  A: 0x" + "f" * 9000, "config.yaml", "config.yaml is not valid YAML: line 2."),
        ("", "config.yaml", "config.yaml is no Detectron2 configuration."),
        (BOMB, "config.yaml", "config.yaml is no Detectron2 configuration."),
        pytest.param("[" * 1500, "config.yaml", "config.yaml is not valid YAML", marks=pytest.mark.slow),
        ("#" * (MAX_BYTES + 1), "config.yaml", "is larger than 200000 bytes"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, name: str, sentence: str, file) -> None:
    assert sentence in refusal(file(text, name))


def test_a_configuration_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml") == "There is no readable configuration none.yaml."

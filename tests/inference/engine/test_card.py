"""Model cards: what is read comes back, and every wrong key is named."""

import json

import pytest

from inference.engine import CardError, load_card, write_card
from inference.engine.card import parse_card
from tests.factories.models import make_card

GOOD = {
    "name": "kob-finder",
    "version": "3",
    "format": "onnx",
    "labels": ["kob", "elephant"],
    "head": "yolox",
    "channel_order": "BGR",
    "pixel_mean": [0, 0, 0],
    "pixel_std": [1, 1, 1],
    "input": {"width": 416, "height": 416, "resize": "letterbox", "fill": 114},
    "patch": {"width": 416, "height": 416, "overlap": 128},
    "score_threshold": 0.25,
    "nms_threshold": 0.45,
    "sha256": "0" * 64,
}


def test_a_card_written_is_read_back_the_same(tmp_path):
    card = make_card(trained_gsd_cm=(1.5, 4.0), view=("nadir",), metrics={"ap": 0.4}, intended_use="wildlife")
    write_card(card, tmp_path)
    assert load_card(tmp_path) == card


def test_a_card_with_every_key_is_read():
    card = parse_card(GOOD)
    assert (card.labels, card.input.fill, card.patch.overlap) == (("kob", "elephant"), 114.0, 128)
    assert card.weights_file == "model.onnx"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "../../etc"}, "'name' must be made of small letters"),
        ({"name": None}, "'name' is missing"),
        ({"version": "a/b"}, "'version' must be made of"),
        ({"format": "pickle"}, "'format' must be one of onnx"),
        ({"labels": []}, "'labels' must be a list of at least one label"),
        ({"labels": ["kob", "kob"]}, "'labels' names 'kob' more than once"),
        ({"labels": ["kob", 7]}, "'labels' must be a list of at least one label"),
        ({"labels": ["kob\n"]}, "printable"),
        ({"score_threshold": 1.5}, "'score_threshold' must be a number from 0 to 1, but is 1.5"),
        ({"score_threshold": True}, "'score_threshold'"),
        ({"nms_threshold": float("nan")}, "'nms_threshold'"),
        ({"channel_order": "GRB"}, "'channel_order' must be one of RGB, BGR"),
        ({"channel_order": None}, "'channel_order' is missing"),
        ({"pixel_mean": [1, 2]}, "'pixel_mean' must be a list of 3 numbers"),
        ({"pixel_std": [1, 0, 1]}, "'pixel_std' must be a list of 3 numbers, each a number above 0"),
        ({"pixel_scale": 10**400}, "'pixel_scale' must be a number above 0"),
        ({"pixel_scale": 0}, "'pixel_scale' must be a number above 0"),
        ({"patch": {"width": 416, "height": 416, "overlap": 416}}, "'patch.overlap' must be smaller than"),
        ({"patch": {"width": 4.5, "height": 416, "overlap": 1}}, "'patch.width' must be a whole number"),
        ({"patch": "416"}, "'patch' must be a JSON object"),
        ({"input": {"resize": "crop"}}, "'input.resize' must be one of letterbox, stretch, none"),
        ({"input": {"widht": 416}}, "'input.widht' is not known; did you mean 'width'?"),
        ({"sha256": "abc"}, "'sha256' must be the 64 hexadecimal digits"),
        ({"head": ""}, "'head' is missing"),
        ({"trained_gsd_cm": [4, 2]}, "'trained_gsd_cm' must be two numbers, the smaller first"),
        ({"view": ["side"]}, "'view' must be a list of any of nadir, oblique"),
        ({"licence": 3}, "'licence' must be a text"),
        ({"metrics": [1]}, "'metrics' must be a JSON object"),
        ({"score_treshold": 0.3}, "'score_treshold' is not known; did you mean 'score_threshold'?"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_allowed(change, says):
    with pytest.raises(CardError) as problem:
        parse_card({key: value for key, value in {**GOOD, **change}.items() if value is not None})
    assert says in str(problem.value)


def test_a_fake_model_needs_no_weights():
    card = parse_card({key: value for key, value in GOOD.items() if key not in ("sha256", "head")} | {"format": "fake"})
    assert card.weights_file is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b"[" * 100_000, "not valid JSON"),
        (b" " * 1_000_001, "larger than"),
        (b'{"metrics": ' + b"[" * 400 + b"]" * 400 + b"}", "levels"),
        (b'{"metrics": {"f1": NaN}}', "not valid JSON"),
        (b'{"metrics": {"f1": 1e999}}', "not valid JSON"),
        (b'{"source": "a\\u0000b"}', "zero characters"),
        (b'{"source": "half a character: \\ud83d"}', "not valid JSON"),
    ],
)
def test_a_file_that_is_no_card_is_refused(tmp_path, content, says):
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(CardError, match=says):
        load_card(tmp_path)


def test_a_folder_without_a_card_is_named(tmp_path):
    with pytest.raises(CardError, match=r"no readable card\.json"):
        load_card(tmp_path)


def test_a_card_keeps_text_of_any_script(tmp_path):
    path = write_card(make_card(labels=("éléphant", "大象")), tmp_path)
    assert json.loads(path.read_text(encoding="utf-8"))["labels"] == ["éléphant", "大象"]

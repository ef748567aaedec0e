"""Weights out of names: the same bits as those that real Detectron2 was given."""

import importlib.util
import json

import numpy as np
import pytest

from inference.golden.weights import AT_ONCE, hashed, tensor


def test_the_numbers_of_a_key_are_the_ones_the_cases_readme_gives() -> None:
    assert hashed("7/abc", 0, 3).tolist() == [-1806513, 1411399, -6498871]
    weight = tensor("backbone.res2.0.conv1.weight", (64, 64, 1, 1), 7)
    assert (float(weight[0, 0, 0, 0]), float(weight[63, 63, 0, 0])) == (-0.32434892654418945, 0.1954401582479477)
    assert int(weight.view(np.uint32).astype(np.uint64).sum()) == 8662008106114


def test_a_weight_does_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = tensor("roi_heads.box_head.fc1.weight", (40, 500), 7)
    monkeypatch.setattr("inference.golden.weights.AT_ONCE", 600)
    assert AT_ONCE > 40 * 500
    assert (tensor("roi_heads.box_head.fc1.weight", (40, 500), 7) == at_once).all()


def test_gains_multiply_and_overrides_replace() -> None:
    plain = tensor("a.cls_score.weight", (3, 8), 1)
    assert np.allclose(tensor("a.cls_score.weight", (3, 8), 1, [("cls_score", 4.0), ("bbox", 9.0)]), 4 * plain)
    assert tensor("a.cls_score.bias", (2,), 1, overrides={"a.cls_score.bias": [1.5, -2.0]}).tolist() == [1.5, -2]


@pytest.mark.shared
def test_every_kind_of_weight_is_the_one_of_the_shared_recipe(shared_data) -> None:
    golden = shared_data / "golden"
    spec = importlib.util.spec_from_file_location("shared_weights", golden / "weights.py")
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    shapes = {}
    for path in golden.glob("*/shapes.json"):
        shapes |= {name: tuple(shape[:4]) for name, shape in json.loads(path.read_text()).items()}
    small = {name: (min(shape[0], 4), *shape[1:]) for name, shape in shapes.items() if np.prod(shape[1:]) < 10_000}
    assert len(small) > 500
    other = [
        name
        for name, shape in small.items()
        if not np.array_equal(tensor(name, shape, 3, [("cls", 2.0)]), recipe.tensor(name, shape, 3, [("cls", 2.0)]))
    ]
    assert other == []

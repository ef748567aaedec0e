import json
from typing import Any

import pytest

from inference.model_metrics import sets_of
from tests.services import ROOT


def test_the_starter_models_figures_stand_in_sets_with_their_kinds() -> None:
    card = json.loads((ROOT / "models/starter/card.json").read_text())
    rendered, sealions, empty = sets_of(card["metrics"])
    assert (rendered.name, sealions.name, empty.name) == ("rendered scenes", "sealions test", "caliterra empty")
    on_card = card["metrics"]["rendered_scenes"]
    assert [(f.name, f.rate) for f in rendered.figures if f.rate] == [
        ("recall", on_card["recall"]), ("precision", on_card["precision"]), ("F1", on_card["f1"]),
        ("AP", on_card["ap"]), ("recall of animals partly hidden", on_card["recall_partly_hidden"]),
    ]  # fmt: skip
    assert rendered.kinds is not None
    assert [kind for kind, _ in rendered.kinds.rows] == list(card["labels"])
    assert sealions.kinds is None


def test_numbers_without_a_set_are_one_without_a_name() -> None:
    [only] = sets_of({"recall": 0.5, "images": 3})
    assert (only.name, [figure.value for figure in only.figures]) == ("", [0.5, 3])


def test_a_kind_that_lacks_a_figure_has_none_there() -> None:
    [only] = sets_of({"wet": {"kinds": {"zebra": {"recall": 1}, "sheep": {"ap": 0}}}})
    assert only.kinds is not None
    assert [[figure and figure.rate for figure in row] for _, row in only.kinds.rows] == [[1.0, None], [None, 0.0]]


@pytest.mark.parametrize("value", [7, -0.1, True, "high", None, [0.1, 0.9], {"a": [1]}])
def test_what_is_no_share_gets_no_bar(value: Any) -> None:
    [found] = sets_of({"wet": {"recall": value}})
    assert [figure.rate for figure in found.figures] == [None]

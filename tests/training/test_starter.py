"""The committed starter model: its card, its size, what it finds."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from inference.engine import load_card, load_detector
from inference.engine.evaluation import Tally, match, tally
from inference.engine.search import SearchSettings, search_image
from inference.models import ModelVersion
from training.render import KINDS, render_scene
from training.scenes import TEST_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, truth_of
from training.story import shortfall

STARTER = Path(__file__).parent.parent.parent / "models" / "starter"


@pytest.fixture(scope="module")
def card():
    return load_card(STARTER)


def test_the_card_says_that_it_is_not_for_counts_and_what_limits_it(card):
    assert card.intended_use.startswith("Demonstration and pre-filter; not for counts.")
    assert "What limits it" in card.intended_use


def test_the_card_says_so_where_its_figures_are_lower_than_was_aimed_at(card):
    figures = card.metrics["rendered_scenes"]
    assert card.intended_use.endswith(shortfall(figures))
    assert bool(shortfall(figures)) == (min(figures["recall"], figures["precision"]) < 0.9)


def test_the_card_names_its_sources_and_that_no_licence_has_been_chosen(card):
    assert "NOAA Fisheries" in card.source
    assert "No licence has been chosen yet" in card.licence
    assert "seeds 1 to 999,999" in card.training_data


def test_the_card_is_of_the_renderers_kinds_and_views(card):
    assert card.labels == KINDS
    assert card.view == ("nadir", "oblique")


def test_the_card_has_figures_of_every_test_set(card):
    for name in ("rendered_scenes", "sealions_test"):
        assert {"recall", "precision", "f1"} <= card.metrics[name].keys()
    assert set(card.metrics["rendered_scenes"]["kinds"]) == set(KINDS)
    assert "false_detections_an_image" in card.metrics["caliterra_empty"]


def test_figures_are_of_scenes_that_training_never_saw(card):
    assert card.metrics["rendered_scenes"]["first_seed"] in TEST_SEEDS
    assert not set(TEST_SEEDS) & {*TRAINING_SEEDS, *VALIDATION_SEEDS}


def test_the_weights_are_at_most_eight_megabytes():
    assert (STARTER / "model.onnx").stat().st_size <= 8_000_000


@pytest.mark.django_db
def test_it_can_be_registered():
    call_command("register_model", str(STARTER), stdout=StringIO())
    assert ModelVersion.objects.get().name == "starter"


@pytest.mark.slow
def test_it_finds_in_scenes_it_never_saw_what_its_card_promises(card):
    detector, settings = load_detector(STARTER, device="cpu"), SearchSettings.from_card(card)
    total = Tally()
    for seed, landscape in ((TEST_SEEDS[101], "savanna"), (TEST_SEEDS[102], "steppe")):
        scene = render_scene(seed, 2000, 1400, landscape=landscape, view="nadir", n_animals=25)
        found, truth = search_image(scene.pixels, detector, settings).boxes, truth_of(scene).as_boxes()
        total += tally(found, truth, match(found, truth))
    promised = card.metrics["rendered_scenes"]
    assert total.wanted >= 30
    assert total.recall >= promised["recall"] - 0.1
    assert total.precision >= promised["precision"] - 0.1

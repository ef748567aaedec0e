"""A second search, with another real model, over a real image that people reviewed after the first."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page, expect

from inference import detect
from inference.models import Detection, ModelVersion, Run, SpeciesRule
from inference.registry import register_model
from inference.runs import make_current, start_run
from review.models import Review
from surveys.models import Image, ImageLabel, Observation
from tests.browser.test_reviewing import saved
from tests.browser.test_viewer import open_image
from tests.factories.jobs import run_jobs
from tests.factories.models import make_yolox_folder
from tests.factories.pictures import make_stored_image
from tests.review.test_verdicts import say
from tests.services import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.shared, pytest.mark.django_db(transaction=True)]
VERDICTS = ("confirmed", "rejected", "confirmed", "duplicate", "uncertain")
N_LEFT = 5  # of the first search, that nobody judged


def search(cast: Any, model: ModelVersion, **how: Any) -> Run:
    """All that the model finds is one species here: what is compared is where it is."""
    SpeciesRule.objects.bulk_create(
        SpeciesRule(survey=cast.survey, model_name=model.name, label=label, species="buffalo")
        for label in model.labels
        if label != "buffalo"
    )
    run = start_run(cast.survey, model, cast.owner, **how)
    detect.loaded_model.cache_clear()
    run_jobs()
    return run


def boxes_of(run: Run) -> list[Detection]:
    return list(Detection.objects.filter(run=run).order_by("-score", "pk"))


def overlap(a: Detection, b: Detection) -> float:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    both = max(0.0, width) * max(0.0, height)
    area_a, area_b = ((box.right - box.left) * (box.bottom - box.top) for box in (a, b))
    return both / (area_a + area_b - both)


def expected(new: Sequence[Detection], old: Sequence[Detection]) -> dict[Any, str]:
    """By hand: best overlaps first, each box at most once."""
    judged = [box for box in old if box.verdict in ("confirmed", "rejected", "duplicate")]
    pairs = [(overlap(a, b), a, b) for a in new for b in judged]
    taken: set[Any] = set()
    found: dict[Any, str] = {}
    for share, a, b in sorted(pairs, key=lambda pair: -pair[0]):
        if share < 0.5 or a.pk in taken or b.pk in taken:
            continue
        taken |= {a.pk, b.pk}
        if b.verdict == "confirmed":
            found[a.pk] = "matched"
        elif a.score < b.score + 0.25:
            found[a.pk] = "suppressed"
    return found


@pytest.mark.parametrize("other", ["starter", "the same with other patches"])
def test_only_what_is_new_asks_for_attention(
    cast: Any, page_as: Callable[..., Page], as_user: Any, shared_data: Path, tmp_path: Path, other: str
) -> None:
    picture = Pillow.open(shared_data / "buffalo" / "koger_4096x2160.jpg").convert("RGB")
    # At half its size its animals are as long as those that the starter model knows.
    image = make_stored_image(cast.survey, pixels=np.asarray(picture.reduce(2) if other == "starter" else picture))
    yolox = register_model(make_yolox_folder(shared_data, tmp_path / "yolox", score_threshold=0.2))[0]
    first = search(cast, yolox)
    client = as_user(cast.reviewer)
    for n, box in enumerate(boxes_of(first)[:-N_LEFT]):
        assert say(client, box, VERDICTS[n % len(VERDICTS)]).status_code == 201
    old = boxes_of(first)
    before = [list(model.objects.order_by("pk").values()) for model in (Review, Observation)]

    if other == "starter":
        model = register_model(ROOT / "models" / "starter")[0]
    else:
        folder = make_yolox_folder(shared_data, tmp_path / "again", name="yolox-again", score_threshold=0.1)
        model = register_model(folder)[0]
    second = search(cast, model)
    make_current(second, cast.owner)
    new = boxes_of(second)
    wanted = expected(new, old)
    n_matched, n_suppressed = (list(wanted.values()).count(kind) for kind in ("matched", "suppressed"))
    print(f"{other}: {len(old)} old, {len(new)} boxes, {n_matched} matched, {n_suppressed} suppressed")
    assert n_matched > 0
    assert len(new) > n_matched + n_suppressed
    assert {box.pk: box.verdict for box in new if box.verdict} == wanted
    label = ImageLabel.objects.get(run=second.pk, image=image)
    assert (label.n_detections, label.n_matched, label.n_suppressed) == (len(new), n_matched, n_suppressed)
    assert [list(model.objects.order_by("pk").values()) for model in (Review, Observation)] == before
    assert [box.verdict for box in boxes_of(first)] == [box.verdict for box in old]

    run_page = client.get(f"/runs/{second.pk}/").content.decode()
    n_new = len(new) - n_matched - n_suppressed
    assert f"Of {len(new)} boxes {n_new} are new; {n_matched} are animals accepted on another search" in run_page
    if other == "starter":  # it finds little on this image
        return
    suppressed = next(box for box in new if wanted.get(box.pk) == "suppressed")
    page = open_image(page_as(cast.reviewer), image, f"#det={suppressed.pk}")
    expect(page.locator("[data-part=list] [aria-selected=true]")).to_contain_text("rejected before, on another search")
    page.keyboard.press("k")
    expect(page.locator("[data-part=list]")).to_contain_text("not reviewed")
    saved(page)
    suppressed.refresh_from_db()
    assert suppressed.verdict == ""
    label.refresh_from_db()
    assert (label.n_matched, label.n_suppressed) == (n_matched, n_suppressed - 1)
    assert Image.objects.get(pk=image.pk).review_state == "in_progress"

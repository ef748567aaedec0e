"""What a classifier as pre-filter said of an image of 1300 x 900 px."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from inference.engine import Boxes
from inference.engine.patches import PatchPlan
from inference.models import PatchRecord, ResultSet, Run
from inference.patch_records import SaidOfPatches, pack
from surveys.models import Image
from tests.factories.inference import make_model_version, make_run, make_searched


def make_screened(cast: SimpleNamespace, image: Image, codes: Sequence[int], *, n_at_random: int = 0) -> Run:
    """A run that searched the image and found nothing, with these decisions of its pre-filter."""
    card = {"labels": ["wildlife", "empty"], "settings": {"ignored": ["empty"]}}
    screen = make_model_version(name="classes", card=card)
    run = make_run(cast.survey, screen=screen, screen_threshold=0.5, random_share=0.1)
    result = make_searched(run, image)
    counts = {"n_patches": 6, "n_passed": sum(code >= 2 for code in codes), "n_at_random": n_at_random}
    counts |= {"n_lost": 0, "lost_squared": 0, "most_lost": 0}
    ResultSet.objects.filter(pk=result.pk).update(**counts, n_uncertain=list(codes).count(3))
    PatchRecord.objects.create(result_set=result, content=pack(make_said(codes)))
    return run


def make_said(codes: Sequence[int]) -> SaidOfPatches:
    """Six patches, three a row, with these decisions; the best label is the first, the later the patch the surer."""
    scores = np.linspace(0.5, 0.55, 6, dtype=np.float32)
    classes = np.stack([scores, np.ones(6, np.float32)], axis=1)
    plan = PatchPlan(500, 500, 0)
    return SaidOfPatches((1300, 900), plan, [Boxes.none()] * 6, np.array(codes, np.uint8), scores, classes)

"""Changes which species labels are, again and again, while images come in and are searched; run in another process."""

import random

from inference import recount
from inference.models import ModelVersion
from inference.species_saving import Said, set_species
from surveys.models import Survey
from tests.inference import switching_probe

CHOICES = ("", "grazer", "buffalo", "herd")


def upload_and_rename() -> None:
    """Every second change is left to a job, as in a large survey."""
    survey, chance = Survey.objects.get(), random.Random(7)
    name, at_once, count = ModelVersion.objects.values_list("name", flat=True)[0], recount.AT_ONCE, iter(range(1000))

    def rename(*_run: object) -> None:
        recount.AT_ONCE = at_once if next(count) % 2 else 0
        said = {"buffalo": Said(chance.choice(CHOICES)), "zebra": Said("herd", chance.random() < 0.5)}
        set_species(survey, name, said, survey.created_by)

    switching_probe.make_current = rename
    switching_probe.upload_and_switch()
    set_species(survey, name, {"buffalo": Said("last"), "zebra": Said("last")}, survey.created_by)

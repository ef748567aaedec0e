"""Changes which species labels are, again and again, while images come in and are searched; run in another process."""

import random
from itertools import count

from inference import recount
from inference.models import ModelVersion
from inference.species_saving import Said, set_species
from surveys.models import Survey
from tests.inference import switching_probe


def upload_and_rename() -> None:
    """Every second change is left to a job, as in a large survey."""
    survey, chance, numbers = Survey.objects.get(), random.Random(7), count()
    name, at_once = ModelVersion.objects.values_list("name", flat=True)[0], recount.AT_ONCE

    def rename(*_run: object) -> None:
        number = next(numbers)
        recount.AT_ONCE = at_once if number % 2 else 0
        said = {"buffalo": Said(f"herd {number // 2}"), "zebra": Said(f"herd {number}", chance.random() < 0.5)}
        set_species(survey, name, said, survey.created_by)

    switching_probe.make_current = rename
    switching_probe.upload_and_switch()
    set_species(survey, name, {"buffalo": Said("last"), "zebra": Said("last")}, survey.created_by)

"""What the page of counts says of a survey's current search."""

from typing import Any

from inference.access import run_of_survey
from inference.counts import label_counts
from inference.recount import pending_recount
from inference.score_table import score_table
from inference.screen_report import screen_reports
from inference.species import species_map
from inference.species_words import sentences
from inference.transect_counts import transect_counts
from surveys.models import Survey
from surveys.progress import arriving, counts_of


def proposed(survey: Survey, score: str | None = None) -> dict[str, Any]:
    """For its templates; `run` is None before the first search. `score`: the model score that the reader chose."""
    run = run_of_survey(survey, None)
    counts = label_counts(run) if run else []
    images = counts_of([survey.pk])[survey.pk]
    return {
        "run": run,
        "images": images,
        "found": [count for count in counts if count.n_detections],
        "not_found": [count.label for count in counts if not count.n_detections],
        "screen_report": screen_reports([run]).get(run.pk) if run else None,
        "by_transect": transect_counts(run) if run else None,
        "species_sentences": sentences(species_map(run)) if run else [],
        "scores": score_table(run, counts, score) if run else None,
        "recounting": pending_recount(survey),
        "are_arriving": bool(images.unread or arriving(survey)),
        "is_judged": any(count.n_judged for count in counts),
    }

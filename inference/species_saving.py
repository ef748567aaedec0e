"""What people say that the labels of a model are in a survey: checked, kept, and the counters rewritten by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from inference.models import ModelVersion, Run, SpeciesRule
from inference.recount import recount
from inference.runs import lock_survey
from inference.species import map_of, rules_of
from inference.species_words import sentences
from surveys.activity import record
from surveys.models import Survey

MAX_SPECIES = 80
ALL = ""  # the key of an error that is about no single label


@dataclass(frozen=True)
class Said:
    """Of one label; no species means the label itself."""

    species: str = ""
    is_dropped: bool = False


class SpeciesRefusedError(Exception):
    """`errors`: a sentence for each label that is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def models_of(survey: Survey) -> list[str]:
    """The names of the models that searched the survey, the current search's first."""
    runs = Run.objects.filter(survey=survey).order_by("-id").values_list("pk", "model_version__name")
    names = sorted(runs, key=lambda row: row[0] != survey.current_run)
    return list(dict.fromkeys(name for _pk, name in names))


def labels_of(survey: Survey, model_name: str) -> list[str]:
    """Of all the model's versions that searched the survey, the newest first."""
    return _each_once(_labels_by_version(survey, model_name))


def checked(versions: Sequence[Sequence[str]], said: Mapping[str, Said]) -> dict[str, Said]:
    """What differs from the labels themselves, tidied up. `versions`: the labels of each. Raises
    SpeciesRefusedError."""
    labels = _each_once(versions)
    errors = {label: _("The model has no such label.") for label in said if label not in labels}
    tidy = {label: Said(" ".join(one.species.split()) or label, one.is_dropped) for label, one in said.items()}
    errors |= {label: trouble for label, one in tidy.items() if (trouble := _trouble(one.species))}
    errors |= _spelt_twice(labels, tidy)
    dropped = {label for label, one in tidy.items() if one.is_dropped}
    if not errors and any(dropped.issuperset(labels) for labels in versions if labels):
        errors[ALL] = _(
            "Keep at least one label of each version of the model: a search of which nothing counts leaves no zero "
            "either."
        )
    if errors:
        raise SpeciesRefusedError(errors)
    return {label: one for label, one in tidy.items() if one.is_dropped or one.species != label}


@transaction.atomic
def set_species(survey: Survey, model_name: str, said: Mapping[str, Said], actor: Any) -> bool:
    """Replaces what the survey says of the model's labels; false where it said just that already. Raises
    SpeciesRefusedError."""
    lock_survey(survey.pk)
    versions = _labels_by_version(survey, model_name)
    labels, wanted = _each_once(versions), checked(versions, said)
    if wanted == {rule.label: Said(rule.species, rule.is_dropped) for rule in rules_of(survey.pk, model_name)}:
        return False
    SpeciesRule.objects.filter(survey=survey, model_name=model_name).delete()
    rules = [
        SpeciesRule(survey=survey, model_name=model_name, label=label, species=one.species, is_dropped=one.is_dropped)
        for label, one in wanted.items()
    ]
    SpeciesRule.objects.bulk_create(rules)
    recount(survey, model_name)
    told = " ".join(sentences(map_of(labels, rules))) or _("every label is its own species.")
    record(survey, actor, "species_set", f"{model_name}: {told}")
    return True


def _labels_by_version(survey: Survey, model_name: str) -> list[list[str]]:
    runs = Run.objects.filter(survey=survey, model_version__name=model_name)
    versions = ModelVersion.objects.filter(pk__in=runs.values("model_version")).order_by("-id")
    return [version.labels for version in versions]


def _each_once(versions: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(label for version in versions for label in version))


def _trouble(species: str) -> str:
    if len(species) > MAX_SPECIES:
        return _("A species has at most %(n)d characters.") % {"n": MAX_SPECIES}
    return "" if species.isprintable() else _("This holds characters that cannot be shown.")


def _spelt_twice(labels: Sequence[str], said: Mapping[str, Said]) -> dict[str, str]:
    """Two spellings of one species would be counted apart."""
    first: dict[str, str] = {}
    errors = {}
    for label in labels:
        one = said.get(label, Said(label))
        if one.is_dropped:
            continue
        other = first.setdefault(one.species.casefold(), one.species)
        if other != one.species:
            sentence = _("“%(one)s” and “%(other)s” would be counted apart: spell them alike.")
            errors[label] = sentence % {"one": one.species, "other": other}
    return errors


def species_used(survey: Survey, labels: Sequence[str]) -> list[str]:
    """What to suggest: what the survey says of any model's labels, and these labels."""
    named = SpeciesRule.objects.filter(survey=survey).values_list("species", flat=True).distinct()
    return sorted({*named, *labels}, key=str.casefold)

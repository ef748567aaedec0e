"""Which species the labels of a model are in a survey. Detections keep what the machine said; counts go by this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from inference.models import Run, SpeciesRule

COUNTED = F("n_detections") - F("n_dropped")  # of a result set: what lists and tables call its detections


@dataclass(frozen=True)
class SpeciesMap:
    """The labels of a model as one survey reads them. A label of which nobody said anything stands for itself."""

    model_labels: Sequence[str]
    named: Mapping[str, str]  # species by label, where somebody said one
    dropped: frozenset[str]

    def of(self, label: str) -> str | None:
        """The species; None where the survey leaves the label out."""
        return None if label in self.dropped else self.named.get(label, label)

    @property
    def labels(self) -> list[str]:
        """The species that are counted, each once, in the model's order."""
        species = (self.of(label) for label in self.model_labels)
        return list(dict.fromkeys(name for name in species if name is not None))

    @property
    def left_out(self) -> list[str]:
        """The model's labels that are not counted, in its order."""
        return [label for label in self.model_labels if label in self.dropped]

    @property
    def labels_of(self) -> dict[str, list[str]]:
        """The model's labels that are counted as each species."""
        found: dict[str, list[str]] = {name: [] for name in self.labels}
        for label in self.model_labels:
            if (name := self.of(label)) is not None:
                found[name].append(label)
        return found

    @property
    def said(self) -> dict[str, str | None]:
        """What `said_before` makes the map of again: the labels that are no species of their own; None is left out."""
        return {label: self.of(label) for label in self.model_labels if self.of(label) != label}

    def title(self, label: str) -> str:
        """The species, with the model's own label where that is another word."""
        species = self.of(label) or label
        return species if species == label else f"{species} ({label})"


def said_before(labels: Sequence[str], said: Mapping[str, str | None]) -> SpeciesMap:
    """What held when something was reckoned, whatever the survey says since."""
    named = {label: species for label, species in said.items() if species is not None}
    return SpeciesMap(labels, named, frozenset(said.keys() - named.keys()))


def species_map(run: Run) -> SpeciesMap:
    """One query. Who writes counters by it holds the survey (runs.hold_survey), or the rules may change meanwhile."""
    return map_of(run.model_version.labels, rules_of(run.survey_id, run.model_version.name))


def rules_of(survey_id: UUID, model_name: str) -> list[SpeciesRule]:
    return list(SpeciesRule.objects.filter(survey=survey_id, model_name=model_name).order_by("pk"))


def map_of(labels: Sequence[str], rules: Sequence[SpeciesRule]) -> SpeciesMap:
    named = {rule.label: rule.species for rule in rules}
    return SpeciesMap(labels, named, frozenset(rule.label for rule in rules if rule.is_dropped))

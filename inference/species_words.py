"""What a survey made of a model's labels, in sentences for those who read its counts."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.species import SpeciesMap


def sentences(species: SpeciesMap) -> list[str]:
    """None where every label stands for itself."""
    merged = {name: labels for name, labels in species.labels_of.items() if labels != [name]}
    return [*(_merged(name, labels) for name, labels in merged.items()), *_left_out(species.left_out)]


def listed(names: Sequence[str]) -> str:
    """“buffalo, kudu and zebra”."""
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


def _merged(species: str, labels: Sequence[str]) -> str:
    sentence = ngettext(
        "The label %(labels)s is counted as %(species)s.", "The labels %(labels)s are counted as %(species)s.",
        len(labels),
    )  # fmt: skip
    return sentence % {"labels": listed(labels), "species": species}


def _left_out(labels: Sequence[str]) -> list[str]:
    sentence = ngettext(
        "%(labels)s is left out: its boxes are neither counted nor drawn.",
        "%(labels)s are left out: their boxes are neither counted nor drawn.",
        len(labels),
    )
    return [sentence % {"labels": listed(labels)}] if labels else []

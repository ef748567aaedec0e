"""What a pattern of file names would do to a survey, as far as a page shows it while somebody types."""

from dataclasses import dataclass

from surveys.models import Survey
from surveys.name_patterns import Pattern, PatternError
from surveys.transect_plan import Change, ImageName, Plan, TooManyTransectsError, image_names_of, plan_by_pattern
from surveys.transects import natural_key

LIVE = 5000  # images looked at with every letter; all of them before anything is saved
MANY = 8
MOST_NAMES = 60


@dataclass(frozen=True)
class PatternPreview:
    """`trouble` says why there is nothing to show."""

    text: str
    plan: Plan
    n_images: int
    n_looked_at: int
    does_replace: bool
    trouble: str = ""

    @classmethod
    def of(cls, survey: Survey, text: str, *, is_full: bool = False, does_replace: bool = False) -> "PatternPreview":
        try:
            pattern = Pattern.parse(text)
        except PatternError as error:
            return cls(text, Plan(), 0, 0, does_replace, str(error))
        images = image_names_of(survey, sample=None if is_full else LIVE)
        n_images = len(images) if is_full or len(images) < LIVE else survey.images.filter(trashed_at=None).count()
        try:
            plan = plan_by_pattern(images, pattern, replaces_firm=does_replace)
        except TooManyTransectsError as error:
            return cls(pattern.text, Plan(), n_images, len(images), does_replace, str(error))
        return cls(pattern.text, plan, n_images, len(images), does_replace)

    @property
    def is_sample(self) -> bool:
        return self.n_looked_at < self.n_images

    @property
    def n_fit(self) -> int:
        return len(self.plan.changes)

    @property
    def examples(self) -> list[Change]:
        """One image of every transect and camera, as many as fit on a page."""
        seen: dict[tuple[str, str], Change] = {}
        for change in self.plan.changes:
            seen.setdefault((change.transect, change.camera), change)
        some = _spread(sorted(seen.values(), key=lambda change: natural_key(change.transect)))
        return sorted(some, key=lambda change: (natural_key(change.transect), change.camera))

    @property
    def names(self) -> list[tuple[str, int]]:
        """The transects there would be, and their images."""
        return sorted(self.plan.transects.items(), key=lambda item: natural_key(item[0]))[:MOST_NAMES]

    @property
    def n_more_names(self) -> int:
        return max(len(self.plan.transects) - MOST_NAMES, 0)

    @property
    def alike(self) -> list[list[str]]:
        return self.plan.alike[:MANY]

    @property
    def left(self) -> list[ImageName]:
        return _spread(self.plan.left)


def _spread(things: list) -> list:
    """At most MANY, from all over the list."""
    if len(things) <= MANY:
        return things
    return [things[round(at * (len(things) - 1) / (MANY - 1))] for at in range(MANY)]

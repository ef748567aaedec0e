"""What must be tidied up from time to time. The handler of the recurring job `tidy_up`."""

from django.utils import timezone

from jobs.models import Job
from surveys.originals import remove_left_copies
from surveys.transect_saving import remove_old_tables
from surveys.trash import empty_trash
from surveys.uploads import remove_expired


def tidy_up(_job: Job) -> None:
    now = timezone.now()
    remove_expired(now)
    remove_left_copies(now)
    empty_trash()
    remove_old_tables(now)

"""Deletes for good what has been in the trash for more than 30 days. The job `tidy_up` does so every hour."""

from typing import Any

from django.core.management.base import BaseCommand

from surveys.trash import empty_trash


class Command(BaseCommand):
    help = __doc__

    def handle(self, **_options: Any) -> None:
        n = empty_trash()
        self.stdout.write(f"{n} image{'' if n == 1 else 's'} deleted for good.")

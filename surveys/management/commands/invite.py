"""Prints a link by which a person comes in: the first administrator, or a member of a survey."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from surveys.models import Role, Survey
from surveys.people import INVITATION_DAYS, invite


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--administrator", action="store_true", help="who may do everything everywhere")
        parser.add_argument("--survey", metavar="SLUG", help="become a member of this survey")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value)
        parser.add_argument("--base-url", default=address(), help="how people reach this server (%(default)s)")

    def handle(self, **options: Any) -> None:
        survey = self._survey(options["survey"])
        if survey is None and not options["administrator"]:
            raise CommandError("Say what for: --administrator, or --survey SLUG --role ROLE.")
        _invitation, token = invite(
            created_by=None,
            survey=survey,
            role=options["role"] if survey else "",
            is_administrator=options["administrator"],
        )
        self.stdout.write(f"{options['base_url'].rstrip('/')}{reverse('invitation', args=[token])}")
        self.stderr.write(f"It works once, for {INVITATION_DAYS} days.")

    def _survey(self, slug: str | None) -> Survey | None:
        if slug is None:
            return None
        survey = Survey.objects.filter(slug=slug, trashed_at=None).first()
        if survey is None:
            raise CommandError(f"There is no survey {slug!r}.")
        return survey


def address() -> str:
    """How people reach this server, as far as the settings tell. A proxy with TLS listens on the port of its scheme."""
    if origins := [origin for origin in settings.CSRF_TRUSTED_ORIGINS if "*" not in origin]:
        return origins[0]
    names = [name for name in settings.ALLOWED_HOSTS if not name.startswith(("*", "."))]
    name = [*names, "localhost"][0]
    if settings.BEHIND_HTTPS:
        return f"https://{name}"
    port = settings.HTTP_PORT if settings.BEHIND_PROXY else "8000"
    return f"http://{name}" if port == "80" else f"http://{name}:{port}"

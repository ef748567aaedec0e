"""Checks that nothing of a survey was lost, doubled or forgotten."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.verify import verify
from surveys.models import Survey


class Command(BaseCommand):
    help = "Checks a survey's files, results, counters and waiting work. Silent when all holds; else a list and exit 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("survey", metavar="SURVEY", help="the survey's short name, as in its address")
        parser.add_argument("--fast", action="store_true", help="take the size of a file for its content")

    def handle(self, **options: Any) -> None:
        survey = Survey.objects.filter(slug=options["survey"]).first()
        if survey is None:
            raise CommandError(f"There is no survey {options['survey']}.")
        n_faults = 0
        for outcome in verify(survey, is_fast=options["fast"]):
            for fault in outcome.faults:
                self.stdout.write(fault)
            if options["verbosity"] > 1:
                self.stdout.write(f"{outcome.n_checked} {outcome.what} checked, {len(outcome.faults)} wrong.")
            n_faults += len(outcome.faults)
        if n_faults:
            raise CommandError(f"{n_faults} things do not hold in {survey.slug}.")

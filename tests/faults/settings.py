"""The product's settings with the exercise part installed."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.exercise"]  # noqa: F405

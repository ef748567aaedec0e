#!/usr/bin/env python
"""Kopje's command line: `python manage.py help` lists the commands."""

import os
import sys


def main() -> None:
    if sys.argv[1:2] == ["doctor"]:  # he must come also where Django cannot be loaded
        from config.doctor import front

        sys.exit(front.main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit("Kopje's packages are not installed in this Python. `make serve` installs them; `make doctor` looks.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"Kopje cannot start: {error}")


if __name__ == "__main__":
    main()

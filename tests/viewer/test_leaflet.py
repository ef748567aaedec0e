"""Leaflet comes from django-leaflet, which must not bring GDAL and GEOS with it."""

import subprocess
import sys

import pytest

START_WITHOUT_GDAL = """
import ctypes.util
found = ctypes.util.find_library
ctypes.util.find_library = lambda name: None if name.startswith(("gdal", "geos")) else found(name)
import django
django.setup()
from django.core.management import call_command
call_command("check")
from django.template.loader import get_template
get_template("viewer/image.html")
import sys
print("gis" if any(name.startswith("django.contrib.gis.gdal") for name in sys.modules) else "no gis")
"""


@pytest.mark.slow
def test_the_project_starts_where_gdal_is_missing() -> None:
    ran = subprocess.run([sys.executable, "-c", START_WITHOUT_GDAL], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "no gis"

"""The product's settings, with a throw-away data folder and cheap passwords."""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="kopje-test-"))

from config.settings import *  # noqa: F403

DISK_FLOOR_BYTES = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
# In a file, as in the product: SQLite's databases in memory lock whole tables and know no waiting, so that a browser's
# last request, still being answered, would make the emptying of the tables after a test fail.
if not DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["DATA_DIR"], "test.sqlite3")}  # noqa: F405

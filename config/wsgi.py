"""The web process's entry point."""

import os
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config import idle_connections


def make_application() -> Any:
    application = get_wsgi_application()
    from viewer.gate import TileGate  # only now: it needs the models

    return TileGate(application)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = make_application()
idle_connections.watch(settings.WEB_IDLE_S)

from django.apps import AppConfig
from django.utils.translation import gettext

from imaging.wording import translate_by


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Kopje"

    def ready(self) -> None:
        from config import celery, checks, pipeline  # the import is the act: tasks find their app, facts their jobs

        self.parts = (celery, checks, pipeline)
        translate_by(gettext)

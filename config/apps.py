from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Kopje"

    def ready(self) -> None:
        from config import celery, checks, pipeline  # the import is the act: tasks find their app, facts their jobs

        self.parts = (celery, checks, pipeline)

"""The plumbing as an app of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VipdeskConfig(AppConfig):
    name = "vipdesk"
    verbose_name = _("Machinery")

    def ready(self) -> None:
        """Register the check. Make our Celery app the one that every `@shared_task` belongs to, in threads of the web
        server as well."""
        import vipdesk.checks  # noqa: F401  registers its check
        from vipdesk.celery import app

        app.set_default()

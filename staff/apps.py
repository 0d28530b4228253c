"""Registers the app, and the one permitted signal: after migrate, `sync_roles()` (CONTRIBUTING.md)."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = _("Staff")

    def ready(self) -> None:
        import staff.checks  # noqa: F401  registers its check
        from staff.roles import sync_roles

        post_migrate.connect(sync_roles, dispatch_uid="staff.sync_roles")

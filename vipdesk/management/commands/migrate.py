"""`manage.py migrate`: Django's own, as the owner of the database (MIGRATE_DATABASE_URL); then the application's role
is granted what it needs of new tables (vipdesk.database_roles)."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate

from vipdesk.database_roles import as_owner, settle


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(options["database"]) as owner:
            super().handle(*args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                settle(owner, settings.DATABASE_ROLE)

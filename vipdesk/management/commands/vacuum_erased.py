"""`manage.py vacuum_erased`: as the owner of the database, vacuum the tables that erasures wrote to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vipdesk import vacuuming
from vipdesk.database_roles import as_owner


class Command(BaseCommand):
    help = (
        "Vacuum the tables that erasures wrote to, as the owner of the database (MIGRATE_DATABASE_URL). "
        "For PostgreSQL 15 and 16 with two roles, once a day; elsewhere the nightly job does it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            try:
                done = vacuuming.vacuum()
            except vacuuming.SnapshotsTooOld as error:
                raise CommandError(str(error)) from error
        if done["forbidden"]:
            raise CommandError(f"{done['forbidden']} tables are another role's: set MIGRATE_DATABASE_URL.")
        self.stdout.write(f"{done['tables']} tables vacuumed.")

"""VACUUM of tables from which an erasure took something: until then the old rows and index entries stand on disk.

VACUUM is the owner's. From PostgreSQL 17 on `migrate` grants it to the application (MAINTAIN), and the nightly job does
it; on 15 and 16, with two roles, `manage.py vacuum_erased` does it as the owner (docs/decisions/0025).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import time, timedelta

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from vipdesk.database_roles import MAINTAIN_SINCE
from vipdesk.jobs import Job, daily

OVERDUE = timedelta(days=2)
# A row is removed once no snapshot is as old as the transaction that ended it.
_IS_OLD_ENOUGH = """
    SELECT pg_xact_status(%(transaction)s::text::xid8) IS DISTINCT FROM 'in progress' AND NOT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_xmin IS NOT NULL
        AND age(backend_xmin) >= age((%(transaction)s %% 4294967296)::text::xid)
    )
"""


class TableVacuum(models.Model):
    """A table that waits to be vacuumed, since when, and for the rows of which transaction (the newest)."""

    table = models.CharField(max_length=63, primary_key=True)
    since = models.DateTimeField()
    transaction = models.BigIntegerField()

    def __str__(self) -> str:
        return self.table


class SnapshotsTooOld(Exception):
    """Some tables wait for older transactions to end; the job is tried again."""


class OwnerNeeded(Exception):
    """Tables have waited for days for the owner of the database; operations see it as a failed job."""


def order(tables: Collection[str]) -> None:
    """Have these tables vacuumed after the transaction that this is called in."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        transaction = cursor.fetchone()[0]
    now = timezone.now()
    rows = [TableVacuum(table=table, since=now, transaction=transaction) for table in sorted(set(tables))]
    TableVacuum.objects.bulk_create(rows, update_conflicts=True, unique_fields=["table"], update_fields=["transaction"])


def vacuum() -> dict[str, int]:
    """Vacuum what waits, a table at a time and outside a transaction. How many were, and how many may not be."""
    done = forbidden = too_early = 0
    for waiting in list(TableVacuum.objects.order_by("table")):
        if not _may_vacuum(waiting.table):
            forbidden += 1
        elif not _is_old_enough(waiting.transaction):
            too_early += 1
        else:
            _vacuum(waiting)
            done += 1
    if too_early:
        raise SnapshotsTooOld(f"{too_early} tables wait for older transactions to end; {done} were vacuumed.")
    return {"tables": done, "forbidden": forbidden}


def _run() -> dict[str, int]:
    """Raises `OwnerNeeded` where the application may not vacuum and nobody has done it for days."""
    done = vacuum()
    if TableVacuum.objects.filter(since__lt=timezone.now() - OVERDUE).exists():
        raise OwnerNeeded("Run `manage.py vacuum_erased` as the owner of the database, once a day.")
    return done


def _vacuum(waiting: TableVacuum) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (INDEX_CLEANUP ON) {connection.ops.quote_name(waiting.table)}")
    # Another erasure may have ordered the table meanwhile.
    TableVacuum.objects.filter(pk=waiting.pk, transaction=waiting.transaction).delete()


def _may_vacuum(table: str) -> bool:
    """PostgreSQL only warns whoever may not, and does nothing."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass", [name])
        is_owner = bool(cursor.fetchone()[0])
        if is_owner or cursor.connection.server_version < MAINTAIN_SINCE:
            return is_owner
        cursor.execute("SELECT has_table_privilege(%s::regclass, 'MAINTAIN')", [name])
        return bool(cursor.fetchone()[0])


def _is_old_enough(transaction: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_OLD_ENOUGH, {"transaction": transaction})
        return bool(cursor.fetchone()[0])


VACUUM_ERASED = Job(
    name="vacuum_erased",
    due=daily(time(6, 10)),
    catch_up=timedelta(hours=20),
    run=lambda _night: _run(),
    title=gettext_lazy("Erased rows"),
    does=gettext_lazy("Removes from the disk what erasures of the last day took out of tables and indexes."),
    words={
        "tables": gettext_lazy("tables cleaned"),
        "forbidden": gettext_lazy("tables that the database's owner must clean"),
    },
)

"""What an erasure took out of a table leaves the disk, tables and indexes, and by whom (docs/decisions/0025)."""

import datetime as dt
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import confirmed
from vipdesk import jobs, nights, vacuuming
from vipdesk.database_roles import MAINTAIN_SINCE, as_owner
from vipdesk.vacuuming import TableVacuum

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("furnished"), pytest.mark.servers]
ASKED = {"identity": "in_person", "is_sure": "on"}


@pytest.fixture
def erased(mgr1: User, desk_user: User, signed_in: Callable[[User], Client]) -> None:
    erase(make_customer(owner=mgr1).pk, signed_in(desk_user))


def erase(guest: int, desk: Client) -> None:
    data = ASKED | {"requested_on": nights.tonight().isoformat()}
    assert confirmed(desk).post(f"/customers/{guest}/erase/", data).status_code == 302


def vacuums(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot(), pg_stat_get_vacuum_count(%s::regclass)", [table])
        return int(cursor.fetchone()[1])


def pages_with_dead_rows(table: str) -> int:
    """Pages that the last VACUUM did not find clean."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpages - relallvisible FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def test_an_erasure_orders_the_tables_that_held_the_guest(erased: None) -> None:
    """Their history too where there was none: the emptying writes it, and takes it out again."""
    ordered = set(TableVacuum.objects.values_list("table", flat=True))
    assert {"customers_customer", "customers_customerevent", "customers_phonenumber"} <= ordered


def test_the_owner_vacuums_what_was_ordered(erased: None) -> None:
    ordered, before = TableVacuum.objects.count(), vacuums("customers_phonenumber")
    out = StringIO()
    call_command("vacuum_erased", stdout=out)
    assert out.getvalue() == f"{ordered} tables vacuumed.\n"
    assert not TableVacuum.objects.exists()
    assert vacuums("customers_phonenumber") == before + 1
    assert pages_with_dead_rows("customers_customer") == pages_with_dead_rows("customers_phonenumber") == 0


def test_the_nightly_job_vacuums_where_the_application_may_and_says_where_not(erased: None) -> None:
    ordered, before = TableVacuum.objects.count(), vacuums("customers_phonenumber")
    done = jobs.registry()["vacuum_erased"].run(nights.tonight())
    connection.ensure_connection()
    if connection.connection.server_version >= MAINTAIN_SINCE:
        assert done == {"tables": ordered, "forbidden": 0} and not TableVacuum.objects.exists()
        assert vacuums("customers_phonenumber") == before + 1
    else:
        assert done == {"tables": 0, "forbidden": ordered} and TableVacuum.objects.count() == ordered


def test_a_table_waits_for_a_snapshot_that_still_sees_the_guest(
    mgr1: User, desk_user: User, signed_in: Callable[[User], Client]
) -> None:
    """The job fails meanwhile, which has it tried again."""
    guest = make_customer(owner=mgr1)
    reader = connection.copy()
    reader.set_autocommit(False)
    with reader.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM customers_customer")
    erase(guest.pk, signed_in(desk_user))
    with as_owner():
        with pytest.raises(vacuuming.SnapshotsTooOld):
            vacuuming.vacuum()
        assert TableVacuum.objects.exists()
        reader.rollback()
        reader.close()
        assert vacuuming.vacuum()["forbidden"] == 0
    assert not TableVacuum.objects.exists()


def test_an_erasure_while_the_table_is_vacuumed_keeps_the_order(erased: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vacuuming, "_may_vacuum", lambda table: table != "customers_customer" or order_again())
    monkeypatch.setattr(vacuuming, "_is_old_enough", lambda _transaction: True)
    with as_owner():
        vacuuming.vacuum()
    assert TableVacuum.objects.filter(table="customers_customer").exists()


def order_again() -> bool:
    with transaction.atomic():
        vacuuming.order(["customers_customer"])
    return True


def test_the_job_fails_when_tables_have_waited_for_days_for_the_owner(
    erased: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operations see failed jobs on their home."""
    monkeypatch.setattr(vacuuming, "_may_vacuum", lambda _table: False)
    run, waiting = jobs.registry()["vacuum_erased"].run, TableVacuum.objects.count()
    assert run(nights.tonight()) == {"tables": 0, "forbidden": waiting}
    TableVacuum.objects.update(since=timezone.now() - dt.timedelta(days=2, minutes=1))
    with pytest.raises(vacuuming.OwnerNeeded, match="vacuum_erased"):
        run(nights.tonight())

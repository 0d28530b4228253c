"""Files of `data/field/` taken in by the commands, one after the other, as the desk that gets them would."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from customers.models import Customer
from customers.services import update_customer
from feedback.models import Survey
from staff.models import User
from staff.tests.factories import make_user
from vipdesk.tests.importers import FIELD

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with time_machine.travel(dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on files or other arguments; returns what it prints, as JSON where it is."""

    def run(command: str, *arguments: str, **options: Any) -> Any:
        paths = [str(FIELD / text) if (FIELD / text).is_file() else text for text in arguments]
        capsys.readouterr()
        call_command(command, *paths, **options)
        printed = capsys.readouterr().out
        return json.loads(printed) if printed.startswith(("{", "[")) else printed

    return run


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["created"], report["updated"], report["unchanged"], report["rejected"]


# --- money ---------------------------------------------------------------------------------------------------------


def test_refund_and_late_sales_after_closing_settle_in_the_next_month(run: Run) -> None:
    """Cases 16a to 16d, May being closed after the first."""
    make_user("mgr6")

    def commission(month: str) -> dict[str, Any]:
        statement: dict[str, Any] = run("commission", month, "--manager", "mgr6")
        return statement

    run("import_charges", "16-refund-after-closing-a.csv", "--format", "json")
    assert commission("2026-05")["total"] == "2600.00"
    run("close_month", "2026-05")
    run("import_charges", "16-refund-after-closing-b.csv", "--format", "json")
    assert commission("2026-05")["total"] == "2600.00"
    june = commission("2026-06")
    assert (june["room_total"], june["room_commission"]) == ("-90000.00", "0.00")
    run("import_charges", "16-refund-after-closing-c.csv", "--format", "json")
    run("import_charges", "16-refund-after-closing-d.csv", "--format", "json")
    assert commission("2026-05")["total"] == "2600.00"
    june = commission("2026-06")
    assert june["room_total"] == "10000.00"
    assert june["adjustments"] == [{"month": "2026-05", "amount": "195.00"}]


def test_month_ends_at_noon_of_its_last_night(run: Run) -> None:
    """Case 19."""
    make_user("mgr5")
    run("import_charges", "19-noon-month-end.csv", "--format", "json")
    totals = [run("commission", month, "--manager", "mgr5")["room_total"] for month in ("2026-07", "2026-08")]
    assert totals == ["2100.00", "1000.00"]


# --- answers -------------------------------------------------------------------------------------------------------


def test_answers_at_the_edges_of_the_scale_and_of_the_week(run: Run) -> None:
    """Case 23."""
    make_user("mgr2")
    report = run("import_surveys", "23-nps-edges.csv", "--format", "json")
    assert [line["row"] for line in report["errors"] if line["field"] == "recommend"] == [2, 3, 7, 8]
    week = run("weekly_summary", "2026-W07")
    assert (week["responses"], week["nps"]["answers"], week["nps"]["score"]) == (5, 4, "50.0")
    assert Survey.objects.filter(night=dt.date(2026, 2, 16)).count() == 1
    again = run("import_surveys", "23-nps-edges.csv", "--format", "json")
    assert again["created"] == 0 and again["rejected"] == report["rejected"]


# --- people --------------------------------------------------------------------------------------------------------


def test_couple_with_one_phone_in_two_files(run: Run) -> None:
    """Cases 08b and 08c."""
    run("import_customers", "08b-couple-first.csv", "--format", "json")
    report = run("import_customers", "08c-couple-second.csv", "--format", "json")
    assert counts(report) == (0, 0, 0, 1)
    guest = Customer.objects.get()
    assert (guest.name, guest.birthday_year, guest.birthday_month, guest.birthday_day) == ("骆听雨", 1980, 3, 2)


def test_consent_withdrawn_stays_withdrawn_when_the_file_comes_again(run: Run, ops: User) -> None:
    """Case 24."""
    run("import_customers", "24-consent-withdrawn.csv", "--format", "json")
    guest = Customer.objects.get()
    assert guest.sms_consent
    guest.sms_consent = False
    update_customer(customer=guest, changed=["sms_consent"], seen=guest.updated_at, by=ops)
    run("import_customers", "24-consent-withdrawn.csv", "--format", "json")
    guest.refresh_from_db()
    assert not guest.sms_consent


def test_correction_stays_when_the_file_comes_again(run: Run, ops: User) -> None:
    """Case 47."""
    run("import_customers", "47-correction-undone.csv", "--format", "json")
    guest = Customer.objects.get()
    guest.name, guest.birthday_day, guest.home_address = "张伟", 3, "上海市改过的路1号"
    update_customer(customer=guest, changed=["name", "birthday_day", "home_address"], seen=guest.updated_at, by=ops)
    report = run("import_customers", "47-correction-undone.csv", "--format", "json")
    guest.refresh_from_db()
    assert (guest.name, guest.birthday_day, guest.home_address) == ("张伟", 3, "上海市改过的路1号")
    assert {line["field"] for line in report["warnings"]} >= {"name", "birthday", "home_address"}

"""Imports beside imports and beside tablets, on real connections: each guest once, nothing lost."""

import datetime as dt
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from customers.intake import importing
from customers.models import Consent, Customer
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet, take_in
from vipdesk import nights

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "name,phone,birthday,member_no,sms_consent"


def sheet(count, first=0):
    rows = [[f"Guest {n}x", f"139{n:08d}", "05-17", f"V{n}", "yes"] for n in range(first, first + count)]
    random.Random(first).shuffle(rows)
    return csv_sheet(HEADER, *rows)


def at_once(*works):
    barrier = threading.Barrier(len(works))

    def go(work):
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(go, works))


def test_two_imports_of_one_file_make_each_guest_once(monkeypatch):
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 50)
    data = sheet(400)
    reports = at_once(*[lambda: take_in(data)] * 3)
    assert Customer.objects.count() == Consent.objects.count() == 400
    assert sum(report.created for report in reports) == 400
    assert all(counts(report)[0] == 400 and not report.rejected and not report.updated for report in reports)


def test_import_beside_tablets_that_capture_the_same_numbers(monkeypatch):
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 20)
    data = sheet(300)

    def capture():
        made = 0
        for n in range(0, 300, 7):
            number = f"+86139{n:08d}"
            if not Customer.objects.filter(phone=number).exists():
                _, is_new = Customer.objects.get_or_create(phone=number, defaults=_facts(n))
                made += is_new
        return made

    report, made = at_once(lambda: take_in(data), capture)
    assert Customer.objects.count() == 300
    assert counts(report)[0] == 300 and report.created + made == 300
    assert Customer.objects.exclude(member_no=None).count() == 300  # what a tablet made first, the sheet completed


def _facts(number):
    return {"name": f"Guest {number}x", "night": nights.tonight()}


def test_change_made_on_a_tablet_meanwhile_is_not_overwritten(monkeypatch):
    """Between the look at what is on file and the writing, a tablet saves an address."""
    guest = make_customer(phone="+8613900000001", name="王芳", home_address="旧址")
    plan, meanwhile = importing._Run._plan, []

    def save_address():
        later = guest.updated_at + dt.timedelta(seconds=1)
        Customer.objects.filter(pk=guest.pk).update(home_address="新址", updated_at=later)

    def plan_then_somebody_saves(run, batch):
        plans = plan(run, batch)
        if not meanwhile:
            meanwhile.append(at_once(save_address))
        return plans

    monkeypatch.setattr(importing._Run, "_plan", plan_then_somebody_saves)
    report = take_in(csv_sheet("name,phone,notes", ["王芳", "13900000001", "靠窗"]))
    guest.refresh_from_db()
    assert counts(report) == (1, 0, 1, 0, 0)
    assert (guest.home_address, guest.notes) == ("新址", "靠窗")


def test_ten_thousand_rows_come_in_quickly(capsys):
    data = sheet(10_000)
    for words in ("new", "again"):
        began = time.perf_counter()
        report = take_in(data)
        with capsys.disabled():
            sys.stdout.write(f"\n10,000 rows {words}: {time.perf_counter() - began:.1f} s\n")
        assert report.rows == 10_000 and not report.rejected
    assert Customer.objects.count() == 10_000 == report.unchanged

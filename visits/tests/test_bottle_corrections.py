"""A withdrawal that was a mistake is put right by operations: once, with a reason, never above what was stored."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.db.models import Sum
from django.db.utils import IntegrityError, InternalError

from customers.tests.factories import make_customer
from visits.bottles import BottleRefused, correct_withdrawal, withdraw
from visits.models import BottleWithdrawal, StoredBottle
from visits.tests.factories import make_bottle, make_party, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
HALF, QUARTER = Decimal("0.5"), Decimal("0.25")


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def take(bottle, amount, by, party=None):
    return withdraw(bottle=bottle, amount=amount, party=party, by=by)


def put_right(withdrawal, by, reason="拿错了瓶子"):
    return correct_withdrawal(withdrawal=withdrawal, by=by, reason=reason)


def test_what_was_taken_by_mistake_is_back_and_both_rows_stay(mgr1, ops, friday):
    guest = make_customer()
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=guest)
    bottle = make_bottle(guest)
    wrong = take(bottle, HALF, mgr1, party)
    friday.shift(dt.timedelta(days=1))

    right = put_right(wrong, ops)

    bottle.refresh_from_db()
    assert (bottle.remaining, bottle.is_opened) == (Decimal(1), False)
    assert (right.corrects, right.amount, right.left, right.taken_by) == (wrong, -HALF, 1, ops)
    assert (right.night, right.party, right.reason) == (wrong.night, party, "拿错了瓶子")
    assert bottle.withdrawals.aggregate(Sum("amount"))["amount__sum"] == 0
    assert list(bottle.withdrawals.filter(corrects=None)) == [wrong]


def test_a_bottle_that_others_took_from_stays_opened(mgr1, ops):
    bottle = make_bottle(make_customer())
    wrong = take(bottle, QUARTER, mgr1)
    take(bottle, QUARTER, mgr1)
    put_right(wrong, ops)
    bottle.refresh_from_db()
    assert (bottle.remaining, bottle.is_opened) == (Decimal("0.75"), True)


def test_it_is_put_right_once_and_a_correction_is_not_corrected(mgr1, ops):
    bottle = make_bottle(make_customer())
    wrong = take(bottle, HALF, mgr1)
    right = put_right(wrong, ops)
    for withdrawal in (wrong, right):
        with pytest.raises(BottleRefused, match="put right already"):
            put_right(withdrawal, ops)
    facts = {"bottle": bottle, "left": 1, "taken_by": ops, "night": wrong.night, "reason": "x"}
    for row in ({"amount": -HALF, "corrects": wrong}, {"amount": -HALF}, {"amount": HALF, "corrects": right}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BottleWithdrawal.objects.create(**facts, **row)
    assert BottleWithdrawal.objects.count() == 2


def test_the_level_never_rises_above_what_was_stored(mgr1, ops):
    bottle = make_bottle(make_customer(), remaining=HALF, is_opened=True)
    wrong = take(bottle, QUARTER, mgr1)
    StoredBottle.objects.filter(pk=bottle.pk).update(remaining=HALF)  # somebody counted, and a sheet said so
    with pytest.raises(BottleRefused, match="never more than 50 %"):
        put_right(wrong, ops)
    bottle.refresh_from_db()
    assert bottle.remaining == HALF and BottleWithdrawal.objects.count() == 1


def test_rows_of_withdrawals_are_never_changed(mgr1, ops):
    put_right(take(make_bottle(make_customer()), HALF, mgr1), ops)
    for act in (
        BottleWithdrawal.objects.exclude(corrects=None).delete,
        lambda: BottleWithdrawal.objects.update(reason="x"),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            act()


@pytest.mark.venue_zone
def test_operations_put_it_right_on_the_bottles_page_and_nobody_else(mgr1, ops, signed_in):
    bottle = make_bottle(make_customer())
    wrong = take(bottle, HALF, mgr1)
    url = f"/visits/bottles/{bottle.pk}/"
    assert "Put a mistake right" not in signed_in(mgr1).get(url).content.decode()
    assert signed_in(mgr1).post(f"{url}correct/", {"withdrawal": wrong.pk, "reason": "x"}).status_code == 403
    client = signed_in(ops)
    assert "20:00 · 50 % · for taking home" in client.get(url).content.decode()

    missing = client.post(f"{url}correct/", {"withdrawal": wrong.pk, "reason": " "})
    assert missing.status_code == 422 and "Say why" in missing.content.decode()
    assert client.post(f"{url}correct/", {"withdrawal": wrong.pk, "reason": "拿错了瓶子"}).status_code == 303

    page = client.get(url).content.decode()
    assert "put back 50 % that was taken out by mistake; 100 % left" in page and "拿错了瓶子" in page
    assert "Put a mistake right" not in page, "nothing is left to put right"
    again = client.post(f"{url}correct/", {"withdrawal": wrong.pk, "reason": "x"})
    assert again.status_code == 422 and "put right already" in again.content.decode()


def test_another_bottles_withdrawal_is_not_here(mgr1, ops, signed_in):
    guest = make_customer()
    elsewhere, bottle = take(make_bottle(guest), HALF, mgr1), make_bottle(guest)
    take(bottle, HALF, mgr1)
    answer = signed_in(ops).post(f"/visits/bottles/{bottle.pk}/correct/", {"withdrawal": elsewhere.pk, "reason": "x"})
    assert answer.status_code == 422 and BottleWithdrawal.objects.filter(corrects=None).count() == 2

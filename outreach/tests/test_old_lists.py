"""What is taken out of old call lists, and what never is."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from outreach import rules
from outreach.building import build_call_list
from outreach.callbacks import build_callbacks
from outreach.models import Call, CallLeftOver, CallList, CallListEntry, CallReason, OutreachRules
from outreach.old_lists import forget_old_lists
from outreach.tests.factories import make_call, make_guest
from staff.models import User

pytestmark = pytest.mark.django_db
WEDNESDAY, THURSDAY = dt.date(2026, 9, 23), dt.date(2026, 9, 24)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def lists(mgr1: User, settings: Any) -> None:
    """Five guests with a birthday, of whom a list takes two."""
    settings.CALL_LEFT_OVER_NIGHTS, settings.CALL_UNCALLED_NIGHTS = 10, 30
    rules.current()
    OutreachRules.objects.update(calls_per_manager=2)
    for n in range(5):
        make_guest(name=f"g{n}", owner=mgr1, birthday_month=9, birthday_day=27)
    for night in (WEDNESDAY, THURSDAY):
        build_call_list(night=night)


def left_over(night: dt.date) -> int:
    return CallLeftOver.objects.filter(call_list__night=night).count()


def entries(night: dt.date) -> int:
    return CallListEntry.objects.filter(call_list__night=night).count()


def test_left_over_guests_of_a_list_that_was_followed_are_forgotten_after_their_nights() -> None:
    assert (left_over(WEDNESDAY), left_over(THURSDAY)) == (3, 3)
    assert forget_old_lists(WEDNESDAY + 10 * DAY) == {"left_over": 0, "uncalled": 0}
    assert forget_old_lists(WEDNESDAY + 11 * DAY) == {"left_over": 3, "uncalled": 0}
    assert forget_old_lists(WEDNESDAY + 11 * DAY) == {"left_over": 0, "uncalled": 0}
    assert (left_over(WEDNESDAY), left_over(THURSDAY)) == (0, 3)
    assert entries(WEDNESDAY) == entries(THURSDAY) == 2


def test_the_list_that_the_next_one_follows_stays_whole_however_old() -> None:
    """The house was closed for months: who was left over comes first even so."""
    late = THURSDAY + 400 * DAY
    forget_old_lists(late)
    assert (left_over(THURSDAY), entries(THURSDAY)) == (3, 2)
    on = next(night for night in (late + n * DAY for n in range(7)) if night.weekday() == 2)
    Customer.objects.update(birthday_month=on.month, birthday_day=on.day)
    make_guest(name="new", owner=User.objects.get(username="mgr1"), birthday_month=on.month, birthday_day=on.day)
    build_call_list(night=on)
    first = CallListEntry.objects.filter(call_list__night=on)
    assert all(one.is_carried for one in first) and len(first) == 2


def test_a_list_built_ahead_does_not_give_up_the_one_that_tonights_follows() -> None:
    build_call_list(night=THURSDAY + 60 * DAY, is_forced=True)
    forget_old_lists(THURSDAY + 50 * DAY)
    assert (left_over(THURSDAY), entries(THURSDAY)) == (3, 2)


def test_called_guests_their_calls_and_reasons_stay_and_the_uncalled_go() -> None:
    called = CallListEntry.objects.filter(call_list__night=WEDNESDAY).order_by("place")[0]
    make_call(called, "coming")
    assert forget_old_lists(WEDNESDAY + 31 * DAY) == {"left_over": 3, "uncalled": 1}
    assert list(CallListEntry.objects.filter(call_list__night=WEDNESDAY)) == [called]
    assert Call.objects.get().entry == called
    assert CallReason.objects.filter(entry=called).count() == 1
    assert CallReason.objects.count() == 1 + entries(THURSDAY)
    assert CallList.objects.get(night=WEDNESDAY).listed == 2


def test_new_guests_lists_are_tidied_too_and_the_last_list_of_calls_is_kept_beside_a_newer_one_of_them() -> None:
    night = THURSDAY + DAY
    make_guest(name="new", captured_at=dt.datetime(2026, 9, 24, 14, tzinfo=dt.UTC))
    assert build_callbacks(night=night).call_list.listed == 1
    assert forget_old_lists(night + 31 * DAY)["uncalled"] == 2 + 1
    assert (entries(night), entries(THURSDAY), left_over(THURSDAY)) == (0, 2, 3)


def test_it_takes_the_same_statements_however_many_guests_a_list_left_over() -> None:
    listed = CallList.objects.get(night=WEDNESDAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_callleftover (call_list_id, customer_id) SELECT %s, 1000000 + n "
            "FROM generate_series(1, 5000) n",
            [listed.pk],
        )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert forget_old_lists(WEDNESDAY + 11 * DAY)["left_over"] == 5003
    assert len(asked) == 6

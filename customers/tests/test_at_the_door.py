"""What to know about a guest at the door (D7), and the key accounts that wait for a contact (G12)."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from customers import at_the_door, birthdays
from customers.models import (
    Customer,
)
from customers.tests.factories import make_customer, make_vip
from staff.models import User

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
NIGHT = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_vip(owner=mgr1)


def page_of(client: Any, guest: Customer) -> str:
    return " ".join(client.get(f"/customers/{guest.pk}/").content.decode().split())


def what_to_know(guest: Customer, *, is_open: bool = True) -> list[tuple[str, str]]:
    guest = Customer.objects.get(pk=guest.pk)
    guest.is_open = is_open
    return [(point.what, point.more) for point in at_the_door.points(guest, NIGHT)]


# --- what to know now ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "day", "said"),
    [
        (11, 20, "Birthday tonight"),
        (11, 21, "Birthday from midnight"),
        (12, 4, "Birthday on Fri 4 Dec"),
        (12, 5, None),
        (11, 19, None),
    ],
)
def test_birthday_is_told_fourteen_days_ahead(guest: Customer, month: int, day: int, said: str | None) -> None:
    Customer.objects.filter(pk=guest.pk).update(birthday_month=month, birthday_day=day, birthday_year=1985)
    assert what_to_know(guest) == ([(said, "turns 41")] if said else [])


def test_past_midnight_the_birthday_of_the_new_day_is_still_from_midnight(guest: Customer, evening: Any) -> None:
    evening.move_to(dt.datetime.fromisoformat("2026-11-21T00:40+08:00"))
    Customer.objects.filter(pk=guest.pk).update(birthday_month=11, birthday_day=21)
    assert what_to_know(guest) == [("Birthday from midnight", "")]


def test_lunar_birthday_is_told_in_both_calendars(guest: Customer, mgr1: User, signed_in: Any) -> None:
    Customer.objects.filter(pk=guest.pk).update(
        birthday_calendar="lunar", birthday_month=10, birthday_day=19, birthday_year=1985
    )
    assert what_to_know(guest) == [("Birthday on Fri 27 Nov", "lunar 十月十九 · turns 41")]
    page = page_of(signed_in(mgr1), guest)
    assert "lunar month 10, day 19, 1985" in page and "next: Fri 27 Nov, lunar 十月十九" in page
    assert "40 years old" in page


def test_leap_month_birthday_comes_in_the_plain_month_of_years_without_it(
    guest: Customer, mgr1: User, signed_in: Any, evening: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(
        birthday_calendar="lunar", birthday_month=6, birthday_day=3, birthday_is_leap=True
    )
    evening.move_to(dt.datetime.fromisoformat("2026-07-10T22:00+08:00"))
    assert "next: Thu 16 Jul, lunar 六月初三" in page_of(signed_in(mgr1), guest)
    evening.move_to(dt.datetime.fromisoformat("2025-07-10T22:00+08:00"))
    assert "next: Sun 27 Jul, lunar 闰六月初三" in page_of(signed_in(mgr1), guest)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_date_has_its_lunar_day(year: int) -> None:
    from lunar_python import Solar

    for number in range(365):
        date = dt.date(year, 1, 1) + dt.timedelta(days=number)
        lunar, theirs = birthdays.lunar_on(date), Solar.fromYmd(date.year, date.month, date.day).getLunar()
        assert (-lunar.month if lunar.is_leap else lunar.month, lunar.day) == (theirs.getMonth(), theirs.getDay())


def test_missing_facts_refusals_and_what_was_sent_back_are_told_gravest_first(guest: Customer) -> None:
    Customer.objects.filter(pk=guest.pk).update(
        birthday_month=None,
        birthday_day=None,
        home_address="",
        name_is_partial=True,
        sms_consent=False,
        call_consent=False,
        intake_status="sent_back",
        intake_reason="门牌号",
    )
    assert what_to_know(guest) == [
        ("Sent back", "门牌号"),
        ("Missing: whole name, birthday, address", "Ask tonight."),
        ("No SMS, no calls", "not agreed to"),
    ]
    assert what_to_know(guest, is_open=False) == []


def test_a_complete_guest_has_nothing_to_know_first(guest: Customer, mgr1: User, signed_in: Any) -> None:
    assert what_to_know(guest) == [] and "What to know now" not in page_of(signed_in(mgr1), guest)


# --- contact (G12) ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_ago", "state", "is_due"),
    [
        (13, "Contact by Sat 21 Nov", False),
        (14, "Contact is due tonight", True),
        (15, "Contact 1 day late", True),
        (17, "Contact 3 days late", True),
        (None, "Not contacted yet", True),
    ],
)
def test_who_is_late_is_told_by_how_many_days(
    guest: Customer, mgr1: User, signed_in: Any, days_ago: int | None, state: str, is_due: bool
) -> None:
    last = None if days_ago is None else NIGHT - dt.timedelta(days=days_ago)
    Customer.objects.filter(pk=guest.pk).update(is_key_account=True, contact_every_days=14, last_contact_night=last)
    client = signed_in(mgr1)
    assert state in page_of(client, guest)
    assert (what_to_know(guest) != []) is is_due
    assert (guest in client.get("/tonight/").context["to_contact"]) is is_due


def test_contacted_tonight_settles_it_and_keeps_the_record_as_it_was(
    guest: Customer, mgr1: User, signed_in: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(is_key_account=True, contact_every_days=14)
    client = signed_in(mgr1)
    assert client.post(f"/customers/{guest.pk}/contacted/").status_code == 302

    after = Customer.objects.get(pk=guest.pk)
    assert after.last_contact_night == NIGHT and after.updated_at == guest.updated_at
    assert what_to_know(guest) == [] and "Contact by Fri 4 Dec" in page_of(client, guest)
    assert client.get(f"/customers/{guest.pk}/contacted/").status_code == 405


def test_idle_cadence_and_a_mark_without_cadence_ask_for_nothing(guest: Customer, mgr1: User, signed_in: Any) -> None:
    for is_key, every in ((False, 14), (True, None)):
        Customer.objects.filter(pk=guest.pk).update(is_key_account=is_key, contact_every_days=every)
        assert what_to_know(guest) == []
        assert not signed_in(mgr1).get("/tonight/").context["to_contact"]


def test_tonight_shows_five_of_ones_own_longest_overdue_first(
    mgr1: User, mgr2: User, signed_in: Any, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.TONIGHT_CARDS = settings.TONIGHT_CLOCK = []  # other rooms' cards come along and cost what they cost

    def key(owner: User, days_ago: int, **facts: Any) -> Customer:
        last = NIGHT - dt.timedelta(days=days_ago)
        return make_customer(owner=owner, is_key_account=True, contact_every_days=30, last_contact_night=last, **facts)

    late = [key(mgr1, days, captured_at=EVENING - dt.timedelta(days=400)) for days in (31, 60, 45, 33, 90, 50)]
    key(mgr2, 80)
    key(mgr1, 10)
    key(mgr1, 99, phone=None, erased_at=EVENING, home_address="")
    client = signed_in(mgr1)
    client.get("/tonight/")
    with django_assert_max_num_queries(7) as seen:
        shown = client.get("/tonight/").context["to_contact"]
    assert shown == [late[4], late[1], late[5], late[2], late[3]]
    assert sum('"is_key_account" AND' in query["sql"] for query in seen.captured_queries) <= 1

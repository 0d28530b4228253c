"""The demo venue: the same again for the same seed, true to the contract's promises, and never twice."""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Q

from customers import birthdays
from customers.choices import IntakeStatus
from customers.demo import people
from customers.doubles import find_doubles
from customers.models import (
    AccessLog,
    Consent,
    Customer,
    IntakeExport,
    IntakeReview,
    IntakeSheet,
    PhoneNumber,
    PossibleDouble,
    PrivacyNotice,
)
from staff.models import User
from vipdesk import nights

NOW = dt.datetime(2026, 11, 20, 15, 40, tzinfo=dt.UTC)  # 23:40 on the night of 20 November
TONIGHT = dt.date(2026, 11, 20)
# When a guest was last seen is for the rooms' evenings to say, which a later load may add to.
_ELSEWHERE = {"id", "owner", "captured_by", "tier", "name_keys", "last_seen_night"}
COLUMNS = [f.name for f in Customer._meta.concrete_fields if f.name not in _ELSEWHERE]


BORN = ("month", "day", "year", "calendar", "is_leap")


@pytest.fixture
def evening() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def load(customers: int = 300, nights: int = 7, seed: int = 1) -> None:
    call_command("load_demo", customers=customers, nights=nights, seed=seed, stdout=_Quiet(), stderr=_Quiet())


class _Quiet:
    def write(self, text: str) -> None:
        """Says nothing."""


def venue() -> list[list[tuple[Any, ...]]]:
    """Everything that a load makes, without the keys that differ from one database to the next."""
    guest = (*COLUMNS, "owner__username", "captured_by__username", "tier__code")
    consent = ("customer__client_id", "kind", "action", "notice__version", "channel", "recorded_by__username")
    review = ("customer__client_id", "status", "reason", "reviewed_by__username", "reviewed_at")
    sheet = ("night", "manager__username", "handed_in_at", "rows")
    export = ("night", "exported_by__username", "exported_at", "rows", "sha256")
    return [
        list(Customer.objects.order_by("client_id").values_list(*guest)),
        sorted(map(repr, Consent.objects.values_list(*consent, "recorded_at"))),
        sorted(map(repr, IntakeReview.objects.values_list(*review))),
        list(IntakeSheet.objects.order_by(*sheet).values_list(*sheet)),
        list(IntakeExport.objects.order_by("night").values_list(*export)),
    ]


def fresh_venue(**asked: int) -> list[list[tuple[Any, ...]]]:
    """What a load into an empty database makes; the database is empty again afterwards."""
    with transaction.atomic():
        load(**asked)
        made = venue()
        transaction.set_rollback(True)
    return made


@pytest.mark.venue_zone
@pytest.mark.django_db
def test_operator_loads_the_demo_in_two_places_and_gets_the_same_venue(evening: Any) -> None:
    first = fresh_venue(customers=150, nights=3, seed=7)
    evening.shift(dt.timedelta(minutes=50))

    assert fresh_venue(customers=150, nights=3, seed=7) == first
    assert fresh_venue(customers=150, nights=3, seed=8) != first


@pytest.mark.django_db
def test_operator_repeats_the_load_and_nothing_changes(evening: Any) -> None:
    load()
    before = venue()
    load()
    evening.move_to(NOW + dt.timedelta(days=2))
    load(customers=200)

    assert venue() == before


@pytest.mark.django_db
def test_operator_enlarges_the_venue_and_what_stands_stays(evening: Any) -> None:
    load(customers=40, nights=2)
    small = {row[COLUMNS.index("client_id")]: row for row in venue()[0]}
    load(customers=400, nights=6)
    large = {row[COLUMNS.index("client_id")]: row for row in venue()[0]}

    assert len(large) == 400
    assert {key: large[key] for key in small} == small
    busy = Customer.objects.filter(night__gt=TONIGHT - dt.timedelta(days=6)).values_list("night", flat=True).distinct()
    assert sorted(set(busy)) == [TONIGHT - dt.timedelta(days=n) for n in reversed(range(6))]


@pytest.mark.django_db
def test_operator_asks_for_no_guests_and_gets_staff_and_set_up(evening: Any) -> None:
    load(customers=0)

    assert Customer.objects.count() == 0
    assert User.objects.count() == 9
    assert PrivacyNotice.objects.in_force().version == 1


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"customers": 1_000_001}, {"nights": 0}, {"customers": "many"}])
def test_operator_asks_for_the_impossible_and_is_told(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(CommandError, match="a whole number from"):
        call_command("load_demo", f"--{name}", str(value))


@pytest.mark.django_db
@pytest.mark.parametrize(("customers", "nights_back"), [(20, 1), (300, 7), (1500, 3)])
def test_demo_facts_fall_on_the_last_nights_or_before_2024(evening: Any, customers: int, nights_back: int) -> None:
    load(customers=customers, nights=nights_back)
    late = Customer.objects.filter(night__gte=dt.date(2024, 1, 1))

    assert Customer.objects.count() == customers
    assert set(late.values_list("night", flat=True)) == {TONIGHT - dt.timedelta(days=n) for n in range(nights_back)}
    assert Customer.objects.exclude(pk__in=late).count() > 0
    assert not Customer.objects.filter(Q(captured_at__gt=NOW) | Q(received_at__gt=NOW) | Q(updated_at__gt=NOW)).exists()
    in_between = (dt.date(2024, 1, 1), TONIGHT - dt.timedelta(days=nights_back))
    assert not Customer.objects.exclude(pk__in=late).filter(last_seen_night__range=in_between).exists()
    for model, moment in ((IntakeReview, "reviewed_at"), (IntakeSheet, "handed_in_at"), (IntakeExport, "exported_at")):
        assert not model._default_manager.filter(**{f"{moment}__gt": NOW}).exists()
    assert all(nights.night_of(c.captured_at) == c.night for c in Customer.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize("customers", [1, 2, 3, 7, 20, 333])
def test_demo_guests_agree_to_sms_in_at_least_six_of_ten(evening: Any, customers: int) -> None:
    load(customers=customers)

    assert Customer.objects.filter(sms_consent=True).count() >= 0.6 * customers


@pytest.mark.django_db
def test_demo_consents_say_what_the_flags_say(evening: Any) -> None:
    load(customers=500)
    newest: dict[tuple[int, str], str] = {}
    for consent in Consent.objects.order_by("recorded_at", "pk"):
        newest[consent.customer_id, consent.kind] = consent.action

    for guest in Customer.objects.all():
        assert guest.sms_consent == (newest.get((guest.pk, "sms")) == "granted")
        assert guest.call_consent == (newest.get((guest.pk, "call")) == "granted")
    on_nights = Customer.objects.filter(origin="tablet")
    assert Consent.objects.filter(kind="notice", action="granted", notice__version=1).count() == on_nights.count()
    assert 0.4 < Customer.objects.filter(call_consent=True).count() / 500 < 0.6


@pytest.mark.django_db
def test_demo_reviews_and_sheets_agree_with_the_records(evening: Any) -> None:
    load(customers=1200)
    reviewed = IntakeReview.objects.order_by("customer_id", "reviewed_at").select_related("customer")
    for _key, story in groupby(reviewed, key=lambda review: review.customer_id):
        last = list(story)[-1]
        assert last.customer.intake_status == last.status
    unreviewed = Customer.objects.filter(origin="tablet", reviews=None)
    assert set(unreviewed.values_list("intake_status", flat=True)) == {IntakeStatus.NEW}
    for sheet in IntakeSheet.objects.all():
        assert sheet.rows == Customer.objects.filter(night=sheet.night, captured_by=sheet.manager).count()
    late = [s for s in IntakeSheet.objects.all() if s.handed_in_at > nights.shift_end(s.night)]
    assert 0 < len(late) < IntakeSheet.objects.count() / 3
    assert AccessLog.objects.filter(kind="export").count() == IntakeExport.objects.count() == 5


@pytest.mark.django_db
def test_demo_managers_find_something_to_do_tonight(evening: Any) -> None:
    load()
    mgr1 = User.objects.get(username="mgr1")

    assert 0 < Customer.objects.captured_by_manager(mgr1, TONIGHT).count() < 10
    assert Customer.objects.sent_back_to(mgr1).exists()
    assert Customer.objects.filter(intake_status=IntakeStatus.NEW, night=TONIGHT - dt.timedelta(days=1)).exists()
    assert not Customer.objects.filter(owner=None, origin="tablet").exists()
    assert not Customer.objects.filter(origin="tablet").exclude(owner=F("captured_by")).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("hour", [4, 5, 11, 17])
def test_demo_loaded_at_any_hour_never_reaches_into_the_future(hour: int) -> None:
    """12:00, 13:00, 19:00 and 01:00 in Shanghai."""
    now = dt.datetime(2026, 11, 20, hour, 0, tzinfo=dt.UTC)
    with time_machine.travel(now, tick=False):
        load(customers=100, nights=2)
        assert Customer.objects.filter(night=nights.tonight()).exists()
        assert not Customer.objects.filter(captured_at__gt=now).exists()


@pytest.mark.django_db
def test_demo_numbers_step_aside_for_real_guests(evening: Any) -> None:
    load(customers=0)
    real = Customer.objects.create(name="王芳", phone=people.phone(3), member_no=people.member_no(3), night=TONIGHT)
    load(customers=10, nights=1)

    assert Customer.objects.filter(phone=real.phone).get() == real
    assert Customer.objects.count() == 11


def test_demo_numbers_are_mainland_mobiles_and_never_come_twice() -> None:
    numbers = [people.phone(n) for n in range(100_000)]

    assert len(set(numbers)) == 100_000
    assert all(len(n) == 14 and n[:4] == "+861" and n[4] in "3456789" for n in numbers)
    assert len({people.member_no(n) for n in range(100_000)}) == 100_000


def test_demo_birthdays_are_real_ones() -> None:
    found = list(people.people(3, 0, 4000))
    born = [birthdays.Birthday(**dict(zip(BORN, p.birthday, strict=True))) for p in found]
    for person, birthday in zip(found, born, strict=True):
        birthdays.check(birthday, on=person.early_night)  # of age when they were taken in, too

    assert 0.2 < sum(b.calendar == "lunar" for b in born) / 4000 < 0.3
    assert 0.15 < sum(b.year is None for b in born) / 4000 < 0.25


def test_demo_guests_do_not_depend_on_how_many_are_asked_for() -> None:
    assert list(people.people(1, 1990, 2010)) == list(people.people(1, 0, 3000))[1990:2010]
    assert list(people.people(1, 0, 50)) != list(people.people(2, 0, 50))


@pytest.mark.django_db
def test_after_sales_find_doubles_and_second_numbers_in_the_demo(evening: Any) -> None:
    load(customers=400)
    find_doubles(TONIGHT)

    pairs = PossibleDouble.objects.filter(reasons__contains=["digit"])
    assert pairs.count() == 400 // people.TWICE_EVERY
    assert Customer.objects.living().filter(numbers__released_at=None).count() > 400  # some have two
    assert PhoneNumber.objects.filter(released_at__isnull=False).exists()
    assert not PhoneNumber.objects.filter(Q(since__gt=NOW) | Q(released_at__gt=NOW)).exists()


@pytest.mark.parametrize("number", range(0, 1000, 45))
def test_demo_mistyped_numbers_are_one_digit_off_and_nobodys(number: int) -> None:
    right, wrong = people.free_phone(number, set()), people.mistyped_phone(number, set())
    assert sum(a != b for a, b in zip(right, wrong, strict=True)) == 1
    assert people.mistyped_phone(number, {wrong}) != wrong

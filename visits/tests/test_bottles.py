"""Stored bottles: until when one is good, what goes in and out, and that nobody ever takes more than is there."""

import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import make_user
from visits import seating
from visits.bottles import BottleRefused, expiry, extend_bottle, next_number, percent, store_bottle, withdraw
from visits.models import BottleValidity, BottleWithdrawal, Party, StoredBottle
from visits.tests.factories import make_bottle, make_party, make_room

EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
NIGHT = dt.date(2026, 11, 27)
DAY = dt.timedelta(days=1)
QUARTER = Decimal("0.25")
USUAL = {("spirits", False): Decimal(3), ("spirits", True): Decimal("1.5"), ("wine", False): Decimal(2)}


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def guest(db: None) -> Customer:
    return make_customer(name="赵伟")


@pytest.fixture
def party(guest: Customer, mgr1: User) -> Party:
    return make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=guest)


def to_store(guest: Customer, **facts: Any) -> StoredBottle:
    usual = {"bottle_no": "0231", "product": "麦卡伦12年", "category": "spirits", "remaining": Decimal(1)}
    return StoredBottle(customer=guest, **(usual | facts))


# --- until when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "is_opened", "stored_on", "last"),
    [
        ("spirits", False, dt.date(2026, 8, 1), dt.date(2026, 11, 1)),
        ("spirits", False, dt.date(2026, 11, 30), dt.date(2027, 2, 28)),
        ("spirits", False, dt.date(2027, 11, 30), dt.date(2028, 2, 29)),
        ("spirits", True, dt.date(2026, 8, 1), dt.date(2026, 9, 16)),
        ("spirits", True, dt.date(2027, 1, 31), dt.date(2027, 3, 15)),
        ("wine", False, dt.date(2026, 12, 31), dt.date(2027, 2, 28)),
    ],
)
def test_a_bottle_is_good_for_its_months(category: str, is_opened: bool, stored_on: dt.date, last: dt.date) -> None:
    assert expiry(category, is_opened, stored_on, USUAL) == last


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 600))
def test_a_longer_validity_never_ends_earlier(stored_on: dt.date, tenths: int) -> None:
    shorter, longer = ({("wine", False): Decimal(n) / 10} for n in (tenths, tenths + 1))
    assert stored_on <= expiry("wine", False, stored_on, shorter) <= expiry("wine", False, stored_on, longer) + 2 * DAY


@pytest.mark.parametrize(
    ("share", "said"), [("1", "100"), ("0.5", "50"), ("0.333", "33.3"), ("0.050", "5"), ("0", "0")]
)
def test_levels_are_said_in_hundredths(share: str, said: str) -> None:
    assert percent(Decimal(share)) == said


# --- storing -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_stored_bottle_is_good_as_long_as_the_house_says(guest: Customer, mgr1: User) -> None:
    BottleValidity.objects.filter(category="spirits", is_opened=False).update(months=4)

    full = store_bottle(bottle=to_store(guest), by=mgr1)
    begun = store_bottle(bottle=to_store(guest, bottle_no="0232", remaining=Decimal("0.5")), by=mgr1)

    assert (full.stored_on, full.expires_on, full.is_opened) == (NIGHT, dt.date(2027, 3, 27), False)
    assert (begun.expires_on, begun.is_opened, begun.stored_by) == (dt.date(2027, 1, 11), True, mgr1)


@pytest.mark.django_db
def test_a_bottle_stored_after_midnight_belongs_to_the_night(guest: Customer, mgr1: User, friday: Any) -> None:
    friday.move_to(EVENING + dt.timedelta(hours=7))  # 03:00
    assert store_bottle(bottle=to_store(guest), by=mgr1).stored_on == NIGHT


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"bottle_no": "K1"}, "bottle_no"),
        ({"product": "青岛啤酒"}, "product"),
        ({"remaining": Decimal(0)}, "remaining"),
        ({"remaining": Decimal("0.0004")}, "remaining"),
        ({"remaining": Decimal("1.2")}, "remaining"),
        ({"remaining": Decimal(-1)}, "remaining"),
        ({"category": "beer"}, "category"),
    ],
)
@pytest.mark.django_db
def test_a_bottle_that_cannot_be_kept_is_refused_at_its_field(
    guest: Customer, mgr1: User, facts: dict[str, Any], field: str
) -> None:
    make_bottle(guest, bottle_no="K1")
    with pytest.raises(BottleRefused) as refused:
        store_bottle(bottle=to_store(guest, **facts), by=mgr1)
    assert refused.value.field == field
    assert StoredBottle.objects.count() == 1


@pytest.mark.django_db
def test_what_a_party_leaves_may_be_stored_when_it_has_gone_but_not_the_night_after(
    guest: Customer, mgr1: User, party: Party, friday: Any
) -> None:
    seating.close_party(party=party, by=mgr1)
    assert store_bottle(bottle=to_store(guest, party=party), by=mgr1).party == party

    friday.shift(DAY)
    with pytest.raises(BottleRefused) as refused:
        store_bottle(bottle=to_store(guest, bottle_no="0232", party=party), by=mgr1)
    assert refused.value.field == "party"


@pytest.mark.parametrize(
    ("last", "suggested"),
    [(None, "0001"), ("0231", "0232"), ("K99", "K100"), ("A-007", "A-009"), ("NO NUMBER", ""), ("12B0999", "12B1000")],
)
@pytest.mark.django_db
def test_the_next_number_follows_the_last_bottle(guest: Customer, last: str | None, suggested: str) -> None:
    make_bottle(guest, bottle_no="A-008")
    StoredBottle.objects.all().delete() if last is None else make_bottle(guest, bottle_no=last)
    assert next_number() == suggested


# --- taking out ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_first_drink_opens_the_bottle_and_leaves_its_last_day(guest: Customer, mgr1: User, party: Party) -> None:
    bottle = make_bottle(guest)

    taken = withdraw(bottle=bottle, amount=QUARTER, party=party, by=mgr1)

    was = bottle.expires_on
    bottle.refresh_from_db()
    assert (taken.amount, taken.left, taken.night, taken.taken_by) == (QUARTER, Decimal("0.75"), NIGHT, mgr1)
    assert (bottle.remaining, bottle.is_opened, bottle.expires_on) == (Decimal("0.75"), True, was)


@pytest.mark.django_db
def test_a_full_bottle_taken_whole_goes_unopened(guest: Customer, mgr1: User) -> None:
    bottle = make_bottle(guest)
    withdraw(bottle=bottle, amount=Decimal(1), party=None, by=mgr1)

    bottle.refresh_from_db()
    assert bottle.is_empty and not bottle.is_opened


@pytest.mark.parametrize("amount", ["0", "-0.25", "0.0001", "0.51", "1", "9"])
@pytest.mark.django_db
def test_more_than_is_left_or_nothing_is_refused_and_nothing_written(
    guest: Customer, mgr1: User, party: Party, amount: str
) -> None:
    bottle = make_bottle(guest, remaining=Decimal("0.5"))
    with pytest.raises(BottleRefused) as refused:
        withdraw(bottle=bottle, amount=Decimal(amount), party=party, by=mgr1)

    assert refused.value.field == "amount"
    bottle.refresh_from_db()
    assert bottle.remaining == Decimal("0.5")
    assert not BottleWithdrawal.objects.exists() and not bottle.events.exists()


@pytest.mark.django_db
def test_nothing_goes_to_a_closed_party_or_to_strangers(guest: Customer, mgr1: User, party: Party) -> None:
    bottle = make_bottle(guest)
    strangers = make_party(by=mgr1, room=make_room("666"), now=EVENING, customer=make_customer(name="钱进"))
    nobody = make_party(by=mgr1, room=make_room("512"), now=EVENING)
    seating.close_party(party=party, by=mgr1)

    for wrong in (party, strangers, nobody):
        with pytest.raises(BottleRefused) as refused:
            withdraw(bottle=bottle, amount=QUARTER, party=wrong, by=mgr1)
        assert refused.value.field == "party"
    assert not BottleWithdrawal.objects.exists()


@pytest.mark.django_db
def test_a_bottle_follows_its_guest_into_a_friends_party_and_through_a_merge(guest: Customer, mgr1: User) -> None:
    bottle, kept = make_bottle(guest), make_customer(name="赵伟")
    friends = make_party(by=mgr1, room=make_room(), now=EVENING, customer=make_customer(name="钱进"))
    Customer.objects.filter(pk=guest.pk).update(phone=None, merged_into=kept)
    seating.join_party(party=friends, customer=kept, by=mgr1)

    withdraw(bottle=bottle, amount=QUARTER, party=friends, by=mgr1)

    assert BottleWithdrawal.objects.get().party == friends
    assert list(StoredBottle.objects.of_guest(kept.pk)) == [bottle]


@pytest.mark.django_db
def test_an_expired_bottle_goes_out_only_when_somebody_says_so(guest: Customer, mgr1: User, party: Party) -> None:
    bottle = make_bottle(guest, expires_on=NIGHT - DAY)
    with pytest.raises(BottleRefused) as refused:
        withdraw(bottle=bottle, amount=QUARTER, party=party, by=mgr1)
    assert refused.value.field == "despite_expiry"

    withdraw(bottle=bottle, amount=QUARTER, party=party, by=mgr1, despite_expiry=True)
    assert bottle.is_expired and StoredBottle.objects.expired(NIGHT).get() == bottle


@pytest.mark.django_db
def test_on_its_last_day_a_bottle_is_good(guest: Customer, mgr1: User) -> None:
    bottle = make_bottle(guest, expires_on=NIGHT)
    withdraw(bottle=bottle, amount=QUARTER, party=None, by=mgr1)
    assert bottle.is_due and not bottle.is_expired and not StoredBottle.objects.expired(NIGHT)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    stored=st.integers(1, 1000),
    amounts=st.lists(st.decimals(Decimal("-0.1"), Decimal("1.1"), places=4), max_size=12),
)
@pytest.mark.django_db
def test_whatever_is_taken_the_rest_is_there_and_never_less_than_nothing(
    guest: Customer, mgr1: User, stored: int, amounts: list[Decimal]
) -> None:
    full = Decimal(stored) / 1000
    bottle = make_bottle(guest, remaining=full)
    for amount in amounts:
        try:
            withdraw(bottle=bottle, amount=amount, party=None, by=mgr1)
        except BottleRefused:
            continue
    bottle.refresh_from_db()
    taken = [row.amount for row in bottle.withdrawals.all()]
    assert bottle.remaining >= 0
    assert bottle.remaining + sum(taken) == full
    assert [row.left for row in bottle.withdrawals.order_by("pk")] == [
        full - sum(taken[::-1][: n + 1]) for n in range(len(taken))
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_take_all_at_once_do_not_both_get_it() -> None:
    bottle, mgr = make_bottle(make_customer()), make_user("mgr1")

    for _round in range(10):
        StoredBottle.objects.filter(pk=bottle.pk).update(remaining=1)
        answers = at_once(2, lambda: attempt(bottle, Decimal(1), mgr))
        assert sorted(answers) == ["amount", "taken"]
    bottle.refresh_from_db()
    assert bottle.is_empty and BottleWithdrawal.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_four_who_take_a_third_at_once_leave_one_of_them_without() -> None:
    bottle, mgr = make_bottle(make_customer()), make_user("mgr1")

    answers = at_once(4, lambda: attempt(bottle, Decimal("0.333"), mgr))

    bottle.refresh_from_db()
    assert sorted(answers) == ["amount", "taken", "taken", "taken"]
    assert bottle.remaining == Decimal("0.001")
    assert {row.left for row in bottle.withdrawals.all()} == {Decimal("0.667"), Decimal("0.334"), Decimal("0.001")}


def attempt(bottle: StoredBottle, amount: Decimal, by: User) -> str:
    try:
        withdraw(bottle=bottle, amount=amount, party=None, by=by)
    except BottleRefused as refused:
        return refused.field
    return "taken"


def at_once(many: int, call: Any) -> list[Any]:
    gate, answers = threading.Barrier(many), []

    def run() -> None:
        gate.wait()
        try:
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# --- extending -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_extension_stays_in_history_with_its_reason(guest: Customer, ops: User) -> None:
    bottle = make_bottle(guest, expires_on=NIGHT - DAY)
    extend_bottle(bottle=bottle, until=NIGHT + 30 * DAY, by=ops, reason="He was abroad")

    bottle.refresh_from_db()
    before = bottle.events.get()
    assert bottle.expires_on == NIGHT + 30 * DAY and before.expires_on == NIGHT - DAY
    assert before.pgh_context["reason"] == "He was abroad" and before.pgh_context["user"] == ops.pk


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ({}, NIGHT + 30 * DAY),
        ({}, NIGHT),
        ({"expires_on": NIGHT - 9 * DAY}, NIGHT - DAY),
        ({}, NIGHT + 9999 * DAY),
        ({"remaining": Decimal(0)}, NIGHT + 60 * DAY),
    ],
)
@pytest.mark.django_db
def test_an_extension_that_makes_no_sense_is_refused(
    guest: Customer, ops: User, facts: dict[str, Any], until: dt.date
) -> None:
    bottle = make_bottle(guest, **facts)
    with pytest.raises(BottleRefused) as refused:
        extend_bottle(bottle=bottle, until=until, by=ops, reason="x")
    assert refused.value.field == "until" and not bottle.events.exists()


# --- finding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("K0231", True),
        ("k02", True),
        ("ｋ０２３１", True),
        ("a-12", True),
        ("赵伟", True),
        ("2203", True),
        ("138 1655 2203", True),
        ("0231", False),
        ("B1", False),
        ("钱", False),
        ("%", False),
        ("' OR 1=1", False),
        ("赵" * 5000, False),
    ],
)
@pytest.mark.django_db
def test_a_bottle_is_found_by_number_locker_and_guest(words: str, finds: bool) -> None:
    merged, kept = make_customer(name="赵伟"), make_customer(name="赵伟", phone="+8613816552203")
    bottle = make_bottle(merged, bottle_no="K0231", locker="A-12")
    Customer.objects.filter(pk=merged.pk).update(phone=None, merged_into=kept)

    assert list(StoredBottle.objects.matching(words)) == ([bottle] if finds else [])


@pytest.mark.django_db
def test_a_house_without_rules_says_so(guest: Customer, mgr1: User) -> None:
    BottleValidity.objects.all().delete()
    with pytest.raises(BottleRefused) as refused:
        store_bottle(bottle=to_store(guest), by=mgr1)
    assert refused.value.field == "category"

"""Building a call list: the command, its refusals, two builders at once, and what the contract says in words (T9)."""

import datetime as dt
import json
import threading
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from customers.models import AccessLog, CareGrant, Customer
from outreach import rules
from outreach.building import CannotBuild, build_call_list
from outreach.models import CallLeftOver, CallList, CallListEntry, CallReason, OutreachRules
from outreach.tests.factories import entry_of, make_call, make_guest
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from visits.tests.factories import make_bottle

WEDNESDAY, THURSDAY, FRIDAY = (dt.date(2026, 9, day) for day in (23, 24, 25))


def build(*words: str) -> str:
    out = StringIO()
    call_command("build_call_list", *words, stdout=out)
    return out.getvalue()


def listed(night: dt.date) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(build(night.isoformat(), "--force", "--format", "json"))
    return found


def names(night: dt.date) -> list[str]:
    return [one["name"] for one in listed(night)]


@pytest.mark.django_db
def test_the_list_prints_what_the_contract_shows_and_again_the_same(mgr1: User) -> None:
    guest = make_guest(name="钱二", owner=mgr1, birthday_month=8, birthday_day=15, birthday_calendar="lunar")
    make_bottle(guest, expires_on=dt.date(2026, 10, 1))
    make_bottle(guest, expires_on=dt.date(2026, 10, 1))
    first = build("2026-09-23", "--format", "json")
    assert json.loads(first) == [
        {
            "customer": guest.pk,
            "name": "钱二",
            "phone": guest.phone,
            "manager": "mgr1",
            "reasons": [
                {"kind": "birthday", "on": "2026-09-25", "calendar": "lunar"},
                {"kind": "bottle", "on": "2026-10-01"},
            ],
        }
    ]
    make_guest(owner=mgr1, birthday_month=9, birthday_day=23)
    Customer.objects.filter(pk=guest.pk).update(call_consent=False)
    assert build("2026-09-23", "--format", "json") == first
    assert AccessLog.objects.filter(detail="call list 2026-09-23: 1").count() == 2
    assert CareGrant.objects.filter(customer=guest, user=mgr1, night=WEDNESDAY).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("words", [("2026-09-25",), ("1900-01-01", "--force"), ("9999-12-31", "--force")])
def test_a_night_without_calls_is_refused_in_one_line(mgr1: User, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as refused:
        build(*words)
    assert "\n" not in str(refused.value) and not CallList.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["", "20260925", "2026-02-30", "2026-9-5", "heute"])
def test_a_word_that_is_no_night_is_wrong_usage(word: str) -> None:
    with pytest.raises(CommandError, match="not a night"):
        build(word)


@pytest.mark.django_db
def test_without_a_manager_nobody_is_called_and_no_empty_list_stays(mgr1: User) -> None:
    User.objects.filter(pk=mgr1.pk).update(is_active=False)
    with pytest.raises(CannotBuild, match="no active manager"):
        build_call_list(night=WEDNESDAY)
    assert not CallList.objects.exists()


@pytest.mark.django_db
def test_an_owner_who_left_or_calls_nobody_has_their_guests_dealt_in_turn(mgr1: User, mgr2: User) -> None:
    gone = make_user("gone", is_active=False)
    ops = make_user("boss", roles.OPERATIONS)
    for n, owner in enumerate([gone, None, ops, None]):
        make_guest(name=f"{n}", owner=owner, birthday_month=9, birthday_day=24)
    assert [(one["name"], one["manager"]) for one in listed(WEDNESDAY)] == [
        ("0", "mgr1"),
        ("1", "mgr2"),
        ("2", "mgr1"),
        ("3", "mgr2"),
    ]


@pytest.mark.django_db
def test_what_finds_no_place_comes_first_on_the_next_list_but_never_when_its_day_is_over(mgr1: User) -> None:
    rules.current()
    OutreachRules.objects.update(calls_per_manager=1)
    for day in (23, 24, 25):
        make_guest(name=f"{day}", owner=mgr1, birthday_month=9, birthday_day=day)
    assert names(WEDNESDAY) == ["23"]
    make_guest(name="new", owner=mgr1, birthday_month=9, birthday_day=24)
    assert CallLeftOver.objects.count() == 2
    assert names(THURSDAY) == ["24"]
    assert names(FRIDAY) == ["25"]


@pytest.mark.django_db
def test_who_was_not_reached_comes_again_first_and_who_was_is_left_in_peace(mgr1: User) -> None:
    guests = [make_guest(name=name, owner=mgr1, birthday_month=9, birthday_day=28) for name in ("a", "b", "c")]
    build("2026-09-23")
    make_call(entry_of(guests[0], WEDNESDAY), "thinking")
    make_call(entry_of(guests[1], WEDNESDAY), "no_answer")
    make_guest(name="nearer", owner=mgr1, birthday_month=9, birthday_day=24)
    assert names(THURSDAY) == ["b", "c", "nearer"]
    assert [entry.is_carried for entry in CallListEntry.objects.filter(call_list__night=THURSDAY)] == [
        True,
        True,
        False,
    ]


@pytest.mark.django_db
def test_a_guest_spoken_to_about_a_birthday_is_still_told_of_a_bottle(mgr1: User) -> None:
    guest = make_guest(owner=mgr1, birthday_month=9, birthday_day=28)
    build("2026-09-23")
    make_call(entry_of(guest, WEDNESDAY), "coming")
    make_bottle(guest, expires_on=FRIDAY)
    [entry] = listed(THURSDAY)
    assert entry["reasons"] == [{"kind": "bottle", "on": "2026-09-25"}]


@pytest.mark.django_db
def test_a_number_found_wrong_is_not_called_again_until_it_is_another(mgr1: User) -> None:
    from customers import numbers

    guest = make_guest(owner=mgr1, birthday_month=9, birthday_day=28)
    build("2026-09-23")
    make_call(entry_of(guest, WEDNESDAY), "wrong")
    assert listed(THURSDAY) == []
    added = numbers.add_number(customer=guest.pk, number="+8613900001111", by=mgr1)
    numbers.make_main(customer=guest.pk, number=added.pk, by=mgr1)
    assert [one["phone"] for one in listed(FRIDAY)] == ["+8613900001111"]


@pytest.mark.django_db
def test_an_erased_guest_is_printed_no_more_and_a_merged_one_as_they_go_on(mgr1: User) -> None:
    first, second = (make_guest(owner=mgr1, birthday_month=9, birthday_day=28) for _n in range(2))
    assert len(listed(WEDNESDAY)) == 2
    kept = make_guest(owner=mgr1, name="kept")
    Customer.objects.filter(pk=first.pk).update(phone=None, merged_into=kept.pk)
    gone = {"phone": None, "home_address": "", "work_address": "", "erased_at": dt.datetime.now(dt.UTC)}
    Customer.objects.filter(pk=second.pk).update(**gone)
    assert [(one["customer"], one["name"], one["phone"]) for one in listed(WEDNESDAY)] == [
        (kept.pk, "kept", kept.phone)
    ]


@pytest.mark.django_db
def test_a_bottle_stored_under_a_merged_record_is_its_guests(mgr1: User) -> None:
    first, kept = make_guest(owner=mgr1), make_guest(owner=mgr1)
    make_bottle(first, expires_on=FRIDAY)
    make_bottle(kept, expires_on=FRIDAY)
    Customer.objects.filter(pk=first.pk).update(phone=None, merged_into=kept.pk)
    [entry] = listed(WEDNESDAY)
    assert entry["customer"] == kept.pk and len(entry["reasons"]) == 1


@pytest.mark.django_db(transaction=True)
def test_two_builders_at_once_make_one_list() -> None:
    mgr1 = make_user("mgr1")
    for _n in range(5):
        make_guest(owner=mgr1, birthday_month=9, birthday_day=28)
    rules.current()
    begin, found = threading.Barrier(4), list[tuple[int, bool]]()

    def work() -> None:
        begin.wait()
        built = build_call_list(night=WEDNESDAY)
        found.append((built.call_list.listed, built.is_new))
        connection.close()

    workers = [threading.Thread(target=work) for _n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    connections.close_all()
    assert sorted(found) == [(5, False), (5, False), (5, False), (5, True)]
    assert CallListEntry.objects.count() == CallReason.objects.count() == 5

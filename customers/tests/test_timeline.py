"""What happened to a guest, told as sentences in one line: changes, numbers, merges, decisions."""

import datetime as dt
from typing import Any

import pghistory
import pytest
import time_machine
from django.db import connection

from customers import timeline
from customers.models import (
    Consent,
    Customer,
    IntakeReview,
    Merge,
    PhoneNumber,
)
from customers.numbers import numbers_of
from customers.tests.factories import change, make_customer, make_vip
from staff.models import User
from vipdesk.templatetags.nights import calendar_day, clock

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


def told(guest: Customer, *, with_contact: bool = True, start: int = 0) -> list[tuple[str, list[str], str]]:
    guest = Customer.objects.get(pk=guest.pk)
    former = timeline.former_records(guest)
    numbers = numbers_of(guest, *former)
    page = timeline.page_of(guest, former=former, numbers=numbers, with_contact=with_contact, start=start)
    return [(str(one.by or ""), one.did, one.reason) for one in page.happenings]


def test_history_reads_as_sentences_with_the_date_first(
    guest: Customer, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    change(guest, mgr2, "moved", home_address="淮海路9号")
    at = guest.events.get().pgh_created_at  # the database's clock, which nobody stops
    page = page_of(signed_in(mgr1), guest)
    assert f"On {calendar_day(at)} <b>高强</b> changed the home address from 南京东路1号 to 淮海路9号" in page
    assert f"{clock(at)}</time> · moved" in page


def test_each_kind_of_change_has_its_own_words(guest: Customer, mgr1: User, mgr2: User) -> None:
    steps: list[tuple[dict[str, Any], list[str]]] = [
        ({"owner": mgr2}, ["handed the guest over from 林静 to 高强"]),
        ({"owner": None}, ["took the guest from 高强 and gave them to nobody"]),
        ({"owner": mgr1}, ["gave the guest to 林静"]),
        ({"likes_music": "爵士"}, ["added the music: 爵士"]),
        ({"likes_music": ""}, ["removed the music: 爵士"]),
        ({"call_consent": False}, ["noted a no to phone calls"]),
        ({"is_key_account": True}, ["marked the guest as a key account"]),
        ({"tier": None}, ["removed the tier: Diamond"]),
        ({"birthday_day": 18}, ["changed the birthday from 17 May to 18 May"]),
        ({"notes": "很" * 100}, [f"changed the notes from 司机姓李 to {'很' * 80}…"]),
        (
            {"likes_drinks": "山崎", "dislikes": ""},
            ["changed the drinks from 麦卡伦 to 山崎", "removed the dislikes: 火龙果"],
        ),
    ]
    for facts, said in steps:
        change(guest, mgr1, **facts)
        assert told(guest)[0][1][: len(said)] == said


def test_a_number_that_changed_is_told_once_and_its_release_too(guest: Customer, mgr1: User, evening: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        evening.move_to(cursor.fetchone()[0])  # whose clock tells when a row changed
    change(guest, mgr1, phone="+8613900001111")
    said = [did for _by, done, _why in told(guest) for did in done]
    assert said[:2] in (
        ["changed the main number from 138 1655 2203 to 139 0000 1111", "released the number 138 1655 2203"],
        ["released the number 138 1655 2203", "changed the main number from 138 1655 2203 to 139 0000 1111"],
    )
    assert said[2:] == ["captured the guest"]
    masked = str(told(guest, with_contact=False))
    assert "0000" not in masked and "1655" not in masked and "138****2203" in masked


def test_a_second_number_its_release_reviews_and_capture_stand_in_one_line(
    guest: Customer, mgr1: User, mgr2: User, desk_user: User
) -> None:
    PhoneNumber.objects.create(
        customer=guest,
        number="+8613900007777",
        since=EVENING - dt.timedelta(days=3),
        added_by=mgr1,
        released_at=EVENING - dt.timedelta(days=1),
        released_by=mgr2,
    )
    IntakeReview.objects.create(
        customer=guest,
        status="sent_back",
        reason="门牌号",
        reviewed_by=desk_user,
        reviewed_at=EVENING - dt.timedelta(days=2),
    )
    assert told(guest, with_contact=False) == [
        ("高强", ["released the number 139****7777"], ""),
        ("何欣", ["sent the record back"], "门牌号"),
        ("林静", ["added the number 139****7777"], ""),
        ("林静", ["captured the guest"], ""),
    ]


def test_who_was_merged_brings_their_past_along(guest: Customer, mgr2: User, desk_user: User, signed_in: Any) -> None:
    other = make_customer(name="周子昂", owner=mgr2, captured_at=EVENING - dt.timedelta(days=90))
    Consent.objects.create(customer=other, kind="sms", action="refused", channel="tablet", recorded_by=mgr2)
    change(other, mgr2, likes_rooms="666")
    Customer.objects.filter(pk=other.pk).update(phone=None, merged_into=guest)
    Merge.objects.create(kept=guest, merged=other, reason="same", merged_by=desk_user)

    said = told(guest)
    assert ("何欣", ["merged another record in"], "same") in said
    assert any("added the favourite rooms: 666" in did for _by, did, _why in said)
    assert [by for by, did, _why in said if did == ["captured the guest"]] == ["高强", "林静"]
    assert "refused" in page_of(signed_in(desk_user), guest)

    Merge.objects.update(undone_at=EVENING, undone_by=desk_user)
    Customer.objects.filter(pk=other.pk).update(merged_into=None)
    assert any("took the merge apart again" in did for _by, did, _why in told(guest))


def test_twenty_are_shown_and_the_older_ones_follow_without_gap_or_double(
    guest: Customer, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    for number in range(47):
        at = EVENING - dt.timedelta(days=100 - number)
        IntakeReview.objects.create(
            customer=guest, status="accepted", reason=f"r{number}", reviewed_by=mgr1, reviewed_at=at
        )
    client, url, seen = signed_in(mgr1), f"/customers/{guest.pk}/history/", []
    for start in (0, 20, 40):
        answer = client.get(url, {"from": start}, headers={"HX-Request": "true"})
        page = answer.context["timeline"]
        seen += [one.reason for one in page.happenings]
        assert page.next_start == (start + 20 if start < 40 else None)
        assert "<html" not in answer.content.decode()
    assert seen == [f"r{number}" for number in reversed(range(47))] + [""]
    assert "<html" in client.get(url).content.decode()
    assert signed_in(mgr2).get(url).status_code == 404
    for nonsense in ("-1", "x", "9" * 40, "²"):
        assert client.get(url, {"from": nonsense}).status_code == 200


def test_changes_of_one_moment_by_one_person_are_one_happening(guest: Customer, mgr1: User) -> None:
    with pghistory.context(user=mgr1.pk):
        Customer.objects.filter(pk=guest.pk).update(source="路过")
        Customer.objects.filter(pk=guest.pk).update(likes_rooms="888")
    by, did, _why = told(guest)[0]
    assert by == "林静" and sorted(did) == ["added the favourite rooms: 888", "added the source: 路过"]


def test_what_the_desk_itself_changed_says_so(guest: Customer, mgr1: User, signed_in: Any) -> None:
    Customer.objects.filter(pk=guest.pk).update(source="路过")
    assert "<b>the desk</b> added the source: 路过" in page_of(signed_in(mgr1), guest)

"""A guest who enters themselves by the room's code is announced to who serves the party there."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import Customer
from customers.tests.factories import make_customer
from feedback import guest_links
from staff.models import User
from visits import seating
from visits.models import Party, Room, SelfEntryNotice
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
EVENING = dt.datetime(2026, 11, 20, 14, tzinfo=dt.UTC)  # Friday, 22:00 at the venue
TOLD = "钱小米 entered themselves by the code of 888."


@pytest.fixture(autouse=True)
def friday() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def room() -> Room:
    return make_room("888")


@pytest.fixture
def party(mgr1: User, room: Room) -> Party:
    return make_party(by=mgr1, room=room, now=EVENING, people=3)


def enter(token: str, **said: Any) -> None:
    usual = {"name": "钱小米", "phone": "13800001111", "consent": "on", "client_id": str(uuid.uuid4())}
    assert Client().post(f"/g/{token}/details/", usual | said).status_code == 303


def tonight(client: Client) -> str:
    return client.get("/tonight/").content.decode()


@pytest.mark.parametrize("is_scanned", [True, False], ids=["the card's code", "the party's link"])
def test_the_partys_manager_reads_it_on_tonight_adds_the_guest_and_has_seen_it(
    mgr1: User, mgr2: User, signed_in: Any, room: Room, party: Party, is_scanned: bool
) -> None:
    enter(guest_links.code_of(room) if is_scanned else guest_links.mint(party, EVENING))
    client, guest = signed_in(mgr1), Customer.objects.get()
    page = tonight(client)
    assert TOLD in page and f'href="/visits/parties/{party.pk}/"' in page and TOLD not in tonight(signed_in(mgr2))

    url = f"/visits/parties/{party.pk}/"
    assert f'name="entered" value="{guest.pk}"' in client.get(url).content.decode()
    assert client.post(f"{url}join/", {"entered": guest.pk}).status_code == 303
    party.refresh_from_db()
    assert party.customer == guest and 'name="entered"' not in client.get(url).content.decode()

    notice = SelfEntryNotice.objects.get()
    client.post("/visits/mine/notices/seen/", {"entered": notice.pk})
    assert TOLD not in tonight(client)
    mgr1.refresh_from_db()
    assert not mgr1.has_news


def test_who_gets_what_the_party_spends_is_told_before_who_seated_it(
    mgr1: User, mgr2: User, ops: User, signed_in: Any, room: Room, party: Party
) -> None:
    seating.attribute_party(party=party, to=mgr2, by=ops, reason="客人指名")
    enter(guest_links.code_of(room))
    assert TOLD in tonight(signed_in(mgr2)) and TOLD not in tonight(signed_in(mgr1))


def test_sent_twice_it_is_told_once_and_a_number_on_file_or_an_empty_room_tells_nobody(
    mgr1: User, room: Room, party: Party
) -> None:
    make_customer(phone="+8613800002222")
    key = str(uuid.uuid4())
    for said in ({"client_id": key}, {"client_id": key}, {"phone": "13800002222"}):
        enter(guest_links.code_of(room), **said)
    enter(guest_links.code_of(make_room("601")), phone="13800003333")
    assert SelfEntryNotice.objects.count() == 1


def test_only_who_entered_themselves_in_this_room_is_added_by_a_tap(mgr1: User, signed_in: Any, party: Party) -> None:
    other = make_customer()
    client = signed_in(mgr1)
    for key in (other.pk, 0, "x"):
        assert client.post(f"/visits/parties/{party.pk}/join/", {"entered": key}).status_code == 404
    party.refresh_from_db()
    assert party.customer is None

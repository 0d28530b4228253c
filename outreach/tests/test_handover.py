"""Somebody leaves in the middle of a night: their calls and the parties that sit there find somebody (G18)."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import CareGrant
from outreach.building import build_call_list
from outreach.my_list import my_list
from outreach.tests.factories import make_guest
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets.tests.bills import make_charge
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("furnished"), pytest.mark.venue_zone]
SignIn = Callable[[User], Client]
NIGHT = dt.date(2026, 11, 25)  # a Wednesday: a call night
EVENING = dt.datetime.fromisoformat("2026-11-25T20:10+08:00")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


def leave(client: Client, leaver: User, **how: Any) -> str:
    return client.post(f"/customers/handover/{leaver.pk}/", how, follow=True).content.decode()


def test_calls_not_made_and_open_parties_go_where_the_guests_go(
    mgr1: User, mgr2: User, ops: User, signed_in: SignIn
) -> None:
    born = {"birthday_month": 11, "birthday_day": 26}
    called, waiting = (make_guest(owner=mgr1, name=name, **born) for name in ("甲", "乙"))
    build_call_list(night=NIGHT)
    room = make_room("888")
    party = make_party(by=mgr1, room=room, now=EVENING, customer=waiting, attributed_to=mgr1)
    walk_in = make_party(by=mgr1, room=make_room("999"), now=EVENING)
    bill = make_charge(mgr1, "500.00", room=room.number, paid_at="2026-11-25T20:10:00+08:00")
    entry = next(line.entry for line in my_list(mgr1, NIGHT).lines if line.guest == called)
    said = {"outcome": "coming", "note": "", "client_id": str(uuid.uuid4())}
    signed_in(mgr1).post(f"/outreach/calls/{entry.pk}/", said)

    page = leave(signed_in(ops), mgr1, rule="one", to=mgr2.pk)

    assert "1 open party has somebody else." in page and "1 call of tonight has somebody else." in page
    assert [line.guest for line in my_list(mgr2, NIGHT).lines] == [waiting]
    assert [line.guest for line in my_list(mgr1, NIGHT).lines] == [called], "what was done stays theirs"
    assert CareGrant.objects.filter(user=mgr2, customer=waiting, night=NIGHT, origin="calls").exists()
    party.refresh_from_db()
    walk_in.refresh_from_db()
    assert (party.attributed_to, walk_in.attributed_to) == (mgr2, None)
    shown = signed_in(mgr2).get(f"/visits/parties/{party.pk}/").content.decode()
    assert "林静 left the house" in shown and "changed the attribution from 林静 to 高强" in shown
    assert "林静 left the house" in signed_in(ops).get(f"/targets/bills/{bill.pk}/").content.decode()
    assert "乙" in signed_in(mgr2).get("/outreach/calls/").content.decode()


def test_who_leaves_without_guests_leaves_calls_and_parties_to_those_at_work(
    mgr1: User, mgr2: User, ops: User, signed_in: SignIn
) -> None:
    mgr3 = make_user("mgr3", roles.MANAGER)
    parties = [make_party(by=mgr1, room=make_room(), now=EVENING, attributed_to=mgr1) for _n in range(2)]
    assert "2 open parties have somebody else." in leave(signed_in(ops), mgr1)
    for party in parties:
        party.refresh_from_db()
    assert {party.attributed_to for party in parties} == {mgr2, mgr3}

"""The whole of Tonight with sixty occupied rooms: what it costs, what it shows, what its refreshes send (issue 4)."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer, MembershipTier
from staff.floor import clock
from staff.models import User
from staff.tests.factories import make_task
from visits import visiting
from visits.models import Party, PartyGuest, PartySpend, Promise, Reservation, Room, RoomVisit

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
EVENING = dt.datetime.fromisoformat("2026-11-20T22:10+08:00")
WRAP_UP = dt.datetime.fromisoformat("2026-11-21T01:05+08:00")
HX = {"HTTP_HX_REQUEST": "true", "HTTP_X_BACKGROUND": "1"}
NIGHT = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def friday() -> Any:
    with time_machine.travel(EVENING, tick=False) as travelling:
        yield travelling


@pytest.fixture
def full_house(mgr1: User, mgr2: User, ops: User) -> list[Party]:
    """Sixty rooms taken by members of every tier, each with a friend; some visited, some noted, much promised."""
    tiers = [None, *MembershipTier.objects.order_by("rank")]
    guests = Customer.objects.bulk_create(
        Customer(
            name=f"宾客{n}",
            phone=f"+86138{n:08d}",
            captured_at=EVENING - dt.timedelta(days=9, minutes=n),
            night=NIGHT - dt.timedelta(days=9),
            captured_by=mgr1,
            owner=mgr1 if n % 2 else mgr2,
            tier=tiers[n % len(tiers)],
        )
        for n in range(300)
    )
    rooms = Room.objects.bulk_create(
        Room(number=str(600 + n), kind="medium", floor=6, capacity=10, minimum_spend=1280) for n in range(60)
    )
    facts = {"night": NIGHT, "people": 4, "seated_at": EVENING - dt.timedelta(hours=1)}
    parties = Party.objects.bulk_create(
        Party(room=room, customer=guests[n], attributed_to=(mgr1, mgr2, None)[n % 3], seated_by=mgr1, **facts)
        for n, room in enumerate(rooms)
    )
    PartyGuest.objects.bulk_create(
        PartyGuest(party=party, customer=guests[100 + n], added_by=mgr1) for n, party in enumerate(parties)
    )
    PartySpend.objects.bulk_create(PartySpend(party=party, amount=900, noted_by=mgr1) for party in parties[::2])
    Promise.objects.bulk_create(Promise(party=one, made_by=mgr1, text="果盘", due_at=EVENING) for one in parties[:20])
    Reservation.objects.bulk_create(
        Reservation(
            guest_name="陈涛",
            guest_phone="+8613912345678",
            kind="large",
            night=NIGHT,
            starts_at=EVENING + dt.timedelta(minutes=15),
            ends_at=EVENING + dt.timedelta(hours=3),
            booked_by=mgr1,
        )
        for _ in range(15)
    )
    for n, party in enumerate(parties[:12]):
        visiting.record_visit(visit=RoomVisit(party=party, manager=mgr1, at=EVENING), met=[guests[n]])
    for _ in range(4):
        make_task(mgr1, given_by=ops)
    clock.clock_in(user=mgr1, now=EVENING - dt.timedelta(hours=4))
    return parties


@pytest.fixture
def cards() -> list[str]:
    """Of all apps."""
    return [reverse(name) for name in (*settings.TONIGHT_CARDS, *settings.TONIGHT_CLOCK)]


@pytest.mark.parametrize("at", [EVENING, WRAP_UP])
def test_tonight_with_all_its_cards_costs_thirty_one_statements_and_each_card_eight(
    mgr1: User, signed_in: Any, full_house: list[Party], friday: Any, cards: list[str], at: dt.datetime
) -> None:
    friday.move_to(at)
    client = signed_in(mgr1)
    client.get("/floor/rota/")  # the first request of a session writes down that somebody is there

    with CaptureQueriesContext(connection) as asked:
        page = client.get("/tonight/").content.decode()
        for url in re.findall(r'hx-get="([^"]+)" hx-trigger="load', page):
            client.get(url, **HX)
    assert len(asked) <= 31, "\n".join(one["sql"][:110] for one in asked)
    assert "data-frame" not in page, "every card came along"

    costs = {}
    for url in cards:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, **HX).status_code == 200
        costs[url] = len(asked)
    assert max(costs.values()) <= 8, costs


@pytest.mark.parametrize("at", [EVENING, WRAP_UP])
def test_the_refresh_of_what_did_not_change_is_empty(
    mgr1: User, signed_in: Any, full_house: list[Party], friday: Any, at: dt.datetime
) -> None:
    friday.move_to(at)
    client = signed_in(mgr1)
    pages = client.get("/tonight/").content.decode() + client.get("/visits/rooms/").content.decode()
    refreshes = [url.replace("&amp;", "&") for url in re.findall(r'hx-get="([^"]+seen=[^"]+)"', pages)]

    assert len(refreshes) > len(settings.TONIGHT_CARDS) + 1, "each card, the clock's evening, the board"
    for url in refreshes:
        answer = client.get(url, **HX)
        assert (url, answer.status_code, answer.content) == (url, 204, b"")
    full_house[0].people = 9
    full_house[0].save()
    answers = {url.partition("?")[0]: client.get(url, **HX).status_code for url in refreshes}
    assert answers["/visits/rooms/"] == answers["/visits/mine/parties/"] == 200
    assert answers["/visits/mine/reservations/"] == answers["/visits/promises/"] == 204


@pytest.mark.venue_zone
def test_tonight_tells_all_that_the_evening_asks_for(
    mgr1: User, signed_in: Any, full_house: list[Party], friday: Any
) -> None:
    page = signed_in(mgr1).get("/tonight/").content.decode()

    told = ("New guests", "VIPs visited", "Other members", "Tasks from operations", "Promised", "My parties")
    assert all(words in page for words in (*told, "My reservations tonight", "Tonight by the clock"))
    mine = page.partition("my-parties-title")[2].partition("</section>")[0]
    # Twenty attributed to them, and twenty that they seated and nobody has.
    assert mine.count('class="item"') == 40 and mine.count("nobody's yet") == 20
    assert "¥900.00 / ¥1,280.00" in mine and "minimum ¥1,280.00" in mine
    expected = page.partition("my-reservations-title")[2].partition("</section>")[0]
    assert expected.count("陈涛") == 15 and "22:25" in expected and "late" not in expected
    assert "Sign the night" not in page

    friday.move_to(WRAP_UP)
    page = signed_in(mgr1).get("/tonight/").content.decode()
    wrap_up = page.partition('id="wrap-up-card"')[2].partition("</section>")[0]
    assert "Sign the night" in wrap_up and "0 of 10 new guests." in wrap_up and "Promised by 22:10: 果盘" in wrap_up
    assert wrap_up.count("is still open") == 40


@pytest.mark.venue_zone
def test_the_wrap_ups_one_button_signs_the_night(
    mgr1: User, signed_in: Any, full_house: list[Party], friday: Any
) -> None:
    before = signed_in(mgr1).get("/tonight/").content.decode()
    (refresh,) = re.findall(r'id="wrap-up-card" hidden hx-get="([^"]+)"', before)
    friday.move_to(dt.datetime.fromisoformat("2026-11-21T00:59+08:00"))
    client = signed_in(mgr1)
    assert client.get(refresh, **HX).status_code == 204
    friday.move_to(dt.datetime.fromisoformat("2026-11-21T01:00+08:00"))
    assert "Sign the night" in client.get(refresh, **HX).content.decode()

    client.post("/floor/wrap-up/sign/", {"night": "2026-11-20"})

    page = client.get("/tonight/").content.decode()
    assert "Sign the night" not in page and "Your night is signed since 01:00." in page

"""Live fragments: a refresh is empty while nothing that they show has changed, and no change of it stays unseen."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from customers.tests.factories import make_customer
from feedback.complaints import Complaint
from feedback.tests.complaint_factories import make_complaint
from staff.models import User
from visits import seating
from visits.models import Party, Reservation, Room
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = pytest.mark.django_db
HX = {"HTTP_HX_REQUEST": "true", "HTTP_X_BACKGROUND": "1"}
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
TEMPLATES = Path(settings.BASE_DIR) / "templates"


@pytest.fixture(autouse=True)
def friday() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def refresh_of(answer: Any) -> str:
    return re.findall(r'hx-get="([^"]+seen=[^"]+)"', answer.content.decode())[0].replace("&amp;", "&")


def is_seen(client: Client, url: str, *, page: bool = False) -> Any:
    """The next refresh of what stands at `url`, which has to be empty as long as nothing happens."""
    again = refresh_of(client.get(url) if page else client.get(url, **HX))
    answer = client.get(again, **HX)
    assert (answer.status_code, answer.content) == (204, b"")
    return again


def live() -> list[str]:
    """Templates of fragments that refresh themselves and say what they have shown."""
    found = [path for path in TEMPLATES.rglob("*.html") if "?seen={{ version }}" in path.read_text()]
    found += [path for path in TEMPLATES.rglob("*.html") if "&amp;seen={{ version }}" in path.read_text()]
    return sorted(str(path.relative_to(TEMPLATES)) for path in found)


def test_an_attribution_appears_on_what_rooms_spend(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING)
    client = signed_in(ops)
    again = is_seen(client, "/visits/spending/")
    seating.attribute_party(party=party, to=mgr2, by=ops, reason="客人指名")
    answer = client.get(again, **HX)
    assert answer.status_code == 200 and str(mgr2) in answer.content.decode()


@pytest.mark.parametrize("page", [True, False])
@pytest.mark.parametrize("url", ["/visits/spending/", "/visits/rooms/", "/visits/first/", "/outreach/calls/mine/"])
def test_a_whole_page_and_a_fragment_name_what_they_show_the_same(
    mgr1: User, signed_in: Any, url: str, page: bool
) -> None:
    make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=make_customer())
    is_seen(signed_in(mgr1), url, page=page)


def test_names_and_numbers_that_change_elsewhere_are_seen(mgr1: User, signed_in: Any) -> None:
    guest, room = make_customer(name="赵伟", owner=mgr1), make_room("888")
    make_party(by=mgr1, room=room, now=EVENING, customer=guest, people=6)
    make_reservation(by=mgr1, now=EVENING, starts_at=EVENING + dt.timedelta(hours=2), people=4, room=make_room("889"))
    complaint = make_complaint(by=mgr1, customer=guest)
    client = signed_in(mgr1)
    urls = {name: reverse(name) for name in ("visits:my_parties", "visits:my_reservations", "feedback:my_complaints")}
    again = {name: is_seen(client, url) for name, url in urls.items()}

    Party.objects.update(people=9)
    Reservation.objects.update(people=8)
    Complaint.objects.filter(pk=complaint.pk).update(category="price")

    for name, url in again.items():
        assert client.get(url, **HX).status_code == 200, name


def test_the_room_board_shows_a_minimum_and_a_capacity_that_changed(mgr1: User, signed_in: Any) -> None:
    make_room("888", capacity=10)
    client = signed_in(mgr1)
    again = is_seen(client, "/visits/rooms/")
    Room.objects.update(capacity=22, minimum_spend=Decimal(9999))
    answer = client.get(again, **HX)
    assert answer.status_code == 200 and "22" in answer.content.decode()


def test_every_live_fragment_is_marked_by_what_it_shows(mgr1: User, signed_in: Any, settings: Any) -> None:
    """All of them but the progress of a batch, which operations see: nothing happens, and each refresh is empty."""
    make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=make_customer(owner=mgr1))
    client = signed_in(mgr1)
    names = [*settings.TONIGHT_CARDS, *settings.TONIGHT_CLOCK]
    shown = {name: client.get(reverse(name), **HX).content.decode() for name in names}
    marked = {name for name, html in shown.items() if "?seen=" in html}
    for name in marked:
        is_seen(client, reverse(name))
    unmarked = len(live()) - len(marked) - len(("visits/_board.html", "visits/_spending.html", "_sms_progress.html"))
    assert unmarked == 0, (sorted(marked), live())

"""A new guest's number is typed once, with the reservation, and goes on from there: seat, capture, the party's host."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import CareGrant, Customer
from customers.tests.factories import capture_data, make_customer
from staff.models import User
from vipdesk.tests.sealed import entry, message
from visits import seating
from visits.models import Party, PartyGuest
from visits.tests.factories import make_party, make_reservation, make_room

pytestmark = pytest.mark.django_db
written = pytest.mark.django_db(transaction=True)
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
NUMBER, WHOLE, MASKED = "+8613816552203", "138 1655 2203", "138****2203"
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def friday() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def seated(client: Client, by: User) -> Party:
    """The party of a reservation by telephone of a guest who is not on file, seated on the screen."""
    room = make_room("601")
    booked = make_reservation(by=by, starts_at=EVENING, now=EVENING, room=room, guest_phone=NUMBER, guest_name="李雷")
    data = {"reservation": booked.pk, "phone": "", "name": "", "people": "4", "client_id": str(uuid.uuid4())}
    assert client.post(f"/visits/rooms/{room.pk}/seat/", data).status_code == 303
    party: Party = Party.objects.get()
    return party


def brought(client: Client, party: Party) -> dict[str, str]:
    """What the party's page sends to the capture form."""
    row = client.get(f"/visits/parties/{party.pk}/").content.decode().partition("guests-title")[2]
    return dict(re.findall(r'name="(name|phone|party|prefill)" value="([^"]*)"', row.partition("</form>")[0]))


def on_form(client: Client, sent: dict[str, str]) -> dict[str, str]:
    """What the capture form holds, with the facts that are still to be typed."""
    form = client.post("/customers/new/", sent).context["form"]
    held = {name: str(form[name].value()) for name in ("phone", "name", "party")}
    return capture_data(**held)


@written
def test_the_number_goes_from_the_reservation_to_the_party_and_the_guest(
    mgr1: User, mgr2: User, signed_in: Any, furnished: None
) -> None:
    client = signed_in(mgr1)
    party = seated(client, mgr2)
    assert (party.host_name, party.host_phone, party.customer) == ("李雷", NUMBER, None)
    sent = brought(client, party)
    assert sent == {"name": "李雷", "phone": WHOLE, "party": str(party.pk), "prefill": "1"}

    answer = client.post("/customers/new/", on_form(client, sent))

    guest = Customer.objects.get()
    assert (guest.phone, guest.name, guest.captured_by) == (NUMBER, "李雷", mgr1)
    assert answer.status_code == 303 and answer["Location"] == f"/visits/parties/{party.pk}/"
    party.refresh_from_db()
    assert (party.customer, party.host_phone) == (guest, "") and not PartyGuest.objects.exists()
    assert set(CareGrant.objects.filter(customer=guest).values_list("user", flat=True)) == {mgr1.pk, mgr2.pk}


@written
def test_by_htmx_the_answer_leads_back_and_a_repeat_changes_nothing(
    mgr1: User, signed_in: Any, furnished: None
) -> None:
    client = signed_in(mgr1)
    party = seated(client, mgr1)
    data = on_form(client, brought(client, party))
    for _n in range(2):
        page = client.post("/customers/new/", data, **HX).content.decode()
        assert f'href="/visits/parties/{party.pk}/"' in page and "Back to the party" in page
    assert Customer.objects.count() == 1 and Party.objects.get().customer == Customer.objects.get()
    assert not PartyGuest.objects.exists()


def test_masked_for_whose_party_it_is_not(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    booked = make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=make_room(), guest_phone=NUMBER)
    party = make_party(by=mgr1, room=make_room(), now=EVENING, reservation=booked)
    for user in (mgr2, ops):
        page = signed_in(user).get(f"/visits/parties/{party.pk}/").content.decode()
        assert MASKED in page and "1655" not in page


def test_who_was_captured_since_the_reservation_is_the_host_at_once(mgr1: User) -> None:
    booked = make_reservation(by=mgr1, starts_at=EVENING, now=EVENING, room=make_room(), guest_phone=NUMBER)
    guest = make_customer(phone=NUMBER)
    party = make_party(by=mgr1, room=make_room(), now=EVENING, reservation=booked)
    assert (party.customer, party.host_phone) == (guest, "")


@written
def test_captured_without_a_network_the_guest_is_the_host_too_and_a_closed_party_stays_as_it_is(
    mgr1: User, signed_in: Any, furnished: None
) -> None:
    client = signed_in(mgr1)
    for is_closed in (False, True):
        party = make_party(by=mgr1, room=make_room(), now=EVENING, host_name="李雷")
        if is_closed:
            seating.close_party(party=party, by=mgr1)
        typed = entry("mgr1", "capture", capture_data(party=str(party.pk)))
        assert client.post("/offline/entries/", message(typed), content_type="application/json").status_code == 200
        party.refresh_from_db()
        assert (party.customer is None) is is_closed
    assert Customer.objects.count() == 2


@written
def test_a_party_that_is_not_there_costs_no_capture(mgr1: User, signed_in: Any, furnished: None) -> None:
    client = signed_in(mgr1)
    answer = client.post("/customers/new/", capture_data(party="999999999"))
    assert answer.status_code == 303 and Customer.objects.count() == 1
    assert client.post("/customers/new/", capture_data(party="x")).status_code == 422


def test_a_captured_guest_joins_a_party_that_has_a_host_by_now(mgr1: User) -> None:
    host, guest = make_customer(), make_customer()
    party = make_party(by=mgr1, room=make_room(), now=EVENING, customer=host)
    seating.take_in_captured(party=party.pk, customer=guest, by=mgr1)
    party.refresh_from_db()
    assert party.customer == host and PartyGuest.objects.get().customer == guest

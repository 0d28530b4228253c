"""An answer by the room's code has no name: it is of the party, on no guest's page; "contact me" asks for a number."""

import datetime as dt
import uuid
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client

from customers.erasing import erase_customer
from customers.models import AccessLog, Customer, Looks, LookTally
from customers.tests.factories import make_customer
from feedback import complaints, guest_links
from feedback.models import Complaint, Survey
from feedback.tests.complaint_factories import make_complaint, make_survey
from staff.models import User
from visits.models import Party
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
EVENING = dt.datetime(2026, 11, 20, 14, tzinfo=dt.UTC)  # Friday, 22:00 at the venue
NUMBER, WHOLE, MASKED = "+8613816552203", "138 1655 2203", "138****2203"


@pytest.fixture(autouse=True)
def friday() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def host(mgr1: User) -> Customer:
    return make_customer(name="赵伟", owner=mgr1)


@pytest.fixture
def party(mgr1: User, host: Customer) -> Party:
    return make_party(by=mgr1, room=make_room("888"), now=EVENING, people=3, customer=host)


def answer(party: Party, **said: Any) -> Any:
    """What a phone is told that scans the code and sends its answer."""
    phone, url = Client(), f"/g/{guest_links.mint(party, EVENING)}/"
    phone.get(url)
    return phone.post(url, {"overall": "1", "comment": "没人理", "client_id": str(uuid.uuid4())} | said)


def test_its_complaint_is_on_the_partys_page_and_on_no_guests(
    mgr1: User, signed_in: Any, host: Customer, party: Party
) -> None:
    assert answer(party).status_code == 303
    mine: Any = Complaint.objects.get()
    assert (mine.party, mine.room, mine.customer, mine.owner) == (party, party.room, None, mgr1)
    assert Survey.objects.get().customer is None
    client, link = signed_in(mgr1), f"/feedback/complaints/{mine.pk}/"
    assert link in client.get(f"/feedback/parties/{party.pk}/complaints/").content.decode()
    guests = client.get(f"/feedback/guests/{host.pk}/complaints/")
    assert link not in guests.content.decode() and guests.context["complaints"] == guests.context["hidden"] == []
    assert client.get(f"/feedback/badges/?guests={host.pk}").context["marked"] == []
    page = client.get(link).content.decode()
    assert "the answer has no name" in page and "赵伟" not in page


def test_taken_in_by_hand_it_is_the_hosts_as_before(mgr1: User, host: Customer, party: Party) -> None:
    assert make_complaint(by=mgr1, party=party).customer == host


def test_contact_me_asks_for_a_number_and_the_answer_waits_for_it(party: Party) -> None:
    page = answer(party, overall="5", wants_contact="on")
    assert page.status_code == 422 and "Leave your number" in page.content.decode()
    assert "没人理" in page.content.decode(), "what was typed stays"
    assert answer(party, overall="5", wants_contact="on", phone="12345").status_code == 422
    assert not Survey.objects.exists()
    assert answer(party, overall="5", wants_contact="on", phone=WHOLE).status_code == 303
    assert Complaint.objects.get().contact_phone == NUMBER


def test_a_number_without_the_tick_is_the_same_wish_and_none_is_asked_of_the_others(party: Party) -> None:
    assert answer(party, overall="5").status_code == 303 and not Complaint.objects.exists()
    assert answer(party, overall="5", phone=WHOLE).status_code == 303
    assert Survey.objects.get(wants_contact=True).complaint.contact_phone == NUMBER


def test_a_number_that_is_on_file_makes_it_nobodys_either(party: Party) -> None:
    make_customer(phone=NUMBER)
    answer(party, wants_contact="on", phone=WHOLE)
    assert Complaint.objects.get().customer is None


def test_whoever_has_it_sees_the_number_and_the_office_after_writing_it_down(
    mgr1: User, mgr2: User, ops: User, desk_user: User, signed_in: Any, party: Party
) -> None:
    answer(party, wants_contact="on", phone=WHOLE)
    url = f"/feedback/complaints/{Complaint.objects.get().pk}/"
    assert f'href="tel:{NUMBER}"' in signed_in(mgr1).get(url).content.decode()
    assert signed_in(mgr2).post(f"{url}contact/").status_code == 404
    for user in (ops, desk_user):
        client = signed_in(user)
        page = client.get(url).content.decode()
        assert MASKED in page and "1655" not in page
        assert f'href="tel:{NUMBER}"' in client.post(f"{url}contact/").content.decode()
        assert AccessLog.objects.get(user=user).detail == f"complaint {Complaint.objects.get().pk}"
        assert LookTally.objects.get(user=user, kind=Looks.REVEAL).count == 1


def test_the_number_goes_when_the_complaint_is_closed_or_its_guest_erased(
    mgr1: User, desk_user: User, host: Customer, party: Party
) -> None:
    mine = make_complaint(by=mgr1, contact_phone=NUMBER)
    complaints.solve(complaint=mine, by=mgr1, words="…")
    complaints.close(complaint=mine, by=mgr1, root_cause="conduct")
    assert Complaint.objects.get().contact_phone == ""

    guest = make_customer(phone=NUMBER)
    answer(party, wants_contact="on", phone=WHOLE)
    erase_customer(customer=guest, by=desk_user, cause="retention", identity="not_needed")
    assert not Complaint.objects.exclude(contact_phone="").exists()
    assert "没人理" not in Complaint.objects.get(party=party).words


def test_what_was_the_hosts_until_now_becomes_the_partys(mgr1: User, host: Customer, party: Party) -> None:
    anonymous = make_complaint(by=mgr1, party=party, survey=make_survey(party=party))
    named = make_complaint(by=mgr1, party=party, survey=make_survey(customer=host), customer=host)
    Complaint.objects.update(customer=host)
    import_module("feedback.migrations.0009_anonymous_complaints").leave_hosts_alone(apps, None)
    anonymous.refresh_from_db()
    named.refresh_from_db()
    assert (anonymous.customer, named.customer) == (None, host)

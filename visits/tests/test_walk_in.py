"""A walk-in's number that nobody on file has: kept with the party, brought to the capture form, gone once on file."""

import datetime as dt
import re
import uuid

import pytest
import time_machine

from customers.erasing import erase_customer
from customers.models import Customer
from customers.tests.factories import make_customer
from visits import seating
from visits.forms.reservations import next_start
from visits.models import Party, PartyGuest
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
NUMBER, WHOLE, MASKED = "+8613816552203", "138 1655 2203", "138****2203"
PartyEvent = Party.events.rel.related_model


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def party(mgr1):
    return make_party(by=mgr1, room=make_room("601"), now=EVENING, host_name="李雷", host_phone=NUMBER)


@pytest.mark.django_db(transaction=True)
def test_a_walk_ins_unknown_number_stays_with_the_party(mgr1, signed_in, furnished):
    said = {"reservation": "", "phone": WHOLE, "name": "李雷", "people": "4", "client_id": str(uuid.uuid4())}
    answer = signed_in(mgr1).post(f"/visits/rooms/{make_room().pk}/seat/", said)
    party = Party.objects.get()
    assert (party.host_phone, party.host_name, party.customer) == (NUMBER, "李雷", None)
    assert "1655" not in answer["Location"]


def test_the_number_is_whole_for_whose_party_it_is_alone(party, mgr1, mgr2, ops, desk_user, signed_in):
    url = f"/visits/parties/{party.pk}/"
    assert WHOLE in signed_in(mgr1).get(url).content.decode()
    for user in (mgr2, ops, desk_user):
        page = signed_in(user).get(url).content.decode()
        assert MASKED in page and "1655" not in page


def test_new_guest_brings_name_and_number_to_the_form_by_post_and_captures_nothing(party, mgr1, mgr2, signed_in):
    client = signed_in(mgr1)
    row = client.get(f"/visits/parties/{party.pk}/").content.decode().partition("guests-title")[2]
    sent = dict(re.findall(r'name="(name|phone|prefill)" value="([^"]*)"', row.partition("</form>")[0]))
    assert sent == {"name": "李雷", "phone": WHOLE, "prefill": "1"}

    page = client.post("/customers/new/", sent).content.decode()

    assert f'value="{WHOLE}"' in page and 'value="李雷"' in page and "is-invalid" not in page
    assert not Customer.objects.exists()


def test_the_bottles_card_of_a_party_of_nobody_on_file_says_so(party, mgr1, signed_in):
    card = signed_in(mgr1).get(f"/visits/parties/{party.pk}/bottles/")
    assert card.status_code == 200 and "Nobody of this party is on file" in card.content.decode()


def test_once_on_file_they_become_the_host_by_one_tap_and_the_number_leaves_the_party(party, mgr2, signed_in):
    guest = make_customer(name="李雷雷", phone=NUMBER)
    client, url = signed_in(mgr2), f"/visits/parties/{party.pk}/"
    assert "on file now as 李雷雷" in client.get(url).content.decode()
    assert client.post(f"{url}join/", {"host": "1"}).status_code == 303
    party.refresh_from_db()
    assert (party.customer, party.host_phone) == (guest, "") and not PartyGuest.objects.exists()
    assert "1655" not in client.get(url).content.decode()


def test_erasing_whoever_has_the_number_takes_it_out_of_the_party_and_its_past(party, mgr1, desk_user):
    seating.move_party(party=party, room=make_room("602"), by=mgr1, now=EVENING)
    guest = make_customer(phone=NUMBER)
    erase_customer(customer=guest, by=desk_user, cause="retention", identity="not_needed")
    party.refresh_from_db()
    assert (party.host_phone, party.host_name) == ("", "")
    assert not PartyEvent.objects.filter(host_phone=NUMBER).exists()


# --- when the next reservation begins --------------------------------------------------------------------------------


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-11-27T18:30", "2026-11-27T20:00"),
        ("2026-11-27T20:00", "2026-11-27T20:00"),
        ("2026-11-27T20:01", "2026-11-27T20:15"),
        ("2026-11-27T23:50", "2026-11-28T00:00"),
        ("2026-11-28T11:45", "2026-11-28T11:45"),
        ("2026-11-28T11:46", "2026-11-28T20:00"),
        ("2026-11-28T12:00", "2026-11-28T20:00"),
    ],
)
def test_the_time_offered_is_never_past(now, wanted):
    at = [dt.datetime.fromisoformat(f"{text}+08:00") for text in (now, wanted)]
    assert next_start(at[0]) == at[1]


@pytest.mark.venue_zone
def test_before_noon_the_form_offers_the_evening_that_comes(mgr1, signed_in, friday):
    friday.move_to(dt.datetime.fromisoformat("2026-11-28T11:50+08:00"))
    page = signed_in(mgr1).get("/visits/reservations/new/").content.decode()
    assert 'name="night" value="2026-11-28"' in page and 'name="clock" value="20:00"' in page

"""Opt-outs from a room's card: limited per room and night, told to operations, undone by them, on record for good."""

import datetime as dt
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.test import Client
from django.utils import timezone

from customers.merging import merge_customers
from customers.models import Consent, Customer
from customers.services import update_customer
from customers.tests.factories import make_customer
from feedback import guest_links, opt_outs
from feedback.models import GuestOptOut, OptOutReview
from staff.models import User
from vipdesk import nights
from vipdesk.tests.at_once import at_once
from visits.models import Room
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db
NUMBER = "+8613800001111"


@pytest.fixture
def room() -> Room:
    room = make_room("888")
    guest_links.code_of(room)
    return room


def guest_of(number: str = NUMBER, **facts: Any) -> Customer:
    return make_customer(**({"phone": number, "sms_consent": True, "call_consent": True} | facts))


def send(room: Room, number: str = NUMBER, *, party: Any = None, **typed: str) -> Any:
    token = guest_links.mint(party, timezone.now()) if party else guest_links.code_of(room)
    return Client().post(f"/g/{token}/silence/", {"phone": number} | typed)


def review(client: Client, room: Room, decision: str = "undone", **typed: Any) -> Any:
    rows = list(GuestOptOut.objects.filter(room=room).values_list("pk", flat=True))
    data = {"opt_outs": rows, "decision": decision, "reason": "试出来的号码"} | typed
    return client.post(f"/feedback/opt-outs/{nights.tonight():%Y-%m-%d}/{room.pk}/", data)


def consents(guest: Customer) -> tuple[bool, bool]:
    guest.refresh_from_db()
    return guest.sms_consent, guest.call_consent


# --- what a room may send ------------------------------------------------------------------------------------------


def test_a_rooms_own_code_withdraws_messages_and_no_calls(room: Room) -> None:
    guest = guest_of()
    assert 'name="calls"' not in Client().get(f"/g/{guest_links.code_of(room)}/silence/").content.decode()
    assert send(room, calls="on").status_code == 303
    assert consents(guest) == (False, True)
    assert not Consent.objects.filter(kind="call").exists()


def test_a_partys_token_withdraws_calls_too(room: Room, mgr1: User) -> None:
    guest, party = guest_of(), make_party(by=mgr1, room=room, now=timezone.now())
    assert send(room, party=party, calls="on").status_code == 303
    assert consents(guest) == (False, False)
    assert GuestOptOut.objects.get().party == party


def test_a_room_sends_no_more_than_its_limit_a_night_known_numbers_or_not(
    room: Room, mgr1: User, settings: Any
) -> None:
    settings.GUEST_OPT_OUTS = settings.GUEST_OPT_OUTS | {"room": 2}
    last, party = guest_of(), make_party(by=mgr1, room=room, now=timezone.now())
    assert send(room, "13900000001").status_code == 303
    guest_links.renew_code(room)
    assert send(room, "13900000002", party=party).status_code == 303, "a new card and a party's token count as the room"
    for refused in (send(room), send(room, "13900000003"), send(room, party=party)):
        assert refused.status_code == 429 and "Too many opt-outs came from this room" in refused.content.decode()
    assert consents(last) == (True, True)
    assert send(make_room()).status_code == 303, "another room has its own"


def test_the_next_night_a_room_may_send_again(room: Room, settings: Any, time_machine: Any) -> None:
    settings.GUEST_OPT_OUTS = settings.GUEST_OPT_OUTS | {"room": 1}
    assert [send(room).status_code for _n in range(2)] == [303, 429]
    time_machine.move_to(timezone.now() + dt.timedelta(days=1))
    assert send(room).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_of_ten_opt_outs_at_once_a_room_sends_no_more_than_its_limit(furnished: None, settings: Any) -> None:
    settings.GUEST_OPT_OUTS = settings.GUEST_OPT_OUTS | {"room": 3}
    room = make_room()
    guest_links.code_of(room)
    answers = sorted(at_once(10, lambda n: send(room, f"1390000000{n}").status_code))
    assert answers == [303] * 3 + [429] * 7
    assert GuestOptOut.objects.count() == 3


# --- what operations are told --------------------------------------------------------------------------------------


def test_operations_are_told_of_a_room_and_of_a_night_until_they_decided(
    room: Room, ops: User, signed_in: Any, settings: Any
) -> None:
    settings.GUEST_OPT_OUTS = {"room": 9, "room_alert": 2, "night_alert": 3}
    send(room, "13900000001")
    assert not list(opt_outs.alerts())
    send(room, "13900000002")
    (told,) = opt_outs.alerts()
    assert "888" in told.text and "2" in told.text and told.url.startswith("/feedback/opt-outs/#")
    send(make_room("777"), "13900000003")
    assert len(list(opt_outs.alerts())) == 2
    assert str(told.text) in signed_in(ops).get("/admin/").content.decode()
    assert review(signed_in(ops), room, "kept").status_code == 302
    assert not list(opt_outs.alerts())


def test_the_list_shows_masked_numbers_only(room: Room, ops: User, signed_in: Any) -> None:
    guest_of()
    send(room)
    html = signed_in(ops).get("/feedback/opt-outs/").content.decode()
    assert "1111" in html and "13800001111" not in html and "1380000" not in html


# --- undoing -------------------------------------------------------------------------------------------------------


def test_operations_undo_a_rooms_night_and_the_log_only_grows(
    room: Room, mgr1: User, ops: User, signed_in: Any
) -> None:
    guest, unknown, party = guest_of(), "13900000001", make_party(by=mgr1, room=room, now=timezone.now())
    send(room, party=party, calls="on")
    send(room, unknown)
    before = list(Consent.objects.order_by("pk").values_list("pk", flat=True))
    assert review(signed_in(ops), room).status_code == 302
    assert consents(guest) == (True, True)
    log = Consent.objects.order_by("pk")
    assert [said.pk for said in log][: len(before)] == before
    assert [(said.kind, said.action, said.channel, said.recorded_by) for said in log][2:] == [
        ("sms", "granted", "desk", ops), ("call", "granted", "desk", ops),
    ]  # fmt: skip
    done = OptOutReview.objects.get(opt_out__customer=guest)
    assert (done.decision, done.reason, done.decided_by) == ("undone", "试出来的号码", ops)
    for row in (done, done.opt_out):
        with pytest.raises(InternalError), transaction.atomic():
            row.delete()


def test_what_was_withdrawn_twice_holds_again_once_both_rooms_are_undone(room: Room, ops: User, signed_in: Any) -> None:
    guest, other = guest_of(), make_room()
    send(room), send(room), send(other)
    review(signed_in(ops), room)
    assert consents(guest) == (False, True), "the other room's still stands"
    review(signed_in(ops), other)
    assert consents(guest) == (True, True)


def test_what_the_guest_said_since_stays(room: Room, mgr1: User, ops: User, signed_in: Any) -> None:
    guest = guest_of(owner=mgr1)
    send(room)
    for consent in (True, False):
        guest.refresh_from_db()
        guest.sms_consent = consent
        update_customer(customer=guest, changed=["sms_consent"], seen=guest.updated_at, by=mgr1)
    review(signed_in(ops), room)
    assert consents(guest) == (False, True)


def test_one_opt_out_alone_is_undone_and_the_others_stand(room: Room, ops: User, signed_in: Any) -> None:
    guest, other = guest_of(), guest_of("+8613800002222")
    send(room), send(room, "13800002222")
    first = GuestOptOut.objects.get(customer=guest).pk
    assert review(signed_in(ops), room, opt_outs=[first]).status_code == 302
    assert (consents(guest)[0], consents(other)[0]) == (True, False)


def test_a_consent_never_given_is_not_made_by_undoing(room: Room, ops: User, signed_in: Any) -> None:
    guest = guest_of(sms_consent=False)
    send(room)
    review(signed_in(ops), room)
    assert consents(guest) == (False, True)


def test_a_merged_guests_opt_out_is_undone_with_who_goes_on(
    room: Room, ops: User, desk_user: User, signed_in: Any
) -> None:
    merged, kept = guest_of(), guest_of("+8613800002222")
    merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    send(room)
    assert consents(kept) == (False, True)
    review(signed_in(ops), room)
    assert consents(kept) == (True, True)


@pytest.mark.parametrize(("typed", "says"), [({"reason": " "}, "Say why"), ({"opt_outs": []}, "Choose at least one")])
def test_a_decision_without_a_reason_or_a_choice_is_refused_at_the_field(
    room: Room, ops: User, signed_in: Any, typed: dict[str, Any], says: str
) -> None:
    guest_of()
    send(room)
    refused = review(signed_in(ops), room, **typed)
    assert refused.status_code == 422 and says in refused.content.decode()
    assert not OptOutReview.objects.exists()


def test_a_decision_is_made_once_and_on_its_own_room_alone(room: Room, ops: User, signed_in: Any) -> None:
    guest_of()
    send(room)
    row, client = GuestOptOut.objects.get().pk, signed_in(ops)
    elsewhere = client.post(
        f"/feedback/opt-outs/{nights.tonight():%Y-%m-%d}/{make_room().pk}/",
        {"opt_outs": [row], "decision": "undone", "reason": "x"},
    )
    assert elsewhere.status_code == 422
    assert [review(client, room).status_code for _n in range(2)] == [302, 422]

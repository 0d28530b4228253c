"""Working the list on the tablet: order, what is said of a guest, outcomes in one tap, what follows from them (T9 T2)."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.db import InternalError, transaction
from django.test import Client

from customers.models import Consent, Customer, MembershipTier
from customers.tests.factories import make_customer
from feedback.tests.complaint_factories import make_complaint
from outreach import evening, jobs, rules
from outreach.building import build_call_list
from outreach.callbacks import build_callbacks
from outreach.models import Call, CallList, CallListEntry, Contact
from outreach.my_list import my_list
from outreach.tests.factories import entry_of, make_call, make_guest
from staff.models import User
from vipdesk.tests.marks import mark_of
from visits.tests.factories import make_bottle

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 25)  # a Wednesday
EVENING = dt.datetime.fromisoformat("2026-11-25T18:10+08:00")


@pytest.fixture(autouse=True)
def at_six() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def listed(mgr: User, **facts: Any) -> CallListEntry:
    """Somebody on tonight's list, by a birthday tomorrow."""
    guest = make_guest(**({"owner": mgr, "birthday_month": 11, "birthday_day": 26} | facts))
    build_call_list(night=NIGHT)
    return entry_of(guest, NIGHT)


def say(client: Client, entry: CallListEntry, outcome: str, **more: Any) -> Any:
    data = {"outcome": outcome, "note": "", "client_id": str(uuid.uuid4())} | more
    return client.post(f"/outreach/calls/{entry.pk}/", data, headers={"HX-Request": "true"})


def test_the_list_says_why_and_what_to_know_the_open_complaint_first(mgr1: User, signed_in: Any) -> None:
    guest = make_guest(
        name="周子昂",
        owner=mgr1,
        tier=MembershipTier.objects.get(code="gold"),
        birthday_month=10,
        birthday_day=19,
        birthday_calendar="lunar",
        birthday_year=1985,
        likes_drinks="麦卡伦",
        last_seen_night=NIGHT - dt.timedelta(days=20),
    )
    make_bottle(guest, bottle_no="0231", expires_on=NIGHT + dt.timedelta(days=6))
    make_complaint(by=mgr1, customer=guest)
    build_call_list(night=NIGHT)

    page = signed_in(mgr1).get("/outreach/calls/").content.decode()

    assert "lunar birthday on Fri 27 Nov, 十月十九; bottle 0231 expires in 6 days" in page
    assert page.index("open complaint") < page.index("lunar birthday") < page.index("麦卡伦")
    assert f'href="tel:{guest.phone}"' in page and "last here Thu 5 Nov" in page


def test_one_tap_writes_the_call_and_the_next_guest_comes(mgr1: User, signed_in: Any) -> None:
    second = make_guest(name="second", owner=mgr1, birthday_month=11, birthday_day=28)
    first = listed(mgr1, name="first")
    page = say(signed_in(mgr1), first, "coming", note="eight people")

    call = Call.objects.get()
    assert (call.outcome, call.note, call.night, call.manager) == ("coming", "eight people", NIGHT, mgr1)
    assert [line.guest for line in page.context["mine"].open] == [second]
    assert page.context["mine"].reached == 1
    assert Customer.objects.get(pk=first.customer_id).last_contact_night == NIGHT


def test_who_does_not_answer_goes_to_the_end_and_stays_open(mgr1: User, signed_in: Any) -> None:
    second = make_guest(owner=mgr1, birthday_month=11, birthday_day=28)
    first = listed(mgr1)
    say(signed_in(mgr1), first, "no_answer")
    assert [line.guest.pk for line in my_list(mgr1, NIGHT).open] == [second.pk, first.customer_id]
    assert Customer.objects.get(pk=first.customer_id).last_contact_night is None


def test_asking_not_to_be_called_withdraws_consent_at_once_and_hides_the_number(mgr1: User, signed_in: Any) -> None:
    entry = listed(mgr1)
    client = signed_in(mgr1)
    page = say(client, entry, "no_calls").content.decode()

    guest = Customer.objects.get(pk=entry.customer_id)
    said = Consent.objects.filter(customer=guest).values_list("kind", "action", "recorded_by", "channel")
    assert not guest.call_consent and list(said) == [("call", "withdrawn", mgr1.pk, "tablet")]
    assert str(guest.phone) not in page
    assert say(client, entry, "coming").status_code == 409
    assert Call.objects.count() == 1


def test_the_same_tap_twice_is_one_call_and_other_content_is_refused(mgr1: User, signed_in: Any) -> None:
    entry, client, client_id = listed(mgr1), signed_in(mgr1), str(uuid.uuid4())
    answers = [say(client, entry, "no_answer", client_id=client_id) for _n in range(2)]
    assert [answer["Desk-Receipt"] for answer in answers] == [client_id, client_id]
    assert say(client, entry, "coming", client_id=client_id).status_code == 409
    assert Call.objects.count() == 1


def test_nobody_calls_from_anothers_list_nor_from_another_nights(
    mgr1: User, mgr2: User, signed_in: Any, at_six: Any
) -> None:
    entry = listed(mgr1)
    assert say(signed_in(mgr2), entry, "coming").status_code == 404
    assert say(signed_in(mgr1), entry, "married").status_code == 409
    at_six.move_to(EVENING + dt.timedelta(days=1))
    assert say(signed_in(mgr1), entry, "coming").status_code == 409
    assert not Call.objects.exists()


def test_calls_and_contacts_only_grow(mgr1: User) -> None:
    call = make_call(listed(mgr1), "coming")
    contact = Contact.objects.create(
        customer=call.customer, channel="wechat", text="x", night=NIGHT, by=mgr1, client_id=uuid.uuid4()
    )
    for row in (call, contact):
        with pytest.raises(InternalError), transaction.atomic():
            row.delete()
        with pytest.raises(InternalError), transaction.atomic():
            row.save()


def test_the_reservation_form_opens_with_the_guest_in_it(mgr1: User, mgr2: User, signed_in: Any) -> None:
    entry = listed(mgr1, name="钱二")
    page = signed_in(mgr1).post("/visits/reservations/new/", {"guest": entry.customer_id})
    assert page.status_code == 200
    assert page.context["form"].initial == {"phone": entry.customer.shown_phone, "name": "钱二"}
    assert signed_in(mgr2).post("/visits/reservations/new/", {"guest": entry.customer_id}).status_code == 404
    assert signed_in(mgr1).post("/visits/reservations/new/", {"guest": "x"}).status_code == 404


def test_last_nights_new_guests_are_called_back_by_who_captured_them(mgr1: User, mgr2: User) -> None:
    last_night = EVENING - dt.timedelta(days=1)
    mine = make_customer(owner=mgr2, captured_by=mgr1, captured_at=last_night, call_consent=True)
    make_customer(owner=mgr1, captured_at=last_night, call_consent=False)
    make_customer(owner=mgr1, captured_at=last_night - dt.timedelta(days=1), call_consent=True)
    left = make_customer(captured_at=last_night, call_consent=True)
    entries = build_callbacks(night=NIGHT).call_list.entries.order_by("place")
    assert [(one.customer, one.manager) for one in entries] == [(mine, mgr1), (left, mgr1)]
    assert not build_callbacks(night=NIGHT).is_new
    assert my_list(mgr1, NIGHT).lines[0].why == ["new guest of last night"]
    assert Customer.objects.visible_to(mgr1).get(pk=mine.pk).is_open


def test_the_job_makes_both_lists_on_a_call_night_and_call_backs_on_any(mgr1: User) -> None:
    rules.current()
    thursday, friday = NIGHT + dt.timedelta(days=1), NIGHT + dt.timedelta(days=2)
    assert jobs.CALL_LISTS.due(NIGHT) == dt.datetime.fromisoformat("2026-11-25T16:30+08:00")
    for night in (NIGHT, thursday, friday, friday):
        jobs.CALL_LISTS.run(night)
    made = CallList.objects.order_by("night", "kind").values_list("night", "kind")
    assert list(made) == [(NIGHT, "calls"), (NIGHT, "new"), (thursday, "calls"), (thursday, "new"), (friday, "new")]


def test_the_evening_knows_who_was_not_tried(mgr1: User) -> None:
    second = make_guest(owner=mgr1, birthday_month=11, birthday_day=28)
    make_call(listed(mgr1), "no_answer")
    [gap] = evening.wrap_up(mgr1, NIGHT)
    assert gap.text == "1 guest on your call list was not tried." and gap.url == "/outreach/calls/"
    assert evening.night_columns(NIGHT)[mgr1.pk]["Calls"].text == "1 / 2"
    Customer.objects.filter(pk=second.pk).update(call_consent=False)
    assert evening.wrap_up(mgr1, NIGHT) == []
    assert evening.duty_facts(mgr1, NIGHT) == {}
    build_callbacks(night=NIGHT)
    assert evening.duty_facts(mgr1, NIGHT) == {"callbacks": EVENING}


def test_the_page_is_as_many_statements_however_long_the_list(
    mgr1: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _n in range(12):
        make_bottle(make_guest(owner=mgr1, birthday_month=11, birthday_day=28), expires_on=NIGHT)
    listed(mgr1)
    client = signed_in(mgr1)
    client.get("/outreach/calls/")
    with django_assert_max_num_queries(14):
        assert len(client.get("/outreach/calls/").context["mine"].lines) == 13


def test_operations_see_how_far_everybody_is(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    make_guest(owner=mgr2, birthday_month=11, birthday_day=26)
    make_call(listed(mgr1), "coming")
    rows = signed_in(ops).get("/outreach/calls/").context["rows"]
    assert [(row.manager, row.listed, row.tried, row.reached) for row in rows] == [("林静", 1, 1, 1), ("高强", 1, 0, 0)]
    assert signed_in(ops).get("/outreach/calls/?night=2026-11-18").context["rows"] == []


def test_tonight_shows_whom_to_call_next(mgr1: User, signed_in: Any) -> None:
    listed(mgr1, name="钱二")
    client = signed_in(mgr1)
    card = client.get("/outreach/calls/mine/", headers={"HX-Request": "true"})
    assert "钱二" in card.content.decode() and "0 / 1" in card.content.decode()
    again = client.get("/outreach/calls/mine/", {"seen": mark_of(card)}, headers={"HX-Request": "true"})
    assert again.status_code == 204


def test_a_contact_is_written_down_once_and_others_see_only_their_own(
    mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    guest = make_guest(owner=mgr1)
    form = {"channel": "wechat", "text": "要888包厢", "client_id": str(uuid.uuid4())}
    for _n in range(2):
        answer = signed_in(mgr1).post(f"/outreach/guests/{guest.pk}/contacts/new/", form)
        assert answer.status_code == 303 and answer["Desk-Receipt"] == form["client_id"]
    assert Contact.objects.get().by == mgr1
    assert Customer.objects.get(pk=guest.pk).last_contact_night == NIGHT
    cards = {who: signed_in(who).get(f"/outreach/guests/{guest.pk}/contacts/").content.decode() for who in (mgr1, ops)}
    assert all("要888包厢" in card and "WeChat" in card for card in cards.values())
    assert "要888包厢" not in signed_in(mgr2).get(f"/outreach/guests/{guest.pk}/contacts/").content.decode()
    nothing = signed_in(mgr1).post(f"/outreach/guests/{guest.pk}/contacts/new/", {"channel": "wechat", "text": ""})
    assert nothing.status_code == 422

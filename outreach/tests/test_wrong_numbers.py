"""A call that reached somebody else (T9): the record goes back to its capturer, out of the ten, and after-sales see it."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import Customer, IntakeReview
from outreach.building import build_call_list
from outreach.models import CallListEntry
from outreach.tests.factories import entry_of, make_guest
from staff.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
NIGHT = dt.date(2026, 11, 25)  # a Wednesday
EVENING = dt.datetime.fromisoformat("2026-11-25T18:10+08:00")
FOUND = "Numbers found wrong by a call"
BIRTHDAY = {"birthday_month": 11, "birthday_day": 26}


@pytest.fixture(autouse=True)
def at_six() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def entry(mgr1: User, mgr2: User) -> CallListEntry:
    """A guest whom mgr1 captured tonight and mgr2 looks after, on tonight's list."""
    guest = make_guest(name="钱二", captured_by=mgr1, owner=mgr2, **BIRTHDAY)
    build_call_list(night=NIGHT)
    return entry_of(guest, NIGHT)


def say(client: Client, entry: CallListEntry, outcome: str) -> Any:
    data = {"outcome": outcome, "note": "", "client_id": str(uuid.uuid4())}
    return client.post(f"/outreach/calls/{entry.pk}/", data, headers={"HX-Request": "true"})


def correct(client: Client, guest: Customer, **typed: str) -> Any:
    form = client.get(f"/customers/{guest.pk}/edit/").context["form"]
    names = (name for name in form.fields if name not in ("sms_consent", "is_key_account", "is_number_right"))
    values = {name: form[name].value() for name in names}
    return client.post(
        f"/customers/{guest.pk}/edit/", {k: v for k, v in values.items() if v not in (None, False)} | typed
    )


def text(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def of_ten(client: Client) -> int:
    """How many new guests Tonight counts, the first of its meters."""
    return int(re.findall(r"(\d+)<small> / 10</small>", text(client, "/tonight/"))[0])


def test_the_record_goes_back_to_its_capturer_and_after_sales_see_it(
    entry: CallListEntry, mgr1: User, mgr2: User, desk_user: User, signed_in: Any
) -> None:
    capturer, office = signed_in(mgr1), signed_in(desk_user)
    assert of_ten(capturer) == 1 and FOUND not in text(office, "/intake/")

    assert say(signed_in(mgr2), entry, "wrong").status_code == 200

    assert of_ten(capturer) == 0, "it counts toward nobody's ten"
    assert "Wrong number: a call reached somebody else." in text(capturer, "/tonight/")
    guest = entry.customer
    night = text(office, "/intake/2026-11-25/")
    listed = text(office, "/intake/")
    assert FOUND in listed and f"/customers/{guest.pk}/" in listed and "waits for 林静" in listed
    assert str(guest.phone)[3:] not in listed and "Wrong number: a call" in night
    review = IntakeReview.objects.get()
    assert (review.customer, review.status, review.reviewed_by) == (guest, "sent_back", mgr2)


def test_only_another_number_corrects_it(
    entry: CallListEntry, mgr1: User, mgr2: User, desk_user: User, signed_in: Any
) -> None:
    guest, capturer = entry.customer, signed_in(mgr1)
    say(signed_in(mgr2), entry, "wrong")
    assert correct(capturer, guest, home_address="徐汇区淮海路2号").status_code == 302
    guest.refresh_from_db()
    assert (guest.home_address, guest.intake_status) == ("徐汇区淮海路2号", "sent_back")
    assert of_ten(capturer) == 0

    assert correct(capturer, guest, phone="13816557788").status_code == 302

    guest.refresh_from_db()
    assert (guest.phone, guest.intake_status, guest.needs_check) == ("+8613816557788", "corrected", [])
    assert of_ten(capturer) == 1
    assert FOUND not in text(signed_in(desk_user), "/intake/")


def test_a_number_corrected_by_after_sales_or_made_main_corrects_it_too(
    entry: CallListEntry, mgr1: User, mgr2: User, desk_user: User, signed_in: Any
) -> None:
    guest, caller = entry.customer, signed_in(mgr2)
    say(caller, entry, "wrong")
    assert correct(signed_in(desk_user), guest, phone="13816557788").status_code == 302
    guest.refresh_from_db()
    assert guest.intake_status == "corrected"

    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", needs_check=["wrong_number"])
    caller.post(f"/customers/{guest.pk}/numbers/", {"phone": "13816557799"})
    added = guest.numbers.get(number="+8613816557799")
    caller.post(f"/customers/{guest.pk}/numbers/{added.pk}/main/")
    guest.refresh_from_db()
    assert (guest.phone, guest.intake_status, guest.needs_check) == ("+8613816557799", "corrected", [])


def test_a_number_that_is_right_after_all_is_said_on_the_form_and_called_again(
    entry: CallListEntry, mgr1: User, mgr2: User, signed_in: Any, at_six: Any
) -> None:
    guest, caller = entry.customer, signed_in(mgr2)
    assert "The number is right" not in text(caller, f"/customers/{guest.pk}/edit/")
    say(caller, entry, "wrong")
    at_six.shift(dt.timedelta(hours=1))
    capturer = signed_in(mgr1)
    assert "The number is right" in text(capturer, f"/customers/{guest.pk}/edit/")
    assert correct(capturer, guest, is_number_right="on").status_code == 302
    guest.refresh_from_db()
    assert (guest.intake_status, guest.needs_check) == ("corrected", [])
    at_six.shift(dt.timedelta(days=1))
    build_call_list(night=NIGHT + dt.timedelta(days=1))
    assert entry_of(guest, NIGHT + dt.timedelta(days=1)).manager == mgr2


def test_a_guest_reached_after_all_has_a_right_number(entry: CallListEntry, mgr2: User, signed_in: Any) -> None:
    client = signed_in(mgr2)
    for outcome, status in (("wrong", "sent_back"), ("no_answer", "sent_back"), ("coming", "corrected")):
        assert say(client, entry, outcome).status_code == 200
        assert Customer.objects.get().intake_status == status
    assert IntakeReview.objects.count() == 2


def test_what_was_sent_back_for_something_else_keeps_both_reasons(
    entry: CallListEntry, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    User.objects.filter(pk=mgr1.pk).update(language="zh-hans")
    Customer.objects.update(intake_status="sent_back", intake_reason="地址不全")
    for _n in range(2):
        say(signed_in(mgr2), entry, "wrong")
    assert Customer.objects.get().intake_reason == "{sheet.called_wrong} · 地址不全"
    mgr1.refresh_from_db()
    assert "号码有误：电话接通的不是本人。 · 地址不全" in text(signed_in(mgr1), "/tonight/")
    assert IntakeReview.objects.count() == 1


def test_what_nobody_captured_goes_to_who_looks_after_the_guest(mgr2: User, desk_user: User, signed_in: Any) -> None:
    guest = make_guest(owner=mgr2, captured_by=None, **BIRTHDAY)
    build_call_list(night=NIGHT)
    client = signed_in(mgr2)
    say(client, entry_of(guest, NIGHT), "wrong")
    assert [one.pk for one in client.get("/tonight/").context["sent_back"]] == [guest.pk]
    assert "waits for 高强" in text(signed_in(desk_user), "/intake/")

"""Habits written down in place (D7), and the correction form's own rules."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from customers.models import CareGrant, Customer
from customers.tests.factories import change, make_vip
from customers.tests.test_guests import as_typed
from staff.models import User

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
NIGHT = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def evening() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_vip(owner=mgr1)


def page_of(client: Any, guest: Customer) -> str:
    return " ".join(client.get(f"/customers/{guest.pk}/").content.decode().split())


# --- habits (D7) -----------------------------------------------------------------------------------------------------


def habits(guest: Customer, **typed: str) -> dict[str, str]:
    names = ("likes_drinks", "dislikes", "likes_rooms", "likes_music", "notes")
    return {name: getattr(guest, name) for name in names} | {"version": guest.updated_at.isoformat()} | typed


def test_owner_writes_a_taste_down_in_place(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client, url = signed_in(mgr1), f"/customers/{guest.pk}/habits/"
    form = client.get(f"{url}?field=dislikes", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in form and form.index('name="dislikes"') < form.index("autofocus") < form.index("likes_rooms")

    answer = client.post(url, habits(guest, likes_drinks="山崎 12 年"), headers={"HX-Request": "true"})

    assert answer.status_code == 200 and "山崎 12 年" in answer.content.decode()
    assert answer["HX-Trigger"] == "desk:guest-changed"
    page = page_of(client, guest)
    assert "<b>林静</b> changed the drinks from 麦卡伦 to 山崎 12 年" in page


def test_habits_work_as_plain_pages_too(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client, url = signed_in(mgr1), f"/customers/{guest.pk}/habits/"
    assert "<html" in client.get(url).content.decode()
    answer = client.post(url, habits(guest, likes_music="爵士"))
    assert answer.status_code == 302 and answer["Location"] == f"/customers/{guest.pk}/"
    refused = client.post(url, habits(guest, likes_music="长" * 201))
    assert refused.status_code == 422 and "<html" in refused.content.decode()


def test_habits_too_long_are_refused_at_the_field_and_stay_typed(guest: Customer, mgr1: User, signed_in: Any) -> None:
    typed = habits(guest, likes_drinks="长" * 201, dislikes="葡萄")
    answer = signed_in(mgr1).post(f"/customers/{guest.pk}/habits/", typed, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "likes_drinks" in answer.context["form"].errors
    assert "长" * 201 in page and "葡萄" in page
    assert Customer.objects.get(pk=guest.pk).dislikes == "火龙果"


def test_stale_habits_are_refused_once_with_what_stands_by_now(
    guest: Customer, mgr1: User, ops: User, signed_in: Any, evening: Any
) -> None:
    typed = habits(guest, likes_drinks="山崎")
    evening.shift(dt.timedelta(minutes=1))
    change(guest, ops, dislikes="<b>香菜</b>")
    client, url = signed_in(mgr1), f"/customers/{guest.pk}/habits/"

    answer = client.post(url, typed, headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert answer.status_code == 422 and "山崎" in page and "Somebody changed this guest" in page
    assert "On file now: &lt;b&gt;香菜&lt;/b&gt;" in page
    assert Customer.objects.get(pk=guest.pk).likes_drinks == "麦卡伦"
    typed["version"] = answer.context["form"].data["version"]
    assert client.post(url, typed, headers={"HX-Request": "true"}).status_code == 200
    assert Customer.objects.get(pk=guest.pk).likes_drinks == "山崎"


def test_a_taste_neither_corrects_a_sent_back_record_nor_confirms_a_guess(
    guest: Customer, mgr1: User, signed_in: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", needs_check=["birthday_year"])
    guest.refresh_from_db()
    signed_in(mgr1).post(f"/customers/{guest.pk}/habits/", habits(guest, likes_drinks="山崎"))
    guest.refresh_from_db()
    assert (guest.likes_drinks, guest.intake_status, guest.needs_check) == ("山崎", "sent_back", ["birthday_year"])


# --- the correction form ---------------------------------------------------------------------------------------------


def corrected(guest: Customer, **typed: Any) -> dict[str, Any]:

    return as_typed(guest, sms_consent="on", call_consent="on", tier=guest.tier_id, **typed)


def test_a_mark_without_a_rhythm_gets_thirty_days(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client, url = signed_in(mgr1), f"/customers/{guest.pk}/edit/"
    assert client.post(url, corrected(guest, is_key_account="on", contact_every_days="")).status_code == 302
    guest.refresh_from_db()
    assert (guest.is_key_account, guest.contact_every_days) == (True, 30)
    assert "marked the guest as a key account" in page_of(client, guest)

    assert client.post(url, corrected(guest, contact_every_days="30")).status_code == 302
    guest.refresh_from_db()
    assert (guest.is_key_account, guest.contact_every_days) == (False, 30)


@pytest.mark.parametrize("days", ["0", "366", "often"])
def test_a_rhythm_out_of_bounds_is_refused_at_its_field(guest: Customer, mgr1: User, signed_in: Any, days: str) -> None:
    answer = signed_in(mgr1).post(f"/customers/{guest.pk}/edit/", corrected(guest, contact_every_days=days))
    assert answer.status_code == 422 and "contact_every_days" in answer.context["form"].errors


def test_who_serves_the_guest_for_a_night_marks_no_key_account(guest: Customer, mgr2: User, signed_in: Any) -> None:
    CareGrant.objects.create(customer=guest, user=mgr2, night=NIGHT)
    Customer.objects.filter(pk=guest.pk).update(is_key_account=True, contact_every_days=14)
    guest.refresh_from_db()
    client, url = signed_in(mgr2), f"/customers/{guest.pk}/edit/"
    assert "is_key_account" not in client.get(url).content.decode()
    assert client.post(url, corrected(guest, contact_every_days="3", notes="x")).status_code == 302
    guest.refresh_from_db()
    assert (guest.is_key_account, guest.contact_every_days, guest.notes) == (True, 14, "x")

"""A guest's page, correcting it and looking at a number: masked where it is not theirs."""

import datetime as dt
from typing import Any

import pytest

from customers.models import AccessLog, CareGrant, Consent, Customer, IntakeReview, PhoneNumber
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import nights

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
WHOLE = "138 1655 2203"


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(
        name="赵伟",
        phone="+8613816552203",
        owner=mgr1,
        home_address="南京东路1号",
        notes="爱麦卡伦",
        birthday_year=1990,
    )


def as_typed(customer: Customer, **fields: Any) -> dict[str, Any]:
    """What the correction form sends when only `fields` were touched."""
    usual = {
        "name": customer.name,
        "phone": customer.phone,
        "birthday_calendar": customer.birthday_calendar,
        "birthday_month": customer.birthday_month or "",
        "birthday_day": customer.birthday_day or "",
        "birthday_year": customer.birthday_year or "",
        "home_address": customer.home_address,
        "work_address": customer.work_address,
        "notes": customer.notes,
        "source": customer.source,
        "version": customer.updated_at.isoformat(),
    }
    return usual | fields


# --- a guest's page ------------------------------------------------------------------------------------------------


def test_page_is_whole_for_its_owner_and_masked_for_others(
    guest: Customer, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    mine = signed_in(mgr1).get(f"/customers/{guest.pk}/").content.decode()
    theirs = signed_in(mgr2).get(f"/customers/{guest.pk}/").content.decode()

    assert WHOLE in mine and "南京东路" in mine and "爱麦卡伦" in mine
    assert WHOLE not in theirs and "16552203" not in theirs and "南京东路" not in theirs and "爱麦卡伦" not in theirs
    assert "138****2203" in theirs


def test_page_is_whole_for_who_cares_for_the_guest_tonight_only(guest: Customer, mgr2: User, signed_in: Any) -> None:
    client, tonight = signed_in(mgr2), nights.tonight()
    CareGrant.objects.create(customer=guest, user=mgr2, night=tonight - dt.timedelta(days=1))
    assert WHOLE not in client.get(f"/customers/{guest.pk}/").content.decode()

    CareGrant.objects.create(customer=guest, user=mgr2, night=tonight)
    assert WHOLE in client.get(f"/customers/{guest.pk}/").content.decode()


def test_office_reveals_a_number_and_it_is_written_down(guest: Customer, ops: User, signed_in: Any) -> None:
    client = signed_in(ops)
    assert WHOLE not in client.get(f"/customers/{guest.pk}/").content.decode()
    assert not AccessLog.objects.exists()

    assert WHOLE in client.post(f"/customers/{guest.pk}/reveal/").content.decode()
    looked = AccessLog.objects.get()
    assert (looked.user, looked.customer, looked.kind) == (ops, guest, "reveal")


def test_reveal_is_404_for_a_manager_whose_guest_it_is_not(guest: Customer, mgr2: User, signed_in: Any) -> None:
    assert signed_in(mgr2).post(f"/customers/{guest.pk}/reveal/").status_code == 404
    assert not AccessLog.objects.exists()


def test_reveal_by_get_changes_nothing(guest: Customer, ops: User, signed_in: Any) -> None:
    assert signed_in(ops).get(f"/customers/{guest.pk}/reveal/").status_code == 405


def test_page_frames_the_cards_of_other_apps(guest: Customer, mgr1: User, signed_in: Any, settings: Any) -> None:
    settings.GUEST_CARDS = ["customers:edit"]
    page = signed_in(mgr1).get(f"/customers/{guest.pk}/").content.decode()
    assert f'data-frame hx-get="/customers/{guest.pk}/edit/" hx-trigger="load' in page


# --- correcting ----------------------------------------------------------------------------------------------------


def test_owner_corrects_an_address_and_history_tells_it(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client = signed_in(mgr1)
    answer = client.post(f"/customers/{guest.pk}/edit/", as_typed(guest, home_address="淮海路9号", reason="moved"))

    assert answer.status_code == 302
    page = client.get(f"/customers/{guest.pk}/").content.decode()
    assert "changed the home address from 南京东路1号 to 淮海路9号" in page and "moved" in page and "林静" in page


def test_history_keeps_what_bulk_updates_change_too(guest: Customer) -> None:
    Customer.objects.filter(pk=guest.pk).update(name="赵伟明")
    assert [event.name for event in guest.events.all()] == ["赵伟"]


def test_history_and_consents_cannot_be_rewritten(guest: Customer) -> None:
    from django.db import transaction
    from django.db.utils import InternalError

    Customer.objects.filter(pk=guest.pk).update(name="赵伟明")
    Consent.objects.create(customer=guest, kind="sms", action="granted", channel="desk")
    for rows in (guest.events.all(), Consent.objects.all()):
        for act in (
            lambda rows=rows: rows.update(name="x") if rows.model is not Consent else rows.update(kind="call"),
            rows.delete,
        ):
            with pytest.raises(InternalError), transaction.atomic():
                act()


def test_another_managers_guest_is_not_there_to_correct(guest: Customer, mgr2: User, signed_in: Any) -> None:
    client = signed_in(mgr2)
    assert client.get(f"/customers/{guest.pk}/edit/").status_code == 404
    assert client.post(f"/customers/{guest.pk}/edit/", as_typed(guest, name="钱")).status_code == 404
    guest.refresh_from_db()
    assert guest.name == "赵伟"


def test_the_second_of_two_savers_is_told_and_keeps_what_they_typed(
    guest: Customer, mgr1: User, ops: User, signed_in: Any
) -> None:
    first = as_typed(guest, home_address="淮海路9号")
    second = as_typed(guest, notes="typed long")
    assert signed_in(ops).post(f"/customers/{guest.pk}/edit/", first).status_code == 302

    answer = signed_in(mgr1).post(f"/customers/{guest.pk}/edit/", second)

    guest.refresh_from_db()
    assert answer.status_code == 422 and "typed long" in answer.content.decode()
    assert (guest.home_address, guest.notes) == ("淮海路9号", "爱麦卡伦")


def test_a_number_of_another_guest_is_refused_at_the_field(guest: Customer, mgr1: User, signed_in: Any) -> None:
    make_customer(phone="+8613900001111")
    answer = signed_in(mgr1).post(f"/customers/{guest.pk}/edit/", as_typed(guest, phone="13900001111"))

    assert answer.status_code == 422 and "phone" in answer.context["form"].errors


def test_a_member_number_of_another_guest_is_refused_at_the_field(guest: Customer, mgr1: User, signed_in: Any) -> None:
    make_customer(member_no="V88")
    answer = signed_in(mgr1).post(f"/customers/{guest.pk}/edit/", as_typed(guest, member_no="v88", notes="typed long"))

    assert answer.status_code == 422 and "member_no" in answer.context["form"].errors
    assert "typed long" in answer.content.decode()


def test_consent_taken_back_is_logged_as_withdrawn(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client = signed_in(mgr1)
    client.post(f"/customers/{guest.pk}/edit/", as_typed(guest, sms_consent="on"))
    guest.refresh_from_db()
    client.post(f"/customers/{guest.pk}/edit/", as_typed(guest))

    assert list(Consent.objects.order_by("pk").values_list("kind", "action")) == [
        ("sms", "granted"),
        ("sms", "withdrawn"),
    ]


def test_saving_a_sent_back_record_corrects_it(guest: Customer, mgr1: User, signed_in: Any) -> None:
    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", intake_reason="门牌号")
    client = signed_in(mgr1)
    assert "门牌号" in client.get("/tonight/").content.decode()

    client.post(f"/customers/{guest.pk}/edit/", as_typed(guest, home_address="南京东路1弄2号"))

    guest.refresh_from_db()
    assert guest.intake_status == "corrected"
    assert IntakeReview.objects.get().status == "corrected"
    assert "门牌号" not in client.get("/tonight/").content.decode()


def test_who_captured_a_record_corrects_it_though_the_guest_is_anothers_by_now(
    guest: Customer, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    client, url = signed_in(mgr1), f"/customers/{guest.pk}/edit/"
    Customer.objects.filter(pk=guest.pk).update(owner=mgr2)
    assert client.get(url).status_code == 404

    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", intake_reason="门牌号")
    assert client.get(url).status_code == 200
    assert client.post(url, as_typed(guest, home_address="南京东路1弄2号")).status_code == 302
    assert client.get(url).status_code == 404


def test_office_correcting_a_sent_back_record_leaves_it_to_its_manager(
    guest: Customer, ops: User, signed_in: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(intake_status="sent_back", intake_reason="门牌号")
    signed_in(ops).post(f"/customers/{guest.pk}/edit/", as_typed(guest, home_address="南京东路1弄2号"))
    guest.refresh_from_db()
    assert guest.intake_status == "sent_back"


def test_opening_the_correction_page_is_a_look_by_the_office(
    guest: Customer, ops: User, mgr1: User, signed_in: Any
) -> None:
    signed_in(mgr1).get(f"/customers/{guest.pk}/edit/")
    assert not AccessLog.objects.exists()
    signed_in(ops).get(f"/customers/{guest.pk}/edit/")
    assert AccessLog.objects.get().user == ops


def test_saving_confirms_what_an_import_had_guessed(mgr1: User, signed_in: Any) -> None:
    guest = make_customer(owner=mgr1, needs_check=["birthday_year"])
    signed_in(mgr1).post(f"/customers/{guest.pk}/edit/", as_typed(guest))
    guest.refresh_from_db()
    assert guest.needs_check == []


@pytest.mark.parametrize("typed", ["+442079460958", "+44 20 7946 0958"])
def test_land_line_that_is_on_file_does_not_stand_in_the_way_of_a_correction(
    guest: Customer, mgr1: User, signed_in: Any, typed: str
) -> None:
    PhoneNumber.objects.update(number="+442079460958")
    Customer.objects.update(phone="+442079460958")
    guest.refresh_from_db()
    answer = signed_in(mgr1).post(
        f"/customers/{guest.pk}/edit/", as_typed(guest, home_address="淮海路9号", phone=typed)
    )
    assert answer.status_code == 302
    guest.refresh_from_db()
    assert (guest.phone, guest.home_address) == ("+442079460958", "淮海路9号")

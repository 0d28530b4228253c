"""Numbers of erased guests: blocked under a keyed hash for every sheet, free for whoever comes in person."""

from typing import Any

import pytest
from django.test import Client

from customers import forgetting
from customers.erasing import erase_customer
from customers.intake.importing import Report, import_customers
from customers.models import Consent, Customer, ForgottenNumber
from customers.tests.factories import capture_data, make_customer
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
NUMBER = "+8613816552203"
HTMX = {"HTTP_HX_REQUEST": "true"}
NEW = "/customers/new/"


@pytest.fixture
def forgotten(desk_user: User) -> Customer:
    """A guest who was here, and asked to be forgotten."""
    guest = make_customer(name="赵伟", phone=NUMBER, sms_consent=True)
    erase_customer(customer=guest, by=desk_user, identity="in_person", requested_on=nights.tonight())
    return guest


def sheet(*rows: str, **options: Any) -> Report:
    text = "姓名,电话,家庭住址,接受短信\n" + "\n".join(rows)
    return import_customers(data=text.encode(), filename="x.csv", **options)


def test_a_number_is_remembered_by_a_hash_that_needs_the_key(forgotten: Customer, settings: Any) -> None:
    kept = ForgottenNumber.objects.get().digest
    assert kept == forgetting.digest(NUMBER) and "1381655" not in kept

    settings.NUMBER_HASH_KEY = "another"

    assert forgetting.forgotten([NUMBER]) == set()


def test_many_numbers_are_asked_for_in_one_statement(forgotten: Customer, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert forgetting.forgotten([NUMBER, "+8613816552204"]) == {NUMBER}
    with django_assert_num_queries(0):
        assert forgetting.forgotten([]) == set()


@pytest.mark.parametrize("dry_run", [True, False])
def test_no_sheet_brings_a_forgotten_guest_back(forgotten: Customer, dry_run: bool) -> None:
    report = sheet("赵伟,138 1655 2203,南京东路1号,是", "王芳,13816552204,南京东路2号,", dry_run=dry_run)

    assert (report.rows, report.rejected, report.created) == (2, 1, 1)
    assert [(line.row, line.field) for line in report.errors] == [(2, "phone")]
    assert "erased" in report.errors[0].message and "2203" not in report.errors[0].message
    assert not Customer.objects.filter(phone=NUMBER).exists()


def test_a_sheet_updates_who_came_back_in_person_but_brings_no_consent(forgotten: Customer) -> None:
    back = make_customer(name="赵伟", phone=NUMBER, home_address="")

    report = sheet("赵伟,13816552203,南京东路1号,是")

    back.refresh_from_db()
    assert (report.updated, back.home_address, back.sms_consent) == (1, "南京东路1号", False)
    assert any(line.field == "sms_consent" for line in report.warnings)


def test_capture_in_person_makes_a_new_guest_and_says_so(forgotten: Customer, mgr1: User, signed_in: Any) -> None:
    tablet = signed_in(mgr1)

    typed = tablet.post("/customers/lookup/", {"phone": "13816552203"}).content.decode()
    answer = tablet.post(NEW, capture_data(phone="13816552203", sms_consent=None), **HTMX)

    assert "was erased" in typed and "赵伟" not in typed
    assert answer.status_code == 200 and "was erased on" in answer.content.decode()
    back = Customer.objects.get(phone=NUMBER)
    assert back.pk != forgotten.pk and back.consents.count() == 3


@pytest.mark.parametrize(("said", "is_free"), [("on", True), (None, False)])
def test_only_a_fresh_yes_lets_the_number_be_written_to(
    forgotten: Customer, mgr1: User, signed_in: Any, said: str | None, is_free: bool
) -> None:
    signed_in(mgr1).post(NEW, capture_data(phone="13816552203", sms_consent=said))

    assert (forgetting.forgotten([NUMBER]) == set()) is is_free
    assert (ForgottenNumber.objects.get().lifted_at is not None) is is_free


def test_a_yes_given_later_lets_the_number_be_written_to(forgotten: Customer, mgr1: User, signed_in: Any) -> None:
    tablet: Client = signed_in(mgr1)
    tablet.post(NEW, capture_data(phone="13816552203", sms_consent=None))
    back = Customer.objects.get(phone=NUMBER)
    typed = {
        "name": back.name,
        "phone": NUMBER,
        "home_address": back.home_address,
        "birthday_month": 6,
        "birthday_day": 3,
        "birthday_calendar": "solar",
        "birthday_year": 1988,
        "version": back.updated_at.isoformat(),
    }
    tablet.post(f"/customers/{back.pk}/edit/", typed | {"sms_consent": "on"})

    assert Consent.objects.filter(customer=back, kind="sms", action="granted").exists()
    assert forgetting.forgotten([NUMBER]) == set()


def test_a_capture_that_is_refused_lifts_nothing(forgotten: Customer, mgr1: User, signed_in: Any) -> None:
    signed_in(mgr1).post(NEW, capture_data(phone="13816552203", consent=None))
    assert forgetting.forgotten([NUMBER]) == {NUMBER}


def test_forgotten_again_the_number_is_blocked_again(forgotten: Customer, mgr1: User, desk_user: User) -> None:
    forgetting.lift(NUMBER)
    back = make_customer(phone=NUMBER)
    erase_customer(customer=back, by=desk_user, identity="called_back", requested_on=nights.tonight())
    assert forgetting.forgotten([NUMBER]) == {NUMBER} and ForgottenNumber.objects.count() == 1

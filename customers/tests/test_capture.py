"""Capture (D1 S1): saved once, answered the same twice, refused with a reason at the field, counted for the night."""

import datetime as dt
import json
import threading
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers.captured import Told, told_after
from customers.models import Consent, Customer, PrivacyNotice
from customers.tests.factories import capture_data, make_customer
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from vipdesk.submissions import Submission, SubmissionConflict

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
NEW = "/customers/new/"


@pytest.fixture
def tablet(mgr1: User, signed_in: Any) -> Client:
    return signed_in(mgr1)


def test_manager_captures_a_guest_and_the_form_is_ready_for_the_next(tablet: Client, mgr1: User) -> None:
    answer = tablet.post(NEW, capture_data(phone="138 1655 2203", name="王芳"))

    guest = Customer.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{NEW}?saved={guest.pk}")
    assert (guest.phone, guest.name, guest.captured_by, guest.owner) == ("+8613816552203", "王芳", mgr1, mgr1)
    assert "王芳" in tablet.get(answer["Location"]).content.decode()


def test_manager_captures_by_htmx_and_the_counter_moves(tablet: Client) -> None:
    answer = tablet.post(NEW, data := capture_data(), **HTMX)

    assert answer.status_code == 200
    assert answer["Desk-Receipt"] == data["client_id"]
    assert "guest 2 of 10" in answer.content.decode()


def test_consents_are_logged_as_said_with_the_notice_in_force(tablet: Client, mgr1: User) -> None:
    tablet.post(NEW, capture_data(sms_consent="on", call_consent=None))

    said = {c.kind: (c.action, c.notice, c.recorded_by) for c in Consent.objects.all()}
    notice = PrivacyNotice.objects.get()
    assert said == {
        "notice": ("granted", notice, mgr1),
        "sms": ("granted", notice, mgr1),
        "call": ("refused", notice, mgr1),
    }
    guest = Customer.objects.get()
    assert (guest.sms_consent, guest.call_consent) == (True, False)


def test_nothing_is_saved_without_the_notice(tablet: Client) -> None:
    answer = tablet.post(NEW, capture_data(consent=None))

    assert answer.status_code == 422
    assert "consent" in answer.context["form"].errors
    assert not Customer.objects.exists() and not Consent.objects.exists() and not Submission.objects.exists()


def test_a_notice_that_changed_while_the_page_was_open_is_shown_again(tablet: Client) -> None:
    shown = PrivacyNotice.objects.get().version
    PrivacyNotice.objects.create(version=shown + 1, effective_from=dt.date(2021, 1, 1), text="新", text_en="new")

    answer = tablet.post(NEW, capture_data(notice_version=shown))

    assert answer.status_code == 422 and "consent" in answer.context["form"].errors
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": "00000000000"}, "phone"),
        ({"phone": "23812345678"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"name": "12345"}, "name"),
        ({"name": "……"}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "不详"}, "name"),
        ({"birthday_month": "4", "birthday_day": "31", "birthday_year": ""}, "birthday_day"),
        ({"birthday_month": "2", "birthday_day": "29", "birthday_year": "1990"}, "birthday_day"),
        (
            {"birthday_calendar": "lunar", "birthday_month": "8", "birthday_day": "31", "birthday_year": ""},
            "birthday_day",
        ),
        ({"birthday_month": "13"}, "birthday_month"),
        ({"birthday_month": ""}, "birthday_month"),
        ({"birthday_day": "x"}, "birthday_day"),
        ({"birthday_year": "2015"}, "birthday_year"),
        ({"birthday_year": "2090"}, "birthday_year"),
        ({"home_address": "", "work_address": " "}, "home_address"),
        ({"client_id": "not-a-uuid"}, "client_id"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_false_entries_are_refused_at_the_field_and_nothing_is_kept(
    tablet: Client, fields: dict[str, str], at: str
) -> None:
    answer = tablet.post(NEW, capture_data(**fields))

    assert answer.status_code == 422
    assert at in answer.context["form"].errors
    assert not Customer.objects.exists()


def test_what_was_typed_is_still_there_after_a_refusal(tablet: Client) -> None:
    page = tablet.post(NEW, capture_data(phone="1", name="欧阳子涵", notes="爱麦卡伦")).content.decode()

    assert "欧阳子涵" in page and "爱麦卡伦" in page


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("１３８１６５５２２０３", "+8613816552203"),
        ("0086 138-1655-2203", "+8613816552203"),
        ("+44 7400 123456", "+447400123456"),
        ("19912345678", "+8619912345678"),
    ],
)
def test_numbers_from_everywhere_are_kept_as_e164(tablet: Client, typed: str, kept: str) -> None:
    assert tablet.post(NEW, capture_data(phone=typed)).status_code == 303
    assert Customer.objects.get().phone == kept


def test_a_lunar_leap_birthday_is_kept_as_one(tablet: Client) -> None:
    tablet.post(
        NEW,
        capture_data(
            birthday_calendar="lunar", birthday_month="5", birthday_day="17", birthday_year="", birthday_is_leap="on"
        ),
    )

    guest = Customer.objects.get()
    assert (guest.birthday_calendar, guest.birthday_month, guest.birthday_day) == ("lunar", 5, 17)
    assert guest.birthday_is_leap and guest.birthday_year is None


def test_a_surname_with_a_title_is_taken_and_marked(tablet: Client) -> None:
    tablet.post(NEW, capture_data(name="李总"))

    guest = Customer.objects.get()
    assert guest.name_is_partial and Customer.objects.filter(is_incomplete=True).exists()


def test_a_number_on_file_opens_that_guest_instead_of_a_second_one(tablet: Client, mgr2: User) -> None:
    known = make_customer(name="赵伟", phone="+8613816552203", owner=mgr2)

    answer = tablet.post(NEW, capture_data(phone="13816552203", notes="typed long"))

    page = answer.content.decode()
    assert answer.status_code == 422 and "phone" in answer.context["form"].errors
    assert reverse("customers:page", args=[known.pk]) in page and "138****2203" in page and "高强" in page
    assert "typed long" in page
    assert Customer.objects.count() == 1 and not Submission.objects.exists()


def test_lookup_shows_who_has_the_number_masked(tablet: Client, mgr2: User) -> None:
    known = make_customer(name="赵伟", phone="+8613816552203", owner=mgr2)

    page = tablet.post("/customers/lookup/", {"phone": "138 1655 2203"}).content.decode()

    assert "赵伟" in page and "138****2203" in page and f"/customers/{known.pk}/" in page
    assert "16552203" not in page and "1655" not in page.replace("138****2203", "")


def test_lookup_says_nothing_while_the_number_is_not_whole(tablet: Client) -> None:
    assert tablet.post("/customers/lookup/", {"phone": "138165"}).content == b""


def test_lookup_is_no_get_so_that_numbers_stay_out_of_addresses(tablet: Client) -> None:
    assert tablet.get("/customers/lookup/", {"phone": "13816552203"}).status_code == 405


def test_the_same_form_twice_makes_one_guest_and_answers_the_same(tablet: Client) -> None:
    data = capture_data()
    first, again = tablet.post(NEW, data), tablet.post(NEW, data)

    assert (first.status_code, first["Location"], first["Desk-Receipt"]) == (
        again.status_code,
        again["Location"],
        again["Desk-Receipt"],
    )
    assert Customer.objects.count() == 1 and Consent.objects.count() == 3


def test_a_retry_after_the_rules_changed_still_gets_its_first_answer(tablet: Client) -> None:
    data = capture_data(notice_version=PrivacyNotice.objects.get().version)
    first = tablet.post(NEW, data)
    PrivacyNotice.objects.create(version=2, effective_from=dt.date(2021, 1, 1), text="新", text_en="new")

    assert tablet.post(NEW, data)["Location"] == first["Location"]


def test_the_same_uuid_with_other_content_is_a_conflict_and_both_are_kept(tablet: Client) -> None:
    data = capture_data()
    tablet.post(NEW, data)

    answer = tablet.post(NEW, data | {"name": "别人", "phone": "13800009999"})

    assert answer.status_code == 409 and answer["Desk-Receipt"] == data["client_id"]
    assert Customer.objects.count() == 1
    assert json.loads(SubmissionConflict.objects.get().content)["name"] == ["别人"]


def test_another_managers_uuid_tells_nothing_of_the_first(tablet: Client, mgr2: User, signed_in: Any) -> None:
    data = capture_data(name="王芳")
    tablet.post(NEW, data)

    answer = signed_in(mgr2).post(NEW, data)

    # The number is refused or the UUID is, and the receipt says no more than that: never the first one's answer.
    assert answer.status_code in (409, 422) and "王芳" not in answer.content.decode()
    assert answer["Desk-Receipt"] == data["client_id"]
    assert Customer.objects.count() == 1


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("moment", "night"),
    [
        ("2026-11-30T18:00+08:00", dt.date(2026, 11, 30)),
        ("2026-12-01T00:40+08:00", dt.date(2026, 11, 30)),
        ("2026-12-01T02:40+08:00", dt.date(2026, 11, 30)),
        ("2026-12-01T12:00+08:00", dt.date(2026, 12, 1)),
    ],
)
def test_a_capture_past_midnight_belongs_to_the_evening(
    mgr1: User, signed_in: Any, moment: str, night: dt.date
) -> None:
    with time_machine.travel(dt.datetime.fromisoformat(moment), tick=False):
        tablet = signed_in(mgr1)
        tablet.post(NEW, capture_data())

    assert Customer.objects.get().night == night


def test_ten_count_without_sent_back_ones_and_self_entries(mgr1: User, mgr2: User) -> None:
    from vipdesk import nights

    tonight = nights.tonight()
    make_customer(owner=mgr1)
    make_customer(owner=mgr1, intake_status="accepted")
    make_customer(owner=mgr1, intake_status="corrected")
    make_customer(owner=mgr1, intake_status="sent_back")
    make_customer(owner=mgr1, origin="self")
    guest = make_customer(owner=mgr2)

    assert Customer.objects.captured_by_manager(mgr1, tonight).count() == 3
    # A capture is answered by a statement of its own, which has to count the same.
    assert told_after(guest=guest, number=str(guest.phone), by=mgr1, night=tonight) == Told(3, None, None, None, None)


def test_capture_costs_at_most_eight_statements(tablet: Client, django_assert_max_num_queries: Any) -> None:
    tablet.post(NEW, capture_data())
    with django_assert_max_num_queries(100) as seen:
        assert tablet.post(NEW, capture_data(), **HTMX).status_code == 200

    work = [q["sql"] for q in seen.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(work) <= 8, "\n".join(work)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_fifty_parallel_posts_of_one_form_make_one_guest(mgr1: User, signed_in: Any) -> None:
    tablets = [signed_in(mgr1) for _ in range(50)]  # before, so that nothing but the posts themselves is raced
    for _ in range(20):
        data, free = capture_data(), iter(tablets)
        answers = _at_once(50, lambda data=data, free=free: next(free).post(NEW, data, **HTMX))

        assert {a.status_code for a in answers} == {200}
        assert {a["Desk-Receipt"] for a in answers} == {data["client_id"]}
        assert Customer.objects.filter(client_id=data["client_id"]).count() == 1
    assert Customer.objects.count() == 20 and Consent.objects.count() == 60


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_two_tablets_racing_on_one_number_leave_one_guest_and_two_clear_answers(
    mgr1: User, mgr2: User, signed_in: Any
) -> None:
    clients = [signed_in(mgr1), signed_in(mgr2)]
    for n in range(10):
        phone = f"1371234{n:04d}"
        posts = iter(clients)
        answers = _at_once(2, lambda phone=phone, posts=posts: next(posts).post(NEW, capture_data(phone=phone), **HTMX))

        assert sorted(a.status_code for a in answers) == [200, 422]
        refused = next(a for a in answers if a.status_code == 422)
        assert "on file" in refused.content.decode()
    assert Customer.objects.count() == 10


def _at_once(many: int, call: Any) -> list[Any]:
    """The answers of `many` callers who all start at the same moment, each on a connection of its own."""
    gate, answers = threading.Barrier(many), []

    def run() -> None:
        gate.wait()
        try:
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_capture_is_for_managers(signed_in: Any) -> None:
    desk = make_user("desk", roles.AFTERSALES)
    assert signed_in(desk).post(NEW, capture_data(client_id=str(uuid.uuid4()))).status_code == 403
    assert not Customer.objects.exists()

"""What a guest refused is not kept, and a form that nobody mends does not stay for good."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from customers.tests.dump import dump, where
from customers.tests.factories import capture_data
from staff.models import User
from vipdesk import held_ends, nights
from vipdesk.held import HeldSubmission
from vipdesk.submissions import Submission, SubmissionConflict
from vipdesk.tests.sealed import entry, make_held, message

pytestmark = pytest.mark.django_db
NAME, PHONE = "司马不愿", "13977776666"
BOY = str(nights.tonight().year - 12)


def send(client: Any, *fields: dict[str, Any]) -> list[str]:
    body = json.dumps(message(*(entry("mgr1", "capture", one) for one in fields)))
    answer = client.post("/offline/entries/", body, content_type="application/json")
    return [one["state"] for one in answer.json()["answers"]]


def guest(**facts: str) -> dict[str, Any]:
    return capture_data() | {"name": NAME, "phone": PHONE} | facts


def without_consent(**facts: str) -> dict[str, Any]:
    return {name: value for name, value in guest(**facts).items() if name != "consent"}


@pytest.mark.parametrize(
    "typed",
    [
        without_consent(),
        guest(consent=""),
        without_consent(birthday_month="13", home_address=""),
        guest(birthday_year=BOY),
        guest(birthday_year=BOY, birthday_month="2", birthday_day="30"),
        guest(birthday_year=BOY, birthday_month="", birthday_day=""),
        guest(birthday_year=BOY, birthday_calendar="lunar"),
        guest(birthday_year=BOY, phone=f"{PHONE}9", home_address=""),
    ],
)
def test_of_a_guest_without_consent_or_under_18_the_tablet_leaves_nothing_on_the_server(
    mgr1: User, signed_in: Any, typed: dict[str, Any]
) -> None:
    client = signed_in(mgr1)
    assert send(client, typed) == send(client, typed) == ["refusal"]
    assert client.post("/customers/new/", typed).status_code == 422
    assert where(dump(), NAME, PHONE) == []
    assert not HeldSubmission.objects.exists() and not Submission.objects.exists()
    assert "to mend" not in client.get("/tonight/").content.decode()


def test_a_refusal_under_the_uuid_of_a_guest_taken_in_is_no_conflict_that_keeps_it(mgr1: User, signed_in: Any) -> None:
    client, first = signed_in(mgr1), capture_data()
    other = without_consent(client_id=first["client_id"])
    assert [send(client, first), send(client, other)] == [["taken"], ["refusal"]]
    assert Customer.objects.count() == 1 and not SubmissionConflict.objects.exists()
    assert where(dump(), NAME, PHONE) == []


def test_a_slip_of_the_year_is_still_held_for_its_author(mgr1: User, signed_in: Any) -> None:
    assert (
        send(signed_in(mgr1), guest(birthday_year="2099"), guest(birthday_day="31", birthday_month="2")) == ["held"] * 2
    )


def test_a_form_to_mend_is_emptied_once_its_guest_does_not_agree(mgr1: User, signed_in: Any) -> None:
    waiting = make_held(mgr1, name=NAME, phone=PHONE, consent="on", birthday_month="13")
    typed = without_consent(held=str(waiting.pk), client_id=str(uuid.uuid4()))
    refused = signed_in(mgr1).post("/customers/new/", typed)
    assert refused.status_code == 422 and NAME in refused.content.decode(), "what was typed is still on the screen"
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.settled_by, waiting.fields) == ("dropped", mgr1, "[]")
    assert where(dump(), NAME, PHONE) == []


# --- the end of what nobody mends ------------------------------------------------------------------------------------


def held_since(days: float, author: User, **fields: str) -> HeldSubmission:
    waiting = make_held(author, **({"name": NAME, "phone": PHONE, "consent": "on"} | fields))
    HeldSubmission.objects.filter(pk=waiting.pk).update(received_at=timezone.now() - dt.timedelta(days=days))
    return waiting


def test_a_held_form_ends_after_its_days_and_nothing_of_it_is_left(mgr1: User, signed_in: Any) -> None:
    old, young = held_since(30.01, mgr1), held_since(29.9, mgr1, name="李明", phone="13800001111")
    assert held_ends.end_held() == {"ended": 1, "refusals": 0, "emptied": 0}
    for one in (old, young):
        one.refresh_from_db()
    assert (old.outcome, old.settled_by, old.fields, young.outcome) == ("expired", None, "[]", "")
    assert where(dump(), NAME, PHONE) == []
    assert held_ends.end_held() == {"ended": 0, "refusals": 0, "emptied": 0}
    page = signed_in(mgr1).get("/offline/held/").content.decode()
    assert page.count("In-room visit") == 0 and page.count('class="item"') == 1


def test_what_was_put_aside_is_emptied_as_late(mgr1: User, signed_in: Any) -> None:
    waiting = held_since(1, mgr1)
    signed_in(mgr1).post(reverse("staff:held_drop", args=[waiting.pk]))
    assert held_ends.end_held()["emptied"] == 0
    assert held_ends.end_held(timezone.now() + dt.timedelta(days=30))["emptied"] == 1
    assert where(dump(), NAME, PHONE) == []


def test_a_refusal_held_from_before_ends_with_the_next_run(mgr1: User) -> None:
    make_held(mgr1, name=NAME, phone=PHONE)
    make_held(mgr1, name=NAME, phone=PHONE, consent="on", birthday_year=BOY)
    make_held(mgr1, "visit", opinion="音响太响")
    assert held_ends.end_held()["refusals"] == 2
    assert where(dump(), NAME, PHONE) == []
    assert HeldSubmission.objects.waiting().get().kind == "visit"


def test_operations_are_told_a_week_before(mgr1: User, ops: User, signed_in: Any) -> None:
    held_since(22.9, mgr1)
    assert not list(held_ends.alerts())
    held_since(23.1, mgr1)
    (told,) = held_ends.alerts()
    assert "1 form from a tablet still waits" in told.text and told.url == "/offline/held/"
    assert NAME not in told.text and PHONE not in told.text
    assert told.text in signed_in(ops).get("/admin/").content.decode()
    assert "ends " in signed_in(mgr1).get("/offline/held/").content.decode()

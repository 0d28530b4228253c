"""Calls and contacts in the admin and in a guest's own copy, and what erasing takes out of them."""

import datetime as dt
import uuid
from typing import Any

import pytest

from customers.erasing import erase_customer, person_behind
from customers.models import Customer
from outreach import rules
from outreach.building import build_call_list
from outreach.call_personal_data import CALLS
from outreach.listing import as_written
from outreach.models import Call, Contact, MemberDay
from outreach.tests.factories import entry_of, make_call, make_guest
from staff.models import User

pytestmark = pytest.mark.django_db
NIGHT = dt.date(2026, 9, 23)


def a_guest_called(mgr1: User) -> Customer:
    guest = make_guest(name="周子昂", phone="+8613816552203", owner=mgr1, birthday_month=9, birthday_day=25)
    other = make_guest(owner=mgr1, birthday_month=9, birthday_day=25)
    build_call_list(night=NIGHT)
    make_call(entry_of(guest, NIGHT), "coming", note="八个人")
    make_call(entry_of(other, NIGHT), "thinking", note="和 138 1655 2203 一起来")
    facts = {"night": NIGHT, "by": mgr1, "client_id": uuid.uuid4()}
    Contact.objects.create(customer=guest, channel="wechat", text="要888包厢", **facts)
    return guest


def test_a_guest_reads_what_was_said_and_erasing_takes_it_out(mgr1: User, desk_user: User) -> None:
    guest = a_guest_called(mgr1)
    told = {section.title: section.rows for section in CALLS.collect(person_behind(guest))}
    assert "八个人" in told["Calls"][0][1] and "要888包厢" in told["Contacts"][0][1]

    done = erase_customer(customer=guest, by=desk_user, cause="retention", identity="not_needed")

    assert set(Call.objects.values_list("note", flat=True)) == {"", "和 — 一起来"}
    assert Contact.objects.get().text == "—" and Call.objects.count() == 2
    assert any(part["part"] == "outreach.CALLS" and part["kept"] for part in done.proof)
    assert guest.pk not in [one["customer"] for one in as_written(build_call_list(night=NIGHT).call_list)]


def test_operations_edit_the_rules_and_a_member_day_is_one_or_the_other(ops: User, signed_in: Any) -> None:
    rules.current()
    page = signed_in(ops).get("/admin/outreach/outreachrules/1/change/")
    assert page.status_code == 200
    inline = {"member_days-TOTAL_FORMS": "1", "member_days-INITIAL_FORMS": "0", "member_days-0-weekday": "sat"}
    typed = {
        "call_weekdays": ["tue"],
        "sms_weekdays": [],
        "calls_per_manager": "25",
        "birthday_days": "5",
        "bottle_days": "14",
        "member_day_days": "3",
        "quiet_from": "21:00",
        "quiet_to": "09:00",
        "sms_min_gap_days": "3",
        "trace_days": "21",
    }
    wrong = signed_in(ops).post(
        "/admin/outreach/outreachrules/1/change/", typed | inline | {"member_days-0-monthly_day": "8"}
    )
    assert wrong.status_code == 200 and not MemberDay.objects.exists()
    assert signed_in(ops).post("/admin/outreach/outreachrules/1/change/", typed | inline).status_code == 302
    row = rules.current()
    assert (row.call_weekdays, row.calls_per_manager, row.quiet_from, row.trace_days) == (["tue"], 25, dt.time(21), 21)
    assert row.member_days.get().weekday == "sat"


@pytest.mark.parametrize("model", ["outreachrules", "calllist", "call", "contact"])
def test_operations_look_at_every_record(mgr1: User, ops: User, signed_in: Any, model: str) -> None:
    a_guest_called(mgr1)
    assert signed_in(ops).get(f"/admin/outreach/{model}/").status_code == 200

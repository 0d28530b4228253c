"""The access table: every address × everybody (domain.md, "Who sees what"). No address stands outside it."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client, TestCase
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from customers.erasing import erase_customer
from customers.merging import merge_customers
from customers.models import Customer, CustomerImport, PossibleDouble, SavedFilter
from customers.tests.factories import make_customer, make_late, make_prospect
from feedback.compensating import ask_compensation
from feedback.guest_links import code_of
from feedback.models import Compensation
from feedback.tests.complaint_factories import make_complaint
from outreach.models import CallList, CallListEntry
from outreach.tests.sms_factories import make_sms_batch
from staff import roles
from staff.models import FloorUser, Leave, Tablet, User
from staff.tests.factories import make_task, make_user
from targets.tests.bills import make_charge, make_claim, make_gift
from targets.tests.factories import make_plan
from vipdesk import nights
from vipdesk.tests.sealed import make_held
from visits.forms.reservations import end_of
from visits.models import Promise
from visits.tests.factories import make_bottle, make_party, make_reservation, make_room

LOGIN = "login"  # redirected to the login page
WHO = ("nobody", "owner", "other", "operations", "aftersales", "superuser")

# name: (method, arguments, answers of nobody, the owner, another manager, operations, after-sales, a superuser)
TABLE: dict[str, tuple[str, tuple[str, ...], tuple[Any, ...]]] = {
    "healthz": ("get", (), (200, 200, 200, 200, 200, 200)),
    "readyz": ("get", (), (200, 200, 200, 200, 200, 200)),
    "manifest": ("get", (), (200, 200, 200, 200, 200, 200)),
    "favicon": ("get", (), (302, 302, 302, 302, 302, 302)),
    "staff:home": ("get", (), (LOGIN, 302, 302, 302, 302, 302)),
    "staff:login": ("get", (), (200, 302, 302, 302, 302, 302)),
    "staff:logout": ("post", (), (302, 302, 302, 302, 302, 302)),
    "staff:language": ("post", (), (302, 302, 302, 302, 302, 302)),
    "staff:theme": ("post", (), (LOGIN, 302, 302, 302, 302, 302)),
    "staff:password": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "staff:clock": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:clock_in": ("post", (), (LOGIN, 302, 302, 403, 403, 403)),
    "staff:clock_out": ("post", (), (LOGIN, 302, 302, 403, 403, 403)),
    "staff:evening": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:tick": ("post", ("duty",), (LOGIN, 404, 404, 403, 403, 403)),
    "staff:rota": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "staff:rota_week": ("get", ("week",), (LOGIN, 200, 200, 200, 403, 200)),
    "staff:rota_plan": ("post", (), (LOGIN, 403, 403, 404, 403, 404)),
    "staff:rota_copy": ("post", ("week",), (LOGIN, 403, 403, 302, 403, 302)),
    "staff:plan_leave": ("post", (), (LOGIN, 403, 403, 422, 403, 422)),
    "staff:call_off_leave": ("post", ("leave",), (LOGIN, 403, 403, 302, 403, 302)),
    "staff:tasks": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:task_new": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:my_tasks": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:task_withdraw": ("post", ("task",), (LOGIN, 403, 403, 302, 403, 302)),
    "staff:task_read": ("post", ("task",), (LOGIN, 302, 404, 403, 403, 403)),
    "staff:task_done": ("post", ("task",), (LOGIN, 302, 404, 403, 403, 403)),
    "staff:wrap_up": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:wrap_up_card": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:sign": ("post", (), (LOGIN, 404, 404, 403, 403, 403)),
    "staff:house": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:night": ("get", ("night",), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:why_offline": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "staff:pin": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:pin_remove": ("post", (), (LOGIN, 302, 302, 403, 403, 403)),
    "staff:pin_login": ("post", ("leaver",), (422, 302, 302, 302, 302, 302)),
    "staff:second_step": ("get", (), (LOGIN, 302, 302, 302, 302, 302)),
    "staff:enrol": ("get", (), (200, 200, 200, 200, 200, 200)),
    "staff:tablets": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:tablet_code": ("post", ("tablet",), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:tablet_revoke": ("get", ("tablet",), (LOGIN, 403, 403, 200, 403, 200)),
    "staff:service_worker": ("get", (), (200, 200, 200, 200, 200, 200)),
    "staff:offline_session": ("get", (), (200, 200, 200, 200, 200, 200)),
    "staff:offline_entries": ("post", (), (401, 400, 400, 403, 403, 403)),
    "staff:queue": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "staff:held": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "staff:held_card": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "staff:held_drop": ("post", ("held",), (LOGIN, 302, 404, 403, 403, 403)),
    "staff:held_let_in": ("post", ("held",), (LOGIN, 403, 403, 302, 403, 302)),
    "customers:tonight": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:hand_in": ("post", (), (LOGIN, 404, 404, 403, 403, 403)),
    "customers:list": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "customers:save_filter": ("post", (), (LOGIN, 403, 403, 422, 422, 422)),
    "customers:delete_filter": ("post", ("filter",), (LOGIN, 403, 403, 302, 302, 302)),
    "customers:new": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:lookup": ("post", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:prospects": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:prospect_new": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:prospect_try": ("post", ("prospect",), (LOGIN, 302, 404, 403, 403, 403)),
    "customers:prospect_give_up": ("post", ("prospect",), (LOGIN, 302, 404, 403, 403, 403)),
    "customers:lead_sources": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "customers:tags": ("get", ("guest",), (LOGIN, 200, 404, 200, 403, 200)),
    "customers:birthday": ("post", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:page": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "customers:edit": ("get", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:reveal": ("post", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:habits": ("get", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:contacted": ("post", ("guest",), (LOGIN, 302, 404, 302, 302, 302)),
    "customers:history": ("get", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:export": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "customers:handover": ("get", ("leaver",), (LOGIN, 403, 403, 200, 403, 200)),
    "customers:handover_preview": ("post", ("leaver",), (LOGIN, 403, 403, 200, 403, 200)),
    "customers:copy": ("get", ("guest",), (LOGIN, 403, 403, 403, 200, 200)),
    "customers:erase": ("get", ("guest",), (LOGIN, 403, 403, 403, 200, 200)),
    "customers:erasures": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:erasure": ("get", ("erasure",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:retention": ("get", (), (LOGIN, 403, 403, 403, 200, 200)),
    "customers:numbers": ("get", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:number_main": ("post", ("guest", "number"), (LOGIN, 302, 404, 302, 302, 302)),
    "customers:number_release": ("post", ("guest", "number"), (LOGIN, 422, 404, 422, 422, 422)),
    "customers:doubles": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:different": ("post", ("double",), (LOGIN, 403, 403, 302, 302, 302)),
    "customers:merge_with": ("get", ("guest",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:merge": ("get", ("guest", "other_guest"), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:merges": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:undo_merge": ("post", ("merge",), (LOGIN, 403, 403, 302, 302, 302)),
    "customers:late": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:late_note": ("get", ("late_note",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:imports": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:import": ("get", ("import",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:import_confirm": ("post", ("import",), (LOGIN, 403, 403, 302, 302, 302)),
    "customers:import_progress": ("get", ("import",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:import_report": ("get", ("import",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:intake": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:night": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:decide": ("post", ("night",), (LOGIN, 403, 403, 422, 422, 422)),
    "customers:night_print": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:night_xlsx": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:night_csv": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "visits:rooms": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:seat": ("get", ("room",), (LOGIN, 200, 200, 200, 403, 200)),
    "visits:cleaned": ("post", ("room",), (LOGIN, 302, 302, 302, 403, 302)),
    "visits:reservations": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:reserve": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "visits:lookup": ("post", (), (LOGIN, 200, 200, 200, 403, 200)),
    "visits:reservation": ("get", ("reservation",), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:move_reservation": ("post", ("reservation",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:cancel_reservation": ("post", ("reservation",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:follow_up": ("post", ("reservation",), (LOGIN, 303, 303, 303, 403, 303)),
    "visits:reveal_reservation": ("post", ("reservation",), (LOGIN, 200, 404, 200, 200, 200)),
    "visits:party": ("get", ("party",), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:join_party": ("post", ("party",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:move_party": ("post", ("party",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:close_party": ("post", ("party",), (LOGIN, 303, 303, 303, 403, 303)),
    "visits:attribute_party": ("post", ("party",), (LOGIN, 403, 403, 422, 403, 422)),
    "visits:visit_any": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:visit": ("get", ("party",), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:missed": ("post", ("party",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:spend": ("post", ("party",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:spending": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "visits:offer": ("get", ("party",), (LOGIN, 200, 200, 200, 403, 200)),
    "visits:first": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:notices": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:see_notices": ("post", (), (LOGIN, 302, 302, 403, 403, 403)),
    "visits:promises": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:keep_promise": ("post", ("promise",), (LOGIN, 302, 404, 403, 403, 403)),
    "visits:my_parties": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:my_reservations": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "visits:guest_parties": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:bottles": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:bottle": ("get", ("bottle",), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:take_bottle": ("post", ("bottle",), (LOGIN, 422, 422, 422, 403, 422)),
    "visits:correct_bottle": ("post", ("bottle",), (LOGIN, 403, 403, 422, 403, 422)),
    "visits:extend_bottle": ("post", ("bottle",), (LOGIN, 403, 403, 422, 403, 422)),
    "visits:party_bottles": ("get", ("party",), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:guest_bottles": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:complaints": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:complaint_new": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:my_complaints": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "feedback:complaint_figures": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "feedback:complaint": ("get", ("complaint",), (LOGIN, 200, 404, 200, 200, 200)),
    "feedback:reveal_contact": ("post", ("complaint",), (LOGIN, 200, 404, 200, 200, 200)),
    "feedback:complaint_move": ("post", ("complaint", "verb"), (LOGIN, 422, 404, 422, 403, 422)),
    "feedback:compensate": ("post", ("complaint",), (LOGIN, 422, 404, 422, 403, 422)),
    "feedback:compensation_decide": ("post", ("compensation", "decision"), (LOGIN, 422, 404, 303, 403, 303)),
    "feedback:guest_complaints": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:party_complaints": ("get", ("party",), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:badges": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "visits:store_bottle": ("get", ("guest",), (LOGIN, 200, 200, 200, 403, 200)),
    "feedback:surveys": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "feedback:survey": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "feedback:party_surveys": ("get", ("party",), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:guest_surveys": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "feedback:my_surveys": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "feedback:week": ("get", ("week",), (LOGIN, 200, 200, 200, 403, 200)),
    "feedback:week_print": ("get", ("week",), (LOGIN, 403, 403, 200, 403, 200)),
    "feedback:week_xlsx": ("get", ("week",), (LOGIN, 403, 403, 200, 403, 200)),
    "feedback:cards": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "feedback:make_codes": ("post", (), (LOGIN, 403, 403, 302, 403, 302)),
    "feedback:renew_code": ("post", ("room",), (LOGIN, 403, 403, 302, 403, 302)),
    "feedback:opt_outs": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "feedback:opt_out_review": ("post", ("night", "room"), (LOGIN, 403, 403, 422, 403, 422)),
    "guest:page": ("get", ("room_code",), (200, 200, 200, 200, 200, 200)),
    "guest:details": ("get", ("room_code",), (200, 200, 200, 200, 200, 200)),
    "guest:silence": ("get", ("room_code",), (200, 200, 200, 200, 200, 200)),
    "guest:thanks": ("get", ("room_code",), (200, 200, 200, 200, 200, 200)),
    "targets:my_month": ("get", (), (LOGIN, 200, 200, 302, 403, 302)),
    "targets:month_card": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "targets:statement": ("get", ("month",), (LOGIN, 200, 200, 200, 403, 200)),
    "targets:statement_of": ("get", ("month", "leaver"), (LOGIN, 200, 404, 200, 403, 200)),
    "targets:statement_bills": ("get", ("month", "leaver"), (LOGIN, 200, 404, 200, 403, 200)),
    "targets:statements_csv": ("get", ("month",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:statements_xlsx": ("get", ("month",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:rank": ("post", ("month",), (LOGIN, 403, 403, 302, 403, 302)),
    "targets:close": ("get", ("last_month",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:target": ("get", ("month", "leaver"), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:plans": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:plan": ("get", ("plan",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:plan_copy": ("get", ("plan",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:plan_preview": ("post", ("plan",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:plan_confirm": ("post", ("plan",), (LOGIN, 403, 403, 302, 403, 302)),
    "targets:plan_withdraw": ("get", ("plan",), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:claim": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "targets:bills": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:bill": ("get", ("bill",), (LOGIN, 200, 404, 200, 403, 200)),
    "targets:give_bill": ("post", ("bill",), (LOGIN, 403, 403, 422, 403, 422)),
    "targets:give_bills": ("post", (), (LOGIN, 403, 403, 422, 403, 422)),
    "targets:confirm_claim": ("post", ("claim",), (LOGIN, 403, 403, 303, 403, 303)),
    "targets:reject_claim": ("post", ("claim",), (LOGIN, 403, 403, 422, 403, 422)),
    "targets:gifts": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "targets:gifts_tonight": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "targets:party_gifts": ("get", ("party",), (LOGIN, 200, 200, 200, 403, 200)),
    "targets:give_gift": ("post", ("party",), (LOGIN, 422, 422, 403, 403, 403)),
    "targets:take_back_gift": ("post", ("gift",), (LOGIN, 302, 422, 403, 403, 403)),
    "targets:api_charges": ("post", (), (401, 401, 401, 401, 401, 401)),
    "targets:api_interim": ("post", (), (401, 401, 401, 401, 401, 401)),
    "outreach:calls": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "outreach:call": ("post", ("call_entry",), (LOGIN, 303, 404, 403, 403, 403)),
    "outreach:my_calls": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "outreach:guest_contacts": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "outreach:contact": ("post", ("guest",), (LOGIN, 422, 422, 422, 403, 422)),
    "outreach:trace": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:campaigns": ("get", (), (LOGIN, 200, 200, 200, 403, 200)),
    "outreach:my_campaigns": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "outreach:campaign_note": ("post", ("campaign",), (LOGIN, 422, 422, 403, 403, 403)),
    "outreach:campaign_feedback": ("get", ("campaign",), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:campaign_task": ("get", ("campaign",), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_costs": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_new": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_questions": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_replies": ("get", (), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_batch": ("get", ("sms_batch",), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_progress": ("get", ("sms_batch",), (LOGIN, 403, 403, 200, 403, 200)),
    "outreach:sms_move": ("post", ("sms_batch",), (LOGIN, 403, 403, 409, 403, 409)),
    "outreach:sms_test": ("post", ("sms_batch",), (LOGIN, 403, 403, 422, 403, 422)),
    "outreach:dlr_kannel": ("get", ("no_secret", "no_uuid"), (404, 404, 404, 404, 404, 404)),
    "outreach:reply_kannel": ("post", ("no_secret",), (404, 404, 404, 404, 404, 404)),
    "targets:api_description": ("get", (), (200, 200, 200, 200, 200, 200)),
}


def make_people() -> dict[str, User]:
    ops, desk = make_user("ops", roles.OPERATIONS), make_user("desk", roles.AFTERSALES)
    chief = make_user("admin", None, is_superuser=True, is_staff=True)
    return dict(zip(WHO[1:], (make_user("mgr1"), make_user("mgr2"), ops, desk, chief), strict=True))


def make_things(people: dict[str, User]) -> dict[str, Any]:
    """One of each thing that an address names, by the word the table uses for it; the owner's where it has one."""
    guest = make_customer(owner=people["owner"])
    erased = erase_customer(customer=make_customer(), by=people["aftersales"], cause="retention", identity="not_needed")
    upload = CustomerImport.objects.create(
        created_by=people["aftersales"],
        filename="x.csv",
        content_sha256="0" * 64,
        status="done",
        report={"rows": 0, "errors": [], "warnings": []},
    )
    night = nights.tonight()
    task = make_task(people["owner"], given_by=people["operations"])
    far = {"first_night": night + dt.timedelta(days=30), "last_night": night + dt.timedelta(days=31)}
    leave = Leave.objects.create(user=people["owner"], planned_by=people["operations"], **far)
    of_staff = {"task": task.pk, "leave": leave.pk, "week": nights.week_of(night), "duty": "nothing"}
    party = make_party(by=people["owner"], room=make_room(), now=timezone.now(), customer=guest)
    now = timezone.now()
    span = {"starts_at": now, "ends_at": end_of(now)}  # whatever the hour, within one night
    reservation = make_reservation(by=people["owner"], now=now, room=make_room(), **span)
    of_rooms = {"room": make_room().pk, "party": party.pk, "reservation": reservation.pk}
    promise = Promise.objects.create(party=party, made_by=people["owner"], text="fruit", due_at=now)
    of_visits = {"bottle": make_bottle(guest).pk, "promise": promise.pk, "room_code": code_of(make_room()), **of_rooms}
    complaint = make_complaint(by=people["owner"], contact_phone="+8613816552203")
    asked = Compensation(complaint=complaint, kind="fruit", value=9999, reason="late")
    ask_compensation(compensation=asked, by=people["owner"])
    of_complaints = {"complaint": complaint.pk, "verb": "solve", "compensation": asked.pk, "decision": "approve"}
    of_targets: dict[str, Any] = {"bill": make_charge(people["owner"]).pk, "claim": make_claim(people["owner"]).pk}
    month = night.replace(day=1)
    of_targets |= {"month": month, "last_month": (month - dt.timedelta(days=1)).replace(day=1)}
    of_targets["plan"] = make_plan().pk
    of_targets["gift"] = make_gift(people["owner"], party).pk
    call_list = CallList.objects.create(night=night)
    entry = CallListEntry.objects.create(call_list=call_list, customer=guest, manager=people["owner"], place=1)
    kept = SavedFilter.objects.create(name="gold", query={"tier": "1"}, created_by=people["operations"])
    other_guest, third = make_customer(name="王芳"), make_customer(name="王芳")
    double = PossibleDouble.objects.create(first=guest, second=other_guest, reasons=["birthday"])
    return {
        "guest": guest.pk,
        "import": upload.pk,
        "night": night,
        **of_staff,
        **of_visits,
        **of_complaints,
        **of_targets,
        "other_guest": other_guest.pk,
        "number": guest.numbers.get().pk,
        "double": double.pk,
        "merge": merge_customers(kept=other_guest.pk, merged=third.pk, by=people["operations"]).pk,
        "late_note": make_late(guest, by=people["owner"]).pk,
        "leaver": people["owner"].pk,
        "tablet": Tablet.objects.create(name="Hall 1", added_by=people["operations"]).pk,
        "filter": kept.pk,
        "erasure": erased.pk,
        "call_entry": entry.pk,
        "sms_batch": (batch := make_sms_batch(night=night)).pk,
        "campaign": batch.campaign_id,
        "held": make_held(people["owner"]).pk,
        "prospect": make_prospect(people["owner"]).pk,
        "no_secret": "wrong",
        "no_uuid": uuid.UUID(int=0),
    }


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user, backend="staff.backends.RoleBackend")
    return client


def client_by_pin(user: User) -> Client:
    client = Client()
    client.force_login(FloorUser.objects.with_roles().get(pk=user.pk), backend="staff.backends.PinBackend")
    return client


def _names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _names(pattern, inner)


BY_PASSWORD_ONLY = {"staff:password", "staff:pin", "staff:pin_remove"}
ADMIN = sorted({name for name in _names(get_resolver()) if name.startswith("admin:")})


class AccessTable(TestCase):
    """The venue is made once; whatever an address changes is rolled back before the next one is asked."""

    people: dict[str, User]
    things: dict[str, Any]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = make_people()
        cls.things = make_things(cls.people)

    def ask(self, client: Client, name: str, **headers: str) -> Any:
        """The answer to one address; client and database are afterwards as they were."""
        method, arguments, _answers = TABLE[name]
        asking = Client()
        asking.cookies.update(client.cookies)
        url = reverse(name, args=[self.things[argument] for argument in arguments])
        with transaction.atomic():
            answer = getattr(asking, method)(url, **headers)
            if answer.streaming:
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        return answer

    def everybody_gets_what_the_table_says(self, who: str) -> None:
        client = client_of(self.people.get(who))
        for name, (_method, _arguments, answers) in TABLE.items():
            with self.subTest(name=name, who=who):
                answer, wanted = self.ask(client, name), answers[WHO.index(who)]
                if wanted == LOGIN:
                    assert answer.status_code == 302 and answer["Location"].startswith(reverse("staff:login"))
                    continue
                assert answer.status_code == wanted
                if wanted == 200 and who != "nobody" and name not in {"healthz", "readyz"}:
                    assert "no-store" in answer["Cache-Control"], "pages of the signed-in are never stored"

    def test_nobody_gets_what_the_table_says(self) -> None:
        self.everybody_gets_what_the_table_says("nobody")

    def test_the_owner_gets_what_the_table_says(self) -> None:
        self.everybody_gets_what_the_table_says("owner")

    def test_another_manager_gets_what_the_table_says(self) -> None:
        self.everybody_gets_what_the_table_says("other")

    def test_operations_get_what_the_table_says(self) -> None:
        self.everybody_gets_what_the_table_says("operations")

    def test_aftersales_get_what_the_table_says(self) -> None:
        self.everybody_gets_what_the_table_says("aftersales")

    def test_a_superuser_gets_what_the_table_says(self) -> None:
        self.everybody_gets_what_the_table_says("superuser")

    def test_whoever_came_in_by_pin_is_a_manager_and_nothing_else(self) -> None:
        """Operations and the superuser work on the floor too: by PIN they get what any other manager gets."""
        for who in ("owner", "operations", "superuser"):
            self.people[who].groups.add(Group.objects.get(name=roles.MANAGER))
            client = client_by_pin(self.people[who])
            for name, (_method, _arguments, answers) in TABLE.items():
                wanted = 403 if name in BY_PASSWORD_ONLY else answers[WHO.index("owner" if who == "owner" else "other")]
                with self.subTest(name=name, who=who):
                    assert self.ask(client, name).status_code == wanted

    def test_htmx_of_somebody_signed_out_is_401_so_that_the_page_keeps_what_was_typed(self) -> None:
        for name, (_method, _arguments, answers) in TABLE.items():
            if answers[0] == LOGIN:
                with self.subTest(name=name):
                    assert self.ask(Client(), name, HTTP_HX_REQUEST="true").status_code == 401

    def test_the_admin_is_closed_to_everybody_but_operations(self) -> None:
        self.people["superuser"].groups.add(Group.objects.get(name=roles.MANAGER))
        closed_to = {who: client_of(self.people.get(who)) for who in ("nobody", "owner", "aftersales")}
        closed_to["superuser by PIN"] = client_by_pin(self.people["superuser"])
        for who, client in closed_to.items():
            for name in ADMIN:
                if name not in {"admin:login", "admin:logout", "admin:jsi18n"}:
                    self.is_closed(client, who, name)

    def is_closed(self, client: Client, who: str, name: str) -> None:
        for arguments in ([], [1], ["app"], [1, 1]):
            try:
                url = reverse(name, args=arguments)
            except NoReverseMatch:
                continue  # these arguments do not fit
            with self.subTest(url=url, who=who):
                assert client.get(url).status_code in (302, 403, 404)
                assert client.post(url).status_code in (302, 403, 404, 405)

    def test_no_number_stands_on_a_page_for_whom_it_is_not(self) -> None:
        number = Customer.objects.get(pk=self.things["guest"]).phone[3:]  # type: ignore[index]
        of_guest = (f"/customers/{self.things['guest']}/", f"/visits/guests/{self.things['guest']}/bottles/")
        of_bottles = ("/visits/bottles/", f"/visits/bottles/{self.things['bottle']}/")
        for who in ("other", "operations", "aftersales", "superuser"):
            client = client_of(self.people[who])
            for url in ("/customers/", *of_bottles, *of_guest):
                with self.subTest(who=who, url=url):
                    assert number not in client.get(url).content.decode().replace(" ", "")

    def test_roles_are_what_the_groups_say(self) -> None:
        owner, chief = self.people["owner"], self.people["superuser"]
        assert owner.roles == {roles.MANAGER}
        assert chief.has_role(roles.OPERATIONS) and not chief.has_role(roles.MANAGER)


def test_every_address_stands_in_the_table() -> None:
    names = {name for name in _names(get_resolver()) if not name.startswith("admin:")}
    assert names == set(TABLE)

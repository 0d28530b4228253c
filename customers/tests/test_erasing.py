"""Being forgotten: nothing that names a guest is left in any table, what counts stays, and only this may do it (PIPL)."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, connection, models, transaction
from django.utils import timezone

from customers import forgetting, incoming, merging, numbers
from customers.choices import ImportStatus
from customers.erasing import CannotErase, erase_customer
from customers.models import (
    AccessLog,
    CareGrant,
    Consent,
    Customer,
    CustomerImport,
    Erasure,
    ForgottenNumber,
    GuestExport,
    IntakeReview,
    PhoneNumber,
    PossibleDouble,
    ProspectAttempt,
)
from customers.personal_data import _EMPTY, KEPT_COLUMNS, Event
from customers.prospects import record_attempt
from customers.services import send_back_records
from customers.tests.dump import dump, where
from customers.tests.factories import capture_data, make_customer, make_late, make_prospect
from staff.models import User
from staff.tests.factories import confirmed
from vipdesk import appendonly, coded, nights, outbox, personal
from vipdesk.jobs import ScheduleRun
from vipdesk.personal import Person
from vipdesk.submissions import Submission, SubmissionConflict
from vipdesk.tests.sealed import make_held

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

NAME, FORMERLY, DOUBLE = "欧阳青檀", "欧阳檀儿", "区阳青檀"
MAIN, SECOND, RELEASED, MERGED = "13816552203", "15912340001", "13700009999", "13588887777"
HOME, WORK, MOVED = "静安区愚园路88弄3号", "浦东新区世纪大道100号", "徐汇区衡山路7号"
MEMBER, NOTES = "ZZ880077", "生日过农历七月初七，只喝冻顶乌龙"
NUMBERS = [MAIN, SECOND, RELEASED, MERGED]
TRACES = [
    *(
        NAME,
        FORMERLY,
        DOUBLE,
        "青檀",
        "qing tan",
        "qingtan",
        HOME,
        WORK,
        MOVED,
        "愚园路",
        MEMBER,
        "七月初七",
        "冻顶乌龙",
    ),
    *NUMBERS,
    *(number[::-1] for number in NUMBERS),
    *(f"{number[:3]} {number[3:7]} {number[7:]}" for number in NUMBERS),
]
ASKED = {"identity": "in_person", "is_sure": "on"}


def forget(customer: Customer, by: User, **facts: Any) -> Erasure:
    return erase_customer(
        customer=customer, by=by, **({"identity": "in_person", "requested_on": nights.tonight()} | facts)
    )


@pytest.fixture
def everything(mgr1: User, ops: User, desk_user: User, signed_in: Any) -> Customer:
    """A guest who left traces wherever the desk keeps any, by the desk's own ways where there are some."""
    client_id = str(uuid.uuid4())
    tablet, desk = signed_in(mgr1), confirmed(signed_in(desk_user))
    first = capture_data(name=FORMERLY, phone=MAIN, home_address=HOME, notes=NOTES, client_id=client_id)
    tablet.post("/customers/new/", first)
    tablet.post("/customers/new/", first | {"name": NAME, "work_address": WORK})
    guest = Customer.objects.get()
    _correct(tablet, guest, name=NAME, home_address=MOVED, reason=f"{NAME} 说搬家了")
    send_back_records(customers=[guest.pk], night=guest.night, reason=f"{NAME} 的地址不全", by=desk_user)
    signed_in(ops).post(f"/customers/{guest.pk}/reveal/")
    desk.post(f"/customers/{guest.pk}/copy/", {"identity": "in_person", "language": "en", "format": "html"})
    _met_before(mgr1)
    numbers.add_number(customer=guest.pk, number=f"+86{SECOND}", by=mgr1)
    released = numbers.add_number(customer=guest.pk, number=f"+86{RELEASED}", by=mgr1)
    numbers.release_number(customer=guest.pk, number=released.pk, by=mgr1)
    _double(guest, mgr1, desk_user)
    make_late(guest, by=mgr1, name=NAME, notes=f"{NOTES}，{MAIN}")
    make_held(mgr1, name=NAME, phone=MAIN, home_address=MOVED, birthday_month="13")
    make_held(mgr1, "visit", opinion=f"{NAME} 说音响太响")
    _sheets(desk, desk_user)
    _traces_elsewhere(guest, mgr1, ops)
    return guest


def _correct(tablet: Any, guest: Customer, **fields: Any) -> None:
    typed = {"name": guest.name, "phone": guest.phone, "home_address": guest.home_address, "notes": guest.notes}
    born = {"birthday_calendar": "solar", "birthday_month": 6, "birthday_day": 3, "member_no": MEMBER}
    version = {"version": guest.updated_at.isoformat()}
    answer = tablet.post(f"/customers/{guest.pk}/edit/", typed | born | version | fields)
    assert answer.status_code == 302, answer.context["form"].errors
    guest.refresh_from_db()


def _double(guest: Customer, mgr1: User, desk_user: User) -> None:
    """Another record of the guest, merged into theirs, and one that only might be theirs."""
    other = make_customer(name=DOUBLE, phone=f"+86{MERGED}", owner=mgr1, home_address=WORK)
    merging.merge_customers(kept=guest.pk, merged=other.pk, by=desk_user, reason=f"{NAME}，{MAIN}")
    stranger = make_customer()
    PossibleDouble.objects.create(first=guest, second=stranger, reasons=["digit"])
    CareGrant.objects.create(customer=guest, user=mgr1, night=nights.tonight())


def _sheets(desk: Any, desk_user: User) -> None:
    """A sheet that came in with a report that names them, and one that waits with them in it."""
    CustomerImport.objects.create(
        created_by=desk_user,
        filename=f"{NAME}.xlsx",
        content_sha256="0" * 64,
        status=ImportStatus.DONE,
        report={
            "rows": 1,
            "errors": [],
            "warnings": [{"row": 2, "field": "name", "message": f"“{NAME}” {MEMBER} {MAIN}"}],
        },
    )
    text = f"姓名,电话,生日,家庭住址\n{NAME},138 1655 2203,1990-06-03,{MOVED}\n"
    desk.post("/customers/imports/", {"file": SimpleUploadedFile("waiting.csv", text.encode())})
    incoming.work(CustomerImport.objects.get(filename="waiting.csv").pk)
    assert CustomerImport.objects.get(filename="waiting.csv").status == ImportStatus.PREVIEWED


def _met_before(mgr1: User) -> None:
    """A prospect who became the guest's second number, with a try, and another whose note names them."""
    met = make_prospect(mgr1, phone=f"+86{SECOND}", name=NAME, note=NOTES)
    record_attempt(
        attempt=ProspectAttempt(
            prospect=met, by=mgr1, channel="wechat", outcome="thinking", note=f"{NAME} 说下周来", client_id=uuid.uuid4()
        )
    )
    make_prospect(mgr1, note=f"朋友是 {MAIN}", where=MAIN)


def _traces_elsewhere(guest: Customer, mgr1: User, ops: User) -> None:
    friend = make_customer(name="李桂兰", owner=mgr1, notes="丈夫电话 138-1655-2203，爱唱歌")
    make_late(friend, by=mgr1)
    Customer.objects.filter(pk=friend.pk).update(likes_music="邓丽君")  # the note goes to the friend's history, too
    send_back_records(customers=[friend.pk], night=friend.night, reason=f"号码是 {MAIN} 的", by=ops)
    LogEntry.objects.create(
        user=ops,
        content_type=ContentType.objects.get_for_model(Customer),
        object_id=str(guest.pk),
        object_repr=NAME,
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"fields": [NAME]}}]),
    )
    GuestExport.objects.create(
        exported_by=ops, format="csv", reason=f"给 {NAME} 送礼", filters={"q": MAIN}, rows=1, sha256="0" * 64
    )
    outbox.put_email(to="ops@venue.example", subject=f"{NAME} 投诉", body=f"请回电 +86{MAIN}", dedup_key="1")
    outbox.put_webhook(url="https://till.example/x", payload={"guest": [NAME, int(MAIN)]}, dedup_key="2")
    moment = timezone.now()
    ScheduleRun.objects.create(
        job="x",
        night=nights.tonight(),
        due_at=moment,
        deadline=moment,
        next_at=moment,
        error=f"Key (phone)=(+86{MAIN})",
    )


# --- nothing is left -----------------------------------------------------------------------------------------------


def test_aftersales_erases_a_guest_and_no_table_names_them_any_more(
    everything: Customer, desk_user: User, signed_in: Any
) -> None:
    tables = {line.split("\t")[0] for line in where(dump(), *TRACES)}
    assert len(tables) >= 12, tables  # the test's own teeth: that is how far a guest spreads

    answer = confirmed(signed_in(desk_user)).post(
        f"/customers/{everything.pk}/erase/", ASKED | {"requested_on": nights.tonight().isoformat()}
    )

    erasure = Erasure.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/customers/erasures/{erasure.pk}/")
    assert where(dump(), *TRACES) == []


OURS = [part for part in settings.PERSONAL_DATA if part.startswith(("customers.", "vipdesk."))]  # others test theirs


@pytest.mark.parametrize("part", OURS)
def test_each_part_of_the_registry_is_needed(
    part: str, everything: Customer, desk_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PERSONAL_DATA", [one for one in settings.PERSONAL_DATA if one != part])
    forget(everything, desk_user)
    assert where(dump(), *TRACES)


def test_what_counts_stays_without_the_guest(everything: Customer, mgr1: User, desk_user: User) -> None:
    consents, looks = Consent.objects.count(), AccessLog.objects.count()
    sheet = Customer.objects.filter(captured_by=mgr1, night=everything.night).count()

    erasure = forget(everything, desk_user)

    assert Customer.objects.filter(captured_by=mgr1, night=everything.night).count() == sheet
    assert (Consent.objects.count(), AccessLog.objects.count()) == (consents, looks)
    kept = {coded.read(what): sum_ for part in erasure.proof for what, sum_ in part["kept"].items()}
    assert any("林静" in what for what in kept)
    assert kept["Numbers blocked, as a hash that tells none"] == "4"
    names = {code: str(part.name) for code, part in personal.by_code().items()}
    assert {names.get(part["part"]) for part in erasure.proof if part["removed"]} >= {
        "The record and its history",
        "Phone numbers",
        "Imported and exported lists",
        "The number in the records of others",
        "Conflicting forms",
        "Messages and jobs",
    }
    assert not where(json.dumps(erasure.proof, ensure_ascii=False), *TRACES)


def test_every_record_merged_into_the_guest_is_erased_with_them(everything: Customer, desk_user: User) -> None:
    forget(everything, desk_user)

    gone = Customer.objects.filter(erased_at__isnull=False)
    assert {row.name for row in gone} == {"—"} and gone.count() == 2
    assert not PhoneNumber.objects.filter(customer__in=gone).exists()


def test_other_guests_keep_all_but_the_number(everything: Customer, desk_user: User) -> None:
    forget(everything, desk_user)

    friend = Customer.objects.get(name="李桂兰")
    assert friend.notes == "丈夫电话 —，爱唱歌"
    assert IntakeReview.objects.get(customer=friend).reason == "号码是 — 的"


def test_a_number_that_is_another_guests_by_now_is_neither_blocked_nor_struck(mgr1: User, desk_user: User) -> None:
    guest = make_customer(owner=mgr1)
    old = numbers.add_number(customer=guest.pk, number=f"+86{RELEASED}", by=mgr1)
    numbers.release_number(customer=guest.pk, number=old.pk, by=mgr1)
    heir = make_customer(phone=f"+86{RELEASED}", notes=f"微信同号 {RELEASED}")

    forget(guest, desk_user)

    heir.refresh_from_db()
    assert heir.notes == f"微信同号 {RELEASED}"
    assert forgetting.forgotten([f"+86{RELEASED}"]) == set()


def test_a_form_sent_again_after_the_erasure_is_answered_and_brings_nobody_back(
    mgr1: User, desk_user: User, signed_in: Any
) -> None:
    tablet, form = signed_in(mgr1), capture_data(name=NAME, phone=MAIN)
    tablet.post("/customers/new/", form)
    forget(Customer.objects.get(), desk_user)

    assert tablet.post("/customers/new/", form).status_code == 303
    assert Customer.objects.count() == 1 and where(dump(), NAME, MAIN) == []


def test_a_form_of_somebody_else_under_the_same_uuid_is_not_lost(mgr1: User, desk_user: User, signed_in: Any) -> None:
    tablet, form = signed_in(mgr1), capture_data(name=NAME, phone=MAIN)
    tablet.post("/customers/new/", form)
    tablet.post("/customers/new/", form | {"name": "李桂兰", "phone": SECOND, "home_address": HOME})

    forget(Customer.objects.get(), desk_user)

    assert "李桂兰" in SubmissionConflict.objects.get().masked()["name"]
    assert Submission.objects.count() == 1


# --- a column that is new fails until somebody decides -------------------------------------------------------------

# What holds nothing of a guest, and why.
HARMLESS = {
    "our own words and codes": """
        auth.Permission.name auth.Permission.codename auth.Group.name contenttypes.ContentType.app_label
        contenttypes.ContentType.model vipdesk.ScheduleRun.job vipdesk.ScheduleRun.status vipdesk.OutboxMessage.kind vipdesk.TableVacuum.table
        vipdesk.OutboxMessage.state vipdesk.OutboxMessage.dedup_key vipdesk.OutboxMessage.last_error
        vipdesk.Submission.kind vipdesk.SubmissionConflict.kind vipdesk.HeldSubmission.kind
        vipdesk.HeldSubmission.why vipdesk.HeldSubmission.outcome customers.MembershipTier.code
        customers.MembershipTier.name customers.MembershipTier.name_en customers.PrivacyNotice.text
        customers.PrivacyNotice.text_en customers.AccessLog.kind customers.Consent.kind customers.Consent.action
        customers.Consent.channel customers.CaptureNote.how customers.CaptureNote.taken_over
        customers.Handover.rule customers.PossibleDouble.reasons
        customers.PossibleDouble.state customers.Tag.name customers.Tag.name_en customers.Prospect.lead
        customers.Prospect.state customers.Prospect.given_up_for customers.ProspectAttempt.channel
        customers.ProspectAttempt.outcome customers.IntakeReview.status customers.IntakeExport.format
        customers.IntakeExport.channel customers.CustomerImport.language customers.CustomerImport.status
        customers.GuestExport.format customers.LookTally.kind customers.LeakAlert.kind customers.Erasure.cause
        customers.Erasure.identity customers.CustomerEvent.pgh_label staff.UserEvent.pgh_label
        admin.LogEntry.object_id staff.DutyTick.duty staff.Shift.plan staff.Leave.kind visits.BottleValidity.category
        visits.PartySpend.origin visits.PartySpend.why visits.Room.kind visits.Reservation.kind visits.Reservation.source
        visits.ReservationNotice.what customers.CareGrant.origin visits.Reservation.state visits.Reservation.follow_up visits.ReservationEvent.kind
        visits.ReservationEvent.source visits.ReservationEvent.state visits.ReservationEvent.follow_up
        visits.ReservationEvent.pgh_label visits.PartyEvent.pgh_label visits.RoomVisit.mood visits.SecondSale.outcome
        visits.StoredBottle.category visits.StoredBottleEvent.category visits.StoredBottleEvent.pgh_label
        feedback.Survey.channel feedback.Complaint.channel feedback.Complaint.category feedback.Complaint.severity
        feedback.Complaint.state feedback.Complaint.root_cause feedback.ComplaintEvent.kind feedback.ComplaintEvent.begin
        feedback.ComplaintEvent.end feedback.ComplaintEvent.cause feedback.Escalation.cause feedback.Compensation.kind
        feedback.Compensation.state feedback.CompensationLimit.role feedback.ComplaintLimit.severity
        feedback.ComplaintLimit.hours feedback.OptOutReview.decision
        targets.Charge.entry targets.Charge.kind targets.Charge.payment
        targets.Charge.source targets.Charge.bill_no targets.Claim.kind targets.Claim.payment targets.Claim.state
        targets.Claim.bill_no targets.Till.name targets.Till.token_hash
        targets.CommissionPlan.code targets.TargetEvent.pgh_label
        outreach.OutreachRules.call_weekdays outreach.OutreachRules.sms_weekdays outreach.MemberDay.weekday
        outreach.CallList.kind outreach.CallReason.kind outreach.CallReason.calendar outreach.Call.outcome
        outreach.Contact.channel outreach.Campaign.code outreach.Campaign.signature outreach.Campaign.opt_out
        outreach.Campaign.opt_out_en outreach.Campaign.template_code outreach.Campaign.template_review
        outreach.SmsBatch.state outreach.SmsBatch.signature outreach.SmsBatch.template_code outreach.SmsMessage.state
        outreach.SmsBatch.trouble outreach.InboundFault.kind
        outreach.SmsMessage.reason outreach.SmsAttempt.state outreach.SmsAttempt.gateway outreach.SmsAttempt.answer
        outreach.SmsAttempt.provider_id outreach.SmsReceipt.code
    """,
    "how the house numbers its rooms, and what their cards say": "visits.Room.number feedback.RoomCode.code",
    "keys and sums": """
        vipdesk.Submission.receipt customers.Handover.given customers.Erasure.proof targets.Statement.tiers
    """,
    "hashes of whole files and forms, and of numbers with a key": """
        vipdesk.Submission.content_hash vipdesk.SubmissionConflict.content_hash customers.IntakeExport.sha256
        customers.CustomerImport.content_sha256 customers.GuestExport.sha256 customers.ForgottenNumber.digest
        feedback.GuestTry.key outreach.SmsReply.dedup
    """,
    "about staff and their tablets": """
        staff.User.password staff.User.email staff.User.username staff.User.display_name staff.User.language
        staff.User.theme staff.User.pin staff.UserEvent.pgh_context targets.TargetEvent.pgh_context staff.UserEvent.email staff.UserEvent.username
        staff.UserEvent.display_name staff.UserEvent.language staff.UserEvent.theme staff.Tablet.name
        staff.TabletQueue.waiting staff.Tablet.code_digest staff.Tablet.token_digest staff.TabletSession.session_key otp_totp.TOTPDevice.name
        otp_totp.TOTPDevice.key
    """,
    "what somebody typed at the door; gone after 90 days": """
        axes.AccessFailureLog.user_agent axes.AccessFailureLog.username axes.AccessFailureLog.http_accept
        axes.AccessFailureLog.path_info axes.AccessAttempt.user_agent axes.AccessAttempt.username
        axes.AccessAttempt.http_accept axes.AccessAttempt.path_info axes.AccessAttempt.get_data
        axes.AccessAttempt.post_data axes.AccessLog.user_agent axes.AccessLog.username axes.AccessLog.http_accept
        axes.AccessLog.path_info axes.AccessLog.session_hash
    """,
    "gone with the night": "sessions.Session.session_key sessions.Session.session_data",
    "a name for a set of filters, which never hold what was typed": """
        customers.SavedFilter.name customers.SavedFilter.query
    """,
}
# What a part of the registry visits; tests above prove it, and visits/tests/test_erasing.py for visits and staff.
VISITED = """
    outreach.Call.note outreach.Contact.text outreach.SmsAttempt.number outreach.SmsReply.number outreach.SmsReply.text
    outreach.Campaign.name outreach.Campaign.offer outreach.Campaign.message_zh outreach.Campaign.message_en
    outreach.CampaignNote.text outreach.Campaign.managers_do outreach.SmsBatch.text_zh outreach.SmsBatch.text_en
    admin.LogEntry.object_repr admin.LogEntry.change_message
    vipdesk.ScheduleRun.summary vipdesk.ScheduleRun.error vipdesk.OutboxMessage.target vipdesk.OutboxMessage.subject
    vipdesk.OutboxMessage.body vipdesk.OutboxMessage.payload vipdesk.SubmissionConflict.content
    vipdesk.HeldSubmission.fields
    customers.AccessLog.detail customers.Merge.reason customers.Merge.moved customers.IntakeReview.reason
    customers.CustomerImport.filename customers.CustomerImport.content customers.CustomerImport.preview
    customers.CaptureNote.content
    customers.CustomerImport.report customers.GuestExport.reason customers.GuestExport.filters
    customers.Prospect.phone customers.Prospect.name customers.Prospect.where customers.Prospect.source
    customers.Prospect.note customers.ProspectAttempt.note
    customers.PhoneNumber.number pghistory.Context.metadata
    staff.Leave.note staff.NightSignature.note staff.NightSignature.summary staff.Task.detail staff.Task.title staff.TaskFor.answer
    visits.MissedVisit.reason visits.Party.host_name visits.Party.host_phone visits.PartyEvent.host_name
    visits.PartyEvent.host_phone visits.PartyEvent.pgh_context
    visits.Promise.text visits.Reservation.deposit_note visits.Reservation.guest_name visits.Reservation.guest_phone
    visits.Reservation.notes visits.Reservation.reason visits.ReservationEvent.deposit_note
    visits.ReservationEvent.guest_name visits.ReservationEvent.guest_phone visits.ReservationEvent.notes
    visits.ReservationEvent.pgh_context visits.ReservationEvent.reason visits.RoomVisit.opinion visits.SecondSale.item
    visits.BottleWithdrawal.reason visits.StoredBottle.bottle_no visits.StoredBottle.locker visits.StoredBottle.product
    visits.StoredBottleEvent.bottle_no visits.StoredBottleEvent.locker visits.StoredBottleEvent.pgh_context
    visits.StoredBottleEvent.product targets.Charge.reason targets.Claim.reason feedback.Survey.comment feedback.WeeklySummary.numbers feedback.WeekRemark.text
    feedback.WeekDecision.point feedback.Complaint.words feedback.Complaint.wished feedback.Complaint.prevention
    feedback.Complaint.contact_phone
    feedback.ComplaintEvent.words feedback.Compensation.reason feedback.OptOutReview.reason
"""
# Where a name is not offered to be struck out (vipdesk.mentions), because erasure takes every trace out by itself, or
# because the column names somebody else: the host, the prospect, the record in the admin's log.
NOT_OFFERED = """
    outreach.SmsAttempt.number outreach.SmsReply.number admin.LogEntry.object_repr admin.LogEntry.change_message
    vipdesk.ScheduleRun.summary vipdesk.ScheduleRun.error vipdesk.OutboxMessage.target vipdesk.OutboxMessage.subject
    vipdesk.OutboxMessage.body vipdesk.OutboxMessage.payload vipdesk.SubmissionConflict.content
    vipdesk.HeldSubmission.fields customers.AccessLog.detail customers.Merge.moved customers.CustomerImport.filename
    customers.CustomerImport.content customers.CustomerImport.preview customers.CustomerImport.report
    customers.GuestExport.reason customers.GuestExport.filters customers.Prospect.phone customers.Prospect.name
    customers.PhoneNumber.number pghistory.Context.metadata staff.NightSignature.note staff.NightSignature.summary
    visits.Party.host_name visits.Party.host_phone visits.PartyEvent.host_name visits.PartyEvent.host_phone
    visits.PartyEvent.pgh_context visits.Reservation.guest_name visits.Reservation.guest_phone
    visits.ReservationEvent.guest_name visits.ReservationEvent.guest_phone visits.StoredBottle.bottle_no
    visits.StoredBottleEvent.bottle_no targets.Charge.reason targets.Claim.reason feedback.WeeklySummary.numbers
    feedback.WeekRemark.text feedback.WeekDecision.point feedback.OptOutReview.reason feedback.Complaint.contact_phone
"""
TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, ArrayField)


def test_every_text_column_is_visited_or_known_to_hold_nothing_of_a_guest() -> None:
    tables = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in tables
        for field in model._meta.concrete_fields
        if isinstance(field, TEXT) and not field.generated
    }
    # A guest's own row is emptied by name; its history goes as rows.
    rows = {name for name in columns if name.startswith(("customers.Customer.", "customers.CustomerEvent."))}
    known = {name for names in HARMLESS.values() for name in names.split()} | set(VISITED.split())
    assert columns - rows - known == set(), "New: may somebody write of a guest there? Then erase it (CONTRIBUTING)."
    assert known - rows - columns - {"customers.CustomerEvent.pgh_label"} == set(), "Gone: take it off the list."


def test_what_erasure_visits_in_a_table_that_only_grows_can_be_emptied_there() -> None:
    refused = {
        name
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", [])
        for name in VISITED.split()
        if trigger.name == "append_only" and name.startswith(f"{model._meta.label}.")
        if f"'{name.rpartition('.')[2]}'" not in str(trigger.func)
    }
    assert not refused, "Name these columns in append_only(): their erasure would be refused by the database."


def test_a_name_is_offered_wherever_somebody_may_have_typed_it_about_another() -> None:
    offered = {
        f"{model._meta.label}.{name}"
        for part in personal.registry()
        for text in part.texts
        for model, names in [(text.rows(Person(keys=())).model, text.fields), *text.histories()]
        for name in names
    }
    of_guests = {name for name in offered if name.startswith(("customers.Customer.", "customers.CustomerEvent."))}
    visited = set(VISITED.split())
    assert visited - offered - set(NOT_OFFERED.split()) == set(), "New: offer it (personal.FreeText), or say why not."
    assert offered - of_guests <= visited and set(NOT_OFFERED.split()) <= visited - offered


def test_every_column_of_a_guest_is_emptied_or_kept_for_a_reason() -> None:
    columns = {field.name for field in Customer._meta.concrete_fields if not field.generated}
    assert columns == set(_EMPTY) | set(KEPT_COLUMNS) and not set(_EMPTY) & set(KEPT_COLUMNS)


# --- only erasing may, and only inside -----------------------------------------------------------------------------


def test_append_only_rows_refuse_everybody_else(everything: Customer, desk_user: User) -> None:
    forget(everything, desk_user)
    for table in ("accesslog", "consent", "intakereview", "erasure", "guestexport", "handover"):
        _refused(f"UPDATE customers_{table} SET id = id")
        _refused(f"DELETE FROM customers_{table}")


def _refused(statement: str) -> None:
    with connection.cursor() as cursor:
        table = statement.split()[-1 if statement.startswith("DELETE") else 1]
        cursor.execute(f"SELECT count(*) FROM {table}")
        if not cursor.fetchone()[0]:
            return
    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def make_reviewed(guest: Customer, by: User) -> IntakeReview:
    """A decision on the night's sheet, with words."""
    return IntakeReview.objects.create(customer=guest, status="returned", reason="without an address", reviewed_by=by)


def _erased_keys() -> list[int] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT vipdesk_erased_keys()")
        keys: list[int] | None = cursor.fetchone()[0]
        return keys


def _prove(guest: Customer, by: User) -> None:
    Erasure.objects.create(customer=guest, cause="retention", identity="not_needed", erased_by=by)


def test_the_permission_to_erase_ends_with_its_block(desk_user: User) -> None:
    guest = make_customer()
    with appendonly.erasing([guest.pk]):
        assert _erased_keys() == [guest.pk]
        _prove(guest, desk_user)
    assert _erased_keys() is None


def test_the_permission_to_erase_is_lost_with_a_block_that_fails() -> None:
    with pytest.raises(RuntimeError), appendonly.erasing([make_customer().pk]):
        raise RuntimeError
    assert _erased_keys() is None


def test_only_the_records_of_one_living_guest_can_be_erased(desk_user: User) -> None:
    guest, stranger, erased = make_customer(), make_customer(), make_customer()
    merged = make_customer()
    Customer.objects.filter(pk=merged.pk).update(merged_into=guest, phone=None)
    forget(erased, desk_user)
    for keys in ([], [0], [erased.pk], [merged.pk], [guest.pk, stranger.pk], [guest.pk, 0], [stranger.pk, merged.pk]):
        with pytest.raises(InternalError, match="one guest who can be erased"), appendonly.erasing(keys):
            pass
    with appendonly.erasing([guest.pk, merged.pk]):
        _prove(guest, desk_user)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_an_erasure_without_its_proof_is_not_committed(desk_user: User) -> None:
    review = make_reviewed(make_customer(), desk_user)
    with pytest.raises(InternalError, match="leaves its proof"), appendonly.erasing([review.customer_id]):
        IntakeReview.objects.update(reason="")
    review.refresh_from_db()
    assert review.reason == "without an address"


def test_an_erasure_empties_words_and_changes_nothing_else(desk_user: User, mgr1: User) -> None:
    review = make_reviewed(make_customer(), desk_user)
    another = make_customer()
    with appendonly.erasing([review.customer_id]):
        for changes in ({"status": "accepted"}, {"reviewed_by": mgr1}, {"customer": another}):
            with pytest.raises(InternalError), transaction.atomic():
                IntakeReview.objects.update(**changes, reason="")
        with pytest.raises(InternalError), transaction.atomic():
            IntakeReview.objects.all().delete()
        IntakeReview.objects.update(reason="")
        _prove(review.customer, desk_user)


def test_an_erasure_deletes_the_history_of_its_own_guest_alone(desk_user: User) -> None:
    guest, other = make_customer(), make_customer()
    Customer.objects.update(notes="changed")
    with appendonly.erasing([guest.pk]):
        Event.objects.filter(pgh_obj=guest.pk).delete()
        with pytest.raises(InternalError), transaction.atomic():
            Event.objects.filter(pgh_obj=other.pk).delete()
        _prove(guest, desk_user)
    assert not Event.objects.filter(pgh_obj=guest.pk) and Event.objects.filter(pgh_obj=other.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_an_erasure_that_fails_in_its_last_part_has_done_nothing(
    mgr1: User, desk_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = make_customer(name=NAME, owner=mgr1)
    parts = [*settings.PERSONAL_DATA, "customers.tests.test_erasing.nowhere"]
    monkeypatch.setattr(settings, "PERSONAL_DATA", parts)

    with pytest.raises(ImportError):
        forget(guest, desk_user)

    guest.refresh_from_db()
    assert (guest.name, guest.erased_at) == (NAME, None) and guest.numbers.count() == 1
    assert not ForgottenNumber.objects.exists() and _erased_keys() is None


# --- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {"identity": ""},
        {"identity": "not_needed"},
        {"requested_on": None},
        {"requested_on": dt.date(2126, 1, 1)},
        {"cause": "retention", "identity": "in_person", "requested_on": None},
    ],
)
def test_an_erasure_without_its_check_is_refused(mgr1: User, desk_user: User, facts: dict[str, Any]) -> None:
    guest = make_customer(owner=mgr1)
    with pytest.raises(CannotErase):
        forget(guest, desk_user, **facts)
    assert not Erasure.objects.exists()


def test_who_is_erased_or_merged_is_not_erased(mgr1: User, desk_user: User) -> None:
    kept, merged = make_customer(owner=mgr1), make_customer(owner=mgr1)
    merging.merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    with pytest.raises(CannotErase, match="goes on as another"):
        forget(merged, desk_user)

    forget(kept, desk_user)

    for gone in (kept, merged):
        with pytest.raises(CannotErase):
            forget(gone, desk_user)
    assert Erasure.objects.count() == 1


def test_a_guest_in_a_sheet_that_is_coming_in_waits_for_it(mgr1: User, desk_user: User) -> None:
    guest = make_customer(owner=mgr1, phone=f"+86{MAIN}")
    sheet = incoming.upload(data=f"姓名,电话\n甲乙丙,{MAIN}\n".encode(), filename="x.csv", by=desk_user)
    CustomerImport.objects.filter(pk=sheet.pk).update(status=ImportStatus.RUNNING)

    with pytest.raises(CannotErase, match="coming in right now"):
        forget(guest, desk_user)

    guest.refresh_from_db()
    assert guest.erased_at is None


def test_a_sheet_without_the_guest_goes_on_waiting(mgr1: User, desk_user: User) -> None:
    guest = make_customer(owner=mgr1, name=NAME)
    sheet = incoming.upload(data=f"姓名,电话\n{NAME},{SECOND}\n".encode(), filename="x.csv", by=desk_user)

    forget(guest, desk_user)

    assert CustomerImport.objects.get(pk=sheet.pk).content is not None

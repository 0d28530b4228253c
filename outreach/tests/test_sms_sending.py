"""A message at a time: what is judged again when it is claimed, what an answer does, what a dead sender leaves, what a
receipt and a person may change."""

import datetime as dt
import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers import forgetting
from customers.erasing import erase_customer
from customers.models import Consent, Customer
from outreach import (
    gateways,
    rules,
    sms_jobs,
    sms_planning,
    sms_quiet,
    sms_replies,
    sms_results,
    sms_sending,
    sms_trouble,
)
from outreach.gateways import Receipt, Said, Verdict
from outreach.models import SmsAttempt, SmsBatch, SmsMessage, SmsReply
from outreach.tests.sms_factories import (
    FRIDAY,
    FakeGateway,
    make_campaign,
    make_reader,
    make_sms_batch,
    never_quiet,
    say,
)
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)  # 12:00 at the venue


@pytest.fixture
def gateway(monkeypatch: Any, settings: Any) -> FakeGateway:
    """A provider that is called once at a time, in the order of the messages."""
    never_quiet()
    settings.SMS_IN_FLIGHT = 1
    fake = FakeGateway()
    monkeypatch.setattr(gateways, "named", lambda name: fake)
    return fake


def states(batch: SmsBatch) -> dict[str, int]:
    found: dict[str, int] = sms_planning.report(batch)["states"]
    return found


def message_of(guest: Customer) -> SmsMessage:
    return SmsMessage.objects.get(customer=guest)


# --- sending -------------------------------------------------------------------------------------------------------


def test_each_guest_is_sent_one_message_and_the_second_run_sends_none(gateway: FakeGateway) -> None:
    guests = [make_reader() for _ in range(3)]
    batch = make_sms_batch(is_approved=True)
    assert sms_sending.send_all().sent == {"accepted": 3}
    assert sms_sending.send_all(until_done=True).sent == {}
    assert {one.number for one in gateway.given} == {guest.phone for guest in guests}
    assert {one.text for one in gateway.given} == {"【星海会所】周五房费八折。拒收请回复R"}
    assert {one.out_id for one in gateway.given} == set(SmsAttempt.objects.values_list("pk", flat=True))
    assert states(batch) == {"accepted": 3}


def test_what_is_not_approved_paused_or_stopped_is_not_sent(gateway: FakeGateway, ops: User) -> None:
    make_reader()
    batch = make_sms_batch()
    assert sms_sending.send_all(until_done=True).sent == {}
    sms_planning.approve_batch(batch=batch, by=ops)
    assert sms_planning.pause_batch(batch=batch)
    assert sms_sending.send_all(until_done=True).sent == {}
    sms_planning.resume_batch(batch=batch)
    sms_planning.stop_batch(batch=batch)
    assert sms_sending.send_all(until_done=True).sent == {} and gateway.given == []
    assert states(batch) == {"expired": 1}


def test_a_pause_takes_hold_between_two_messages(gateway: FakeGateway) -> None:
    make_reader(), make_reader()
    batch = make_sms_batch(is_approved=True)
    gateway.during = lambda _message: sms_planning.pause_batch(batch=batch)
    sms_sending.send_all(until_done=True)
    assert states(batch) == {"accepted": 1, "queued": 1}


@pytest.mark.venue_zone
def test_quiet_hours_make_a_batch_wait(gateway: FakeGateway, time_machine: Any) -> None:
    in_force = rules.current()
    in_force.quiet_from, in_force.quiet_to = dt.time(20), dt.time(8)
    in_force.save()
    make_reader()
    time_machine.move_to(NOON)
    batch = make_sms_batch(is_approved=True)
    time_machine.move_to(NOON + dt.timedelta(hours=8))
    assert sms_sending.send_all(until_done=True).sent == {}
    time_machine.move_to(NOON + dt.timedelta(hours=20))
    assert sms_sending.send_all(until_done=True).sent == {"accepted": 1}
    assert states(batch) == {"accepted": 1}


@pytest.mark.parametrize(
    ("clock", "is_quiet"), [("19:59", False), ("20:00", True), ("00:00", True), ("07:59", True), ("08:00", False)]
)
def test_quiet_runs_over_midnight(clock: str, is_quiet: bool) -> None:
    assert sms_quiet.is_quiet(dt.time.fromisoformat(clock), begins=dt.time(20), ends=dt.time(8)) is is_quiet
    assert not sms_quiet.is_quiet(dt.time.fromisoformat(clock), begins=dt.time(20), ends=dt.time(20))


def test_everything_is_judged_again_when_a_message_is_claimed(gateway: FakeGateway, desk_user: User) -> None:
    withdrew, refused, erased, released, forgotten, merged, fine = (make_reader() for _ in range(7))
    batch = make_sms_batch(is_approved=True)
    say(withdrew, Consent.Action.WITHDRAWN)
    Customer.objects.filter(pk=refused.pk).update(sms_consent=False)
    erase_customer(customer=erased, by=desk_user, cause="retention", identity="not_needed")
    Customer.objects.filter(pk=released.pk).update(phone=None)
    forgetting.forget({str(forgotten.phone)})
    Customer.objects.filter(pk=merged.pk).update(phone=None, merged_into=fine)
    sms_sending.send_all(until_done=True)
    assert dict(batch.messages.values_list("customer", "reason")) == {
        withdrew.pk: "opted_out",
        refused.pk: "no_consent",
        erased.pk: "opted_out",
        released.pk: "bad_number",
        forgotten.pk: "opted_out",
        merged.pk: "bad_number",
        fine.pk: "",
    }
    assert [one.number for one in gateway.given] == [fine.phone]


def test_the_log_is_believed_before_the_flag(gateway: FakeGateway) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    say(guest, Consent.Action.WITHDRAWN)
    Customer.objects.filter(pk=guest.pk).update(sms_consent=True)
    sms_sending.send_all(until_done=True)
    assert (message_of(guest).reason, gateway.given) == ("opted_out", [])


def test_who_opts_out_while_a_handful_is_being_sent_gets_nothing(gateway: FakeGateway) -> None:
    first, second = make_reader(), make_reader()
    make_sms_batch(is_approved=True)
    gateway.during = lambda _message: say(second, Consent.Action.WITHDRAWN)
    sms_sending.send_all(until_done=True)
    assert [one.number for one in gateway.given] == [first.phone]
    assert (message_of(second).state, message_of(second).reason) == ("skipped", "opted_out")


def test_two_batches_that_wait_at_once_leave_the_gap(gateway: FakeGateway) -> None:
    guest = make_reader()
    first, second = make_sms_batch(is_approved=True), make_sms_batch(is_approved=True)
    sms_sending.send_all(until_done=True)
    assert (states(first), states(second)) == ({"accepted": 1}, {"skipped": 1})
    assert [one.number for one in gateway.given] == [guest.phone]


def test_a_number_that_moved_to_another_guest_is_not_written_to_twice(gateway: FakeGateway) -> None:
    first, second = make_reader(), make_reader()
    make_sms_batch(is_approved=True)
    number = first.phone

    def move(_message: Any) -> None:
        Customer.objects.filter(pk=first.pk).update(phone=None)
        first.numbers.update(released_at=timezone.now())
        Customer.objects.filter(pk=second.pk).update(phone=number)

    gateway.during = move
    sms_sending.send_all(until_done=True)
    assert [one.number for one in gateway.given] == [number]
    assert message_of(second).reason == "gap"


# --- answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "state", "attempt"),
    [
        (Said.ACCEPTED, "accepted", "accepted"),
        (Said.FAILED, "failed", "failed"),
        (Said.UNKNOWN, "unknown", "unknown"),
    ],
)
def test_an_answer_is_put_down_on_both(gateway: FakeGateway, said: Said, state: str, attempt: str) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    gateway.verdicts = [Verdict(said, code="HTTP 500")]
    sms_sending.send_all(until_done=True)
    assert message_of(guest).state == state
    tried = SmsAttempt.objects.get()
    assert (tried.state, tried.answer, tried.number, len(gateway.given)) == (attempt, "HTTP 500", guest.phone, 1)


def test_a_busy_provider_is_left_in_peace_and_asked_again(gateway: FakeGateway, settings: Any) -> None:
    guest, other = make_reader(), make_reader()
    batch = make_sms_batch(is_approved=True)
    gateway.verdicts = [Verdict(Said.BUSY, pause=60)]
    assert sms_sending.send_all().sent == {"busy": 1}
    assert states(batch) == {"queued": 2} and sms_sending.send_all().sent == {}
    SmsBatch.objects.update(resume_at=timezone.now())
    sms_sending.send_all(until_done=True)
    assert states(batch) == {"accepted": 2}
    assert sorted(SmsAttempt.objects.filter(message=message_of(guest)).values_list("n", "state")) == [
        (1, "unsent"),
        (2, "accepted"),
    ]
    assert other.phone in [one.number for one in gateway.given]


def test_until_done_ends_where_nobody_answers_and_nothing_is_lost(gateway: FakeGateway) -> None:
    for _ in range(5):
        make_reader()
    batch = make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.AWAY] * 3
    assert sms_sending.send_all(until_done=True).is_away
    assert states(batch) == {"queued": 5} and len(gateway.given) == 3


def test_a_provider_that_takes_nothing_stops_the_batch_with_its_reason(
    gateway: FakeGateway, ops: User, signed_in: Any
) -> None:
    """Cases 34 and 35: a limit of the account, a wrong password."""
    for _ in range(6):
        make_reader()
    batch = make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.ACCEPTED, Said.ACCEPTED, Said.ACCEPTED, Verdict(Said.CLOSED, "isv.DAY_LIMIT_CONTROL")]
    tally = sms_sending.send_all(until_done=True)
    assert (tally.is_away, tally.refusal) == (True, "isv.DAY_LIMIT_CONTROL")
    assert states(batch) == {"accepted": 3, "queued": 3} and len(gateway.given) == 4
    told = [alert.text for alert in sms_jobs.alerts() if alert.key.startswith("sms-trouble")]
    assert len(told) == 1 and "isv.DAY_LIMIT_CONTROL" in told[0]
    page = signed_in(ops).get(f"/outreach/sms/{batch.pk}/").content.decode()
    assert "isv.DAY_LIMIT_CONTROL" in page

    SmsBatch.objects.update(expires_at=timezone.now())
    assert not [alert for alert in sms_jobs.alerts() if alert.key.startswith("sms-trouble")], (
        "nothing is tried any more"
    )
    SmsBatch.objects.update(expires_at=batch.expires_at)
    assert sms_sending.send_all(until_done=True).sent == {"accepted": 3}
    assert not [alert for alert in sms_jobs.alerts() if alert.key.startswith("sms-trouble")]


def test_pauses_of_a_busy_provider_double_until_it_takes_a_message(gateway: FakeGateway, time_machine: Any) -> None:
    make_reader(), make_reader()
    batch = make_sms_batch(is_approved=True)
    now = timezone.now()
    pauses = []
    for _ in range(7):
        time_machine.move_to(now, tick=False)
        pauses.append((sms_trouble.rest(batch) - now).total_seconds())
        now += dt.timedelta(minutes=2)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    time_machine.move_to(now, tick=False)
    assert (sms_trouble.rest(batch, asked=90) - now).total_seconds() == 90, "it asks for longer"
    assert (sms_trouble.rest(batch, asked=5) - now).total_seconds() == 90, "an answer of before the pause"
    time_machine.move_to(now + dt.timedelta(minutes=2), tick=True)
    batch.refresh_from_db()
    sms_sending.send_all()
    batch.refresh_from_db()
    assert (batch.busy_in_row, states(batch)) == (0, {"accepted": 2})


def test_a_short_pause_is_waited_for_within_the_run(gateway: FakeGateway) -> None:
    for _ in range(4):
        make_reader()
    batch = make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.ACCEPTED, Said.BUSY]
    began = time.monotonic()
    assert sms_sending.send_all().sent == {"accepted": 4, "busy": 1}
    assert time.monotonic() - began >= 1 and states(batch) == {"accepted": 4}


def test_so_many_calls_are_under_way_and_no_more(gateway: FakeGateway, settings: Any) -> None:
    settings.SMS_IN_FLIGHT = 4
    guests = [make_reader() for _ in range(12)]
    batch = make_sms_batch(is_approved=True)
    meeting, most, now_there = threading.Barrier(4), 0, 0
    lock = threading.Lock()

    def meet(_message: Any) -> None:
        nonlocal most, now_there
        with lock:
            now_there += 1
            most = max(most, now_there)
        meeting.wait(10)
        with lock:
            now_there -= 1

    gateway.during = meet
    assert sms_sending.send_all().sent == {"accepted": 12}
    assert most == 4
    assert sorted(one.number for one in gateway.given) == sorted(str(guest.phone) for guest in guests)
    assert states(batch) == {"accepted": 12}


def test_what_was_under_way_when_it_stops_is_put_down(gateway: FakeGateway, settings: Any) -> None:
    settings.SMS_IN_FLIGHT = 4
    for _ in range(12):
        make_reader()
    batch = make_sms_batch(is_approved=True)
    meeting = threading.Barrier(4)
    gateway.during = lambda _message: meeting.wait(10)
    gateway.verdicts = [Said.CLOSED, Said.ACCEPTED, Said.UNKNOWN, Said.FAILED]
    assert sms_sending.send_all(until_done=True).is_away
    assert states(batch) == {"accepted": 1, "failed": 1, "queued": 9, "unknown": 1}
    assert len(gateway.given) == 4


# --- dead senders --------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As SIGKILL leaves it: no clean-up of the sender's own runs."""


def die(gateway: FakeGateway, monkeypatch: Any) -> None:
    def kill(_message: Any) -> None:
        raise Killed

    gateway.during = kill
    monkeypatch.setattr(sms_sending.sms_sql, "RELEASE", "SELECT 1 WHERE %(messages)s IS NULL")
    with pytest.raises(Killed):
        sms_sending.send_all()
    monkeypatch.undo()


def test_a_killed_sender_leaves_one_unknown_and_the_rest_to_the_next(gateway: FakeGateway, monkeypatch: Any) -> None:
    for _ in range(3):
        make_reader()
    batch = make_sms_batch(is_approved=True)
    die(gateway, monkeypatch)
    assert states(batch) == {"sending": 3}
    assert sms_results.recover() == 0, "the lease runs"
    SmsMessage.objects.update(lease_until=timezone.now() - dt.timedelta(hours=1))
    assert sms_results.recover() == 3
    assert states(batch) == {"queued": 2, "unknown": 1}
    assert SmsAttempt.objects.get().state == "unknown"


def test_what_is_unknown_is_never_sent_again_by_itself(gateway: FakeGateway, settings: Any) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.UNKNOWN]
    sms_sending.send_all(until_done=True)
    assert sms_results.reconcile() == 0, "it may still turn up"
    assert sms_results.reconcile(timezone.now() + dt.timedelta(minutes=16)) == 1
    assert message_of(guest).state == "manual"
    sms_sending.send_all(until_done=True)
    assert len(gateway.given) == 1


def test_a_provider_that_can_be_asked_is(gateway: FakeGateway, monkeypatch: Any) -> None:
    guests = [make_reader() for _ in range(4)]
    make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.UNKNOWN] * 4
    sms_sending.send_all(until_done=True)
    answers = dict(
        zip([g.phone for g in guests], [Said.DELIVERED, Said.FAILED, Said.NOT_FOUND, Said.AWAY], strict=True)
    )
    monkeypatch.setattr(gateway, "can_query", True, raising=False)
    monkeypatch.setattr(gateway, "query", lambda message, at: Verdict(answers[message.number]), raising=False)
    sms_results.reconcile(timezone.now() + dt.timedelta(minutes=16))
    assert [message_of(guest).state for guest in guests] == ["delivered", "failed", "manual", "unknown"]


def test_at_most_one_try_of_a_message_lives(gateway: FakeGateway) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    sms_sending.send_all()
    facts = {"message": message_of(guest), "gateway": "x", "number": "+8613816552203", "night": FRIDAY}
    for state in ("sending", "unknown", "accepted", "delivered"):
        with pytest.raises(IntegrityError), transaction.atomic():
            SmsAttempt.objects.create(n=2, state=state, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        SmsAttempt.objects.create(n=1, state="failed", **facts)


def test_what_waits_too_long_expires(gateway: FakeGateway) -> None:
    make_reader()
    batch = make_sms_batch(is_approved=True)
    SmsBatch.objects.update(expires_at=timezone.now() - dt.timedelta(hours=1))
    assert sms_sending.send_all(until_done=True).sent == {}
    assert states(batch) == {"expired": 1} and gateway.given == []


@pytest.mark.venue_zone
def test_batch_of_a_past_night_is_neither_approved_nor_sent(gateway: FakeGateway, time_machine: Any, ops: User) -> None:
    time_machine.move_to(NOON)
    for _ in range(2):
        make_reader()
    forgotten, late = make_sms_batch(night=FRIDAY), make_sms_batch(night=FRIDAY)
    sms_planning.approve_batch(batch=late, by=ops)
    late.refresh_from_db()
    assert late.expires_at == nights.night_bounds(FRIDAY)[1], "no longer than its night"
    time_machine.move_to(nights.night_bounds(FRIDAY)[1])
    with pytest.raises(sms_planning.CannotSend):
        sms_planning.approve_batch(batch=forgotten, by=ops)
    sms_sending.send_all(until_done=True)
    forgotten.refresh_from_db()
    assert forgotten.state == "expired" and gateway.given == []
    assert (states(forgotten), states(late)) == ({"expired": 2}, {"expired": 2})
    told = {alert.key for alert in sms_jobs.alerts() if alert.key.startswith("sms-expired")}
    assert told == {f"sms-expired:{forgotten.pk}", f"sms-expired:{late.pk}"}
    with pytest.raises(sms_planning.CannotSend):
        sms_planning.approve_batch(batch=forgotten, by=ops)


# --- receipts, a person, replies -----------------------------------------------------------------------------------


def receipt(guest: Customer, code: str, said: Said | None) -> bool:
    tried = SmsAttempt.objects.filter(message__customer=guest).latest("n")
    return sms_results.take_receipt(attempt=tried.pk, receipt=Receipt(code, said))


def test_receipts_only_ever_advance(gateway: FakeGateway) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.UNKNOWN]
    sms_sending.send_all()
    for code, said, state in [
        ("4", Said.ACCEPTED, "accepted"),
        ("1", Said.DELIVERED, "delivered"),
        ("8", Said.ACCEPTED, "delivered"),
        ("2", Said.FAILED, "delivered"),
        ("99", None, "delivered"),
    ]:
        assert receipt(guest, code, said) and receipt(guest, code, said)
        assert message_of(guest).state == state
    assert SmsAttempt.objects.get().receipts.count() == 5
    assert not sms_results.take_receipt(attempt=uuid4(), receipt=Receipt("1", Said.DELIVERED))
    assert len(gateway.given) == 1


def test_a_receipt_before_the_answer_is_not_taken_back(gateway: FakeGateway) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    gateway.during = lambda _message: receipt(guest, "1", Said.DELIVERED)
    gateway.verdicts = [Said.UNKNOWN]
    sms_sending.send_all()
    assert message_of(guest).state == "delivered"


def test_a_person_decides_and_only_their_word_sends_again(gateway: FakeGateway) -> None:
    sent, lost, again = (make_reader() for _ in range(3))
    batch = make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.UNKNOWN] * 3
    sms_sending.send_all(until_done=True)
    for guest, word in ((sent, "sent"), (lost, "lost"), (again, "again")):
        one = SmsMessage.objects.filter(customer=guest)
        assert sms_results.decide(messages=one, word=word) == 1
        assert sms_results.decide(messages=one, word="again") == 0, "settled"
    assert states(batch) == {"accepted": 1, "failed": 1, "queued": 1}
    sms_sending.send_all(until_done=True)
    assert [one.number for one in gateway.given[3:]] == [again.phone]


def test_a_late_receipt_spares_the_guest_a_second_message(gateway: FakeGateway) -> None:
    guest = make_reader()
    make_sms_batch(is_approved=True)
    gateway.verdicts = [Said.UNKNOWN]
    sms_sending.send_all()
    sms_results.decide(messages=SmsMessage.objects.all(), word="again")
    receipt(guest, "1", Said.DELIVERED)
    sms_sending.send_all(until_done=True)
    assert (message_of(guest).state, len(gateway.given)) == ("delivered", 1)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("R", True),
        (" ｒ。", True),
        ("退订", True),
        ("回复R", True),
        ("TD", True),
        ("谢谢", False),
        ("Room 888", False),
        ("", False),
    ],
)
def test_a_word_of_opting_out_is_understood(text: str, is_one: bool) -> None:
    assert sms_replies.is_opt_out(text) is is_one


def test_a_reply_withdraws_consent_once_in_the_log(gateway: FakeGateway) -> None:
    guest = make_reader()
    for _ in range(2):
        sms_replies.take_reply(number=str(guest.phone), text="R", dedup="kannel 1")
    guest.refresh_from_db()
    assert not guest.sms_consent
    assert [one.action for one in guest.consents.order_by("pk")] == ["granted", "withdrawn"]
    assert (SmsReply.objects.get().customer, SmsReply.objects.get().is_opt_out) == (guest, True)
    sms_replies.take_reply(number="106575", text="R\0", dedup="kannel 2")
    assert SmsReply.objects.count() == 2


def test_erasing_takes_the_number_and_the_words_and_what_waits(gateway: FakeGateway, desk_user: User) -> None:
    from customers.erasing import person_behind
    from vipdesk import personal

    guest, other = make_reader(), make_reader()
    batch = make_sms_batch(is_approved=True)
    sms_sending.send_all()
    sms_replies.take_reply(number=str(guest.phone), text="我是王芳", dedup="1")
    SmsMessage.objects.filter(customer=other).update(state="queued")
    number = str(guest.phone)
    said = str([list(part.collect(person_behind(guest))) for part in personal.registry()])
    assert "我是王芳" in said and "周五房费八折" in said
    for one in (guest, other):
        erase_customer(customer=one, by=desk_user, cause="retention", identity="not_needed")
    assert set(SmsAttempt.objects.values_list("number", flat=True)) == {""}
    assert SmsReply.objects.filter(number="", text="—").count() == 1 or number not in str(SmsReply.objects.values())
    assert states(batch) == {"accepted": 1, "skipped": 1}


# --- by the clock --------------------------------------------------------------------------------------------------


@pytest.mark.venue_zone
def test_the_night_s_batch_is_built_from_the_newest_approved_campaign_and_waits(time_machine: Any) -> None:
    time_machine.move_to(NOON)
    make_reader()
    assert sms_jobs.SMS_BATCH.run(FRIDAY) == {"campaign": None}
    time_machine.move_to(NOON + dt.timedelta(hours=5))
    assert [alert.key for alert in sms_jobs.alerts()] == [f"sms-none:{FRIDAY}"]
    make_campaign(starts_on=FRIDAY, approved_at=None)
    make_campaign(ends_on=FRIDAY - dt.timedelta(days=1))
    newest = make_campaign(starts_on=FRIDAY - dt.timedelta(days=3))
    make_campaign()
    first = sms_jobs.SMS_BATCH.run(FRIDAY)
    assert first == sms_jobs.SMS_BATCH.run(FRIDAY)
    assert (first["campaign"], first["planned"]) == (newest.code, 1)
    batch = SmsBatch.objects.get()
    assert batch.state == "waiting"
    assert [alert.key for alert in sms_jobs.alerts()] == [f"sms-waits:{batch.pk}"]


def test_the_batch_is_due_at_four_on_sms_nights_and_may_be_late_until_quiet_hours() -> None:
    job = sms_jobs.SMS_BATCH
    due = job.due(FRIDAY)
    assert due == nights.moment_in(FRIDAY, dt.time(16)) and job.due(FRIDAY - dt.timedelta(days=1)) is None
    assert job.deadline(FRIDAY, due) == nights.moment_in(FRIDAY, dt.time(20))


def test_the_sweep_asks_for_senders_of_what_waits(
    gateway: FakeGateway, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(sms_jobs.jobs, "enqueue", lambda task, pk: asked.append((task.name, pk)))
    sms_jobs.sweep()
    assert asked == []
    make_reader()
    batch = make_sms_batch(is_approved=True)
    sms_jobs.sweep()
    assert asked == [("outreach.tasks.send_sms_batch", batch.pk)] * sms_jobs.SENDERS
    assert sms_jobs.send_for_a_while(batch.pk) == {"accepted": 1}
    assert sms_jobs.send_for_a_while(batch.pk) == {} == sms_jobs.send_for_a_while(batch.pk + 1)


def test_the_console_prints_where_logs_go_with_the_number_masked(capsys: Any) -> None:
    never_quiet()
    guest = make_reader(phone="+8613816552203")
    make_sms_batch(is_approved=True)
    began = time.monotonic()
    call_command("send_sms", "--until-done")
    said = capsys.readouterr()
    assert said.out == "1 accepted\n" and "138****2203: 【星海会所】" in said.err
    assert str(guest.phone) not in said.err and time.monotonic() - began < 30

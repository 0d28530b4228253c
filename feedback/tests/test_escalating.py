"""The sweep: what it raises and when, once each whatever happens; what operations are told, by whom and how often."""

import datetime as dt
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse

from customers.tests.factories import make_customer
from feedback import complaints
from feedback.escalating import sweep
from feedback.models import Complaint, ComplaintEvent, Escalation
from feedback.tests.complaint_factories import make_complaint, make_survey
from staff import roles
from staff.models import Shift, User
from staff.tests.factories import make_user
from vipdesk import alerts, outbox, robots
from vipdesk.outbox import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone]
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
NIGHT_ENDS = EVENING + dt.timedelta(hours=6)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def raised_at(at):
    """Causes by complaint of one sweep."""
    return [(one.complaint_id, one.cause) for one in sweep(at)]


# --- what is raised ----------------------------------------------------------------------------------------------------


def test_each_limit_is_raised_once_at_its_moment(mgr1):
    mine = make_complaint(by=mgr1)
    assert raised_at(mine.answer_due_at - MINUTE) == []
    assert raised_at(mine.answer_due_at) == [(mine.pk, "answer_late")]
    assert raised_at(mine.answer_due_at + MINUTE) == []
    assert raised_at(mine.solve_due_at) == [(mine.pk, "solution_late")], "operations are late themselves"
    assert raised_at(mine.solve_due_at + 100 * HOUR) == []
    moves = list(ComplaintEvent.objects.filter(kind="escalate").values_list("begin", "end", "cause"))
    assert moves == [("new", "escalated", "answer_late"), ("escalated", "escalated", "solution_late")]


def test_what_was_answered_or_solved_in_time_stays(mgr1, friday):
    answered, solved = make_complaint(by=mgr1), make_complaint(by=mgr1)
    complaints.answer(complaint=answered, by=mgr1, words="…")
    complaints.solve(complaint=solved, by=mgr1, words="…")
    assert raised_at(answered.answer_due_at + MINUTE) == []
    assert raised_at(answered.solve_due_at) == [(answered.pk, "solution_late")]
    assert Complaint.objects.get(pk=solved.pk).state == "solved"


def test_several_causes_at_once_are_one_move_and_a_row_each(mgr1):
    mine = make_complaint(by=mgr1)
    assert raised_at(mine.solve_due_at) == [(mine.pk, "answer_late"), (mine.pk, "solution_late")]
    moves = list(ComplaintEvent.objects.filter(kind="escalate").values_list("begin", "cause"))
    assert moves == [("new", "answer_late"), ("escalated", "solution_late")]


def test_a_critical_row_that_nobody_escalated_is_found(mgr1):
    mine = make_complaint(by=mgr1)
    Complaint.objects.filter(pk=mine.pk).update(severity="critical")
    assert raised_at(EVENING) == [(mine.pk, "critical")]


def test_taken_by_operations_it_does_not_come_back_for_the_same_cause(mgr1, ops):
    mine = make_complaint(by=mgr1, severity="critical")
    complaints.take_in_hand(complaint=mine, by=ops)
    assert raised_at(EVENING + MINUTE) == []
    assert Complaint.objects.get().state == "in_hand"


def test_after_reopening_each_cause_may_come_again(mgr1):
    mine = make_complaint(by=mgr1)
    sweep(mine.solve_due_at)
    Complaint.objects.update(state="reopened", reopenings=1, clock_due_at=mine.solve_due_at + HOUR)
    assert raised_at(mine.solve_due_at + HOUR) == [
        (mine.pk, "reopened"),
        (mine.pk, "answer_late"),
        (mine.pk, "solution_late"),
    ]


def test_what_went_up_as_reopened_twice_does_not_go_again_as_reopened(mgr1):
    mine = make_complaint(by=mgr1)
    complaints.answer(complaint=mine, by=mgr1, words="…")
    Complaint.objects.update(reopenings=2)
    facts = {"raised_at": EVENING, "night": mine.night, "reopening": 2}
    Escalation.objects.create(complaint=mine, cause="reopened_twice", **facts)
    assert raised_at(EVENING + MINUTE) == []


def plan(user, night, kind, by):
    Shift.objects.create(user=user, night=night, plan=kind, planned_by=by)


def test_at_the_nights_end_what_is_open_with_who_is_off_tomorrow_goes_up(mgr1, mgr2, ops):
    saturday = dt.date(2026, 11, 28)
    plan(mgr2, saturday, Shift.Plan.ON, ops)
    mine, other = make_complaint(by=mgr1), make_complaint(by=mgr2)
    for one in (mine, other):
        complaints.answer(complaint=one, by=one.owner, words="…")
    assert raised_at(NIGHT_ENDS - MINUTE) == []
    assert raised_at(NIGHT_ENDS) == [(mine.pk, "owner_off")]
    assert raised_at(NIGHT_ENDS + HOUR) == []


def test_where_no_roster_is_planned_everybody_is_on_duty(mgr1):
    mine = make_complaint(by=mgr1)
    complaints.answer(complaint=mine, by=mgr1, words="…")
    assert raised_at(NIGHT_ENDS) == []


def test_leave_alone_sends_it_up_and_what_comes_after_the_end_waits_a_night(mgr1, ops, friday):
    plan(mgr1, dt.date(2026, 11, 28), Shift.Plan.LEAVE, ops)
    friday.move_to(NIGHT_ENDS + MINUTE)
    late = make_complaint(by=mgr1)
    assert raised_at(NIGHT_ENDS + 2 * MINUTE) == []
    assert late.state == "new"


def test_what_operations_have_in_hand_is_not_its_owners_day_off(mgr1, ops):
    plan(mgr1, dt.date(2026, 11, 28), Shift.Plan.OFF, ops)
    mine = make_complaint(by=mgr1)
    complaints.escalate(complaint=mine, by=mgr1)
    complaints.answer(complaint=mine, by=ops, words="…")
    complaints.take_in_hand(complaint=mine, by=ops)
    assert raised_at(NIGHT_ENDS) == []


def test_what_somebody_has_who_left_the_house_is_nobodys(mgr1):
    mine = make_complaint(by=mgr1)
    User.objects.filter(pk=mgr1.pk).update(is_active=False)
    assert raised_at(EVENING) == [(mine.pk, "nobody")]


def test_a_sweep_for_later_writes_down_now(mgr1):
    mine = make_complaint(by=mgr1)
    sweep(mine.solve_due_at + 30 * 24 * HOUR)
    assert {one.raised_at for one in Escalation.objects.all()} == {EVENING}
    assert {one.night for one in Escalation.objects.all()} == {dt.date(2026, 11, 27)}


def test_the_sweep_costs_the_same_for_one_and_for_many(mgr1, django_assert_max_num_queries):
    for _ in range(12):
        make_complaint(by=mgr1)
    with django_assert_max_num_queries(12):
        assert len(sweep(EVENING + HOUR)) == 12


@pytest.mark.django_db(transaction=True)
def test_six_sweeps_at_once_raise_each_cause_once_and_tell_it_once(furnished, settings):
    settings.COMPLAINT_EMAILS = ["ops@example.com"]
    mgr1 = make_user("mgr1")
    for _ in range(3):
        make_complaint(by=mgr1)

    def run(_n):
        try:
            return len(sweep(EVENING + HOUR))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(run, range(6))) == 3
    assert Escalation.objects.count() == OutboxMessage.objects.count() == 3
    assert ComplaintEvent.objects.filter(kind="escalate").count() == 3


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_comes_while_the_sweep_waits_is_seen(furnished, settings):
    mgr1 = make_user("mgr1")
    mine = make_complaint(by=mgr1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Complaint.objects.filter(pk=mine.pk).update(first_answered_at=EVENING)

            def run():
                try:
                    return sweep(mine.answer_due_at)
                finally:
                    connection.close()

            waiting = pool.submit(run)
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
        assert waiting.result(10) == []
    assert not Escalation.objects.exists()


# --- what is told ------------------------------------------------------------------------------------------------------


@pytest.fixture
def told(settings):
    settings.COMPLAINT_EMAILS = ["chief@example.com"]
    settings.WECOM_ROBOT_URL = "http://127.0.0.1:9/wecom?key=1"
    settings.DINGTALK_ROBOT_URL = "http://127.0.0.1:9/dingtalk?access_token=2"

    def read():
        return sorted((m.kind, m.target) for m in OutboxMessage.objects.all())

    return read


def test_operations_are_told_by_mail_and_by_their_robots(mgr1, told):
    make_user("ops", roles.OPERATIONS, email="ops@example.com")
    make_user("gone", roles.OPERATIONS, email="gone@example.com", is_active=False)
    make_complaint(by=mgr1, severity="critical")
    assert told() == [
        ("email", "chief@example.com"),
        ("email", "ops@example.com"),
        ("webhook", "http://127.0.0.1:9/dingtalk?access_token=2#dingtalk"),
        ("webhook", "http://127.0.0.1:9/wecom?key=1#wecom"),
    ]


def test_no_message_holds_what_is_the_guests(mgr1, told):
    guest = make_customer(name="欧阳青檀", phone="+8613816552203")
    make_complaint(by=mgr1, customer=guest, words="13816552203 打我电话", wished="要求道歉", severity="critical")
    said = "".join(
        f"{m.subject}{m.body}{json.dumps(m.payload, ensure_ascii=False)}" for m in OutboxMessage.objects.all()
    )
    assert not any(word in said for word in ("欧阳", "13816552203", "打我", "道歉"))
    assert f"E{Escalation.objects.get().pk}" in said
    assert reverse("feedback:complaint", args=[Complaint.objects.get().pk]) in said


def test_after_a_downtime_hundreds_are_one_message(mgr1, told):
    for _ in range(30):
        make_complaint(by=mgr1)
    assert len(sweep(EVENING + 48 * HOUR)) == 60
    assert len(told()) == 3
    robot = OutboxMessage.objects.get(target__endswith="#wecom").payload
    assert robot["msgtype"] == "text" and len(robot["text"]["content"].encode()) <= 2048
    mail = OutboxMessage.objects.get(kind="email")
    assert mail.subject.startswith("30 ") and "20 more" in mail.body


def test_a_few_are_told_one_by_one_and_none_again(mgr1, told):
    for _ in range(2):
        make_complaint(by=mgr1)
    sweep(EVENING + HOUR)
    assert len(told()) == 6
    sweep(EVENING + 2 * HOUR)
    assert len(told()) == 6


def test_a_badly_written_address_costs_no_escalation(mgr1, settings, caplog):
    settings.COMPLAINT_EMAILS, settings.WECOM_ROBOT_URL = ["nobody at home"], "wecom.example/secret"
    make_complaint(by=mgr1, severity="critical")
    assert Escalation.objects.count() == 1 and not OutboxMessage.objects.exists()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "home" not in caplog.text and "secret" not in caplog.text


def test_an_escalation_that_is_rolled_back_is_told_to_nobody(mgr1, told):
    def open_and_fail():
        with transaction.atomic():
            make_complaint(by=mgr1, severity="critical")
            raise LookupError

    with pytest.raises(LookupError):
        open_and_fail()
    assert not Escalation.objects.exists() and told() == []


def test_the_owner_of_a_guests_own_complaint_is_told(told):
    owner = make_user("mgr1", email="mgr1@example.com", language="zh-hans")
    complaints.open_from_survey(survey=make_survey(manager=owner, overall=2))
    assert [m.target for m in OutboxMessage.objects.all()] == ["mgr1@example.com"]


def test_operations_home_says_how_many_wait_and_mails_it_to_nobody_else(mgr1, ops, settings, signed_in):
    settings.ALERT_EMAIL = "alerts@example.com"
    make_complaint(by=mgr1, severity="critical")
    assert "1 complaint waits for operations" in signed_in(ops).get("/admin/").content.decode()
    alerts.sweep()
    mailed = OutboxMessage.objects.filter(target="alerts@example.com", subject__icontains="complaint")
    assert not mailed.exists()


# --- robots ------------------------------------------------------------------------------------------------------------


def test_what_a_robot_refused_is_tried_again(robot, settings):
    settings.WECOM_ROBOT_URL = robot.url
    (address,) = robots.addresses()
    outbox.put_webhook(url=address, payload=robots.text("…"), dedup_key="k")
    robot.answer = {"errcode": 45009, "errmsg": "freq out of limit"}
    outbox.send_due()
    message = OutboxMessage.objects.get()
    assert (message.state, message.last_error) == ("queued", "RobotRefused")
    robot.answer = {"errcode": 0}
    OutboxMessage.objects.update(next_attempt_at=EVENING)
    outbox.send_due()
    assert OutboxMessage.objects.get().state == "sent"
    assert [body["msgtype"] for _key, body in robot.came] == ["text", "text"]
    assert len({key for key, _body in robot.came}) == 1


# --- by hand -----------------------------------------------------------------------------------------------------------


def test_the_command_prints_what_it_escalated(mgr1):
    mine = make_complaint(by=mgr1)
    out = StringIO()
    call_command("escalate_complaints", "--at", "2026-11-27T20:29:59", "--format", "json", stdout=out)
    assert json.loads(out.getvalue())["escalated"] == []
    out = StringIO()
    call_command("escalate_complaints", "--at", "2026-11-27T20:30", "--format", "json", stdout=out)
    (one,) = json.loads(out.getvalue())["escalated"]
    assert (one["complaint"], one["cause"], one["owner"]) == (mine.pk, "answer_late", "mgr1")
    out = StringIO()
    call_command("escalate_complaints", "--at", "2026-11-27T20:30:00+08:00", stdout=out)
    assert out.getvalue() == "0 escalated\n"


@pytest.mark.parametrize("at", ["yesterday", "", "2026-13-01T00:00", "0001-01-01T00:00"])
def test_a_moment_that_is_none_is_wrong_usage(at):
    with pytest.raises(CommandError):
        call_command("escalate_complaints", f"--at={at}")

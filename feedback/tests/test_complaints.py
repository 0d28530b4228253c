"""Complaints from opening to closing: who may move them where, what each move writes, and what nobody can rewrite."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import InternalError, transaction

from customers.tests.factories import make_customer
from feedback import complaints, states
from feedback.complaint_choices import Cause
from feedback.models import Complaint, ComplaintEvent, ComplaintLimit, Escalation
from feedback.states import CannotMove, State, Verb
from feedback.tests.complaint_factories import make_complaint, make_survey
from staff.tests.factories import make_user
from visits.tests.factories import make_party, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.venue_zone, pytest.mark.servers]
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


def row(complaint):
    return Complaint.objects.get(pk=complaint.pk)


def trail(complaint):
    return [(one.kind, one.begin, one.end, one.by and one.by.username) for one in complaint.events.all()]


# --- the table -------------------------------------------------------------------------------------------------------


def test_the_table_in_the_docs_is_the_one_in_the_code():
    text = (Path(settings.BASE_DIR) / "docs" / "complaints.md").read_text()
    found = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", text, re.M)
    moves = {str(verb.label) for verb in Verb}
    written = [line for line in found if line[0] in moves]
    assert written == [_in_words(rule) for rule in states.TABLE]


def _in_words(rule):
    who = ", ".join({"desk": "the desk"}.get(one, one) for one in rule.who)
    unless = " (a manager only if it was never escalated)" if rule.unless_escalated else ""
    return (str(rule.verb.label), str(rule.begin.label), str(rule.end.label), who + unless)


def test_every_state_is_reached_and_left_and_each_move_has_one_end():
    assert {rule.end for rule in states.TABLE} == set(State)
    assert {rule.begin for rule in states.TABLE} == set(State)
    begins = [(rule.verb, rule.begin) for rule in states.TABLE]
    assert len(begins) == len(set(begins))


@pytest.mark.parametrize(
    ("verb", "begin", "who", "end"),
    [
        (Verb.TAKE, State.ESCALATED, {"manager"}, None),
        (Verb.TAKE, State.ESCALATED, {"operations"}, State.IN_HAND),
        (Verb.SOLVE, State.ESCALATED, {"manager"}, None),
        (Verb.ESCALATE, State.SOLVED, {"manager", "operations", "desk"}, None),
        (Verb.ASSIGN, State.NEW, {"manager"}, None),
        (Verb.CLOSE, State.NEW, {"operations"}, None),
        (Verb.REOPEN, State.CLOSED, {"manager"}, State.REOPENED),
        (Verb.TAKE, State.NEW, set(), None),
    ],
)
def test_who_moves_what(verb, begin, who, end):
    if end is None:
        with pytest.raises(CannotMove):
            states.move(verb, begin, who)
    else:
        assert states.move(verb, begin, who) == end


def test_what_is_offered_is_what_is_allowed():
    for begin in State:
        for who in ({"manager"}, {"operations"}, set()):
            for was_escalated in (False, True):
                offered = states.moves(begin, who, was_escalated=was_escalated)
                for verb in Verb:
                    if verb in offered:
                        states.move(verb, begin, who, was_escalated=was_escalated)
                    else:
                        with pytest.raises(CannotMove):
                            states.move(verb, begin, who, was_escalated=was_escalated)


# --- opening ---------------------------------------------------------------------------------------------------------


def test_limits_are_fixed_as_moments_when_it_is_opened(mgr1):
    mine = make_complaint(by=mgr1)
    ComplaintLimit.objects.filter(severity="normal").update(answer_minutes=1, solve_minutes=1)
    assert row(mine).answer_due_at == EVENING + 30 * MINUTE
    assert row(mine).solve_due_at == row(mine).clock_due_at == EVENING + 24 * HOUR  # 8 h of shift: tomorrow 20:00
    assert make_complaint(by=mgr1).answer_due_at == EVENING + MINUTE
    assert trail(mine) == [("opened", "", "new", "mgr1")]


def test_limits_of_the_critical_count_by_day_and_night(mgr1, friday):
    friday.move_to(EVENING + 6 * HOUR)  # 02:00
    critical, normal = make_complaint(by=mgr1, severity="critical"), make_complaint(by=mgr1)
    assert critical.answer_due_at == EVENING + 6 * HOUR + 10 * MINUTE
    assert normal.answer_due_at == EVENING + 22 * HOUR + 30 * MINUTE
    assert normal.night == dt.date(2026, 11, 27)


def test_a_house_that_has_said_nothing_has_the_usual_limits(mgr1):
    ComplaintLimit.objects.all().delete()
    assert make_complaint(by=mgr1).answer_due_at == EVENING + 30 * MINUTE


def test_whoever_takes_it_in_has_it_with_the_guest_and_room_of_the_party(mgr1, mgr2):
    guest = make_customer(owner=mgr2)
    party = make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=guest, attributed_to=mgr2)
    mine: Any = make_complaint(by=mgr1, party=party)
    assert (mine.owner, mine.customer, mine.room.number) == (mgr1, guest, "888")


def test_from_the_office_it_goes_to_who_serves_them(mgr1, mgr2, desk_user):
    guest = make_customer(owner=mgr2)
    party = make_party(by=mgr1, room=make_room(), now=EVENING, customer=guest)
    assert make_complaint(by=desk_user, party=party).owner == mgr1
    assert make_complaint(by=desk_user, customer=guest).owner == mgr2


def test_what_nobody_has_is_operations_at_once(desk_user):
    lost = make_complaint(by=desk_user)
    assert (lost.owner, lost.state) == (None, "escalated")
    assert lost.escalations.get().cause == Cause.NOBODY


def test_a_critical_one_is_operations_at_once(mgr1):
    mine = make_complaint(by=mgr1, severity="critical")
    assert mine.state == "escalated" and mine.escalations.get().cause == Cause.CRITICAL
    assert trail(mine) == [("opened", "", "new", "mgr1"), ("escalate", "new", "escalated", None)]


# --- from a survey ---------------------------------------------------------------------------------------------------


def test_a_survey_opens_one_complaint_with_whoever_serves_the_party(mgr1):
    party = make_party(by=mgr1, room=make_room("601"), now=EVENING, customer=make_customer())
    survey = make_survey(party=party, room=party.room, overall=1, sound=2, service=4, comment="音响一直响")
    first = complaints.open_from_survey(survey=survey)
    assert complaints.open_from_survey(survey=survey) == first and Complaint.objects.count() == 1
    assert (first.owner, first.category, first.severity) == (mgr1, "equipment", "high")
    assert (first.words, first.channel, first.customer) == ("音响一直响", "survey", None)
    assert survey.complaint == first


def test_a_guest_who_only_wants_to_be_called_is_no_high_case(mgr1):
    first = complaints.open_from_survey(survey=make_survey(manager=mgr1, overall=5, service=5, wants_contact=True))
    assert (first.owner, first.severity, first.category) == (mgr1, "normal", "other")


# --- moving ----------------------------------------------------------------------------------------------------------


def test_a_manager_takes_answers_solves_and_closes_their_own(mgr1, friday):
    mine = make_complaint(by=mgr1)
    complaints.take_in_hand(complaint=mine, by=mgr1)
    friday.shift(10 * MINUTE)
    complaints.answer(complaint=mine, by=mgr1, words="道歉，马上换人")
    friday.shift(MINUTE)
    complaints.answer(complaint=mine, by=mgr1, words="已经来了")
    complaints.solve(complaint=mine, by=mgr1, words="换了服务员")
    complaints.close(complaint=mine, by=mgr1, root_cause="staffing", category="waiting", prevention="周五加一人")
    done = row(mine)
    assert (done.state, done.root_cause, done.category) == ("closed", "staffing", "waiting")
    assert (done.first_answered_at, done.solved_at) == (EVENING + 10 * MINUTE, EVENING + 11 * MINUTE)
    assert done.closed_night == dt.date(2026, 11, 27) and done.taken_by == mgr1
    kinds = [(kind, begin, end) for kind, begin, end, _by in trail(mine)]
    assert kinds == [
        ("opened", "", "new"),
        ("take", "new", "in_hand"),
        ("answer", "in_hand", "in_hand"),
        ("answer", "in_hand", "in_hand"),
        ("solve", "in_hand", "solved"),
        ("close", "solved", "closed"),
    ]


def test_solving_answers_whoever_was_never_answered(mgr1, friday):
    mine = make_complaint(by=mgr1)
    friday.shift(MINUTE)
    complaints.solve(complaint=mine, by=mgr1, words="当场换了")
    assert row(mine).first_answered_at == EVENING + MINUTE


def test_a_move_that_is_not_on_the_table_changes_nothing(mgr1):
    mine = make_complaint(by=mgr1)
    with pytest.raises(CannotMove, match="new"):
        complaints.close(complaint=mine, by=mgr1, root_cause="staffing")
    with pytest.raises(CannotMove):
        complaints.close(complaint=mine, by=mgr1, root_cause="")
    assert row(mine).state == "new" and len(trail(mine)) == 1


def test_a_manager_escalates_in_one_tap_and_operations_go_on(mgr1, ops):
    mine = make_complaint(by=mgr1)
    complaints.escalate(complaint=mine, by=mgr1)
    with pytest.raises(CannotMove):
        complaints.escalate(complaint=mine, by=mgr1)
    with pytest.raises(CannotMove):
        complaints.solve(complaint=mine, by=mgr1, words="…")
    complaints.answer(complaint=mine, by=mgr1, words="经理马上来")
    assert row(mine).state == "escalated" and row(mine).first_answered_at
    complaints.take_in_hand(complaint=mine, by=ops)
    complaints.solve(complaint=mine, by=ops, words="免单")
    with pytest.raises(CannotMove):
        complaints.close(complaint=mine, by=mgr1, root_cause="conduct")  # not by whom it was taken from
    complaints.close(complaint=mine, by=ops, root_cause="conduct")
    assert row(mine).owner == mgr1


def test_operations_hand_it_to_another_manager(mgr1, mgr2, ops):
    mine = make_complaint(by=mgr1)
    complaints.escalate(complaint=mine, by=mgr1)
    complaints.assign(complaint=mine, to=mgr2, by=ops)
    assert (row(mine).state, row(mine).owner, row(mine).taken_by) == ("in_hand", mgr2, mgr2)
    assert [event.to for event in mine.events.all()][-1] == mgr2
    with pytest.raises(CannotMove):
        complaints.assign(complaint=mine, to=ops, by=ops)
    with pytest.raises(CannotMove):
        complaints.assign(complaint=mine, to=mgr1, by=mgr1)


def test_an_escalation_by_hand_is_one_per_reopening(mgr1, ops):
    mine = make_complaint(by=mgr1)
    for _ in range(2):
        complaints.escalate(complaint=mine, by=mgr1)
        complaints.take_in_hand(complaint=mine, by=ops)
    assert Escalation.objects.count() == 1
    complaints.solve(complaint=mine, by=ops, words="…")
    complaints.reopen(complaint=mine, by=mgr1, words="又来了")
    complaints.take_in_hand(complaint=mine, by=ops)
    complaints.escalate(complaint=mine, by=mgr1)
    assert [one.reopening for one in Escalation.objects.filter(cause="by_hand")] == [0, 1]


def test_reopening_starts_the_solution_anew_and_keeps_what_was_promised(mgr1, friday):
    mine = make_complaint(by=mgr1)
    complaints.solve(complaint=mine, by=mgr1, words="…")
    complaints.close(complaint=mine, by=mgr1, root_cause="supply")
    promised = row(mine).solve_due_at
    friday.shift(HOUR)
    complaints.reopen(complaint=mine, by=mgr1, words="还是一样")
    again = row(mine)
    assert (again.state, again.reopenings, again.solved_at, again.closed_night) == ("escalated", 1, None, None)
    assert again.solve_due_at == promised and again.clock_due_at == EVENING + 25 * HOUR


def test_each_reopening_is_operations_at_once(mgr1, ops):
    mine = make_complaint(by=mgr1)
    for solver in (mgr1, ops):
        complaints.solve(complaint=mine, by=solver, words="…")
        complaints.reopen(complaint=mine, by=mgr1, words="…")
        assert (row(mine).state, row(mine).taken_by) == ("escalated", None)
    assert [(one.cause, one.reopening) for one in Escalation.objects.all()] == [("reopened", 1), ("reopened", 2)]


# --- whose, and for ever ---------------------------------------------------------------------------------------------


def test_managers_see_their_own_and_of_the_parties_they_serve(mgr1, mgr2, ops, desk_user):
    nobodys = make_user("mgr3")
    party = make_party(by=mgr2, room=make_room(), now=EVENING)
    mine, served = make_complaint(by=mgr1), make_complaint(by=mgr1, party=party)

    def seen(user):
        return set(Complaint.objects.visible_to(user))

    assert seen(mgr1) == seen(ops) == seen(desk_user) == {mine, served}
    assert seen(mgr2) == {served} and seen(nobodys) == set()


@pytest.mark.parametrize("model", [ComplaintEvent, Escalation])
def test_nobody_rewrites_the_timeline(mgr1, model):
    make_complaint(by=mgr1, severity="critical")
    for act in (lambda: model.objects.update(cause="by_hand"), lambda: model.objects.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            act()

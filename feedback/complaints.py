"""What people do with complaints (D6): open, take in hand, answer, escalate, solve, close, reopen, note.

Every verb is one transaction, takes keywords only, locks the complaint's row, writes a row of the timeline and raises
`CannotMove` (feedback.states, where the table of moves stands) with a sentence for who asked. Whether somebody sees a
complaint at all is asked before, by `visible_to`.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback import clock, escalating, states, telling, timeline
from feedback.complaint_choices import Category, Cause, Channel, Happening, RootCause, Severity
from feedback.models import Complaint, Escalation, Survey
from feedback.models.complaint import LONGEST_WORDS
from feedback.models.complaint_limit import limit_of
from feedback.states import CannotMove, Verb
from staff import roles
from staff.models import User
from vipdesk import nights

# The lowest of these says what a survey's complaint is about.
_ABOUT = {
    "service": Category.SERVICE,
    "sound": Category.EQUIPMENT,
    "food_drink": Category.FOOD_DRINK,
    "environment": Category.ROOM,
    "value": Category.BILL,
}


def standing(user: User) -> set[str]:
    """As whom this person may move complaints (feedback.states)."""
    which = {roles.MANAGER: states.MANAGER, roles.OPERATIONS: states.OPERATIONS}
    return {who for role, who in which.items() if user.has_role(role)}


def moves_of(complaint: Complaint, user: User) -> list[Verb]:
    """What this person may do with it now; one statement."""
    return states.moves(complaint.state, standing(user), was_escalated=complaint.escalations.exists())


# --- opening -------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_complaint(*, complaint: Complaint, by: User | None, now: dt.datetime | None = None) -> Complaint:
    """Take in a complaint (unsaved: about what, how severe, perhaps words, guest, party, owner) that is said now.

    Its limits are fixed as the house has them now. Without an owner it is who takes it in, where that is a manager,
    else who serves the party, else who looks after the guest; nobody at all, or a critical one, goes to operations at
    once.
    """
    now = now or timezone.now()
    complaint.opened_at, complaint.night, complaint.opened_by = now, nights.night_of(now), by
    if complaint.party:
        complaint.room = complaint.room or complaint.party.room
        if not complaint.is_anonymous:
            complaint.customer = complaint.customer or complaint.party.customer
    complaint.owner = complaint.owner or _owner(complaint, by)
    limit = limit_of(complaint.severity)
    complaint.answer_due_at = clock.due_at(now, limit.answer_minutes, limit.hours)
    complaint.solve_due_at = complaint.clock_due_at = clock.due_at(now, limit.solve_minutes, limit.hours)
    complaint.save(force_insert=True)
    timeline.write(complaint, Happening.OPENED, by=by, at=now, begin="")
    escalating.check(complaint, now)
    return complaint


def open_from_survey(*, survey: Survey, contact_phone: str = "", now: dt.datetime | None = None) -> Complaint:
    """The complaint that a low score or a wish to be called opens, linked to its survey, with whoever serves the party
    told; for the caller's transaction. A survey has one at most: asked again, it is the same. An anonymous answer's is
    of the party, on no guest's page; `contact_phone` (E.164) is where they want to be called."""
    known: Complaint | None = Complaint.objects.filter(survey=survey).first()
    if known:
        return known
    complaint = Complaint(
        survey=survey,
        customer=survey.customer,
        party=survey.party,
        room=survey.room,
        channel=Channel.CALL if survey.channel == "call" else Channel.SURVEY,
        category=_about(survey),
        severity=Severity.HIGH if survey.overall == 1 else Severity.NORMAL,
        words=survey.comment[:LONGEST_WORDS],
        contact_phone=contact_phone,
        owner=survey.manager if survey.manager and survey.manager.is_manager else None,
    )
    open_complaint(complaint=complaint, by=None, now=now)
    telling.tell_owner(complaint)
    return complaint


def _about(survey: Survey) -> Category:
    said = {name: getattr(survey, name) for name in _ABOUT if getattr(survey, name) is not None}
    lowest = min(said, key=lambda name: said[name], default="")
    return _ABOUT[lowest] if lowest and said[lowest] <= 3 else Category.OTHER


def _owner(complaint: Complaint, by: User | None) -> User | None:
    party, guest = complaint.party, complaint.customer
    serving = [party.attributed_to, party.seated_by] if party else []
    first = (by, *serving, guest.owner if guest else None)
    return next((user for user in first if user is not None and user.is_manager), None)


# --- moving --------------------------------------------------------------------------------------------------------


@transaction.atomic
def take_in_hand(*, complaint: Complaint, by: User, words: str = "", now: dt.datetime | None = None) -> Complaint:
    """Say that one is on it."""
    return _Move(complaint, Verb.TAKE, by, now).do(Happening.TAKEN, words, taken_by=by)


@transaction.atomic
def answer(*, complaint: Complaint, by: User, words: str, now: dt.datetime | None = None) -> Complaint:
    """The guest was answered, in these words; the first time stops the answer's clock. A new one is in hand by it."""
    it = _Move(complaint, Verb.ANSWER, by, now)
    values: dict[str, Any] = {"first_answered_at": it.row.first_answered_at or it.now}
    if it.end == states.State.IN_HAND and it.row.taken_by_id is None:
        values["taken_by"] = by
    return it.do(Happening.ANSWERED, words, **values)


@transaction.atomic
def assign(*, complaint: Complaint, to: User, by: User, words: str = "", now: dt.datetime | None = None) -> Complaint:
    """Operations name a manager who answers for it from now on."""
    if not to.is_manager:
        raise CannotMove(_("%(name)s is no service manager.") % {"name": to})
    it = _Move(complaint, Verb.ASSIGN, by, now)
    it.facts["to"] = to
    is_taken = it.end == states.State.IN_HAND
    return it.do(Happening.ASSIGNED, words, owner=to, taken_by=to if is_taken else None)


@transaction.atomic
def escalate(*, complaint: Complaint, by: User, words: str = "", now: dt.datetime | None = None) -> Complaint:
    """To operations, in one tap. They are told once per reopening, however often it comes back to them."""
    it = _Move(complaint, Verb.ESCALATE, by, now)
    it.facts["cause"] = Cause.BY_HAND
    raised, is_news = Escalation.objects.get_or_create(
        complaint=it.row,
        cause=Cause.BY_HAND,
        reopening=it.row.reopenings,
        defaults={"raised_at": it.now, "night": nights.night_of(it.now), "raised_by": by},
    )
    moved = it.do(Happening.ESCALATED, words, taken_by=None)
    if is_news:
        telling.tell_operations([raised])
    return moved


@transaction.atomic
def solve(*, complaint: Complaint, by: User, words: str, now: dt.datetime | None = None) -> Complaint:
    """What was done about it. Whoever was never answered before has been by this."""
    it = _Move(complaint, Verb.SOLVE, by, now)
    return it.do(
        Happening.SOLVED, words, solved_at=it.now, first_answered_at=it.row.first_answered_at or it.now, taken_by=by
    )


@transaction.atomic
def close(
    *,
    complaint: Complaint,
    by: User,
    root_cause: str,
    prevention: str = "",
    category: str = "",
    words: str = "",
    now: dt.datetime | None = None,
) -> Complaint:
    """Done with: why it happened, and what shall keep it from happening again (G1). The number that somebody left to be
    called back has served its purpose, and goes."""
    if root_cause not in RootCause.values:
        raise CannotMove(_("Say why it happened before you close it."))
    it = _Move(complaint, Verb.CLOSE, by, now)
    return it.do(
        Happening.CLOSED,
        words,
        root_cause=root_cause,
        prevention=prevention,
        category=category or it.row.category,
        contact_phone="",
        closed_at=it.now,
        closed_night=nights.night_of(it.now),
    )


@transaction.atomic
def reopen(*, complaint: Complaint, by: User, words: str, now: dt.datetime | None = None) -> Complaint:
    """It was not solved after all: the solution's clock begins anew, what was promised first stays what it was.
    Each time it goes to operations, who have it from then on, whoever had solved it."""
    it = _Move(complaint, Verb.REOPEN, by, now)
    limit = limit_of(it.row.severity)
    it.do(
        Happening.REOPENED,
        words,
        reopenings=it.row.reopenings + 1,
        clock_due_at=clock.due_at(it.now, limit.solve_minutes, limit.hours),
        solved_at=None,
        closed_at=None,
        closed_night=None,
        taken_by=None,
    )
    escalating.check(it.row, it.now)
    return it.row


@transaction.atomic
def note(*, complaint: Complaint, by: User, words: str, now: dt.datetime | None = None) -> Complaint:
    """Something to know, which moves nothing."""
    row = locked(complaint)
    timeline.write(row, Happening.NOTED, by=by, at=now or timezone.now(), words=words)
    return row


def locked(complaint: Complaint) -> Complaint:
    """The row as it is now, nobody else's until the transaction ends."""
    row: Complaint = Complaint.objects.select_for_update().get(pk=complaint.pk)
    return row


class _Move:
    """One move of a complaint: allowed by the table or `CannotMove`, then done and written down."""

    def __init__(self, complaint: Complaint, verb: Verb, by: User, now: dt.datetime | None) -> None:
        self.row, self.by, self.now = locked(complaint), by, now or timezone.now()
        was_escalated = self.row.escalations.exists()
        self.begin = self.row.state
        self.end = states.move(verb, self.begin, standing(by), was_escalated=was_escalated)
        self.facts: dict[str, Any] = {}

    def do(self, kind: Happening, words: str, **values: Any) -> Complaint:
        self.row.state = self.end
        for name, value in values.items():
            setattr(self.row, name, value)
        self.row.save(update_fields=["state", *values])
        timeline.write(self.row, kind, by=self.by, at=self.now, begin=self.begin, words=words.strip(), **self.facts)
        return self.row

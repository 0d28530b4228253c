"""The weekly summary from draft to lock (D4 S2): remarks, submission, and what operations decided.

Managers hand in a remark each; when the last of them has, or when the meeting begins, the summary is submitted and
locked: its numbers stay as they were, and what comes in later only shows beside them.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from feedback import numbers, week_clock
from feedback.models import Survey, WeekDecision, WeeklySummary, WeekRemark
from feedback.survey_querysets import SurveyQuerySet
from feedback.tally import share
from feedback.themes import themes
from staff.floor import assignments
from staff.models import Task, User
from vipdesk import nights, outbox
from vipdesk.templatetags.nights import moment
from visits.models import Party


class WeekRefused(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


# --- the document --------------------------------------------------------------------------------------------------


def document(week: str) -> dict[str, Any]:
    """The contract's JSON: the numbers as submitted, with what came since, or of a draft as they stand now.

    Raises `ValueError` where `week` is not one like 2026-W48."""
    live = numbers.summary(week)
    frozen = WeeklySummary.objects.filter(first_night=nights.week_nights(week)[0]).exclude(numbers=None).first()
    if frozen is None or frozen.numbers is None:
        return live
    submitted = {key: frozen.numbers[key] for key in live if key in frozen.numbers}
    return submitted | {"since_submission": since(frozen.numbers, live)}


def since(submitted: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """What came in after the numbers were submitted, and the mean with it."""
    return {"responses": live["responses"] - submitted["responses"], "mean": live["overall"]["mean"]}


def beside(first: dt.date, last: dt.date) -> dict[str, Any]:
    """What the summary says beside the contract's numbers: how many parties answered, and what comments speak of."""
    answers = Survey.objects.in_nights(first, last).order_by()
    return {"parties": _parties(answers, first, last), "themes": themes(_comments(answers))}


def _parties(answers: SurveyQuerySet, first: dt.date, last: dt.date) -> dict[str, Any]:
    parties = Party.objects.filter(night__range=(first, last)).count()
    answered = answers.filter(party__night__range=(first, last)).values("party").distinct().count()
    return {"parties": parties, "answered": answered, "rate": share(answered, parties)}


def _comments(answers: SurveyQuerySet) -> list[tuple[str, bool]]:
    said = answers.exclude(comment="").only("comment", "overall")
    return [(one.comment, one.is_low) for one in said.iterator()]


# --- draft, remark, submission -------------------------------------------------------------------------------------


def draft_week(first_night: dt.date) -> WeeklySummary:
    """The draft of a week that is over; again: the same one."""
    facts = {"due_at": week_clock.due_at(first_night)}
    return WeeklySummary.objects.get_or_create(first_night=first_night, defaults=facts)[0]


@transaction.atomic
def hand_in_remark(*, summary: WeeklySummary, manager: User, text: str, now: dt.datetime | None = None) -> WeekRemark:
    """A manager's word on the week, once; after the meeting began it is late. The last one submits the summary.

    Raises `WeekRefused` where this manager has handed in already."""
    now = now or timezone.now()
    locked = WeeklySummary.objects.select_for_update().get(pk=summary.pk)
    remark = WeekRemark(
        summary=locked, manager=manager, text=text, handed_in_at=now, is_late=now > locked.due_at or locked.is_locked
    )
    try:
        with transaction.atomic():
            remark.save(force_insert=True)
    except IntegrityError:
        raise WeekRefused("text", _("You have handed in your remark on this week.")) from None
    if not missing(locked):
        _lock(locked, by=manager, now=now)
    return remark


def missing(summary: WeeklySummary) -> list[User]:
    """Active managers who worked here when the week was drafted and have not handed in a remark."""
    handed_in = summary.remarks.values("manager")
    return list(User.objects.managers().filter(date_joined__lte=summary.drafted_at).exclude(pk__in=handed_in))


def _end(summary: WeeklySummary) -> dt.datetime:
    return nights.night_bounds(summary.first_night + dt.timedelta(days=6))[1]


@transaction.atomic
def submit_week(*, summary: WeeklySummary, by: User | None = None, now: dt.datetime | None = None) -> WeeklySummary:
    """Submit and lock, remarks or not; what is locked stays as it is. Raises `WeekRefused` while the week runs."""
    now = now or timezone.now()
    locked = WeeklySummary.objects.select_for_update().get(pk=summary.pk)
    if now < _end(locked):
        raise WeekRefused("", _("This week is not over yet."))
    _lock(locked, by, now)
    return locked


def _lock(summary: WeeklySummary, by: User | None, now: dt.datetime) -> None:
    if summary.is_locked or now < _end(summary):
        return
    days = nights.week_nights(summary.week)
    summary.numbers = numbers.summary(summary.week) | {"status": "submitted"} | beside(days[0], days[-1])
    summary.submitted_at, summary.submitted_by = now, by
    summary.save(update_fields=["numbers", "submitted_at", "submitted_by"])


def remind(first_night: dt.date, now: dt.datetime | None = None) -> int:
    """Mail those who still owe a remark, once; Tonight tells them anyway. How many were told."""
    summary = draft_week(first_night)
    owing = [] if summary.is_locked else [user for user in missing(summary) if user.email]
    for user in owing:
        with translation.override(user.language or None):
            words = {"week": summary.week, "at": moment(summary.due_at)}
            subject = _("Your remark on %(week)s is due %(at)s") % words
            outbox.put_email(to=user.email, subject=subject, body=subject, dedup_key=f"week:{summary.week}:{user.pk}")
    WeeklySummary.objects.filter(pk=summary.pk, reminded_at=None).update(reminded_at=now or timezone.now())
    return len(owing)


# --- operations ----------------------------------------------------------------------------------------------------


@transaction.atomic
def acknowledge(*, summary: WeeklySummary, by: User) -> bool:
    """Operations have looked at it. Raises `WeekRefused` for a draft; False where somebody had before."""
    if not summary.is_locked:
        raise WeekRefused("", _("It is a draft: submit it first."))
    unseen = WeeklySummary.objects.filter(pk=summary.pk, acknowledged_at=None)
    return unseen.update(acknowledged_at=timezone.now(), acknowledged_by=by) == 1


@transaction.atomic
def decide(
    *, summary: WeeklySummary, point: str, task: Task, to: list[User], client_id: UUID | None = None
) -> WeekDecision:
    """A decision on a point becomes a task (unsaved: title, due time, giver), and is shown again with the next week.
    Sent again, it is the same one. Raises `WeekRefused`."""
    known = WeekDecision.objects.filter(client_id=client_id).first() if client_id else None
    if known:
        return known
    if not summary.is_locked:
        raise WeekRefused("", _("It is a draft: submit it first."))
    given = assignments.give_task(task=task, to=to)
    return WeekDecision.objects.create(
        summary=summary, point=point, task=given, client_id=client_id, decided_by=task.given_by
    )

"""What goes to operations by itself (D6): limits that passed, the critical, the reopened, what nobody has, and what
somebody has who is off tomorrow. The sweep asks all open complaints at once; opening and reopening ask one.

An escalation is unique per complaint, cause and reopening in the database; it, the move, its row in the timeline and
what operations are told commit together, so that a worker may die anywhere in between.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from feedback import clock, telling
from feedback.models import Complaint, Escalation
from feedback.states import OPEN
from staff.floor import rota
from staff.models import User
from vipdesk import nights, sweeps

# Whatever operations have already is not theirs a second time because of who has it.
_DUE = """
    SELECT c.id, c.state, c.reopenings, v.cause, v.place
    FROM feedback_complaint c
    LEFT JOIN staff_user keeper ON keeper.id = coalesce(c.taken_by_id, c.owner_id)
    CROSS JOIN LATERAL (VALUES
        (1, 'critical', c.severity = 'critical'),
        (2, 'reopened', c.reopenings > 0),
        (3, 'answer_late', c.first_answered_at IS NULL AND c.answer_due_at <= %(now)s),
        (4, 'solution_late', c.clock_due_at <= %(now)s),
        (5, 'nobody', c.state <> 'escalated' AND keeper.is_active IS NOT TRUE),
        (6, 'owner_off', c.state <> 'escalated' AND keeper.id = ANY(%(off)s) AND c.opened_at < %(night_over)s)
    ) v (place, cause, holds)
    WHERE c.state = ANY(%(open)s) AND (%(only)s::bigint[] IS NULL OR c.id = ANY(%(only)s::bigint[])) AND v.holds
      AND NOT EXISTS (
        SELECT FROM feedback_escalation e
        WHERE e.complaint_id = c.id AND e.reopening = c.reopenings
          AND (e.cause = v.cause OR (v.cause = 'reopened' AND e.cause = 'reopened_twice'))
      )
"""
# Whoever moves one of them at this moment is waited for, and what they did is seen by the next statement.
_LOCK = f"""
    SELECT id FROM feedback_complaint WHERE id IN (SELECT id FROM ({_DUE}) due) ORDER BY id FOR UPDATE
"""  # noqa: S608  constants
_RAISE = f"""
    WITH due AS ({_DUE}), raised AS (
        INSERT INTO feedback_escalation (complaint_id, cause, reopening, raised_at, night)
        SELECT id, cause, reopenings, %(at)s, %(night)s FROM due ORDER BY id, place
        ON CONFLICT (complaint_id, cause, reopening) DO NOTHING
        RETURNING id, complaint_id, cause
    ), moved AS (
        UPDATE feedback_complaint SET state = 'escalated', taken_by_id = NULL
        WHERE id IN (SELECT complaint_id FROM raised) AND state <> 'escalated'
    ), told AS (
        INSERT INTO feedback_complaintevent (complaint_id, kind, "begin", "end", cause, words, at)
        SELECT due.id, 'escalate',
            CASE WHEN row_number() OVER (PARTITION BY due.id ORDER BY due.place) = 1 THEN due.state
                ELSE 'escalated' END,
            'escalated', due.cause, '', %(at)s
        FROM due JOIN raised ON raised.complaint_id = due.id AND raised.cause = due.cause
        ORDER BY due.id, due.place
    )
    SELECT id FROM raised
"""  # noqa: S608  constants


@dataclass(frozen=True)
class _Ask:
    """What the statements are told: when, and which complaints (None: all that are open)."""

    now: dt.datetime
    only: Sequence[int] | None = None

    def values(self) -> dict[str, Any]:
        # A sweep for a moment to come is written down when it is done: nothing has happened in the future.
        at = min(self.now, timezone.now())
        over = clock.last_night_over(self.now)
        return {
            "now": self.now,
            "at": at,
            "night": nights.night_of(at),
            "night_over": nights.shift_end(over),
            "off": _off_duty(over + dt.timedelta(days=1)),
            "open": [str(state) for state in OPEN],
            "only": None if self.only is None else list(self.only),
        }


@sweeps.sweep(gettext_lazy("Escalates complaints whose clock has run out."))
def sweep(now: dt.datetime | None = None) -> list[Escalation]:
    """Every minute: escalate what has become due, and tell operations once of all that is new; what was raised."""
    return _raise(_Ask(now or timezone.now()))


def check(complaint: Complaint, now: dt.datetime) -> list[Escalation]:
    """The same for one complaint that was just opened or reopened, in the caller's transaction."""
    raised = _raise(_Ask(now, only=[complaint.pk]))
    if raised:
        complaint.refresh_from_db(fields=["state", "taken_by"])
    return raised


@transaction.atomic
def _raise(ask: _Ask) -> list[Escalation]:
    said = ask.values()
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, said)
        said["only"] = [pk for (pk,) in cursor.fetchall()]
        if not said["only"]:
            return []
        cursor.execute(_RAISE, said)
        keys = [pk for (pk,) in cursor.fetchall()]
    raised = list(Escalation.objects.filter(pk__in=keys).select_related("complaint__owner", "complaint__room"))
    telling.tell_operations(raised)
    return raised


def _off_duty(night: dt.date) -> list[int]:
    """Managers who are not on duty that night."""
    here = {user.pk for user in rota.on_duty(night)}
    return [pk for pk in User.objects.managers().values_list("pk", flat=True) if pk not in here]

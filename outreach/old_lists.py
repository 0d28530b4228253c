"""What old call lists leave behind. The next list needs the last rows, the trace the calls; nobody needs the rest: half
a million left over a list where everybody has a member day, and guests whom nobody came to call.
"""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from outreach.choices import ListKind
from outreach.models import CallLeftOver, CallList

_FORGET_LEFT_OVER = "DELETE FROM outreach_callleftover WHERE call_list_id = %s"

# Called or not is asked of every entry of those lists, which are a few hundred a night.
_FORGET_UNCALLED = """
WITH uncalled AS MATERIALIZED (
    SELECT e.id FROM outreach_calllistentry e
    WHERE e.call_list_id = ANY(%s) AND NOT EXISTS (SELECT FROM outreach_call call WHERE call.entry_id = e.id)
),
reason AS (
    DELETE FROM outreach_callreason r USING uncalled WHERE r.entry_id = uncalled.id
)
DELETE FROM outreach_calllistentry e USING uncalled WHERE e.id = uncalled.id
"""


def forget_old_lists(night: dt.date) -> dict[str, int]:
    """As the settings have it, counted from that night. The list that the next one follows stays whole, however old;
    calls, the entries they were made from and these entries' reasons stay for ever."""
    older = _followed(night).filter(night__lt=night - dt.timedelta(days=settings.CALL_LEFT_OVER_NIGHTS))
    crowded = older.filter(Exists(CallLeftOver.objects.filter(call_list=OuterRef("pk"))))
    # List by list, each a transaction of its own: a backlog of years is no one of fifty million rows.
    left_over = sum(_run(_FORGET_LEFT_OVER, pk) for pk in list(crowded.values_list("pk", flat=True)))
    oldest = _followed(night).filter(night__lt=night - dt.timedelta(days=settings.CALL_UNCALLED_NIGHTS))
    return {"left_over": left_over, "uncalled": _run(_FORGET_UNCALLED, list(oldest.values_list("pk", flat=True)))}


def _followed(night: dt.date) -> QuerySet[CallList]:
    """Every list but the one that tonight's, or the next, would carry on from."""
    calls = CallList.objects.filter(kind=ListKind.CALLS, night__lt=night).order_by("-night")
    return CallList.objects.exclude(pk__in=list(calls.values_list("pk", flat=True)[:1]))


def _run(sql: str, fact: int | list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [fact])
        return int(cursor.rowcount)

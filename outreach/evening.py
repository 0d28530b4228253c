"""What calls can tell about a manager's night, in the shapes of staff.floor.registry (T2 T9)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outreach.choices import ListKind
from outreach.models import Call, CallList, CallListEntry
from outreach.progress import progress_by_manager
from staff.floor.registry import Cell, Gap, OfRow, sentence
from staff.models import User
from vipdesk import nights


def _moments(user: User, night: dt.date) -> dict[str, Any]:
    return {"built": Subquery(CallList.objects.filter(kind=ListKind.NEW_GUESTS, night=night).values("built_at")[:1])}


def _duties(user: User, night: dt.date, row: Mapping[str, Any]) -> dict[str, dt.datetime | None]:
    """New guests shared out (T2): when the night's list of them was built; nothing said where none was."""
    return {"callbacks": row["built"]} if row["built"] else {}


duty_facts = OfRow(_moments, _duties)


def _untried(night: dt.date) -> QuerySet[CallListEntry]:
    """Guests on somebody's lists of the night whom nobody has tried, and who may still be called."""
    waiting = CallListEntry.objects.standing().callable().filter(call_list__night=night)
    return waiting.filter(~Exists(Call.objects.filter(entry=OuterRef("pk"))))


def _read(user: User, night: dt.date) -> dict[str, Any]:
    mine = _untried(night).filter(manager=OuterRef("pk")).order_by().values("manager")
    return {"untried": Subquery(mine.annotate(n=Count("pk")).values("n"))}


def _say(user: User, night: dt.date, row: Mapping[str, Any]) -> list[Gap]:
    """Guests on the list whom nobody tried."""
    count = row["untried"] or 0
    return [Gap("calls", {"n": count}, reverse("outreach:calls"))] if count else []


@sentence("calls")
def _not_tried(*, n: int) -> str:
    words = ngettext(
        "%(count)d guest on your call list was not tried.", "%(count)d guests on your call list were not tried.", n
    )
    return words % {"count": n}


wrap_up = OfRow(_read, _say)


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """Guests tried of those on the list; one statement."""
    return {
        manager: {_("Calls"): Cell(f"{one.tried} / {one.listed}", is_bad=one.tried < one.listed and _is_over(night))}
        for manager, one in progress_by_manager(night).items()
    }


def _is_over(night: dt.date) -> bool:
    return nights.tonight() > night

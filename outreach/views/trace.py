"""What calls and messages brought, for operations: a table, a plain chart, and how it was counted."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from outreach import rules
from outreach.choices import ReasonKind
from outreach.trace import SMALL, Brought, trace
from staff import roles
from staff.access import StaffRequest, role_required
from staff.models import User
from vipdesk import nights

STRETCHES = (14, 31, 92, 366)


@role_required(roles.OPERATIONS)
@require_GET
def page(request: StaffRequest) -> HttpResponse:
    """The last 31 nights, or as many as `?nights=` says."""
    asked = request.GET.get("nights", "")
    stretch = int(asked) if asked in map(str, STRETCHES) else STRETCHES[1]
    last = nights.tonight()
    first, days = last - dt.timedelta(days=stretch - 1), rules.current().trace_days
    found = trace(first=first, last=last, days=days)
    people = {str(user.pk): str(user) for user in User.objects.filter(pk__in=[row.name for row in found.by_manager])}
    context = {
        "stretch": stretch,
        "stretches": STRETCHES,
        "first": first,
        "last": last,
        "days": days,
        "small": SMALL,
        "total": found.total,
        "by_reason": _named(found.by_reason, lambda code: str(ReasonKind(code).label)),
        "by_manager": _named(found.by_manager, lambda key: people.get(key, key)),
        "by_campaign": found.by_campaign,
    }
    return render(request, "outreach/trace.html", context)


def _named(rows: Iterable[Brought], say: Callable[[str], str]) -> list[Brought]:
    return [dataclasses.replace(row, name=say(row.name)) for row in rows]

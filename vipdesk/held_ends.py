"""Held forms end: what nobody mended in settings.HELD_DAYS is emptied, and operations are told a week before."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from vipdesk import offline
from vipdesk.alerts import Alert
from vipdesk.held import EMPTY, AlreadySettled, HeldQuerySet, HeldSubmission
from vipdesk.jobs import Job, daily
from vipdesk.templatetags.nights import moment


def lifetime() -> dt.timedelta:
    return dt.timedelta(days=settings.HELD_DAYS)


def end_held(now: dt.datetime | None = None) -> Mapping[str, Any]:
    """End what has waited too long, and what nothing may be kept of; empty what was settled that long ago."""
    before = (now or timezone.now()) - lifetime()
    old = HeldSubmission.objects.waiting().filter(received_at__lte=before)
    refusals = [one for one in HeldSubmission.objects.waiting().select_related("author") if offline.is_refusal(one)]
    settled = HeldSubmission.objects.with_content().filter(settled_at__lte=before)
    return {
        "ended": sum(_end(one) for one in old),
        "refusals": sum(_end(one) for one in refusals),
        "emptied": settled.update(fields=EMPTY),
    }


def ending(now: dt.datetime | None = None) -> HeldQuerySet:
    """Waiting forms that end within settings.HELD_WARNING_DAYS."""
    soon = (now or timezone.now()) - lifetime() + dt.timedelta(days=settings.HELD_WARNING_DAYS)
    return HeldSubmission.objects.waiting().filter(received_at__lte=soon)


def alerts() -> Iterator[Alert]:
    """How many forms end soon and when the first one does; nothing of what is in them."""
    found = ending().aggregate(n=Count("pk"), first=Min("received_at"))
    if not found["n"]:
        return
    ends = found["first"] + lifetime()
    words = ngettext(
        "%(n)d form from a tablet still waits to be mended: it ends %(at)s.",
        "%(n)d forms from tablets still wait to be mended: the first ends %(at)s.",
        found["n"],
    )
    yield Alert(f"held:{ends:%Y-%m-%d}", words % {"n": found["n"], "at": moment(ends)}, reverse("staff:held"))


def _end(waiting: HeldSubmission) -> int:
    try:
        waiting.settle(HeldSubmission.Outcome.EXPIRED, by=None, is_emptied=True)
    except AlreadySettled:
        return 0
    return 1


END_HELD = Job(
    name="end_held",
    due=daily(dt.time(5, 45)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: end_held(),
    title=_("Forms to mend"),
    does=_("Ends forms from tablets that nobody mended in time, and forgets what was typed in them."),
    words={"ended": _("ended unmended"), "refusals": _("without consent"), "emptied": _("contents forgotten")},
)

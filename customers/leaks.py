"""Who looks at how many guests, and whose looks exceed their own habit (promises.md, "Nobody sees what is not theirs").

Each look is counted per person, night and kind; every minute the counts are held against the person's earlier nights.
Nothing here knows which guests were looked at: that stands in AccessLog.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import LeakAlert, Looks, LookTally
from staff.models import User
from vipdesk import nights, sweeps
from vipdesk.alerts import Alert
from vipdesk.templatetags.nights import night as night_in_words

HABIT_NIGHTS = 28
TIMES_THE_HABIT = 3
TALLIES_KEPT_FOR = dt.timedelta(days=400)

_COUNT = """
    INSERT INTO customers_looktally (user_id, night, kind, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (user_id, night, kind) DO UPDATE SET count = customers_looktally.count + EXCLUDED.count
"""
# The usual is the mean of those of the last nights on which the person looked at all: free nights must not lower it.
# What somebody has looked into stays settled until it has doubled since.
_RAISE = """
    INSERT INTO customers_leakalert (user_id, night, kind, seen, usual, raised_at)
    SELECT t.user_id, t.night, t.kind, t.count, habit.usual, %(now)s
    FROM customers_looktally t
    JOIN unnest(%(kinds)s::text[], %(floors)s::int[]) AS f (kind, floor) ON f.kind = t.kind
    CROSS JOIN LATERAL (
        SELECT coalesce(round(avg(p.count)), 0)::int AS usual FROM customers_looktally p
        WHERE p.user_id = t.user_id AND p.kind = t.kind AND p.night < t.night AND p.night >= t.night - %(habit)s::int
    ) habit
    WHERE t.night = ANY(%(nights)s) AND t.count > f.floor AND t.count > %(times)s * habit.usual
    ON CONFLICT (user_id, night, kind) DO UPDATE SET
        seen = EXCLUDED.seen, settled_at = NULL, settled_by_id = NULL,
        raised_at = CASE WHEN customers_leakalert.settled_at IS NULL
            THEN customers_leakalert.raised_at ELSE EXCLUDED.raised_at END
    WHERE EXCLUDED.seen > customers_leakalert.seen
        * CASE WHEN customers_leakalert.settled_at IS NULL THEN 1 ELSE 2 END
"""


def count_look(user: User, kind: Looks, rows: int = 1) -> None:
    """Add `rows` looks to this person's night, in one statement that any number of their tablets may send at once."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [user.pk, nights.tonight(), kind, rows])


@sweeps.sweep(gettext_lazy("Looks for unusual looking at guests."))
def sweep() -> None:
    """Every minute: raise who looks far beyond their habit, once per night and kind, and keep the number up to date."""
    tonight = nights.tonight()
    said: dict[str, Any] = {
        "now": timezone.now(),
        "nights": [tonight, tonight - dt.timedelta(days=1)],  # the last minute before noon too
        "kinds": list(settings.LEAK_FLOORS),
        "floors": list(settings.LEAK_FLOORS.values()),
        "habit": HABIT_NIGHTS,
        "times": TIMES_THE_HABIT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, said)


def alerts() -> Iterator[Alert]:
    """What nobody has looked into yet, newest first; without a word about the guests."""
    for raised in LeakAlert.objects.filter(settled_at=None).select_related("user"):
        url = f"{reverse('admin:customers_leakalert_changelist')}?settled_at__isempty=1"
        yield Alert(f"leak:{raised.pk}:{raised.raised_at:%Y%m%dT%H%M%S}", _said(raised), url)


def _said(raised: LeakAlert) -> str:
    words = _("Far above the habit of %(who)s on %(night)s: %(what)s %(seen)d, as a rule %(usual)d.")
    facts = {"who": raised.user, "night": night_in_words(raised.night), "what": raised.get_kind_display()}
    return words % {**facts, "seen": raised.seen, "usual": raised.usual}


def settle(raised: QuerySet[LeakAlert], *, by: User) -> int:
    """Mark open alerts as looked into and return how many; nobody settles what was raised about themselves."""
    others = raised.filter(settled_at=None).exclude(user=by)
    return others.update(settled_at=timezone.now(), settled_by=by)


def drop_old_tallies() -> dict[str, int]:
    """Forget counts that no habit is read from any more."""
    old = LookTally.objects.filter(night__lt=nights.tonight() - TALLIES_KEPT_FOR)
    return {"tallies": old.delete()[0]}

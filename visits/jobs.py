"""What the rooms need done by the clock: guests who did not come, parties that nobody closed."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from vipdesk import nights
from vipdesk.jobs import Job
from vipdesk.sweeps import sweep
from visits.booking import release_no_shows
from visits.seating import close_left_open

AFTER_ROLLOVER = dt.timedelta(minutes=5)


@sweep(_("Frees the rooms of guests who did not come in time."))
def sweep_no_shows() -> None:
    """Every minute: free the rooms of those who did not come in time."""
    release_no_shows()


def _due(night: dt.date) -> dt.datetime:
    return nights.night_bounds(night)[0] + AFTER_ROLLOVER


def _close_the_night_before(night: dt.date) -> Mapping[str, Any]:
    """As a job of the night that has begun, since only then is the one before it over."""
    return close_left_open(night - dt.timedelta(days=1))


CLOSE_LEFT_OPEN = Job(
    name="visits.close_left_open",
    due=_due,
    catch_up=lambda night: nights.night_bounds(night)[1],
    run=_close_the_night_before,
    title=_("Parties left open"),
    does=_("Closes what was still open when the night before was over."),
    words={"parties": _("parties closed")},
)

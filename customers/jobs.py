"""What the guests' app does by the clock, and what its sweep finds."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from customers import doubles, incoming, leaks, prospects, tasks, unread
from customers.models import ErasureOrder
from vipdesk import jobs
from vipdesk.jobs import Job, daily
from vipdesk.sweeps import sweep

IMPORT_CONTENTS = Job(
    name="import_contents",
    due=daily(dt.time(5, 10)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: incoming.drop_contents(),
    title=_("Old uploads"),
    does=_("Forgets sheets that were uploaded a day ago and never taken in."),
    words={"contents": _("sheets forgotten")},
)

OLD_TALLIES = Job(
    name="old_tallies",
    due=daily(dt.time(5, 20)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: leaks.drop_old_tallies(),
    title=_("Old counts of looks"),
    does=_("Forgets how often somebody looked at guests, where no habit is read from it any more."),
    words={"tallies": _("counts forgotten")},
)

OLD_PROSPECTS = Job(
    name="old_prospects",
    due=daily(dt.time(5, 25)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: prospects.take_out_old(),
    title=_("Old prospects"),
    does=_("Empties the prospects who came to nothing: given up three months ago, or open for a year."),
    words={"prospects": _("prospects emptied")},
)

FIND_DOUBLES = Job(
    name="find_doubles",
    due=daily(dt.time(5, 40)),
    catch_up=dt.timedelta(hours=20),
    run=doubles.find_doubles,
    title=_("Doubles"),
    does=_("Finds guests who stand twice, for somebody to look at."),
    words={
        "new": _("new pairs"),
        "changed": _("changed"),
        "gone": _("no longer alike"),
        "groups_left_out": _("groups too large to list"),
    },
)


@sweep(_("Takes up uploaded sheets that wait."))
def sweep_imports() -> None:
    """Every minute: a task for each uploaded sheet that waits, whether or not one was enqueued before."""
    for pk in incoming.unfinished():
        jobs.enqueue(tasks.run_import, pk)


@sweep(_("Goes on with erasing those who were chosen for it."))
def sweep_erasures() -> None:
    """Every minute: while somebody chosen for erasure waits, a task that goes on with them."""
    if ErasureOrder.objects.exists():
        jobs.enqueue(tasks.carry_out_erasures)


@sweep(_("Reads new names by pinyin, so that they are found."))
def sweep_unread_names() -> None:
    """Every minute: read the names that nobody has read yet, so that their guests are found by pinyin."""
    unread.read_names()

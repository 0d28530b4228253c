"""What the guests' app does by the clock, and what its sweep finds."""

import datetime as dt

from customers import doubles, incoming, leaks, prospects, tasks, unread
from customers.models import ErasureOrder
from vipdesk import jobs
from vipdesk.jobs import Job, daily

IMPORT_CONTENTS = Job(
    name="import_contents",
    due=daily(dt.time(5, 10)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: incoming.drop_contents(),
)

OLD_TALLIES = Job(
    name="old_tallies",
    due=daily(dt.time(5, 20)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: leaks.drop_old_tallies(),
)

OLD_PROSPECTS = Job(
    name="old_prospects",
    due=daily(dt.time(5, 25)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: prospects.take_out_old(),
)

FIND_DOUBLES = Job(
    name="find_doubles",
    due=daily(dt.time(5, 40)),
    catch_up=dt.timedelta(hours=20),
    run=doubles.find_doubles,
)


def sweep_imports() -> None:
    """Every minute: a task for each uploaded sheet that waits, whether or not one was enqueued before."""
    for pk in incoming.unfinished():
        jobs.enqueue(tasks.run_import, pk)


def sweep_erasures() -> None:
    """Every minute: while somebody chosen for erasure waits, a task that goes on with them."""
    if ErasureOrder.objects.exists():
        jobs.enqueue(tasks.carry_out_erasures)


def sweep_unread_names() -> None:
    """Every minute: read the names that nobody has read yet, so that their guests are found by pinyin."""
    unread.read_names()

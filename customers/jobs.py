"""What the guests' app does by the clock, and what its sweep finds."""

import datetime as dt

from customers import incoming, tasks
from vipdesk import jobs
from vipdesk.jobs import Job, daily

IMPORT_CONTENTS = Job(
    name="import_contents",
    due=daily(dt.time(5, 10)),
    catch_up=dt.timedelta(hours=20),
    run=lambda _night: incoming.drop_contents(),
)


def sweep_imports() -> None:
    """Every minute: a task for each uploaded sheet that waits, whether or not one was enqueued before."""
    for pk in incoming.unfinished():
        jobs.enqueue(tasks.run_import, pk)

"""Where Django looks for models; each lives in the module that owns it."""

from vipdesk.held import HeldSubmission
from vipdesk.jobs import Heartbeat, ScheduleRun
from vipdesk.outbox import OutboxMessage
from vipdesk.submissions import Submission, SubmissionConflict
from vipdesk.vacuuming import TableVacuum

__all__ = [
    "Heartbeat",
    "HeldSubmission",
    "OutboxMessage",
    "ScheduleRun",
    "Submission",
    "SubmissionConflict",
    "TableVacuum",
]

"""The timeline of complaints: rows that only grow, one for each move and each note, written by the services alone."""

import datetime as dt
from typing import Any

from feedback.complaint_choices import Happening
from feedback.models import Complaint, ComplaintEvent
from staff.models import User


def write(
    complaint: Complaint, kind: Happening, *, by: User | None, at: dt.datetime, begin: str | None = None, **facts: Any
) -> ComplaintEvent:
    """One row, in the caller's transaction: from `begin` (None: it stayed) to where the complaint stands now."""
    begin = complaint.state if begin is None else begin
    return ComplaintEvent.objects.create(
        complaint=complaint, kind=kind, begin=begin, end=complaint.state, by=by, at=at, **facts
    )

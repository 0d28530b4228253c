"""Tables of what guests say: surveys, the weekly summary, complaints, by noun."""

from feedback.models.compensation import Compensation, CompensationLimit
from feedback.models.complaint import Complaint, ComplaintEvent, Escalation
from feedback.models.complaint_limit import ComplaintLimit
from feedback.models.opt_out import GuestOptOut, OptOutReview
from feedback.models.survey import GuestTry, RoomCode, Survey
from feedback.models.week import WeekDecision, WeeklySummary, WeekRemark

__all__ = [
    "Compensation",
    "CompensationLimit",
    "Complaint",
    "ComplaintEvent",
    "ComplaintLimit",
    "Escalation",
    "GuestOptOut",
    "GuestTry",
    "OptOutReview",
    "RoomCode",
    "Survey",
    "WeekDecision",
    "WeekRemark",
    "WeeklySummary",
]

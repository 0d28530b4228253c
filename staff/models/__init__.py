"""Tables of the staff, by noun."""

from staff.models.duty import Attendance, DutyTick, Leave, NightSignature, Shift, Task, TaskFor
from staff.models.people import Language, Theme, User
from staff.models.tablets import FloorUser, PinTries, Tablet, TabletQueue, TabletSession

__all__ = [
    "Attendance",
    "DutyTick",
    "FloorUser",
    "Language",
    "Leave",
    "NightSignature",
    "PinTries",
    "Shift",
    "Tablet",
    "TabletQueue",
    "TabletSession",
    "Task",
    "TaskFor",
    "Theme",
    "User",
]

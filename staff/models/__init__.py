"""Tables of the staff, by noun."""

from staff.models.duty import Attendance, DutyTick, Leave, NightSignature, Shift, Task, TaskFor
from staff.models.people import Language, Theme, User
from staff.models.tablets import FloorUser, PinTries, Tablet, TabletSession

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
    "TabletSession",
    "Task",
    "TaskFor",
    "Theme",
    "User",
]

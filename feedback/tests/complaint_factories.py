"""Complaints for tests; what guests say is invented."""

import datetime as dt
import uuid
from typing import Any

from feedback.complaints import open_complaint
from feedback.models import Complaint, Survey
from staff.models import User
from vipdesk import nights


def make_complaint(*, by: User | None, now: dt.datetime | None = None, **facts: Any) -> Complaint:
    usual = {"category": "service", "severity": "normal", "channel": "visit", "words": "等了四十分钟没有人来"}
    return open_complaint(complaint=Complaint(**(usual | facts)), by=by, now=now)


def make_survey(**facts: Any) -> Survey:
    at = facts.pop("submitted_at", None) or dt.datetime.now(dt.UTC)
    usual = {"client_id": uuid.uuid4(), "channel": "qr", "overall": 1, "submitted_at": at, "night": nights.night_of(at)}
    return Survey.objects.create(**(usual | facts))

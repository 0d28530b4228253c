"""Answers for tests, one call each."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from feedback.models import Survey
from vipdesk import nights


def make_survey(overall: int = 5, **facts: Any) -> Survey:
    """An answer on the tablet now, or at `submitted_at`; its night follows."""
    at: dt.datetime = facts.pop("submitted_at", None) or timezone.now()
    usual = {"client_id": uuid.uuid4(), "channel": "tablet", "submitted_at": at, "night": nights.night_of(at)}
    return Survey.objects.create(overall=overall, **(usual | facts))

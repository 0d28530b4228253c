"""Guests for tests: invented, one call each."""

import datetime as dt
import itertools
import uuid
from typing import Any

from customers.models import Customer
from vipdesk import nights

_numbers = itertools.count(1)


def make_customer(**facts: Any) -> Customer:
    """A complete guest captured now, or at `captured_at`; their night follows."""
    at = facts.get("captured_at") or dt.datetime.now(dt.UTC)
    owner = facts.get("owner")
    usual: dict[str, Any] = {
        "name": "欧阳子涵",
        "phone": f"+86139{next(_numbers):08d}",
        "birthday_month": 5,
        "birthday_day": 17,
        "home_address": "黄浦区南京东路1号",
        "captured_at": at,
        "night": nights.night_of(at),
        "captured_by": owner,
    }
    return Customer.objects.create(**(usual | facts))


def capture_data(**fields: Any) -> dict[str, Any]:
    """What the capture form sends for a guest with everything in order."""
    usual = {
        "name": "司马明",
        "phone": f"138{next(_numbers):08d}",
        "birthday_calendar": "solar",
        "birthday_month": "6",
        "birthday_day": "3",
        "birthday_year": "1988",
        "home_address": "徐汇区漕溪北路18号",
        "work_address": "",
        "consent": "on",
        "sms_consent": "on",
        "source": "",
        "notes": "",
        "client_id": str(uuid.uuid4()),
    }
    return {key: value for key, value in (usual | fields).items() if value is not None}

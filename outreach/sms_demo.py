"""The demo venue's campaign: approved, for all who agreed to SMS, on any night."""

from collections.abc import Callable

from django.utils import timezone

from outreach.models import Campaign
from staff.models import User

CODE = "demo"


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    _campaign, is_new = Campaign.objects.get_or_create(
        code=CODE,
        defaults={
            "name": "周五欢唱夜",
            "offer": "20:00 前到店，房费八折，送果盘一份",
            "signature": "星海会所",
            "message_zh": "周五欢唱夜：20:00前到店房费八折，送果盘一份，回电预订。",
            "message_en": "Friday sing-along: 20% off your room before 20:00, and a fruit plate. Call us to book.",
            "managers_do": "接到回电先报包厢和时段，到店当面送果盘。",
            "approved_at": timezone.now(),
            "approved_by": User.objects.filter(username="ops").first(),
        },
    )
    out(f"Demo campaign: {'added' if is_new else 'stands already'}.")

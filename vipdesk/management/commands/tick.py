"""The one-minute tick by hand: what beat does, also for houses that start it from a timer of their own."""

from typing import Any

from django.core.management.base import BaseCommand

from vipdesk import tasks


class Command(BaseCommand):
    help = "Enqueues every job and sweep that is due now."

    def handle(self, **options: Any) -> None:
        tasks.tick()

"""A new key to seal with on tablets: printed, kept nowhere."""

from typing import Any

from django.core.management.base import BaseCommand

from vipdesk import sealing


class Command(BaseCommand):
    help = (
        "Prints a new private key for OFFLINE_KEYS. Put it first and leave the old ones behind it until nothing waits."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(sealing.make_key())

"""`manage.py load_demo`: an invented venue to try the desk in, made part by part as settings.DEMO_PARTS lists them."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.module_loading import import_string

from vipdesk import locks
from vipdesk.database_roles import analyze
from vipdesk.locks import Lock

MOST_CUSTOMERS = 1_000_000


class Command(BaseCommand):
    help = (
        "Load the demo venue: staff, set-up and invented guests. The same seed on the same night makes the same venue. "
        "A second run adds only what is missing: nothing is changed and nothing stands twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=_number(0, MOST_CUSTOMERS), default=300, help="guests in all (300)")
        parser.add_argument("--nights", type=_number(1, 366), default=7, help="the last nights that have facts (7)")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another venue (1)")

    def handle(self, *args: Any, customers: int, nights: int, seed: int, **options: Any) -> None:
        began = time.monotonic()
        with transaction.atomic():
            locks.hold(Lock.DEMO)  # two loads at once would both find the venue empty
            for dotted in settings.DEMO_PARTS:
                import_string(dotted)(customers=customers, nights=nights, seed=seed, out=self.stderr.write)
        analyze()
        self.stdout.write(f"The demo venue is loaded ({time.monotonic() - began:.1f} s).")


def _number(low: int, high: int) -> Any:
    def whole(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ArgumentTypeError(f"a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return whole

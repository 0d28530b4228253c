"""Print a week's numbers (contract.md, "Weekly summary"): as submitted once it is locked, else as they stand."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from feedback import weeks
from vipdesk import nights


def _week(text: str) -> str:
    try:
        nights.week_nights(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"not a week like 2026-W48: {text!r}") from None
    return text


class Command(BaseCommand):
    help = "A week's satisfaction in numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("week", type=_week, metavar="WEEK", help="an ISO week, like 2026-W48")
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(weeks.document(options["week"]), ensure_ascii=False))

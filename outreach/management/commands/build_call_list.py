"""Build a night's call list from the command line (contract.md)."""

import argparse
import datetime as dt
import json
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach.building import CannotBuild, NoCallNight, build_call_list
from outreach.listing import as_written


def _night(text: str) -> dt.date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:  # no such day
        pass
    raise argparse.ArgumentTypeError(f"not a night like 2026-11-25: {text!r}")


class Command(BaseCommand):
    help = "Build a night's call list. May be repeated: a list that was built stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("night", type=_night, metavar="NIGHT", help="the evening's date, as 2026-11-25")
        parser.add_argument("--force", action="store_true", help="build it although it is no call night")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            built = build_call_list(night=options["night"], is_forced=options["force"])
        except NoCallNight as error:
            raise CommandError(f"{error} Build it anyway with --force.") from error
        except CannotBuild as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_written(built.call_list), ensure_ascii=False, indent=1))
            return
        found = built.call_list
        how = "built" if built.is_new else "as it was built"
        self.stdout.write(f"{found.night}, {how}: {found.listed} to call, {found.left_over} left for the next list")

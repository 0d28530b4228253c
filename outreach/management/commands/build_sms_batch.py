"""Build a night's batch of text messages from the command line (contract.md, "Commands")."""

import datetime as dt
import json
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach import sms_planning
from outreach.sms_planning import CannotSend


class Command(BaseCommand):
    help = "Build a night's batch of a campaign. May be repeated: the same night and campaign is the same batch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("night", type=_night, metavar="NIGHT", help="like 2026-11-20")
        parser.add_argument("--campaign", required=True, metavar="CODE")
        parser.add_argument("--approve", action="store_true", help="let it be sent at once")
        parser.add_argument("--force", action="store_true", help="on a night that is no SMS night, too")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, night: dt.date, campaign: str, **options: Any) -> None:
        try:
            built = sms_planning.build_batch(night=night, code=campaign, is_forced=options["force"])
            if options["approve"]:
                sms_planning.approve_batch(batch=built.batch)
        except CannotSend as why:
            raise CommandError(str(why)) from why
        built.batch.refresh_from_db()
        report = sms_planning.report(built.batch)
        if options["format"] == "json":
            said = {"night": night.isoformat(), "campaign": campaign, "state": built.batch.state}
            self.stdout.write(json.dumps(report | said))
        else:
            self._tell(built, report)

    def _tell(self, built: sms_planning.Built, report: dict[str, Any]) -> None:
        made = "built" if built.is_new else "stood already"
        left_out = sum(report["skipped"].values())
        self.stdout.write(
            f"batch {built.batch.pk} {made}: {report['planned']} planned, {left_out} of them left out; "
            f"{built.batch.get_state_display()}"
        )


def _night(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"not a night like 2026-11-20: {text!r}") from None

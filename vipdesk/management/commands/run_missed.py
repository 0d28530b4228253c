"""Periodic jobs that should have run and did not, run here and now."""

import json
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from vipdesk import jobs, nights


class Command(BaseCommand):
    help = "Runs every periodic job that should have run and did not, one after the other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", help="a night (2026-11-20) or a moment (2026-11-20T18:00); else: since the last tick"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, since: str | None, **options: Any) -> None:
        runs = jobs.run_missed(since=None if since is None else _moment(since))
        report = [{"job": run.job, "night": str(run.night), "status": run.status} for run in runs]
        if options["format"] == "json":
            self.stdout.write(json.dumps({"runs": report}))
        elif report:
            self.stdout.write("\n".join("{job} {night} {status}".format(**run) for run in report))
        undone = [str(run) for run in runs if run.status != jobs.Status.DONE]
        if undone:
            raise CommandError(f"Not done: {', '.join(undone)}. The log says why.")


def _moment(text: str) -> datetime:
    """A date alone is a night and means its beginning; a moment without offset is the venue's."""
    try:
        if len(text) == len("2026-11-20"):
            return nights.night_bounds(date.fromisoformat(text))[0]
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"Not a night or a moment: {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_default_timezone())

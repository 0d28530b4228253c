"""The sweep of complaints by hand, for now or for a moment (contract.md, "Commands")."""

import argparse
import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from feedback.complaint_choices import Cause
from feedback.escalating import sweep
from feedback.models import Escalation


class Command(BaseCommand):
    help = "Escalate every complaint that is due, and print what was escalated. Again: nothing more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at", type=_moment, metavar="ISO", help="as if it were then (2026-11-20T23:30); else: now"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *, at: dt.datetime | None, **options: Any) -> None:
        at = at or timezone.now()
        raised = sweep(at)
        if options["format"] == "json":
            report = {"at": at.isoformat(), "escalated": [_as_json(one) for one in raised]}
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        for one in raised:
            self.stdout.write(f"#{one.complaint_id} {one.complaint.get_severity_display()}: {Cause(one.cause).label}")
        self.stdout.write(f"{len(raised)} escalated")


def _as_json(one: Escalation) -> dict[str, Any]:
    complaint = one.complaint
    return {
        "escalation": one.pk,
        "complaint": complaint.pk,
        "cause": one.cause,
        "reopening": one.reopening,
        "severity": complaint.severity,
        "category": complaint.category,
        "room": complaint.room.number if complaint.room else None,
        "owner": complaint.owner.username if complaint.owner else None,
    }


def _moment(text: str) -> dt.datetime:
    """A moment without an offset is the venue's; wrong usage otherwise."""
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.get_default_timezone())
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"not a moment like 2026-11-20T23:30: {text!r}") from error

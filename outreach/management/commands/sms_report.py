"""How a batch of text messages stands (contract.md, "SMS gateways")."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach import sms_planning
from outreach.models import SmsBatch


class Command(BaseCommand):
    help = "How a batch of text messages stands: every message in exactly one state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch", type=int, metavar="BATCH", help="its number")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        found = SmsBatch.objects.filter(pk=batch).first()
        if found is None:
            raise CommandError(f"There is no SMS batch {batch}.")
        report = sms_planning.report(found)
        if options["format"] == "json":
            self.stdout.write(json.dumps(report))
            return
        self.stdout.write(f"batch {found.pk}: {report['planned']} planned")
        for name, count in (report["states"] | report["skipped"]).items():
            self.stdout.write(f"  {name}: {count}")

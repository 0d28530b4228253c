"""Take in a sheet of guests from the command line (contract.md, "Commands")."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.intake.importing import NothingToRead, Report, import_customers


class Command(BaseCommand):
    help = "Take in guests from a CSV file or a workbook. May be repeated: what is in already is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV (UTF-8 or GB18030) or XLSX")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            data = path.read_bytes()
            report = import_customers(
                data=data, filename=path.name, dry_run=options["dry_run"], progress=self._say_progress
            )
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from error
        except NothingToRead as error:
            raise CommandError(f"{path.name}: {error}") from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(self._as_json(report, options["dry_run"]), ensure_ascii=False))
        else:
            self._tell(report, options["dry_run"])

    def _say_progress(self, rows: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{rows} rows", ending="")

    def _as_json(self, report: Report, is_dry_run: bool) -> dict[str, Any]:
        """A trial run says also what its updates would replace."""
        replaced = {"replaced": [line.as_json() for line in report.replaced]} if is_dry_run else {}
        return report.as_json() | replaced

    def _tell(self, report: Report, is_dry_run: bool) -> None:
        for change in report.replaced if is_dry_run else ():
            self.stdout.write(f"row {change.row}, {change.field}: {change.before or '—'} becomes {change.after or '—'}")
        for line in report.warnings:
            self.stdout.write(f"row {line.row}, {line.field}: {line.message}")
        for line in report.errors:
            self.stdout.write(self.style.ERROR(f"row {line.row}, {line.field}: refused: {line.message}"))
        self.stdout.write(
            f"{report.rows} rows: {report.created} new, {report.updated} updated, {report.unchanged} unchanged, "
            f"{report.rejected} refused"
        )

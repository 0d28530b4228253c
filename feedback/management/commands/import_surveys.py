"""Take in answers of the paper weeks from the command line (contract.md, "Commands")."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.survey_files.importing import NothingToRead, Report, import_surveys


class Command(BaseCommand):
    help = "Take in surveys from a CSV file or a workbook. May be repeated: what is in already is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV (UTF-8 or GB18030) or XLSX")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            report = import_surveys(data=path.read_bytes(), progress=self._say_progress)
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from error
        except NothingToRead as error:
            raise CommandError(f"{path.name}: {error}") from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)

    def _say_progress(self, rows: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{rows} rows", ending="")

    def _tell(self, report: Report) -> None:
        for line in report.warnings:
            self.stdout.write(f"row {line.row}, {line.field}: {line.message}")
        for line in report.errors:
            self.stdout.write(self.style.ERROR(f"row {line.row}, {line.field}: refused: {line.message}"))
        self.stdout.write(
            f"{report.rows} rows: {report.created} new, {report.unchanged} unchanged, {report.rejected} refused"
        )

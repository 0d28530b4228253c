"""Statements as they stand, from the command line (contract.md, "Statement")."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from targets import arguments
from targets.statement_files import write_csv
from targets.statements import MonthStatement, NoPlan, everybodys_statements, find_manager, statement_of


class Command(BaseCommand):
    help = "The month's statements, of every active manager and anyone with charges, or of one manager."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", type=arguments.month, metavar="MONTH", help="like 2026-11")
        parser.add_argument("--manager", metavar="USERNAME")
        parser.add_argument("--format", choices=["json", "csv"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self._found(options)
        except NoPlan as error:
            raise CommandError(str(error)) from error
        if options["format"] == "csv":
            write_csv(found, self.stdout)  # type: ignore[arg-type]
            return
        said = [one.as_json() for one in found]
        self.stdout.write(json.dumps(said if options["manager"] is None else said[0], ensure_ascii=False))

    def _found(self, options: dict[str, Any]) -> list[MonthStatement]:
        if options["manager"] is None:
            return everybodys_statements(options["month"])
        manager = find_manager(options["manager"])
        if manager is None:
            raise CommandError(f"Unknown manager: {options['manager']}")
        return [statement_of(options["month"], manager)]

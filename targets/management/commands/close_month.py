"""Close a month from the command line (contract.md, "Commands")."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from targets import arguments, months
from targets.closing import CannotClose, close_month


class Command(BaseCommand):
    help = "Freeze the month's statements; what arrives later settles in the first open month after it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", type=arguments.month, metavar="MONTH", help="like 2026-10; one that is over")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            closing, is_new = close_month(month=options["month"])
        except CannotClose as error:
            raise CommandError(str(error)) from error
        name, people = months.name_of(closing.month), closing.statements.count()
        self.stdout.write(f"{name} closed: {people} statements" if is_new else f"{name} was closed already: unchanged")

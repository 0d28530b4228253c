"""Take in the outreach rules from the command line (contract.md, "Outreach rules")."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outreach.rules import BadRules, read_rules, store_rules


class Command(BaseCommand):
    help = "Take in the outreach rules. May be repeated: the same rules again are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the rules, as JSON in UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            is_changed = store_rules(rules=read_rules(path.read_bytes()))
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from error
        except BadRules as error:
            raise CommandError(f"{path.name}: {error}") from error
        self.stdout.write(f"outreach rules: {'updated' if is_changed else 'unchanged'}")

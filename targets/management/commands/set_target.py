"""Give a manager a target of their own for one month (contract.md, "Commands")."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from staff import roles
from staff.models import User
from targets import arguments, months
from targets.plans import CannotPlan, set_target


class Command(BaseCommand):
    help = "Give a manager a target of their own for one month that is open; without one it is the plan's floor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="USERNAME")
        parser.add_argument("month", type=arguments.month, metavar="MONTH", help="like 2026-11")
        parser.add_argument("amount", type=arguments.amount, metavar="AMOUNT", help="yuan, like 60000.00")

    def handle(self, *args: Any, **options: Any) -> None:
        manager = User.objects.in_role(roles.MANAGER).filter(username=options["username"]).first()
        if manager is None:
            raise CommandError(f"Unknown manager: {options['username']}")
        try:
            outcome = set_target(manager=manager, month=options["month"], amount=options["amount"])
        except CannotPlan as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{manager.username} {months.name_of(options['month'])}: {options['amount']} ({outcome})")

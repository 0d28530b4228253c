"""Take in a commission plan from the command line (contract.md, "Commission plan")."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from targets import months
from targets.commission import print_money
from targets.models import MonthClosing
from targets.plan_changes import begins_in_the_past, changes_by
from targets.plan_files import BadPlan, PlanFile, read_plan
from targets.plans import CannotPlan, Outcome, load_plan


class Command(BaseCommand):
    help = "Take in a commission plan. May be repeated: the same plan again is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the plan, as JSON in UTF-8")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change, and for whom")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            plan = read_plan(path.read_bytes())
            self._name_changes(plan)
            if options["dry_run"]:
                return
            outcome = load_plan(plan=plan)
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}") from error
        except BadPlan as error:
            raise CommandError(f"{path.name}: {error}") from error
        except CannotPlan as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{plan.code}: {outcome}, in force from {months.name_of(plan.effective_from)}")
        if outcome != Outcome.UNCHANGED:
            self._name_closed(plan)

    def _name_changes(self, plan: PlanFile) -> None:
        """Figures of open months that a plan from the past changes, before it is taken in."""
        if not begins_in_the_past(plan.effective_from):
            return
        for change in changes_by(plan):
            before = print_money(change.before.own) if change.before else "none"
            name, after = months.name_of(change.month), print_money(change.after.own)
            self.stderr.write(f"{name} {change.manager.username}: {before} -> {after}")

    def _name_closed(self, plan: PlanFile) -> None:
        """Months of the plan's time that were closed by another one, and stay so."""
        closed = MonthClosing.objects.filter(month__gte=plan.effective_from).exclude(plan__code=plan.code)
        names = [months.name_of(one.month) for one in closed.order_by("month")]
        if names:
            self.stderr.write(f"Closed already, and not changed by it: {', '.join(names)}")

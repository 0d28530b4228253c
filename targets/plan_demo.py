"""The demo venue's targets: the sample plan is there already, one manager who joined late has a target of their own."""

from collections.abc import Callable
from decimal import Decimal

from staff.demo import MANAGERS
from staff.models import User
from targets import months, plans
from targets.models import Target

JOINED_LATE, AMOUNT = MANAGERS[-1].username, Decimal("30000.00")


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """A target that stands is left as it is."""
    manager, month = User.objects.get(username=JOINED_LATE), months.current()
    if customers and not Target.objects.filter(manager=manager, month=month).exists():
        plans.set_target(manager=manager, month=month, amount=AMOUNT)
        out(f"Targets: one of its own for {JOINED_LATE}.")

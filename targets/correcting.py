"""Whose a bill is, changed afterwards: by operations and with a reason, as a reversal and a new row that name the row
they correct and keep its night (domain.md, "Charges")."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from staff.models import User
from targets import months
from targets.bills.storing import insert_charges, lock_ledger
from targets.choices import Entry, Source
from targets.models import Charge
from vipdesk import coded
from visits.models import Party

_KEPT = ("bill_no", "kind", "payment", "paid_at", "night", "named_id", "room_id", "party_id", "refund_of_id")


class CannotGive(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def give_bill(*, bill: Charge, to: User | None, by: User, reason: str) -> int:
    """A bill with its refunds is `to`'s from now on (None: nobody's); how many rows were corrected. `bill` may be any
    row of it. Raises `CannotGive`: it is theirs already, no reason, somebody who sells nothing."""
    _check(to, reason)
    lock_ledger()
    first = bill.refund_of_id or Charge.objects.values_list("pk", flat=True).get(bill_no=bill.bill_no, entry=Entry.BILL)
    number = Charge.objects.values_list("bill_no", flat=True).get(pk=first)
    moved = _give(Charge.objects.of_bill(number, first), to, by, reason)
    if not moved:
        raise CannotGive("to", _("It is theirs already."))
    return moved


@transaction.atomic
def give_bills(*, bills: Collection[int], to: User, by: User, reason: str) -> int:
    """Bills of nobody with their refunds are `to`'s from now on, all of them or none; how many. `bills` are keys of any
    rows of them. Each keeps rows of its own in the ledger, as if it were given alone. Raises `CannotGive`."""
    _check(to, reason)
    lock_ledger()
    numbers = set(Charge.objects.filter(pk__in=bills).values_list("bill_no", flat=True))
    waiting = Charge.objects.unassigned().filter(refund_of=None, bill_no__in=numbers)
    if not numbers or len(numbers) != waiting.count():
        raise CannotGive("bills", _("Some of these bills were settled meanwhile. Look at the list again."))
    firsts = Charge.objects.filter(bill_no__in=numbers, entry=Entry.BILL).values("pk")
    _give(Charge.objects.filter(Q(bill_no__in=numbers) | Q(refund_of__in=firsts)), to, by, reason)
    return len(numbers)


def _check(to: User | None, reason: str) -> None:
    if not reason.strip():
        raise CannotGive("reason", _("Say why: it stays in the ledger."))
    if to and not (to.is_active and to.is_manager):
        raise CannotGive("to", _("%(name)s is no service manager.") % {"name": to})


def follow_party(*, party: Party, by: User, reason: str) -> None:
    """A party was attributed to somebody else: its bills follow. Part of the transaction that attributes it
    (settings.PARTY_ATTRIBUTED), so that no bill that is coming in misses it."""
    lock_ledger()
    _give(Charge.objects.filter(party=party), party.attributed_to, by, reason or coded.write("ledger.attributed_anew"))


def _give(rows: Any, to: User | None, by: User, reason: str) -> int:
    """Reverse these standing rows where they are somebody else's, and write them again for `to`."""
    key = to.pk if to else None
    others = [row for row in rows.standing().order_by("pk") if row.manager_id != key]
    booked = months.open_months_for(months.month_of(row.night) for row in others)
    why = reason.strip()[:200]
    records = []
    for row in others:
        usual = _usual(row, by=by.pk, reason=why) | {"booked_month": booked[months.month_of(row.night)]}
        records.append(usual | {"entry": Entry.REVERSAL.value, "amount": -row.amount, "manager_id": row.manager_id})
        records.append(usual | {"entry": Entry.MOVED.value, "amount": row.amount, "manager_id": key})
    insert_charges(records)
    return len(others)


def _usual(row: Charge, *, by: int, reason: str) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in _KEPT}
    return kept | {"corrects_id": row.pk, "source": Source.DESK.value, "entered_by_id": by, "reason": reason}


def story_of(bill: Charge) -> Iterable[Charge]:
    """Every row of a bill and of its refunds, as they were written; `bill` is a first row."""
    first = bill.refund_of_id or bill.pk
    number = Charge.objects.values_list("bill_no", flat=True).get(pk=first)
    rows = Charge.objects.of_bill(number, first)
    return rows.select_related("manager", "entered_by").order_by("pk")

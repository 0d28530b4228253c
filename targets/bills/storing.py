"""The ledger's rows by the thousand: read by bill number, written by COPY."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from staff.models import User
from targets.bills.reading import House
from targets.choices import Entry
from targets.models import Charge
from vipdesk import locks
from vipdesk.locks import Lock
from vipdesk.sheets.identifiers import clean_identifier, earlier_spellings
from visits.models import Room

_USUAL: dict[str, Any] = {
    "entry": Entry.BILL.value,
    "bill_no": None,
    "kind": None,
    "amount": None,
    "payment": None,
    "paid_at": None,
    "night": None,
    "booked_month": None,
    "manager_id": None,
    "named_id": None,
    "room_id": None,
    "party_id": None,
    "refund_of_id": None,
    "corrects_id": None,
    "source": None,
    "entered_by_id": None,
    "reason": "",
    "received_at": None,
}
_COPY = f"COPY targets_charge ({', '.join(_USUAL)}) FROM STDIN"
_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_ON_FILE = """
    SELECT c.bill_no, c.id, c.kind, c.amount, c.payment, c.paid_at,
        CASE WHEN m.id IS NULL THEN c.manager_id ELSE m.manager_id END, c.named_id, c.room_id, c.party_id,
        coalesce(b.bill_no, '')
    FROM targets_charge c
    LEFT JOIN targets_charge b ON b.id = c.refund_of_id
    LEFT JOIN targets_charge m ON m.bill_no = c.bill_no AND m.entry = 'moved' AND m.entry <> 'bill'
        AND NOT EXISTS (SELECT FROM targets_charge r WHERE r.corrects_id = m.id AND r.entry = 'reversal')
    WHERE c.bill_no = ANY(%s) AND c.entry = 'bill'
"""


@dataclass(frozen=True, slots=True)
class OnFile:
    """A bill that came before. `manager` is who gets it now."""

    pk: int
    kind: str
    amount: Decimal
    payment: str
    paid_at: dt.datetime
    manager: int | None
    named: int | None
    room: int | None
    party: int | None
    refund_of: str

    @property
    def content(self) -> tuple[object, ...]:
        """As `Said.content`."""
        if self.refund_of:
            return (self.refund_of, self.amount, self.paid_at)
        return ("", self.amount, self.paid_at, self.kind, self.payment, self.named, self.room)


def lock_ledger() -> None:
    """Whoever writes bills, or gives them to somebody else, does so one after another, until the transaction ends."""
    locks.hold(Lock.LEDGER)


def the_house() -> House:
    """Two statements. A login name counts whatever its case, but exactly where two differ by nothing else."""
    people: dict[str, int] = {}
    for login, key in User.objects.order_by("-pk").values_list("username", "pk"):
        people[login.casefold()] = key
    people |= dict(User.objects.values_list("username", "pk"))
    rooms = dict(Room.objects.order_by().values_list("number", "pk"))
    return House(people, {number.upper(): key for number, key in rooms.items()} | rooms)


def bills_on_file(numbers: Iterable[str]) -> dict[str, OnFile]:
    """Bills by number; two statements. A bill that an earlier version kept as a spreadsheet wrote it is found too."""
    wanted = set(numbers)
    found = _read_bills(wanted)
    spelled = earlier_spellings(wanted - found.keys())
    return {spelled[number]: bill for number, bill in _read_bills(spelled).items()} | found


def _read_bills(numbers: Iterable[str]) -> dict[str, OnFile]:
    """By hand, since Django would look at each of the numbers by itself."""
    with connection.cursor() as cursor:
        cursor.execute(_ON_FILE, [list(numbers)])
        bills = {number: OnFile(*facts) for number, *facts in cursor.fetchall()}
    for number, bill in bills.items():
        if bill.refund_of:
            bills[number] = replace(bill, refund_of=clean_identifier(bill.refund_of))
    return bills


def refunded(bills: Sequence[int]) -> dict[int, Decimal]:
    """What was given back of these bills (keys) so far, as negative sums."""
    found: dict[int, Decimal] = {}
    if bills:
        rows = Charge.objects.filter(refund_of__in=bills, entry=Entry.BILL).order_by()
        for bill, amount in rows.values_list("refund_of", "amount"):
            found[bill] = found.get(bill, Decimal(0)) + amount
    return found


def insert_charges(records: Sequence[Mapping[str, Any]]) -> None:
    """Write these rows, by their columns. By COPY, at three times the pace of INSERT; IntegrityError where the database
    refuses one, and then none is written."""
    usual = _USUAL | {"received_at": timezone.now()}
    lines = io.StringIO("".join(_line(record, usual) for record in records))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(_COPY, lines)


def _line(record: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    return "\t".join([_cell(record.get(name, value)) for name, value in usual.items()]) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value.translate(_ESCAPED)
    return r"\N" if value is None else str(value)

"""Taking bills into the ledger: each number once, refunds within their bill, and whose each is (domain.md, "Charges").

A bill of a room goes to whom the party is attributed that sat there then; where nobody sat, to whom the bill names. A
refund goes where its bill is now. One call is one transaction, and the only way in for files, tills and claims.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from customers.intake.facts import Refused, Remark
from staff.models import User
from targets import months
from targets.bills import storing
from targets.bills.reading import Said
from targets.bills.storing import OnFile
from targets.choices import Source
from targets.claims import settle_by_bills
from visits.occupancy import who_sat


class Fate(Enum):
    CREATED = "created"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass
class Outcome:
    """What became of one bill; `error` says why it was refused, `remarks` what was guessed or left out."""

    said: Said
    fate: Fate
    error: Remark | None = None
    remarks: list[Remark] = field(default_factory=list)

    def remark(self, name: str, message: str) -> None:
        self.remarks.append(Remark(self.said.row, name, message))


@transaction.atomic
def take_bills(said: Sequence[Said], *, source: Source, by: User | None = None) -> list[Outcome]:
    """Take in these bills; outcomes in the same order. Bills come before refunds, wherever they stand.

    Waits for whoever else writes into the ledger, and for a closing of one of their months.
    """
    storing.lock_ledger()
    batch = _Batch(said, source, by)
    for one in said:
        if not one.refund_of:
            batch.judge(one)
    batch.write()
    batch.look_at_refunded()
    for one in said:
        if one.refund_of:
            batch.judge(one)
    batch.write()
    return [batch.outcomes[id(one)] for one in said]


class _Batch:
    """Bills being taken in, under the ledger's lock."""

    def __init__(self, said: Sequence[Said], source: Source, by: User | None) -> None:
        self.source, self.by = source, by
        self.on_file = storing.bills_on_file([*(s.bill_no for s in said), *(s.refund_of for s in said if s.refund_of)])
        self.refund_bills = {s.refund_of for s in said if s.refund_of}
        self.rows: dict[str, int] = {}  # where in this file each new number stands
        self.given_back: dict[int, Decimal] = {}
        self.waiting: list[Outcome] = []
        self.outcomes: dict[int, Outcome] = {}

    def look_at_refunded(self) -> None:
        """Once the batch's own bills are in: what refunds point at, and what was given back of it."""
        found = storing.bills_on_file(self.refund_bills)
        self.on_file |= found
        self.given_back = storing.refunded([bill.pk for bill in found.values()])

    def judge(self, said: Said) -> None:
        try:
            outcome = self._judge(said)
        except Refused as refused:
            outcome = Outcome(said, Fate.REJECTED, Remark(said.row, refused.field, str(refused)))
        self.outcomes[id(said)] = outcome

    def _judge(self, said: Said) -> Outcome:
        known = self.on_file.get(said.bill_no)
        if known:
            return self._again(said, known)
        outcome = Outcome(said, Fate.CREATED)
        if said.refund_of:
            self._check_refund(outcome, said)
        self.rows[said.bill_no] = said.row
        self.on_file[said.bill_no] = _as_on_file(said)
        self.waiting.append(outcome)
        return outcome

    def _again(self, said: Said, known: OnFile) -> Outcome:
        first = self.rows.get(said.bill_no)
        if known.content != said.content:
            if first is None:
                raise Refused("bill_no", _("This bill is on file with other content."))
            where = {"row": first}
            raise Refused("bill_no", _("This number stands in row %(row)s with other content.") % where)
        outcome = Outcome(said, Fate.UNCHANGED)
        if first:
            outcome.remark("bill_no", _("The same as row %(row)s.") % {"row": first})
        return outcome

    def _check_refund(self, outcome: Outcome, said: Said) -> None:
        bill = self.on_file.get(said.refund_of)
        if bill is None:
            raise Refused("refund_of", _("There is no bill %(bill)s.") % {"bill": said.refund_of})
        if bill.refund_of:
            raise Refused("refund_of", _("%(bill)s is a refund itself.") % {"bill": said.refund_of})
        left = bill.amount + self.given_back.get(bill.pk, Decimal(0))
        if left + said.amount < 0:
            words = _("Only %(left)s of bill %(bill)s is left to refund.")
            raise Refused("amount", words % {"left": left, "bill": said.refund_of})
        self.given_back[bill.pk] = self.given_back.get(bill.pk, Decimal(0)) + said.amount
        _say_what_the_bill_decides(outcome, said, bill)

    # --- writing -----------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """What was found good since the last time."""
        created, self.waiting = self.waiting, []
        if not created:
            return
        booked = months.open_months_for(months.month_of(outcome.said.night) for outcome in created)
        whose = self._whose(created)
        records = []
        for outcome in created:
            said = outcome.said
            month = booked[months.month_of(said.night)]
            records.append(self._record(said, month) | whose[said.bill_no])
        storing.insert_charges(records)
        settle_by_bills([record["bill_no"] for record in records])

    def _record(self, said: Said, month: dt.date) -> dict[str, Any]:
        return {
            "bill_no": said.bill_no,
            "amount": said.amount,
            "paid_at": said.paid_at,
            "night": said.night,
            "booked_month": month,
            "named_id": said.manager,
            "source": self.source.value,
            "entered_by_id": self.by.pk if self.by else None,
        }

    def _whose(self, created: Iterable[Outcome]) -> dict[str, dict[str, Any]]:
        """Kind, payment, room, party and manager of each, by bill number."""
        found: dict[str, dict[str, Any]] = {}
        seated = []
        for outcome in created:
            said = outcome.said
            if said.refund_of:
                found[said.bill_no] = _of_refund(self.on_file[said.refund_of])
                continue
            found[said.bill_no] = {
                "kind": said.kind,
                "payment": said.payment,
                "room_id": said.room,
                "manager_id": said.manager,
            }
            if said.room:
                seated.append((outcome, said.room))
            elif not said.manager:
                outcome.remark("manager", _("It names nobody: it waits until operations say whose it is."))
        self._seat(seated, found)
        return found

    def _seat(self, seated: Sequence[tuple[Outcome, int]], found: dict[str, dict[str, Any]]) -> None:
        """Give bills of rooms to the parties that sat there."""
        sat = who_sat([(room, outcome.said.paid_at) for outcome, room in seated])
        for (outcome, _room), party in zip(seated, sat, strict=True):
            said = outcome.said
            if party:
                found[said.bill_no] |= {"party_id": party.party, "manager_id": party.attributed_to}
                if party.attributed_to is None:
                    outcome.remark("manager", _("The party is nobody's yet: operations say whose the bill is."))
                elif said.manager and said.manager != party.attributed_to:
                    outcome.remark("manager", _("It goes to whom the party in that room belongs."))
            elif not said.manager:
                outcome.remark("manager", _("It names nobody: it waits until operations say whose it is."))


def _of_refund(bill: OnFile) -> dict[str, Any]:
    return {
        "refund_of_id": bill.pk,
        "kind": bill.kind,
        "payment": bill.payment,
        "room_id": bill.room,
        "party_id": bill.party,
        "manager_id": bill.manager,
    }


def _as_on_file(said: Said) -> OnFile:
    """A bill that will be written; its key and whose it is come with the writing."""
    return OnFile(
        pk=0,
        kind=said.kind,
        amount=said.amount,
        payment=said.payment,
        paid_at=said.paid_at,
        manager=said.manager,
        named=said.manager,
        room=said.room,
        party=None,
        refund_of=said.refund_of,
    )


def _say_what_the_bill_decides(outcome: Outcome, said: Said, bill: OnFile) -> None:
    """A refund goes to its bill's manager, payment, kind and room, whatever its own columns say."""
    differs = {
        "kind": said.kind and said.kind != bill.kind,
        "payment": said.payment and said.payment != bill.payment,
        "manager": said.manager and said.manager not in (bill.manager, bill.named),
        "room": said.room and said.room != bill.room,
    }
    for name in (name for name, is_other in differs.items() if is_other):
        outcome.remark(name, _("A refund takes this from its bill."))

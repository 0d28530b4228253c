"""Taking in a sheet of stored bottles (contract.md, `import_bottles`).

As with guests (customers.intake.importing): rows go in by the thousand, each thousand in a transaction of its own;
repeating an import is harmless; imports take turns; what a tablet writes in between is met by reading again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers.families import who_goes_on
from customers.intake.corrections import import_context, read_decided
from customers.intake.facts import Refused, Remark
from customers.intake.importing import NothingToRead, Report
from customers.intake.storing import Moved
from customers.models import PhoneNumber
from staff.models import User
from vipdesk import nights
from vipdesk.sheets.identifiers import earlier_spellings
from visits.bottle_files.planning import GROUPS, READ, OnFile, Plan, plan_new, plan_update
from visits.bottle_files.reading import Sheet, read_sheets
from visits.bottle_files.rows import Said, read_row
from visits.bottle_files.storing import insert_bottles, lock_imports, update_bottles
from visits.bottles import EXTENSION, WITHDRAWAL, house_validity
from visits.models import BottleWithdrawal, StoredBottle

__all__ = ["NothingToRead", "Report", "import_bottles"]

ROWS_AT_ONCE = 2_000
TRIES = 5


def import_bottles(
    *, data: bytes, filename: str, user: User | None = None, progress: Callable[[int], None] | None = None
) -> Report:
    """Take in a sheet's bottles. `progress` is told the number of rows read so far, after each thousand or so.

    Raises `NothingToRead`.
    """
    run = _Run(data)
    with import_context(filename, user):
        run.walk(progress or (lambda rows: None))
    return run.report


@dataclass(frozen=True)
class _House:
    """What is on file about the rows of a batch: whose number it is, who goes on for whom, which bottle has a number,
    and what happened to that one here."""

    numbers: Mapping[str, int]
    who: Mapping[int, int]
    bottles: Mapping[str, OnFile]
    taken_from: frozenset[int]
    extended: frozenset[int]

    @cached_property
    def _decided(self) -> Mapping[int, frozenset[str]]:
        """What people corrected of these bottles; withdrawals and extensions have rules of their own."""
        events = StoredBottle.events.rel.related_model
        return read_decided(events, self.bottles.values(), GROUPS, passed_over={WITHDRAWAL, EXTENSION})

    def decided(self, bottle: int) -> frozenset[str]:
        return self._decided.get(bottle, frozenset())


class _Run:
    """One import under way."""

    def __init__(self, data: bytes) -> None:
        self.sheets = read_sheets(data)
        self.tonight, self.validity = nights.tonight(), house_validity()
        self.report = Report(warnings=[remark for sheet in self.sheets for remark in sheet.remarks])
        self.seen: dict[str, tuple[int, int]] = {}

    def walk(self, progress: Callable[[int], None]) -> None:
        for sheet in self.sheets:
            self._walk_sheet(sheet, progress)
        self.report.errors.sort(key=lambda remark: remark.row)
        self.report.warnings.sort(key=lambda remark: remark.row)
        progress(self.report.rows)

    def _walk_sheet(self, sheet: Sheet, progress: Callable[[int], None]) -> None:
        batch: list[Said] = []
        for number, row in sheet.rows:
            self.report.rows += 1
            said = self._read(sheet, number, row)
            if said:
                batch.append(said)
            if len(batch) == ROWS_AT_ONCE:
                self._take(batch)
                batch = []
                progress(self.report.rows)
        self._take(batch)

    def _read(self, sheet: Sheet, number: int, row: Sequence[Any]) -> Said | None:
        """The bottle of a row, unless it is refused or its number stood in an earlier row."""
        try:
            said = read_row(sheet, number, row)
        except Refused as refused:
            self.report.refuse(number, refused.field, str(refused))
            return None
        content = hash(said.content())
        first, first_content = self.seen.setdefault(said.bottle_no, (number, content))
        if first == number:
            return said
        where = {"row": first}
        if content == first_content:
            self.report.unchanged += 1
            self.report.warnings.append(Remark(number, "bottle_no", _("The same as row %(row)s.") % where))
        else:
            self.report.refuse(number, "bottle_no", _("This number stands in row %(row)s with other content.") % where)
        return None

    # --- a thousand rows -------------------------------------------------------------------------------------------

    def _take(self, batch: Sequence[Said]) -> None:
        if not batch:
            return
        told = [len(said.remarks) for said in batch]
        for _again in range(TRIES - 1):
            try:
                self._count(*self._store(batch))
                return
            except (Moved, IntegrityError):  # a tablet was faster: read what it wrote
                for said, count in zip(batch, told, strict=True):
                    del said.remarks[count:]
        self._count(*self._store(batch))

    @transaction.atomic
    def _store(self, batch: Sequence[Said]) -> tuple[list[Plan], list[tuple[Said, Refused]]]:
        lock_imports()
        plans, refused = self._plan(batch)
        insert_bottles([plan.values for plan in plans if plan.on_file is None])
        update_bottles([{**plan.on_file, **plan.values} for plan in plans if plan.on_file and plan.values])
        return plans, refused

    def _plan(self, batch: Sequence[Said]) -> tuple[list[Plan], list[tuple[Said, Refused]]]:
        house = _on_file(batch)
        plans, refused = [], []
        for said in batch:
            try:
                plans.append(self._plan_one(said, house))
            except Refused as error:
                refused.append((said, error))
        return plans, refused

    def _plan_one(self, said: Said, house: _House) -> Plan:
        number = house.numbers.get(said.phone)
        if number is None:
            raise Refused("phone", _("No guest has this number."))
        customer, on_file = house.who[number], house.bottles.get(said.bottle_no)
        if on_file is None:
            return plan_new(said, customer, self.validity, self.tonight)
        if house.who[on_file["customer_id"]] != customer:
            raise Refused("bottle_no", _("This bottle is another guest's."))
        key = on_file["id"]
        return plan_update(
            said,
            on_file,
            was_taken_from=key in house.taken_from,
            was_extended=key in house.extended,
            decided=partial(house.decided, key),
        )

    def _count(self, plans: Sequence[Plan], refused: Sequence[tuple[Said, Refused]]) -> None:
        for plan in plans:
            if plan.on_file is None:
                self.report.created += 1
            elif plan.values:
                self.report.updated += 1
            else:
                self.report.unchanged += 1
            self.report.warnings += plan.said.remarks
        for said, error in refused:
            self.report.refuse(said.row, error.field, str(error))


def _on_file(batch: Sequence[Said]) -> _House:
    """Five statements, whatever the number of rows."""
    living = PhoneNumber.objects.filter(number__in={said.phone for said in batch}, released_at=None)
    numbers = dict(living.order_by().values_list("number", "customer"))
    bottle_nos = {said.bottle_no for said in batch}
    spelled = earlier_spellings(bottle_nos) | {number: number for number in bottle_nos}
    rows = list(StoredBottle.objects.filter(bottle_no__in=spelled).order_by().values(*READ))
    keys = [row["id"] for row in rows]
    taken_from = BottleWithdrawal.objects.filter(bottle__in=keys).order_by().values_list("bottle", flat=True)
    bottles = StoredBottle.objects.filter(pk__in=keys).order_by()
    extended = bottles.filter(events__pgh_context__kind=EXTENSION).values_list("pk", flat=True)
    return _House(
        numbers=numbers,
        who=who_goes_on({*numbers.values(), *(row["customer_id"] for row in rows)}),
        # A bottle with the very number counts before one kept as a spreadsheet wrote it.
        bottles={
            spelled[row["bottle_no"]]: row for row in sorted(rows, key=lambda row: row["bottle_no"] in bottle_nos)
        },
        taken_from=frozenset(taken_from),
        extended=frozenset(extended),
    )

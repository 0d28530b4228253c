"""Taking in a file of bills (contract.md, `import_charges`).

Bills go in by the ten thousand, each in a transaction of their own; refunds wait until all bills are in, so
that one may stand above its bill. Repeating an import is harmless, so that a fault in the middle loses nothing; two
imports at once take turns with every slice and find each other's bills on file.
"""

import itertools
from collections.abc import Callable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Refused, Remark
from customers.intake.headers import SEARCHED_ROWS
from customers.intake.importing import NothingToRead, Report
from customers.intake.reading import Numbered, Row, read_tables
from staff.models import User
from targets.bills.columns import COLUMNS, column_of, count_columns
from targets.bills.reading import Said, read_bill
from targets.bills.storing import the_house
from targets.bills.taking import Fate, Outcome, take_bills
from targets.choices import Source

__all__ = ["NothingToRead", "Report", "import_charges"]

ROWS_AT_ONCE = 10_000
# Without these a file would come in as something else than it says; rooms and refunds a file may well not have.
NEEDED = ("bill_no", "kind", "amount", "paid_at", "manager", "payment")


def import_charges(*, data: bytes, user: User | None = None, progress: Callable[[int], None] | None = None) -> Report:
    """Take in a file's bills. `progress` is told the number of rows read so far, after each few thousand.

    Raises `NothingToRead`, before anything is written.
    """
    run = _Run(data, user)
    run.walk(progress or (lambda rows: None))
    return run.report


class _Run:
    """One import under way."""

    def __init__(self, data: bytes, user: User | None) -> None:
        self.user, self.now = user, timezone.now()
        self.sheets = read_tables(data, count_columns, lambda rows, _name, _orders: _Sheet(rows))
        self.house = the_house()
        self.report = Report(warnings=[remark for sheet in self.sheets for remark in sheet.remarks])
        self.refunds: list[Said] = []

    def walk(self, progress: Callable[[int], None]) -> None:
        for sheet in self.sheets:
            self._walk_sheet(sheet, progress)
        for first in range(0, len(self.refunds), ROWS_AT_ONCE):
            self._take(self.refunds[first : first + ROWS_AT_ONCE])
        self.report.errors.sort(key=lambda remark: remark.row)
        self.report.warnings.sort(key=lambda remark: remark.row)
        progress(self.report.rows)

    def _walk_sheet(self, sheet: "_Sheet", progress: Callable[[int], None]) -> None:
        batch: list[Said] = []
        for number, row in sheet.rows:
            self.report.rows += 1
            said = self._say(sheet, number, row)
            if said:
                (self.refunds if said.refund_of else batch).append(said)
            if len(batch) >= ROWS_AT_ONCE:
                self._take(batch)
                batch = []
                progress(self.report.rows)
        self._take(batch)

    def _say(self, sheet: "_Sheet", number: int, row: Row) -> Said | None:
        try:
            return read_bill(number, sheet.cells(row), self.house, self.now)
        except Refused as refused:
            self.report.refuse(number, refused.field, str(refused))
            return None

    def _take(self, batch: Sequence[Said]) -> None:
        if batch:
            for outcome in take_bills(batch, source=Source.FILE, by=self.user):
                self._count(outcome)

    def _count(self, outcome: Outcome) -> None:
        self.report.warnings += outcome.remarks
        if outcome.fate == Fate.CREATED:
            self.report.created += 1
        elif outcome.fate == Fate.UNCHANGED:
            self.report.unchanged += 1
        elif outcome.error:
            self.report.refuse(outcome.said.row, outcome.error.field, outcome.error.message)


# --- the file ------------------------------------------------------------------------------------------------------


class _Sheet:
    """A sheet whose header was found: where each column stands, and the rows below that hold anything."""

    def __init__(self, rows: Numbered) -> None:
        """Raises `NothingToRead`."""
        written = ((number, row) for number, row in rows if any(cells.words(cell) for cell in row))
        head = list(itertools.islice(written, SEARCHED_ROWS))
        if not head:
            raise NothingToRead(_("The file is empty."))
        at = max(range(len(head)), key=lambda place: (count_columns([head[place][1]]), -place))
        self.rows = itertools.chain(head[at + 1 :], written)
        self._read_header(*head[at])

    def _read_header(self, number: int, titles: Row) -> None:
        named = [column_of(title) for title in titles]
        self.at = {name: named.index(name) for name in COLUMNS if name in named}
        self.width = len(titles)
        missing = [name for name in NEEDED if name not in self.at]
        if missing:
            raise NothingToRead(_("The header lacks: %(columns)s.") % {"columns": ", ".join(missing)})
        self.remarks = [
            Remark(number, "header", _("The column “%(title)s” was left out.") % {"title": title.strip()[:40]})
            for at, title in enumerate(titles)
            if isinstance(title, str) and title.strip() and at not in self.at.values()
        ]

    def cells(self, row: Row) -> dict[str, Cell]:
        """Raises `Refused` where a row has more cells than the header: an unquoted comma shifted them."""
        if len(row) > self.width and any(cells.words(cell) for cell in row[self.width :]):
            raise Refused("row", _("More cells than the header has: perhaps a comma without quotes."))
        return {name: row[at] for name, at in self.at.items() if at < len(row)}

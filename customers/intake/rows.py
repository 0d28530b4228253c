"""What one row of a sheet says about a guest, judged by itself: its facts, what was guessed, or why it is refused.

Nothing here asks the database: people and tiers come in a `House`, what is on file is compared later (planning.py).
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from django.utils.translation import gettext as _

from customers import names, phones
from customers.addresses import clean_address
from customers.birthdays import BadBirthday, Birthday
from customers.intake import cells
from customers.intake.birthday_words import Reading, read_birthday
from customers.intake.cells import Cell
from customers.intake.facts import Guest, Refused, Remark, name_in
from customers.intake.headers import Column, Header
from customers.intake.house import House, UnknownOwner
from customers.intake.members import read_number
from customers.intake.moments import When, is_to_come, read_when
from vipdesk import nights
from vipdesk.sheets.broken_text import is_broken
from vipdesk.sheets.date_order import ColumnOrders, DateOrder, is_open_pair
from vipdesk.sheets.identifiers import RewrittenNumber

P = ParamSpec("P")
T = TypeVar("T")

LONGEST = {"home_address": 200, "work_address": 200, "source": 60, "member_no": 20, "notes": 4_000}
_CALENDARS = {
    "solar": ("公历", "阳历", "新历", "国历", "公", "阳", "新", "solar", "s", "gregorian", "western", "否"),
    "lunar": ("农历", "阴历", "旧历", "农", "阴", "旧", "lunar", "l", "chinese", "是"),
}
_PLAIN_NOTES = re.compile(r"备\s*注|備\s*註|备考|附注|说明|remark|note|comment")
_TIER_AND_NUMBER = re.compile(r"(\D+?)[\s:：/-]*([A-Za-z]{0,4}\d[\w-]*)")
_COPIED_DOWN = {
    "home_address",
    "work_address",
    "tier",
    "owner",
    "captured_at",
    "source",
    "calendar",
    "sms_consent",
    "call_consent",
}


class RowReader:
    """Reads the rows of one sheet, in their order (同上 repeats what stands above)."""

    def __init__(
        self,
        header: Header,
        house: House,
        sheet_date: dt.date | None,
        now: dt.datetime,
        orders: ColumnOrders | None = None,
    ) -> None:
        self.header, self.house, self.sheet_date, self.now = header, house, sheet_date, now
        self.today = nights.tonight(now)
        self.orders = orders or ColumnOrders(tuple)
        self.columns = {column.field: header.of(column.field) for column in header.columns}
        self.copied_down = [column.at for column in header.columns if column.field in _COPIED_DOWN]
        self.above: dict[int, Cell] = {}

    def read(self, number: int, row: Sequence[Cell]) -> Guest:
        """The guest of this row. Raises `Refused` with the first thing that fails, and the others in its words."""
        row = self._with_dittos(row)
        return _Row(self, number, row).read()

    def _with_dittos(self, row: Sequence[Cell]) -> Sequence[Cell]:
        filled = list(row)
        for at in self.copied_down:
            if at >= len(row):
                continue
            cell = row[at]
            if isinstance(cell, str) and cells.is_ditto(cell):
                filled[at] = self.above.get(at)
            self.above[at] = filled[at]
        return filled


class _Row:
    """One row while it is read: its cells, and what there is to say about them."""

    def __init__(self, reader: RowReader, number: int, row: Sequence[Cell]) -> None:
        self.reader, self.number, self.row = reader, number, row
        self.remarks: list[Remark] = []
        self.kept: list[str] = []
        self.checks: set[str] = set()
        self.broken: set[str] = set()
        self.faults: list[Refused] = []
        self.is_birthday_either = False

    def read(self) -> Guest:
        name, phone = self._try(self._name), self._try(self._phone)
        when = self._try(self._when)
        born = self._try(self._birthday, when)
        owner = self._try(self._owner)
        if self.faults or name is None or phone is None:
            raise self._refusal()
        guest = Guest(row=self.number, name=name, phone=phone, born=born, owner=owner, when=when, remarks=self.remarks)
        guest.home_address, guest.work_address = (
            clean_address(self._text(name)) for name in ("home_address", "work_address")
        )
        guest.source = self._text("source")
        guest.tier, guest.member_no = self._membership()
        guest.tiers = self.reader.house.tiers_called(guest.tier)
        guest.notes = self._notes()
        self._consents(guest)
        guest.kept, guest.needs_check = tuple(self.kept), frozenset(self.checks)
        guest.is_birthday_either = self.is_birthday_either
        guest.broken = frozenset(self.broken)
        return guest

    def _try(self, part: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | None:
        try:
            return part(*given, **named)
        except Refused as fault:
            self.faults.append(fault)
            return None

    def _refusal(self) -> Refused:
        order = ["name", "phone", "birthday", "owner", "captured_at"]
        first, *others = sorted(self.faults, key=lambda fault: order.index(fault.field))
        return Refused(first.field, "  ".join([str(first), *(f"[{other.field}] {other}" for other in others)]))

    # --- cells -----------------------------------------------------------------------------------------------------

    def _columns(self, name: str) -> tuple[Column, ...]:
        return self.reader.columns.get(name, ())

    def _cell(self, column: Column) -> Cell:
        return self.row[column.at] if column.at < len(self.row) else None

    def _first(self, name: str) -> Cell:
        """The first of a field's columns that says something."""
        return next((cell for c in self._columns(name) if cells.content(cell := self._cell(c))), None)

    def _remark(self, field_name: str, message: str) -> None:
        self.remarks.append(Remark(self.number, field_name, message))

    def _keep(self, title: str, text: str) -> None:
        """Words that fit nowhere else go to the notes, so that nothing is lost."""
        self.kept.append(f"{title}：{cells.one_line(text)}")

    # --- who -------------------------------------------------------------------------------------------------------

    def _name(self) -> names.Name:
        halves = [cells.words(self._cell(c)) for c in self._columns("name")]
        try:
            name = name_in(" ".join(half for half in halves if half))
        except names.BadName as error:
            raise Refused("name", str(error)) from error
        if name.is_partial:
            self.checks.add("name")
            self._remark("name", _("Only a surname: ask for the whole name."))
        if name.is_doubtful:
            self.checks.add("name")
            self._remark("name", _("One character three times: ask whether this is the name."))
        if name.title:
            self._remark("name", _("“%(title)s” was left out of the name.") % {"title": name.title})
        return name

    def _phone(self) -> str:
        number, fault = "", ""
        for column in self._columns("phone"):
            text = cells.content(self._cell(column))
            try:
                found, rest = phones.find(text) if text and not number else ("", text)
            except phones.BadPhone as error:
                found, rest, fault = "", text, fault or str(error)
            number = number or found
            if rest:
                self._keep(column.title, rest)
                self._remark("phone", _("What stands beside the number is no part of it and went to the notes."))
        if not number:
            raise Refused("phone", fault or _("A phone number is needed."))
        return number

    def _owner(self) -> int | None:
        text = cells.content(self._first("owner"))
        if not text:
            return None
        try:
            owner, remark = self.reader.house.person_called(text)
        except UnknownOwner as error:
            raise Refused("owner", str(error)) from error
        if remark:
            self._remark("owner", remark)
        return owner

    # --- when ------------------------------------------------------------------------------------------------------

    def _when(self) -> When | None:
        columns = [c for c in self._columns("captured_at") if cells.content(self._cell(c))]
        if not columns:
            return None
        said = [self._cell(column) for column in columns]
        order = self._order(columns[0])
        when = self._moment(said, order)
        if when and is_open_pair(said[0], order):
            self._remark("captured_at", _("Day and month could be the other way round; the month was taken first."))
        if when is None:
            self._remark("captured_at", _("Cannot read “%(text)s” as a time.") % {"text": cells.words(said[0])[:40]})
        elif is_to_come(when, self.reader.now):
            raise Refused("captured_at", _("This time is still to come."))
        return when

    def _order(self, column: Column) -> DateOrder:
        return self.reader.orders.for_cell(self._cell(column), column.at)

    def _moment(self, said: Sequence[Cell], order: DateOrder) -> When | None:
        """A date and a time may stand in two columns: then the time belongs to that date."""
        sheet_date, now = self.reader.sheet_date, self.reader.now
        when = read_when(said[0], sheet_date, now, order)
        if len(said) > 1 and when and not when.is_exact:
            together = read_when(f"{when.night} {cells.words(said[1])}", sheet_date, now)
            return together or when
        return when

    def _birthday(self, when: When | None) -> Birthday | None:
        today = self.reader.today
        on = when.night if when else self.reader.sheet_date or today
        found: Reading | None = None
        for column in self._columns("birthday"):
            cell = self._cell(column)
            if not cells.content(cell):
                continue
            if found and found.born:
                self._keep(column.title, cells.words(cell))
                continue
            try:
                calendar, order = column.calendar or self._calendar(), self._order(column)
                found = read_birthday(cell, calendar, on, today=today, order=order)
            except BadBirthday as error:
                raise Refused("birthday", str(error)) from error
            self._say_how(found, column)
            self.is_birthday_either = found.is_either
        return found.born if found else None

    def _say_how(self, found: Reading, column: Column) -> None:
        for field_name, how in found.guesses:
            self.checks.add(field_name)
            self._remark("birthday", how)
        for remark in found.remarks:
            self._remark("birthday", remark)
        if found.kept:
            self._keep(column.title, found.kept)
            if found.born is None:
                self._remark("birthday", _("“%(text)s” is no day; it went to the notes.") % {"text": found.kept})

    def _calendar(self) -> str:
        text = cells.narrow(cells.content(self._first("calendar"))).strip("()").casefold()
        if not text:
            return ""
        for calendar, said in _CALENDARS.items():
            if text in said or any(len(word) > 1 and word in text for word in said):
                return calendar
        self._remark("calendar", _("Unknown calendar “%(text)s”.") % {"text": text[:20]})
        return ""

    # --- the rest --------------------------------------------------------------------------------------------------

    def _text(self, name: str) -> str:
        """A field's words on one line, those of several columns together; what is too long goes to the notes whole."""
        said = dict.fromkeys(
            cells.one_line(text) for c in self._columns(name) if (text := cells.content(self._cell(c)))
        )
        text = " ".join(said)
        self._check_broken(name, text)
        if len(text) <= LONGEST[name]:
            return text
        self._keep(self._columns(name)[0].title, text)
        self._remark(
            name, _("Too long: cut to %(longest)d characters, all of it is in the notes.") % {"longest": LONGEST[name]}
        )
        return text[: LONGEST[name]].rstrip()

    def _check_broken(self, name: str, text: str) -> None:
        if is_broken(text):
            self.broken.add(name)
            self.checks.add(name)
            words = _("“%(text)s” was broken on the way: ask for it again. What is on file stays.")
            self._remark(name, words % {"text": cells.one_line(text)[:40]})

    def _membership(self) -> tuple[str, str]:
        """Tier and number; a column called 会员卡 may hold either, or both (金卡 V8801)."""
        tier = cells.one_line(cells.content(self._first("tier")))
        number, card_cell = self._first("member_no"), self._first("member_card")
        card = cells.one_line(cells.content(card_cell))
        both = _TIER_AND_NUMBER.fullmatch(card)
        if both and self.reader.house.tiers_called(both[1]):
            tier, number = tier or both[1], number or both[2]
        elif card and not number and any(c.isdecimal() for c in card):
            number = card_cell
        elif card and not tier:
            tier = card
        if tier and not self.reader.house.tiers_called(tier):
            self._remark("tier", _("Unknown tier “%(tier)s”, left out.") % {"tier": tier[:20]})
            tier = ""
        return tier, self._member_no(number)

    def _member_no(self, cell: Cell) -> str:
        try:
            number = read_number(cell)
        except RewrittenNumber as error:
            self._remark("member_no", str(error))
            return ""
        if len(number) > LONGEST["member_no"]:
            self._remark(
                "member_no", _("Longer than %(longest)d characters, left out.") % {"longest": LONGEST["member_no"]}
            )
            return ""
        return number

    def _notes(self) -> str:
        text = self._all_notes()
        self._check_broken("notes", text)
        if len(text) > LONGEST["notes"]:
            self._remark("notes", _("Too long: cut to %(longest)d characters.") % {"longest": LONGEST["notes"]})
        return text[: LONGEST["notes"]].rstrip()

    def _all_notes(self) -> str:
        columns = self._columns("notes")
        said = []
        for column in columns:
            text = cells.content(self._cell(column))
            # Of several columns of remarks, those with a subject (喜好, 忌口) keep it.
            has_subject = len(columns) > 1 and not _PLAIN_NOTES.search(column.title.casefold())
            if text:
                said.append(f"{column.title}：{text}" if has_subject else text)
        return "\n".join(said)

    def _consents(self, guest: Guest) -> None:
        refusals = {"sms_consent": cells.refuses_sms(guest.notes), "call_consent": cells.refuses_calls(guest.notes)}
        guest.refused = frozenset(name for name, is_refused in refusals.items() if is_refused)
        guest.sms_consent, guest.call_consent = self._yes_or_no("sms_consent"), self._yes_or_no("call_consent")
        for name in guest.refused:
            if getattr(guest, name):
                self._remark(name, _("The notes say no, and they count."))

    def _yes_or_no(self, name: str) -> bool | None:
        cell = self._first(name)
        try:
            return cells.yes_or_no(cell)
        except ValueError as error:
            self._remark(name, _("Neither yes nor no: “%(text)s”.") % {"text": str(error)[:20]})
            return None

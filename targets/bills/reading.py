"""What one bill says, judged by itself: nothing here asks the database."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Refused
from customers.intake.moments import read_when
from targets.choices import ChargeKind, Payment
from vipdesk import nights
from vipdesk.amounts import AMOUNT
from vipdesk.sheets.identifiers import RewrittenNumber, clean_identifier, read_identifier

LONGEST_NUMBER = 40
MOST = Decimal("999999999999.99")
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# Tills' clocks go a little fast.
AHEAD = dt.timedelta(minutes=5)
KINDS, PAYMENTS = frozenset(ChargeKind.values), frozenset(Payment.values)
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2})?")
_MOMENT = re.compile(r"[0-9]{4}[0-9W-]{3,6}[T ][0-9]{2}[0-9:.,]*(?:Z|[+-][0-9:]{2,8})?")
# 2026/8/2 21:30 as a spreadsheet writes it: the year first, so that no day is taken for a month.
_YEAR_FIRST = re.compile(r"[0-9]{4}\s*[-/.年]\s*[0-9]{1,2}\s*[-/.月]\s*[0-9]{1,2}(?:\D.*)?")
_PAST_MIDNIGHT = re.compile(r"\D(?:2[4-9])\s*[:点时]")  # 25:30 is understood where a time is no money


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One bill; people and rooms by their keys, moments in UTC. `row` is the file's own row, header = 1.

    A refund leaves `kind` and `payment` empty where it says nothing: its bill has them.
    """

    row: int
    bill_no: str
    kind: str
    amount: Decimal
    paid_at: dt.datetime
    night: dt.date
    manager: int | None
    room: int | None
    payment: str
    refund_of: str

    @property
    def content(self) -> tuple[object, ...]:
        """What makes it the same bill when it comes again. A refund takes all else from its bill, whatever it says."""
        if self.refund_of:
            return (self.refund_of, self.amount, self.paid_at)
        return ("", self.amount, self.paid_at, self.kind, self.payment, self.manager, self.room)


@dataclass(frozen=True)
class House:
    """People by login name and rooms by number, as bills name them."""

    people: Mapping[str, int]
    rooms: Mapping[str, int]


def read_bill(row: int, said: Mapping[str, Cell], house: House, now: dt.datetime) -> Said:
    """`said` holds cells by the names of COLUMNS. Raises `Refused` with the first thing that cannot be."""
    bill_no = _number(said, "bill_no")
    if not bill_no:
        raise Refused("bill_no", _("A bill needs its number."))
    refund_of = _number(said, "refund_of") if cells.content(said.get("refund_of")) else ""
    kind = _choice(said, "kind", KINDS, is_needed=not refund_of)
    amount = _amount(said.get("amount"), is_refund=bool(refund_of))
    paid_at = _moment(said.get("paid_at"), now)
    manager = _manager(said.get("manager"), house)
    room = _room(said.get("room"), house)
    if room and kind == "card" and not refund_of:
        raise Refused("room", _("The sale of a stored-value card belongs to no room and no party."))
    return Said(
        row=row,
        bill_no=bill_no,
        kind=kind,
        amount=amount,
        paid_at=paid_at,
        night=_night_of_minute(paid_at.replace(second=0, microsecond=0)),
        manager=manager,
        room=room,
        payment=_choice(said, "payment", PAYMENTS, is_needed=not refund_of),
        refund_of=refund_of,
    )


@lru_cache(maxsize=65_536)
def _night_of_minute(minute: dt.datetime) -> dt.date:
    """Bills come by the hundred thousand, and nights begin on a full minute."""
    return nights.night_of(minute)


def read_interim(said: Mapping[str, Cell], house: House, now: dt.datetime) -> tuple[int, Decimal, dt.datetime]:
    """Room, all that it has spent so far, and when (now where nothing is said). Raises `Refused`."""
    room = _room(said.get("room"), house)
    if room is None:
        raise Refused("room", _("A total needs its room."))
    amount = Decimal(0) if said.get("amount") in ("0", "0.00") else _amount(said.get("amount"), is_refund=False)
    return room, amount, _moment(said.get("at"), now) if said.get("at") else now


def _number(said: Mapping[str, Cell], name: str) -> str:
    cell = said.get(name)
    try:
        text = read_identifier(cell, cells.words(cell))
    except RewrittenNumber as error:
        raise Refused(name, str(error)) from error
    if len(text) > LONGEST_NUMBER:
        raise Refused(name, _("A bill number has %(n)d characters at most.") % {"n": LONGEST_NUMBER})
    return text


def _choice(said: Mapping[str, Cell], name: str, choices: frozenset[str], *, is_needed: bool) -> str:
    cell = said.get(name)
    if isinstance(cell, str) and cell in choices:
        return cell
    plain = cells.narrow(cells.words(cell)).casefold()
    if plain in choices:
        return plain
    if plain or is_needed:
        words = {"said": plain[:40], "known": ", ".join(sorted(choices))}
        raise Refused(name, _("“%(said)s” is none of: %(known)s.") % words)
    return ""


def _amount(cell: Cell, *, is_refund: bool) -> Decimal:
    """A workbook keeps numbers as floats of which 15 digits are true; so many are read, as a spreadsheet shows them."""
    amount = _yuan(f"{cell:.15g}" if isinstance(cell, float) else cells.words(cell))
    if is_refund and amount > 0:
        raise Refused("amount", _("A refund's amount is negative."))
    if not is_refund and amount < 0:
        raise Refused("amount", _("A negative amount is a refund and names its bill (refund_of)."))
    return amount


def _yuan(text: str) -> Decimal:
    found = _PLAIN.fullmatch(text)
    if not found:
        text = _spelt(text)
    amount = Decimal(text)
    if not amount:
        raise Refused("amount", _("An amount of zero is no bill."))
    if abs(amount) > MOST:
        raise Refused("amount", _("This amount is too large."))
    return amount


def _spelt(text: str) -> str:
    """An amount as people and spreadsheets write it, ¥1,234.50 and full-width digits included, as plain digits."""
    if not text:
        raise Refused("amount", _("A bill needs its amount."))
    found = AMOUNT.fullmatch(cells.narrow(text).replace("\u2212", "-").upper().strip())
    if not found or (found["sign"] and found["sign2"]):
        raise Refused("amount", _("“%(said)s” is not an amount in yuan.") % {"said": text[:40]})
    if len(found["fen"] or "") > 2:
        raise Refused("amount", _("Yuan have two places: “%(said)s” has more.") % {"said": text[:40]})
    sign = "-" if "-" in (found["sign"], found["sign2"]) else ""
    return f"{sign}{found['yuan'].replace(',', '')}.{found['fen'] or '00'}"


def _moment(cell: Cell, now: dt.datetime) -> dt.datetime:
    """ISO 8601 with a time, or as spreadsheets write one; without an offset it is the venue's own time."""
    plain = cells.narrow(cells.words(cell)).upper()
    if not plain:
        raise Refused("paid_at", _("A bill needs the moment it was paid."))
    moment = (_from_iso(plain) if isinstance(cell, str) else None) or _from_spreadsheet(cell, plain, now)
    if moment is None:
        raise Refused("paid_at", _("“%(said)s” is not a moment like 2026-11-20T21:30.") % {"said": plain[:40]})
    if moment > now + AHEAD:
        raise Refused("paid_at", _("This moment is still to come."))
    if moment < EARLIEST:
        raise Refused("paid_at", _("This lies too far back."))
    return moment


def _from_iso(plain: str) -> dt.datetime | None:
    """None for what is not ISO 8601."""
    try:
        moment = dt.datetime.fromisoformat(plain)
        if not _MOMENT.fullmatch(plain):
            raise Refused("paid_at", _("“%(said)s” has no time of day.") % {"said": plain[:40]})
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.get_default_timezone())
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _from_spreadsheet(cell: Cell, plain: str, now: dt.datetime) -> dt.datetime | None:
    """The moment of a cell with date and time, of its serial number, or of 2026/8/2 21:30; None for anything else."""
    if not isinstance(cell, (str, dt.date, float)):
        return None
    if isinstance(cell, str) and (not _YEAR_FIRST.fullmatch(plain) or _PAST_MIDNIGHT.search(plain)):
        return None
    try:
        when = read_when(plain if isinstance(cell, str) else cell, None, now)
    except OverflowError:
        return None
    if when and not when.is_exact:
        raise Refused("paid_at", _("“%(said)s” has no time of day.") % {"said": plain[:40]})
    return when.at if when else None


def _manager(cell: Cell, house: House) -> int | None:
    if isinstance(cell, str) and cell in house.people:
        return house.people[cell]
    login = clean_identifier(cells.content(cell))
    if not login:
        return None
    key = house.people.get(login) or house.people.get(cells.narrow(login).casefold())
    if key is None:
        raise Refused("manager", _("Nobody here has the login name “%(said)s”.") % {"said": login[:40]})
    return key


def _room(cell: Cell, house: House) -> int | None:
    if isinstance(cell, str) and cell in house.rooms:
        return house.rooms[cell]
    try:
        number = read_identifier(cell, cells.content(cell))
    except RewrittenNumber as error:
        raise Refused("room", str(error)) from error
    if not number:
        return None
    key = house.rooms.get(number) or house.rooms.get(cells.narrow(number).upper())
    if key is None:
        raise Refused("room", _("There is no room “%(said)s”.") % {"said": number[:40]})
    return key

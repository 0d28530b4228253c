"""What one row of a sheet says a guest answered, judged by itself; nothing here asks the database."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from customers import phones
from customers.intake import cells
from customers.intake.cells import Cell
from customers.intake.facts import Refused, Remark
from customers.intake.moments import is_to_come, read_when
from customers.intake.reading import Row
from feedback.models import Survey
from feedback.models.survey import DIMENSIONS, LONGEST_KEPT
from feedback.survey_files.reading import Sheet
from vipdesk import nights
from vipdesk.sheets.broken_text import is_broken
from vipdesk.sheets.date_order import is_open_pair
from vipdesk.sheets.identifiers import RewrittenNumber, clean_identifier, read_identifier

EARLIEST = 2000  # the year
_UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WHOLE = re.compile(r"(\d{1,3})(?:\.0+)?", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d")
_CHANNELS = {
    Survey.Channel.TABLET: "tablet 平板 平板电脑",
    Survey.Channel.QR: "qr 扫码 二维码",
    Survey.Channel.CALL: "call 电话 电话回访",
}
_CHANNEL = {word: str(channel.value) for channel, words in _CHANNELS.items() for word in words.split()}


@dataclass(kw_only=True)
class Said:
    """What a row says. Empty strings and None are blank cells."""

    row: int
    client_id: UUID
    at: dt.datetime
    night: dt.date
    manager: str
    room: str
    phone: str
    scores: Mapping[str, int | None]
    comment: str
    channel: str
    remarks: list[Remark] = field(default_factory=list)

    def content(self) -> tuple[object, ...]:
        """All that the row says, for comparing it with another row of the same client_id."""
        about = (self.at, self.manager, self.room, self.phone, self.comment, self.channel)
        return (*about, *self.scores.items())


def read_row(sheet: Sheet, number: int, row: Row, client_id: UUID, now: dt.datetime) -> Said:
    """Raises `Refused` with the first thing that cannot be."""
    remarks: list[Remark] = []
    at, night = _when(number, sheet, row, now, remarks)
    scores = {name: _score(name, sheet.cell(row, name), 1, 5) for name in ("overall", *DIMENSIONS)}
    if scores["overall"] is None:
        raise Refused("overall", _("The overall score is needed."))
    comment = _comment(sheet.cell(row, "comment"))
    if is_broken(comment):
        words = _("“%(text)s” was broken on the way.") % {"text": cells.one_line(comment)[:40]}
        remarks.append(Remark(number, "comment", words))
    return Said(
        row=number,
        client_id=client_id,
        at=at,
        night=night,
        manager=clean_identifier(cells.content(sheet.cell(row, "manager"))),
        room=_room(sheet.cell(row, "room")),
        phone=_phone(sheet.cell(row, "phone")),
        scores=scores | {"recommend": _score("recommend", sheet.cell(row, "recommend"), 0, 10)},
        comment=comment,
        channel=_channel(sheet.cell(row, "channel")),
        remarks=remarks,
    )


def read_client_id(cell: Cell) -> UUID:
    """Raises `Refused`."""
    text = clean_identifier(cells.narrow(cells.words(cell))).casefold()
    if not text:
        raise Refused("client_id", _("Each answer needs its client_id."))
    if not _UUID.fullmatch(text):
        raise Refused("client_id", _("“%(text)s” is no UUID.") % {"text": text[:40]})
    return UUID(text)


# --- when ----------------------------------------------------------------------------------------------------------


def _when(number: int, sheet: Sheet, row: Row, now: dt.datetime, remarks: list[Remark]) -> tuple[dt.datetime, dt.date]:
    """The moment and its night. A date alone is the night, as on every other sheet, and a guess at the moment."""
    cell, order = sheet.cell(row, "submitted_at"), sheet.order(row, "submitted_at")
    exact = _exact(cell)
    if exact:
        at, night, is_future = exact, nights.night_of(exact), exact > now
    else:
        when = read_when(cell, None, now, order) if _has_year(cell) else None
        if when is None:
            said = {"text": cells.words(cell)[:40]}
            raise Refused("submitted_at", _("Cannot read “%(text)s” as a date with a time.") % said)
        at, night, is_future = when.at, when.night, is_to_come(when, now)
        if is_open_pair(cell, order):
            words = _("Day and month could be the other way round; the month was taken first.")
            remarks.append(Remark(number, "submitted_at", words))
        if not when.is_exact:
            remarks.append(
                Remark(number, "submitted_at", _("No time: taken as the night of %(day)s.") % {"day": night})
            )
    if is_future:
        raise Refused("submitted_at", _("This is still to come."))
    if night.year < EARLIEST:
        raise Refused("submitted_at", _("The year %(year)d cannot be.") % {"year": night.year})
    return at, night


def _exact(cell: Cell) -> dt.datetime | None:
    """ISO 8601 with a time, to the microsecond: the last one before noon is still the night before."""
    return _from_iso(cells.narrow(cells.words(cell)).strip()) if isinstance(cell, str) else None


@lru_cache(maxsize=16_384)
def _from_iso(text: str) -> dt.datetime | None:
    if ":" not in text and "t" not in text.casefold():
        return None
    try:
        moment = dt.datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.get_default_timezone())
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _has_year(cell: Cell) -> bool:
    """A time or a day of any year says too little to be an answer's moment."""
    return not isinstance(cell, str) or bool(_YEAR.search(cells.narrow(cell)))


# --- the rest ------------------------------------------------------------------------------------------------------


def _score(name: str, cell: Cell, lowest: int, highest: int) -> int | None:
    score = _read_score(cells.narrow(cells.content(cell)).strip())
    if score is None:
        return None
    if not lowest <= score <= highest:
        said = {"lowest": lowest, "highest": highest}
        raise Refused(name, _("A whole number from %(lowest)d to %(highest)d is needed.") % said)
    return score


@lru_cache(maxsize=4096)
def _read_score(text: str) -> int | None:
    """None where the cell is blank; -1 for what is no whole number."""
    if not text:
        return None
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found else -1


def _room(cell: Cell) -> str:
    try:
        return cells.narrow(read_identifier(cell, cells.content(cell)))
    except RewrittenNumber as error:
        raise Refused("room", str(error)) from error


def _phone(cell: Cell) -> str:
    text = cells.content(cell)
    try:
        return phones.find(text)[0] if text else ""
    except phones.BadPhone as error:
        raise Refused("phone", str(error)) from error


def _comment(cell: Cell) -> str:
    text = cells.words(cell)
    if len(text) > LONGEST_KEPT:
        raise Refused("comment", _("Longer than %(longest)d characters.") % {"longest": LONGEST_KEPT})
    return text


def _channel(cell: Cell) -> str:
    text = cells.narrow(cells.content(cell)).casefold()
    if text not in _CHANNEL:
        said = {"text": text[:20]}
        raise Refused("channel", _("“%(text)s” is none of tablet, qr, call.") % said)
    return _CHANNEL[text]

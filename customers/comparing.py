"""Two records side by side: what is alike, what differs, what the one that is kept takes from the other.

Numbers stay masked but for the digit in which two of them differ; addresses and notes are only said to be there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers import birthdays
from customers.merging import blanks_filled
from customers.models import Customer, PhoneNumber
from vipdesk.templatetags.nights import night as night_in_words


@dataclass(frozen=True)
class Piece:
    """Part of a masked number; `is_apart` where another number differs from it."""

    text: str
    is_apart: bool = False


@dataclass(frozen=True)
class Cell:
    """What one record says; `is_filled`: nothing, and if this one is kept it takes what the other says."""

    text: str = ""
    numbers: Sequence[Sequence[Piece]] = ()
    is_filled: bool = False


@dataclass(frozen=True)
class Line:
    label: str
    cells: tuple[Cell, Cell]
    differs: bool


def lines(one: Customer, other: Customer) -> list[Line]:
    """What to compare of two guests, line by line, what both have blank left out; `numbers` and what `select_related`
    gives are read in advance."""
    filled = set(blanks_filled(one, other)), set(blanks_filled(other, one))

    def line(label: str, name: str, say: Callable[[Customer], str], is_hidden: bool = False) -> Line:
        mine, theirs = say(one), say(other)
        differs = bool(mine and theirs) and mine != theirs and say not in _ALWAYS_DIFFER
        shown = [_there(said, differs) if is_hidden else said for said in (mine, theirs)]
        cells = [Cell(text, is_filled=name in takes) for text, takes in zip(shown, filled, strict=True)]
        return Line(label, (cells[0], cells[1]), differs)

    found = [
        line(_("Name"), "name", lambda guest: guest.name),
        _number_line(one, other),
        line(_("Birthday"), "birthday", _birthday),
        line(_("Member number"), "member_no", lambda guest: guest.member_no or ""),
        line(_("Tier"), "tier_id", lambda guest: str(guest.tier or "")),
        line(_("Home address"), "home_address", lambda guest: guest.home_address, is_hidden=True),
        line(_("Work address"), "work_address", lambda guest: guest.work_address, is_hidden=True),
        line(_("Looked after by"), "owner_id", lambda guest: str(guest.owner or "")),
        line(_("Agreed to"), "", _agreed),
        line(_("Drinks"), "likes_drinks", lambda guest: guest.likes_drinks),
        line(_("Dislikes"), "dislikes", lambda guest: guest.dislikes),
        line(_("Rooms"), "likes_rooms", lambda guest: guest.likes_rooms),
        line(_("Music"), "likes_music", lambda guest: guest.likes_music),
        line(_("Notes"), "notes", lambda guest: guest.notes, is_hidden=True),
        line(_("Captured"), "", _captured),
        line(_("Last here"), "", _last_here),
    ]
    return [each for each in found if any(cell.text or cell.numbers for cell in each.cells)]


def better(one: Customer, other: Customer) -> Customer:
    """Which of two to keep, until somebody knows better: the more complete one, else the older."""
    return max(one, other, key=lambda guest: (_completeness(guest), -guest.captured_at.timestamp()))


def _completeness(guest: Customer) -> int:
    facts = (
        guest.phone, guest.birthday, guest.home_address or guest.work_address, guest.member_no, guest.owner_id,
        not guest.name_is_partial,
    )  # fmt: skip
    return sum(bool(fact) for fact in facts)


def _there(said: str, differs: bool) -> str:
    if not said:
        return ""
    return _("on file, another one") if differs else _("on file")


def _birthday(guest: Customer) -> str:
    return birthdays.in_words(guest.birthday) if guest.birthday else ""


def _agreed(guest: Customer) -> str:
    said = [_("SMS offers") if guest.sms_consent else "", _("phone calls") if guest.call_consent else ""]
    return _(", ").join(filter(None, said)) or _("nothing")


def _captured(guest: Customer) -> str:
    return " · ".join(filter(None, [night_in_words(guest.night), str(guest.captured_by or "")]))


def _last_here(guest: Customer) -> str:
    return night_in_words(guest.last_seen_night)


_ALWAYS_DIFFER = (_captured, _last_here)  # two evenings are no sign of two guests


# --- numbers -------------------------------------------------------------------------------------------------------


def _number_line(one: Customer, other: Customer) -> Line:
    mine, theirs = _living(one), _living(other)
    cells = (Cell(numbers=_masked(mine, theirs)), Cell(numbers=_masked(theirs, mine)))
    return Line(_("Numbers"), cells, bool(mine and theirs))


def _living(guest: Customer) -> list[str]:
    numbers: list[PhoneNumber] = [number for number in guest.numbers.all() if not number.released_at]
    return [number.number for number in sorted(numbers, key=lambda number: number.number != guest.phone)]


def _masked(numbers: Sequence[str], against: Sequence[str]) -> list[list[Piece]]:
    return [
        masked(number, next((place for n in against if (place := apart(number, n)) is not None), None))
        for number in numbers
    ]


def apart(one: str, other: str) -> int | None:
    """The one place at which two numbers (E.164) differ; None where they differ otherwise, or not at all."""
    if len(one) != len(other):
        return None
    places = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return places[0] if len(places) == 1 else None


def masked(number: str, place: int | None) -> list[Piece]:
    """A number in three pieces, masked as everywhere, but for the digit at `place`."""
    starts, ends = (3, 4) if number.startswith("+86") else (0, 3)
    shown = [
        sign if at < starts + (3 if starts else 4) or at >= len(number) - ends or at == place else "*"
        for at, sign in enumerate(number)
    ][starts:]
    if place is None or place < starts:
        return [Piece("".join(shown))]
    at = place - starts
    return [Piece("".join(shown[:at])), Piece(shown[at], is_apart=True), Piece("".join(shown[at + 1 :]))]

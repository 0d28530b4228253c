"""What a till sends, one row or many: read as a file's rows are, answered row by row."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from customers.intake.facts import Refused, Remark
from targets import tills
from targets.bills.columns import COLUMNS
from targets.bills.reading import House, Said, read_bill, read_interim
from targets.bills.storing import the_house
from targets.bills.taking import Outcome, take_bills
from targets.choices import Source
from vipdesk.json_text import NotJson, read_json
from vipdesk.sheets.cells import unwrap_text_formula
from vipdesk.sheets.identifiers import NumberText
from visits.occupancy import who_sat
from visits.visiting import CannotVisit

MOST_ROWS = 1_000
Row = Mapping[str, str]
Answer = dict[str, Any]


class NotUnderstood(Exception):
    """The request is no JSON of ours; the message says what it should be."""


def read_rows(body: bytes) -> list[Row]:
    """One row, a list of rows, or a list under `rows`. Every number stays the text it was sent as, marked as one: no
    floats for money, and an identifier sent as a number may have been rewritten.

    Raises `NotUnderstood`.
    """
    try:
        said = read_json(body, parse_float=NumberText, parse_int=NumberText, parse_constant=str)
    except NotJson:
        raise NotUnderstood(_("This is no JSON.")) from None
    if isinstance(said, dict):
        said = said.get("rows", [said])
    if not isinstance(said, list) or not said or not all(isinstance(row, dict) for row in said):
        raise NotUnderstood(_("One row is an object; many are a list of objects."))
    if len(said) > MOST_ROWS:
        raise NotUnderstood(_("At most %(n)d rows at once.") % {"n": MOST_ROWS})
    return [{name: _text(value) for name, value in row.items()} for row in said]


def _text(value: Any) -> str:
    """null is blank; lists, objects and truth values are what no column holds."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def take_rows(rows: Sequence[Row]) -> list[Answer]:
    """Take bills into the ledger; an answer for each row, in their order."""
    said: list[Said] = []
    answers = _each(rows, "bill_no", lambda number, row, house: said.append(_bill(number, row, house)))
    for outcome in take_bills(said, source=Source.TILL):
        answers[outcome.said.row - 1] |= _told(outcome)
    return answers


def _bill(number: int, row: Row, house: House) -> Said:
    if strange := sorted(set(row) - set(COLUMNS)):
        raise Refused(strange[0][:40], _("No such column: %(name)s.") % {"name": strange[0][:40]})
    return read_bill(number, _unwrapped(row), house, timezone.now())


def _unwrapped(row: Row) -> Row:
    """A till's export may hold ="00025003" as files do; a number stays marked as one."""
    return {name: text if isinstance(text, NumberText) else unwrap_text_formula(text) for name, text in row.items()}


def _told(outcome: Outcome) -> Answer:
    told: Answer = {"status": outcome.fate.value}
    if outcome.error:
        told["errors"] = [_said(outcome.error)]
    if outcome.remarks:
        told["warnings"] = [_said(remark) for remark in outcome.remarks]
    return told


def take_interims(rows: Sequence[Row]) -> list[Answer]:
    """Keep what rooms have spent so far; an answer for each row, in their order."""
    statuses: dict[int, str] = {}

    def take(number: int, row: Row, house: House) -> None:
        room, amount, at = read_interim(_unwrapped(row), house, timezone.now())
        (sat,) = who_sat([(room, at)])
        if sat is None:
            raise Refused("room", _("Nobody sat in this room then."))
        statuses[number] = "created" if _note(sat.party, amount, at) else "unchanged"

    answers = _each(rows, "room", take)
    for number, status in statuses.items():
        answers[number - 1]["status"] = status
    return answers


def _note(party: int, amount: Decimal, at: Any) -> bool:
    try:
        return tills.note_interim(party=party, amount=amount, at=at)
    except CannotVisit as refused:
        raise Refused("room", str(refused)) from refused


def _each(rows: Sequence[Row], name: str, take: Callable[[int, Row, House], None]) -> list[Answer]:
    """An answer by the `name` that tells rows apart; those that `take` refuses say why."""
    house, answers = the_house(), []
    for number, row in enumerate(rows, 1):
        answer: Answer = {name: row.get(name, ""), "status": "rejected"}
        try:
            take(number, row, house)
        except Refused as refused:
            answer["errors"] = [_said(Remark(number, refused.field, str(refused)))]
        answers.append(answer)
    return answers


def _said(remark: Remark) -> dict[str, str]:
    return {"field": remark.field, "message": remark.message}

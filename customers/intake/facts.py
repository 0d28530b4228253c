"""What the rows of a sheet turn into: guests as far as the sheet knows them, refusals, and lines of the report."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from customers import names
from customers.birthdays import Birthday
from customers.intake import cells
from customers.intake.moments import When
from vipdesk.sheets.broken_text import is_broken
from vipdesk.sheets.cells import RowNumber


def place_as_json(row: int) -> dict[str, object]:
    """Where a line of the report stands: in a file of several sheets `row` is the sheet's own, and `sheet` its name."""
    return {"row": row.row, "sheet": row.sheet} if isinstance(row, RowNumber) else {"row": row}


@dataclass(frozen=True)
class Remark:
    """A line of the report: the sheet's own row number, the field by the contract's name, and words for a person."""

    row: int
    field: str
    message: str

    def as_json(self) -> dict[str, object]:
        return place_as_json(self.row) | {"field": self.field, "message": self.message}


@dataclass(frozen=True)
class Replaced:
    """A value that an update of this row writes over: the field by the contract's name, both values in words."""

    row: int
    field: str
    before: str
    after: str

    def as_json(self) -> dict[str, object]:
        return place_as_json(self.row) | {"field": self.field, "before": self.before, "after": self.after}


class Refused(Exception):
    """This row cannot come in; `field` says where it fails."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(kw_only=True)
class Guest:
    """What a row says. Empty strings and None are blank cells, which say nothing and erase nothing."""

    row: int
    name: names.Name
    phone: str
    born: Birthday | None = None
    home_address: str = ""
    work_address: str = ""
    tier: str = ""
    tiers: frozenset[int] = frozenset()
    member_no: str = ""
    owner: int | None = None
    when: When | None = None
    sms_consent: bool | None = None
    call_consent: bool | None = None
    refused: frozenset[str] = frozenset()  # the consents that the notes refuse, whatever the columns say
    source: str = ""
    notes: str = ""
    kept: tuple[str, ...] = ()
    needs_check: frozenset[str] = frozenset()
    is_birthday_either: bool = False  # month and day in the usual order, which nothing in the column shows
    broken: frozenset[str] = frozenset()  # the fields whose text was broken on its way into the file
    remarks: list[Remark] = field(default_factory=list)

    def content(self) -> tuple[object, ...]:
        """All that the row says, for comparing it with another row of the same number."""
        return (
            self.name.text, self.born, self.home_address, self.work_address, self.tier, self.member_no, self.owner,
            self.when, self.sms_consent, self.call_consent, self.source, self.notes, self.kept,
        )  # fmt: skip


def name_in(text: str) -> names.Name:
    """A name as a sheet writes it, without the apostrophe that marks a cell as text. Raises `names.BadName`."""
    if is_broken(text):
        raise names.BadName(
            _("This name was broken on the way (%(text)s). Save the sheet again, as XLSX.") % {"text": text[:20]}
        )
    return names.read_name(cells.tidy(text).lstrip("'’‘`"))

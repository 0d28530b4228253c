"""Taking in answers of the paper weeks (contract.md, `import_surveys`).

Rows go in by the thousand, each thousand in a transaction of its own; imports take turns. An answer whose client_id is
on file is never touched, so that repeating an import, or finishing one that was killed, is harmless. What is imported
opens no complaint (domain.md, "Surveys").
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.families import who_goes_on
from customers.intake.facts import Refused, Remark
from customers.intake.importing import NothingToRead, Report
from customers.intake.reading import Row
from customers.models import PhoneNumber
from feedback.models import Survey
from feedback.survey_files.reading import Sheet, read_sheets
from feedback.survey_files.rows import Said, read_client_id, read_row
from staff.models import User
from vipdesk import locks
from vipdesk.locks import Lock
from visits.models import Room

__all__ = ["NothingToRead", "Report", "import_surveys"]

ROWS_AT_ONCE = 2_000
_SCORES = ("overall", "service", "sound", "food_drink", "environment", "value", "recommend")
_COLUMNS = f"client_id, submitted_at, night, manager_id, room_id, customer_id, comment, channel, {', '.join(_SCORES)}"
_TYPES = (
    "client_id uuid, submitted_at timestamptz, night date, manager_id bigint, room_id bigint, customer_id bigint,"
    f" comment text, channel varchar, {', '.join(f'{name} smallint' for name in _SCORES)}"
)
_INSERT = f"""
    INSERT INTO feedback_survey ({_COLUMNS}, received_at, wants_contact)
    SELECT {_COLUMNS}, %s, false FROM json_to_recordset(%s) AS t({_TYPES})
    ON CONFLICT (client_id) DO NOTHING RETURNING client_id
"""  # noqa: S608  names of our own columns

Numbered = tuple[int, Row]


def import_surveys(*, data: bytes, progress: Callable[[int], None] | None = None) -> Report:
    """Take in a sheet's answers. `progress` is told the number of rows read so far, after each thousand or so.

    Raises `NothingToRead`.
    """
    run = _Run(data)
    run.walk(progress or (lambda rows: None))
    return run.report


class _Run:
    """One import under way."""

    def __init__(self, data: bytes) -> None:
        self.sheets = read_sheets(data)
        self.now = timezone.now()
        self.report = Report(warnings=[remark for sheet in self.sheets for remark in sheet.remarks])
        self.seen: dict[UUID, tuple[int, int]] = {}
        self.managers = _by_name(User.objects.values_list("username", "pk"))
        self.rooms = _by_name(Room.objects.order_by().values_list("number", "pk"))

    def walk(self, progress: Callable[[int], None]) -> None:
        for sheet in self.sheets:
            self._walk_sheet(sheet, progress)
        self.report.errors.sort(key=lambda remark: remark.row)
        self.report.warnings.sort(key=lambda remark: remark.row)
        progress(self.report.rows)

    def _walk_sheet(self, sheet: Sheet, progress: Callable[[int], None]) -> None:
        self.sheet = sheet
        batch: list[Numbered] = []
        for numbered in sheet.rows:
            self.report.rows += 1
            batch.append(numbered)
            if len(batch) == ROWS_AT_ONCE:
                self._take(batch)
                batch = []
                progress(self.report.rows)
        self._take(batch)

    def _take(self, batch: Sequence[Numbered]) -> None:
        said = list(self._new_ones(batch))
        guests = _guests({one.phone for one in said} - {""})
        created = _insert([self._record(one, guests) for one in said])
        self.report.created += len(created)
        self.report.unchanged += len(said) - len(created)
        for one in said:
            self.report.warnings += one.remarks if one.client_id in created else ()

    # --- row by row ------------------------------------------------------------------------------------------------

    def _new_ones(self, batch: Sequence[Numbered]) -> Iterable[Said]:
        """Rows that are no answer we have; those that cannot be are refused."""
        known: list[tuple[int, Row, UUID]] = []
        for number, row in batch:
            try:
                known.append((number, row, read_client_id(self.sheet.cell(row, "client_id"))))
            except Refused as refused:
                self._refuse(number, refused)
        on_file = set(
            Survey.objects.filter(client_id__in=[key for *_row, key in known])
            .order_by()
            .values_list("client_id", flat=True)
        )
        for number, row, key in known:
            if key in on_file and key not in self.seen:
                self.report.unchanged += 1
                continue
            said = self._read(number, row, key)
            if said:
                yield said

    def _read(self, number: int, row: Row, key: UUID) -> Said | None:
        """The answer of a row, unless it is refused or its client_id stood in an earlier row."""
        try:
            said = read_row(self.sheet, number, row, key, self.now)
            self._check_names(said)
        except Refused as refused:
            if key in self.seen:
                self._pass_over(number, key, is_same=False)
            else:
                self._refuse(number, refused)
            return None
        content = hash(said.content())
        first, first_content = self.seen.setdefault(key, (number, content))
        if first == number:
            return said
        self._pass_over(number, key, is_same=content == first_content)
        return None

    def _pass_over(self, number: int, key: UUID, is_same: bool) -> None:
        """A client_id seen before is unchanged, whatever the row says by now."""
        same, other = _("The same as row %(row)s."), _("Row %(row)s came in with other content, which stays.")
        self.report.unchanged += 1
        words = (same if is_same else other) % {"row": self.seen[key][0]}
        self.report.warnings.append(Remark(number, "client_id", words))

    def _check_names(self, said: Said) -> None:
        if said.manager and _find(self.managers, said.manager) is None:
            raise Refused("manager", _("Nobody has the login name “%(name)s”.") % {"name": said.manager[:40]})
        if said.room and _find(self.rooms, said.room) is None:
            raise Refused("room", _("There is no room “%(room)s”.") % {"room": said.room[:20]})

    def _record(self, said: Said, guests: Mapping[str, int]) -> dict[str, Any]:
        """A number nobody has leaves the answer without a guest."""
        if said.phone and said.phone not in guests:
            said.remarks.append(Remark(said.row, "phone", _("No guest has this number: taken without a guest.")))
        return {
            "client_id": said.client_id,
            "submitted_at": said.at,
            "night": said.night,
            "manager_id": _find(self.managers, said.manager),
            "room_id": _find(self.rooms, said.room),
            "customer_id": guests.get(said.phone),
            "comment": said.comment,
            "channel": said.channel,
            **said.scores,
        }

    def _refuse(self, row: int, refused: Refused) -> None:
        self.report.refuse(row, refused.field, str(refused))


def _by_name(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Keys by name as it is, and by its small letters where no other name is that."""
    exact = dict(pairs)
    return {name.casefold(): key for name, key in exact.items()} | exact


def _find(names: Mapping[str, int], name: str) -> int | None:
    return names.get(name, names.get(name.casefold()))


def _guests(numbers: set[str]) -> dict[str, int]:
    living = PhoneNumber.objects.filter(number__in=numbers, released_at=None).order_by()
    found = dict(living.values_list("number", "customer"))
    who = who_goes_on(found.values()) if found else {}
    return {number: who[customer] for number, customer in found.items()}


@transaction.atomic
def _insert(records: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """The client_ids that were not on file yet."""
    if not records:
        return set()
    locks.hold(Lock.SURVEY_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [timezone.now(), json.dumps(list(records), default=str, ensure_ascii=False)])
        return {UUID(str(key)) for (key,) in cursor.fetchall()}

"""Taking in a sheet of guests (contract.md, `import_customers`).

Rows go in by the thousand, each thousand in a transaction of its own: repeating an import is harmless, so that a fault
in the middle loses nothing, a tablet that captures a number of the sheet waits for a moment only, and progress shows.
Imports take turns (`lock_imports`); what a tablet writes in between is met by reading that thousand again.
A trial run plans the same and writes nothing.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.forgetting import forgotten
from customers.intake.corrections import GuestCorrections, import_context
from customers.intake.facts import Guest, Refused, Remark, Replaced
from customers.intake.house import House
from customers.intake.members import Numbers
from customers.intake.planning import (
    CHANGEABLE,
    CONSENTS,
    GROUPS,
    READ,
    Known,
    OnFile,
    Plan,
    hold_back_tier,
    plan_new,
    plan_update,
    replaced_values,
)
from customers.intake.reading import NothingToRead, Sheet, read_sheets
from customers.intake.rows import RowReader
from customers.intake.storing import Moved, insert_consents, insert_customers, lock_imports, update_customers
from customers.models import Consent, Customer, PhoneNumber
from staff import roles
from staff.models import User
from vipdesk.sheets.identifiers import earlier_spellings

__all__ = ["NothingToRead", "Report", "import_customers"]

ROWS_AT_ONCE = 2_000
TRIES = 5


@dataclass
class Report:
    """What became of each row: created + updated + unchanged + rejected = rows. Errors are refused rows only."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    errors: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)  # of a trial run alone
    quoted: dict[int, int] = field(default_factory=dict)  # by row, the guest of whom its lines hold what is on file

    def refuse(self, row: int, field_name: str, message: str) -> None:
        self.rejected += 1
        self.errors.append(Remark(row, field_name, message))

    def as_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("rows", "created", "updated", "unchanged", "rejected")}
        lines = {name: [line.as_json() for line in getattr(self, name)] for name in ("errors", "warnings")}
        return counts | lines


def import_customers(
    *,
    data: bytes,
    filename: str,
    user: User | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Take in a sheet's guests, or with `dry_run` only say what would become of them.

    `progress` is told the number of rows read so far, after each thousand or so. Raises `NothingToRead`.
    """
    run = _Run(data, user, dry_run)
    with import_context(filename, user):
        run.walk(progress or (lambda rows: None))
    return run.report


class _Run:
    """One import under way."""

    def __init__(self, data: bytes, user: User | None, dry_run: bool) -> None:
        self.now = timezone.now()
        self.sheets, self.house = read_sheets(data, self.now), House()
        self.user, self.dry_run = user, dry_run
        self.report = Report(warnings=[remark for sheet in self.sheets for remark in sheet.remarks])
        self.numbers = Numbers()
        self.seen: dict[str, tuple[int, int]] = {}
        self.spoken_for: dict[int, Guest] = {}  # by guests on file, the row that speaks for them
        self.waiting: list[Plan] = []  # rows whose member number was taken when they came

    def walk(self, progress: Callable[[int], None]) -> None:
        for sheet in self.sheets:
            self._walk_sheet(sheet, progress)
        self._second_chance()
        self.report.errors.sort(key=lambda remark: remark.row)
        self.report.warnings.sort(key=lambda remark: remark.row)
        progress(self.report.rows)

    def _walk_sheet(self, sheet: Sheet, progress: Callable[[int], None]) -> None:
        self.sheet = sheet
        self.reader = RowReader(sheet.header, self.house, sheet.date, self.now, sheet.orders)
        batch: list[Guest] = []
        for number, row in self.sheet.rows:
            self.report.rows += 1
            guest = self._read(number, row)
            if guest:
                batch.append(guest)
            if len(batch) == ROWS_AT_ONCE:
                self._take(batch)
                batch = []
                progress(self.report.rows)
        self._take(batch)

    def _read(self, number: int, row: Sequence[Any]) -> Guest | None:
        """The guest of a row, unless it is refused or its number stood in an earlier row."""
        try:
            guest = self.reader.read(number, row)
        except Refused as refused:
            self.report.refuse(number, refused.field, str(refused))
            return None
        content = hash(guest.content())
        first, first_content = self.seen.setdefault(guest.phone, (number, content))
        if first == number:
            return guest
        said = {"row": first}
        if content == first_content:
            self._say_same(number, first)
        else:
            self.report.refuse(number, "phone", _("This number stands in row %(row)s with other content.") % said)
        return None

    def _say_same(self, number: int, first: int) -> None:
        self.report.unchanged += 1
        self.report.warnings.append(Remark(number, "phone", _("The same as row %(row)s.") % {"row": first}))

    # --- a thousand rows -------------------------------------------------------------------------------------------

    def _take(self, batch: Sequence[Guest]) -> None:
        if not batch:
            return
        plans = self._plan(batch) if self.dry_run else self._store(batch)
        self.numbers.settle()
        for plan in plans:
            self._count(plan)
        planned = {plan.guest.row for plan in plans}
        for guest in batch:
            if guest.row not in planned:
                words = _("Who had this number was erased: no sheet brings them back, only a capture in person.")
                self.report.refuse(guest.row, "phone", words)

    def _store(self, batch: Sequence[Guest]) -> list[Plan]:
        for _again in range(TRIES - 1):
            try:
                return self._try_to_store(batch)
            except (Moved, IntegrityError):
                continue  # a tablet was faster: read what it wrote
        return self._try_to_store(batch)

    @transaction.atomic
    def _try_to_store(self, batch: Sequence[Guest]) -> list[Plan]:
        lock_imports()
        plans = self._plan(batch)
        keys = insert_customers([plan.values for plan in plans if plan.is_new])
        update_customers(
            [_changed(plan, plan.on_file, timezone.now()) for plan in plans if plan.on_file and plan.changes], _WRITTEN
        )
        insert_consents([record for plan in plans for record in self._consents(plan, keys)])
        return plans

    def _plan(self, batch: Sequence[Guest]) -> list[Plan]:
        """What becomes of each row; a number that is nobody's since its guest was erased is left out."""
        on_file = {row["asked"]: row for row in _on_file(batch)}
        wanted = {guest.member_no for guest in batch if guest.member_no}
        self.numbers.know(_holders(wanted, on_file))
        blocked = forgotten([guest.phone for guest in batch])
        withdrawn = _withdrawn([row["id"] for row in on_file.values()])
        withdrawn |= {(on_file[phone]["id"], kind) for phone in blocked & set(on_file) for kind in CONSENTS.values()}
        guests = list({row["id"]: row for row in on_file.values()}.values())
        known = Known(self.numbers, self.house, GuestCorrections(guests, GROUPS), frozenset(withdrawn))
        formerly = _formerly([guest.phone for guest in batch if guest.phone not in on_file])
        plans = [
            self._plan_known(guest, on_file[guest.phone], known)
            if guest.phone in on_file
            else plan_new(guest, self.numbers, self.sheet.date, self.now, formerly)
            for guest in batch
            if guest.phone in on_file or guest.phone not in blocked
        ]
        if self.user is not None and not self.user.has_role(roles.OPERATIONS):
            for plan in plans:
                hold_back_tier(plan, self.house.vip_tiers)
        return plans

    def _plan_known(self, guest: Guest, on_file: OnFile, known: Known) -> Plan:
        """One row speaks for a guest: another one, by another of their numbers, changes nothing."""
        first = self.spoken_for.setdefault(on_file["id"], guest)
        if first.row != guest.row:
            return Plan(guest=guest, on_file=on_file, repeats=first)
        plan = plan_update(guest, on_file, known)
        if plan.refusal:
            del self.spoken_for[on_file["id"]]
        return plan

    def _consents(self, plan: Plan, keys: dict[str, int]) -> list[dict[str, Any]]:
        return [
            {
                "customer_id": plan.on_file["id"] if plan.on_file else keys[plan.guest.phone],
                "kind": CONSENTS[name],
                "action": action,
                "channel": Consent.Channel.IMPORT,
                "recorded_by_id": self.user.pk if self.user else None,
                "recorded_at": self.now,
            }
            for name, action in plan.consents.items()
        ]

    def _count(self, plan: Plan) -> None:
        if plan.repeats:
            self._count_again(plan.guest, plan.repeats)
            return
        if plan.refusal:
            self.report.refuse(plan.guest.row, plan.refusal.field, str(plan.refusal))
            if plan.on_file:  # the reason names who has the number
                self.report.quoted[plan.guest.row] = plan.on_file["id"]
            return
        if plan.is_new:
            self.report.created += 1
        elif plan.changes:
            self.report.updated += 1
        else:
            self.report.unchanged += 1
        if plan.wants_number:
            self.waiting.append(plan)
        replaced = replaced_values(plan, self.house) if self.dry_run else []
        self.report.replaced += replaced
        if plan.on_file and (plan.quotes or replaced):
            self.report.quoted[plan.guest.row] = plan.on_file["id"]
        self.report.warnings += plan.guest.remarks + plan.remarks

    def _count_again(self, guest: Guest, first: Guest) -> None:
        if guest.content() == first.content():
            self._say_same(guest.row, first.row)
        else:
            words = _("This guest stands in row %(row)s by another number, with other content.")
            self.report.refuse(guest.row, "phone", words % {"row": first.row})

    # --- member numbers given up later -----------------------------------------------------------------------------

    def _second_chance(self) -> None:
        """Give rows the numbers that later rows gave up; each may free another."""
        while granted := [plan for plan in self.waiting if self._claim(plan)]:
            if not self.dry_run:
                for plan in granted:
                    facts = {"tier_id": plan.held_tier} if plan.held_tier else {}
                    Customer.objects.living().with_number(plan.guest.phone).update(
                        member_no=plan.guest.member_no, updated_at=timezone.now(), **facts
                    )
            self.numbers.settle()
            for plan in granted:
                self.waiting.remove(plan)
                self._recount(plan)

    def _claim(self, plan: Plan) -> bool:
        wanted, has = plan.guest.member_no, plan.on_file["member_no"] if plan.on_file else ""
        return self.numbers.has_been_given_up(wanted) and self.numbers.claim(wanted, plan.guest.phone, has or "")

    def _recount(self, plan: Plan) -> None:
        if plan.on_file and not plan.changes:
            self.report.unchanged -= 1
            self.report.updated += 1
        settled = {"member_no", "tier"} if plan.held_tier else {"member_no"}
        mine = [remark for remark in plan.remarks if remark.field in settled]
        self.report.warnings = [line for line in self.report.warnings if line not in mine]


_WRITTEN = (*CHANGEABLE, "updated_at")


def _changed(plan: Plan, on_file: OnFile, now: dt.datetime) -> dict[str, Any]:
    kept = {name: on_file[name] for name in CHANGEABLE}
    return {**kept, **plan.values, "id": on_file["id"], "seen": on_file["updated_at"], "updated_at": now}


def _on_file(batch: Sequence[Guest]) -> Sequence[OnFile]:
    """The living guests who have these numbers, main or not, each with the one that was asked for."""
    known = Customer.objects.living().with_number(*(guest.phone for guest in batch))
    return list(known.values(*READ, asked=F("numbers__number")))


def _holders(wanted: set[str], on_file: Mapping[str, OnFile]) -> dict[str, str]:
    """Who has these member numbers: by the number the sheet knows them by, else by their main one, or none."""
    known_by = {row["id"]: number for number, row in on_file.items()}
    spelled = {number: number for number in wanted} | earlier_spellings(wanted)
    held = Customer.objects.filter(member_no__in=spelled).values_list("pk", "member_no", "phone")
    return {spelled[str(number)]: known_by.get(pk) or phone or f"guest {pk}" for pk, number, phone in held}


def _formerly(numbers: Sequence[str]) -> frozenset[str]:
    """Which of these numbers, that nobody has, somebody had."""
    if not numbers:
        return frozenset()
    released = PhoneNumber.objects.filter(number__in=numbers, released_at__isnull=False)
    return frozenset(released.values_list("number", flat=True))


def _withdrawn(customers: Sequence[int]) -> frozenset[tuple[int, str]]:
    """The consents that were given and taken back since: (guest, kind)."""
    if not customers:
        return frozenset()
    log = Consent.objects.filter(
        customer__in=customers, action__in=(Consent.Action.GRANTED, Consent.Action.WITHDRAWN)
    ).order_by("customer", "kind", "-recorded_at", "-pk")
    latest = log.distinct("customer", "kind").values_list("customer", "kind", "action")
    return frozenset((customer, kind) for customer, kind, action in latest if action == Consent.Action.WITHDRAWN)

"""What a row changes: a new guest, or differences to the guest who has the number already.

The rules of an update (CONTRACT.md, `import_customers`): blank cells erase nothing; the night and source of capture
never change; the owner only fills a blank; a withdrawn consent stays withdrawn; what a person completed is not undone
by a sheet that knows less.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers import names
from customers.birthdays import Birthday
from customers.choices import Origin
from customers.intake import cells
from customers.intake.facts import Guest, Remark, name_in
from customers.intake.members import Numbers, as_number
from customers.intake.moments import When, on_night
from customers.models import Consent
from vipdesk import nights

BIRTHDAY = ("birthday_month", "birthday_day", "birthday_year", "birthday_calendar", "birthday_is_leap")
CONSENTS = {"sms_consent": Consent.Kind.SMS, "call_consent": Consent.Kind.CALL}
# What is read of a guest on file for comparing, and all that an import may change of them.
CHANGEABLE = (
    "name", "name_is_partial", *BIRTHDAY, "home_address", "work_address", "tier_id", "member_no", "owner_id",
    "notes", "sms_consent", "call_consent", "needs_check",
)  # fmt: skip
READ = ("id", "phone", *CHANGEABLE, "source", "captured_at", "captured_time_known", "night", "updated_at")
_CHECKED_WITH = {"name": "name", "birthday": "birthday_month", "birthday_year": "birthday_month"}

OnFile = Mapping[str, Any]


@dataclass(kw_only=True)
class Plan:
    """What one row does. `on_file` is None for a new guest; `values` are all fields of one, or those that change.
    `repeats` is the row that spoke for this guest before, by another of their numbers."""

    guest: Guest
    on_file: OnFile | None
    values: dict[str, Any] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    repeats: Guest | None = None

    @property
    def is_new(self) -> bool:
        return self.on_file is None

    @property
    def changes(self) -> bool:
        return bool(self.values)

    def remark(self, field_name: str, message: str) -> None:
        self.remarks.append(Remark(self.guest.row, field_name, message))


# --- a new guest ---------------------------------------------------------------------------------------------------


def plan_new(
    guest: Guest, numbers: Numbers, sheet_date: dt.date | None, now: dt.datetime, formerly: frozenset[str]
) -> Plan:
    """A guest nobody has on file. Who captured them is known where the sheet says when; else it is nobody's count.
    `formerly`: numbers that somebody had and released."""
    plan = Plan(guest=guest, on_file=None)
    if guest.phone in formerly:
        plan.remark("phone", _("This number was another guest's until it was released: a new guest."))
    dated = guest.when or (on_night(sheet_date, now) if sheet_date else None)
    when = dated or When(nights.tonight(now), now, False)
    plan.values = {
        "phone": guest.phone,
        "name": guest.name.text,
        "name_is_partial": guest.name.is_partial,
        **_birthday_values(guest.born),
        "home_address": guest.home_address,
        "work_address": guest.work_address,
        "tier_id": min(guest.tiers) if guest.tiers else None,
        "member_no": _new_number(plan, numbers, None),
        "owner_id": guest.owner,
        "source": guest.source,
        "notes": with_kept(guest.notes, guest.kept),
        "needs_check": sorted(guest.needs_check),
        "captured_by_id": guest.owner if dated else None,
        "captured_at": when.at,
        "captured_time_known": when.is_exact,
        "night": when.night,
        "origin": Origin.IMPORT,
    }
    for name in CONSENTS:
        said = False if name in guest.refused else getattr(guest, name)
        plan.values[name] = bool(said)
        if said is not None:
            plan.consents[name] = Consent.Action.GRANTED if said else Consent.Action.REFUSED
    _say_gaps(plan, guest.born, guest.home_address or guest.work_address)
    return plan


def _birthday_values(born: Birthday | None) -> dict[str, Any]:
    if born is None:
        return {}
    return {name: getattr(born, name.removeprefix("birthday_")) for name in BIRTHDAY}


def with_kept(notes: str, kept: tuple[str, ...]) -> str:
    """The notes with what fitted nowhere else, each piece once."""
    for piece in kept:
        if piece not in notes:
            notes = f"{notes}\n{piece}" if notes else piece
    return notes


def _say_gaps(plan: Plan, born: object, address: str) -> None:
    if not born:
        plan.remark("birthday", _("No birthday: the record is incomplete."))
    if not address:
        plan.remark("home_address", _("No address: the record is incomplete."))


# --- a guest on file -----------------------------------------------------------------------------------------------


def plan_update(guest: Guest, on_file: OnFile, numbers: Numbers, withdrawn: frozenset[tuple[int, str]]) -> Plan:
    """What the row adds to the guest who has its number. `withdrawn`: (guest, consent) pairs that stay a no."""
    plan = Plan(guest=guest, on_file=on_file)
    _update_name(plan, on_file)
    _update_birthday(plan, on_file)
    for name in ("home_address", "work_address"):
        _update_text(plan, on_file, name, getattr(guest, name))
    is_notes_news = _update_notes(plan, on_file)
    if guest.tiers and on_file["tier_id"] not in guest.tiers:
        plan.values["tier_id"] = min(guest.tiers)
    number = _new_number(plan, numbers, on_file)
    if number:
        plan.values["member_no"] = number
    _update_owner(plan, on_file)
    _update_consents(plan, on_file, is_notes_news, withdrawn)
    _say_what_never_changes(plan, on_file)
    _recompute_checks(plan, on_file)
    after = {**on_file, **plan.values}
    _say_gaps(plan, after["birthday_month"], after["home_address"] or after["work_address"])
    return plan


def _update_name(plan: Plan, on_file: OnFile) -> None:
    name, old = plan.guest.name, on_file["name"]
    if name.text == old or _canonical_name(old) == name.text:
        return
    if name.is_partial and not on_file["name_is_partial"]:
        # No remark quotes who it is about: reports are kept, and erasure could not tell whose a surname is.
        plan.remark("name", _("A whole name is on file, which stays."))
        return
    plan.values |= {"name": name.text, "name_is_partial": name.is_partial}


def _canonical_name(text: str) -> str:
    try:
        return name_in(text).text
    except names.BadName:
        return text


def _update_birthday(plan: Plan, on_file: OnFile) -> None:
    born = plan.guest.born
    if born is None:
        return
    old = {name: on_file[name] for name in BIRTHDAY}
    is_same_day = all(old[name] == value for name, value in _birthday_values(born).items() if name != "birthday_year")
    # A sheet without the year does not take the year away, and its guess does not overrule one that is on file.
    is_weaker = born.year is None or "birthday_year" in plan.guest.needs_check
    if is_same_day and old["birthday_year"] and is_weaker:
        if born.year not in (None, old["birthday_year"]):
            plan.remark("birthday", _("The year on file, %(year)d, stays.") % {"year": old["birthday_year"]})
        return
    plan.values |= {name: value for name, value in _birthday_values(born).items() if old[name] != value}


def _update_text(plan: Plan, on_file: OnFile, name: str, text: str) -> None:
    if text and text != on_file[name] and text != cells.one_line(cells.tidy(on_file[name])):
        plan.values[name] = text


def _update_notes(plan: Plan, on_file: OnFile) -> bool:
    """Whether the row's notes are others than those on file."""
    guest, old = plan.guest, cells.tidy(on_file["notes"])
    notes = with_kept(guest.notes or old, guest.kept)
    if notes != old:
        plan.values["notes"] = notes
    return notes != old


def _new_number(plan: Plan, numbers: Numbers, on_file: OnFile | None) -> str | None:
    """The member number this row may give its guest, or None: there is none, it is theirs already, or it is taken."""
    wanted = plan.guest.member_no
    has = (on_file or {}).get("member_no") or ""
    if not wanted or wanted == as_number(has):
        return None
    if numbers.claim(wanted, plan.guest.phone, has):
        return wanted
    plan.remark("member_no", _("Member number %(number)s is taken, left out.") % {"number": wanted})
    return None


def _update_owner(plan: Plan, on_file: OnFile) -> None:
    owner = plan.guest.owner
    if owner is None or owner == on_file["owner_id"]:
        return
    if on_file["owner_id"] is None:
        plan.values["owner_id"] = owner
    else:
        plan.remark("owner", _("This guest is looked after by somebody else, who stays."))


def _update_consents(plan: Plan, on_file: OnFile, is_notes_news: bool, withdrawn: frozenset[tuple[int, str]]) -> None:
    guest = plan.guest
    for name in CONSENTS:
        is_refused, has, said = name in guest.refused, on_file[name], getattr(guest, name)
        # Words that stood in the notes already are no news: whoever asked the guest again knew them.
        if has and (said is False or (is_refused and is_notes_news)):
            plan.values[name] = False
            plan.consents[name] = Consent.Action.WITHDRAWN
        elif not has and said and not is_refused:
            if (on_file["id"], CONSENTS[name]) in withdrawn:
                plan.remark(name, _("The guest withdrew this consent; an import does not bring it back."))
            else:
                plan.values[name] = True
                plan.consents[name] = Consent.Action.GRANTED


def _say_what_never_changes(plan: Plan, on_file: OnFile) -> None:
    guest = plan.guest
    if guest.source and guest.source != cells.one_line(cells.tidy(on_file["source"])):
        plan.remark("source", _("How a known guest came to us stays as it is."))
    if guest.when and _is_another_time(guest.when, on_file):
        plan.remark("captured_at", _("When a known guest was captured stays as it is."))


def _is_another_time(when: When, on_file: OnFile) -> bool:
    if not (when.is_exact and on_file["captured_time_known"]):
        return bool(when.night != on_file["night"])
    return bool(abs(when.at - on_file["captured_at"]) >= dt.timedelta(minutes=1))


def _recompute_checks(plan: Plan, on_file: OnFile) -> None:
    """What the row really changed is as sure as the row; other marks stay for the manager."""
    changed = {mark for mark, name in _CHECKED_WITH.items() if _is_touched(plan, name)}
    marks = sorted((set(on_file["needs_check"]) - changed) | (plan.guest.needs_check & changed))
    if marks != sorted(on_file["needs_check"]):
        plan.values["needs_check"] = marks


def _is_touched(plan: Plan, name: str) -> bool:
    return name in plan.values or (name == "birthday_month" and any(n in plan.values for n in BIRTHDAY))

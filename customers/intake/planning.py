"""What a row changes: a new guest, or differences to the guest who has the number already.

The rules of an update (contract.md, `import_customers`): blank cells erase nothing; the night and source of capture
never change; the owner only fills a blank; a withdrawn consent stays withdrawn; what a person corrected stays
(`corrections`), and a guess never replaces what is known. A row of another name and another birthday is another person
who has the same number, and is refused.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from customers import names
from customers.birthdays import Birthday
from customers.choices import Origin
from customers.intake import cells
from customers.intake.corrections import Group, GuestCorrections
from customers.intake.facts import Guest, Refused, Remark, Replaced, name_in
from customers.intake.house import House
from customers.intake.identity import is_another_person, is_same_name
from customers.intake.members import Numbers, as_number
from customers.intake.moments import When, on_night
from customers.intake.wording import in_words
from customers.models import Consent
from customers.vips import is_unproven_raise
from vipdesk import nights

BIRTHDAY = ("birthday_month", "birthday_day", "birthday_year", "birthday_calendar", "birthday_is_leap")
CONSENTS = {"sms_consent": Consent.Kind.SMS, "call_consent": Consent.Kind.CALL}
# What is read of a guest on file for comparing, and all that an import may change of them.
CHANGEABLE = (
    "name", "name_is_partial", *BIRTHDAY, "home_address", "work_address", "tier_id", "member_no", "owner_id",
    "notes", "sms_consent", "call_consent", "needs_check",
)  # fmt: skip
READ = ("id", "phone", *CHANGEABLE, "source", "captured_at", "captured_time_known", "night", "updated_at")
# What a person decides on as one value, by the names that remarks have.
GROUPS = {
    "name": Group(("name",), names.key),
    "birthday": Group(BIRTHDAY),
    "home_address": Group(("home_address",)),
    "work_address": Group(("work_address",)),
    "tier": Group(("tier_id",)),
    "member_no": Group(("member_no",)),
    "owner": Group(("owner_id",)),
    "notes": Group(("notes",)),
    "sms_consent": Group(("sms_consent",)),
    "call_consent": Group(("call_consent",)),
}
_CHECKED_WITH = {"name": "name", "birthday": "birthday_month", "birthday_year": "birthday_month"}

OnFile = Mapping[str, Any]


@dataclass(kw_only=True)
class Plan:
    """What one row does. `on_file` is None for a new guest; `values` are all fields of one, or those that change.
    `repeats` is the row that spoke for this guest before, by another of their numbers; `refusal` says why nothing of
    the row comes in; `wants_number`: another guest has its member number, and may give it up; `quotes`: a remark holds
    what is on file; `held_tier`: the tier that its guest gets only with that number."""

    guest: Guest
    on_file: OnFile | None
    values: dict[str, Any] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    repeats: Guest | None = None
    refusal: Refused | None = None
    wants_number: bool = False
    quotes: bool = False
    held_tier: int | None = None

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


@dataclass(frozen=True)
class Known:
    """What updates are judged by, beside the row and the guest; `withdrawn`: consents (guest, kind) that stay a no."""

    numbers: Numbers
    house: House
    corrections: GuestCorrections
    withdrawn: frozenset[tuple[int, str]]


def plan_update(guest: Guest, on_file: OnFile, known: Known) -> Plan:
    """What the row adds to the guest who has its number."""
    guest = without_broken(guest, on_file)
    plan = Plan(guest=guest, on_file=on_file)
    if is_another_person(guest, on_file):
        said = {"name": names.masked(on_file["name"])}
        words = _("This number is %(name)s's on file, of another name and another birthday: two people may share it.")
        plan.refusal = Refused("phone", words % said)
        return plan
    update = _Update(plan, on_file, known)
    update.run()
    return plan


class _Update:
    """One row against the guest on file, field by field."""

    def __init__(self, plan: Plan, on_file: OnFile, known: Known) -> None:
        self.plan, self.guest, self.on_file, self.known = plan, plan.guest, on_file, known

    def run(self) -> None:
        self._name()
        self._birthday()
        for name in ("home_address", "work_address"):
            self._text(name)
        is_notes_news = self._notes()
        if self.guest.tiers and self.on_file["tier_id"] not in self.guest.tiers:
            self._set("tier", {"tier_id": min(self.guest.tiers)})
        self._member_no()
        self._owner()
        self._consents(is_notes_news)
        _say_what_never_changes(self.plan, self.on_file)
        _recompute_checks(self.plan, self.on_file)
        after = {**self.on_file, **self.plan.values}
        _say_gaps(self.plan, after["birthday_month"], after["home_address"] or after["work_address"])

    def _set(self, name: str, values: Mapping[str, Any]) -> None:
        """Take over what the sheet says of a group, unless a person decided on what is on file."""
        if self._is_kept(name, values):
            self._say_kept(name, values)
        else:
            self.plan.values |= {column: value for column, value in values.items() if self.on_file[column] != value}

    def _is_kept(self, name: str, values: Mapping[str, Any]) -> bool:
        return self.known.corrections.keeps(self.on_file["id"], name, values)

    def _say_kept(self, name: str, values: Mapping[str, Any]) -> None:
        kept = in_words(name, self.on_file, self.known.house)
        said = {"kept": kept, "sheet": in_words(name, {**self.on_file, **values}, self.known.house)}
        words = (
            _("Corrected by hand: “%(kept)s” stays, the sheet says “%(sheet)s”.")
            if kept
            else _("Taken out by hand: it stays empty, the sheet says “%(sheet)s”.")
        )
        self._quote(name, words % said)

    def _quote(self, name: str, message: str) -> None:
        self.plan.quotes = True
        self.plan.remark(name, message)

    def _name(self) -> None:
        name, old = self.guest.name, self.on_file["name"]
        if is_same_name(name.text, _canonical_name(old)):
            return
        if name.is_partial and not self.on_file["name_is_partial"]:
            self.plan.remark("name", _("A whole name is on file, which stays."))
            return
        self._set("name", {"name": name.text, "name_is_partial": name.is_partial})

    def _birthday(self) -> None:
        born, old = self.guest.born, {name: self.on_file[name] for name in BIRTHDAY}
        values = _birthday_values(born)
        if born is None or values == old:
            return
        is_guess = bool(self.guest.needs_check & {"birthday", "birthday_year"})
        is_same_day = all(old[name] == value for name, value in values.items() if name != "birthday_year")
        # A sheet without the year does not take the year away, and its guess does not overrule one that is on file.
        if is_same_day and old["birthday_year"] and (born.year is None or is_guess):
            if born.year is not None:
                words = _("The year on file, %(year)d, stays.")
                self.plan.remark("birthday", words % {"year": old["birthday_year"]})
        elif (is_guess or self._is_turned_round()) and old["birthday_month"] and not is_same_day:
            said = {"kept": in_words("birthday", self.on_file, self.known.house)}
            said["sheet"] = in_words("birthday", values, self.known.house)
            words = _("“%(kept)s” on file stays: what the sheet says could only be guessed as “%(sheet)s”.")
            self._quote("birthday", words % said)
        else:
            self._set("birthday", values)

    def _is_turned_round(self) -> bool:
        """A month and a day that nothing shows the order of, and which are on file the other way round."""
        born, on_file = self.guest.born, self.on_file
        if born is None or not self.guest.is_birthday_either:
            return False
        return (born.day, born.month) == (on_file["birthday_month"], on_file["birthday_day"])

    def _text(self, name: str) -> None:
        text, old = getattr(self.guest, name), self.on_file[name]
        if text and text != old and text != cells.one_line(cells.tidy(old)):
            self._set(name, {name: text})

    def _notes(self) -> bool:
        """Whether the row's notes are others than those on file, and come in."""
        old = cells.tidy(self.on_file["notes"])
        notes = with_kept(self.guest.notes or old, self.guest.kept)
        if notes != old:
            self._set("notes", {"notes": notes})
        return "notes" in self.plan.values

    def _member_no(self) -> None:
        wanted, has = self.guest.member_no, self.on_file["member_no"] or ""
        if not wanted or wanted == as_number(has):
            return
        if self._is_kept("member_no", {"member_no": wanted}):
            self._say_kept("member_no", {"member_no": wanted})
        elif number := _new_number(self.plan, self.known.numbers, self.on_file):
            self.plan.values["member_no"] = number

    def _owner(self) -> None:
        owner, old = self.guest.owner, self.on_file["owner_id"]
        if owner is None or owner == old:
            return
        if old is None:
            self._set("owner", {"owner_id": owner})
        else:
            self.plan.remark("owner", _("This guest is looked after by somebody else, who stays."))

    def _consents(self, is_notes_news: bool) -> None:
        for name in CONSENTS:
            is_refused, has, said = name in self.guest.refused, self.on_file[name], getattr(self.guest, name)
            # Words that stood in the notes already are no news: whoever asked the guest again knew them.
            if has and (said is False or (is_refused and is_notes_news)):
                self._withdraw(name)
            elif not has and said and not is_refused:
                self._grant(name)

    def _withdraw(self, name: str) -> None:
        """A no counts, unless it is an import's of before and the guest has said yes to somebody since."""
        guest = self.on_file["id"]
        if self.known.corrections.has_import_said_no(guest, CONSENTS[name]) and self._is_kept(name, {name: False}):
            self._say_kept(name, {name: False})
            return
        self.plan.values[name] = False
        self.plan.consents[name] = Consent.Action.WITHDRAWN

    def _grant(self, name: str) -> None:
        if (self.on_file["id"], CONSENTS[name]) in self.known.withdrawn:
            self.plan.remark(name, _("The guest withdrew this consent; an import does not bring it back."))
        elif self._is_kept(name, {name: True}):
            self._say_kept(name, {name: True})
        else:
            self.plan.values[name] = True
            self.plan.consents[name] = Consent.Action.GRANTED


def _new_number(plan: Plan, numbers: Numbers, on_file: OnFile | None) -> str | None:
    """The member number this row may give its guest, or None: there is none, it is theirs already, or it is taken."""
    wanted = plan.guest.member_no
    has = (on_file or {}).get("member_no") or ""
    if not wanted or wanted == as_number(has):
        return None
    if numbers.claim(wanted, plan.guest.phone, has):
        return wanted
    plan.wants_number = True
    plan.remark("member_no", _("Member number %(number)s is taken, left out.") % {"number": wanted})
    return None


def hold_back_tier(plan: Plan, vip_tiers: Collection[int]) -> None:
    """Leave the tier of the row out where it makes a VIP of a guest without a member number (`customers.vips`)."""
    old = plan.on_file["tier_id"] if plan.on_file else None
    number = plan.values.get("member_no") or (plan.on_file or {}).get("member_no")
    new = plan.values.get("tier_id")
    if is_unproven_raise(old=old, new=new, member_no=number, vip_tiers=vip_tiers):
        plan.held_tier = new
        plan.values["tier_id"] = None
        if plan.on_file:
            del plan.values["tier_id"]
        plan.remark("tier", _("A VIP tier needs the member number, or operations: left out."))


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


def _canonical_name(text: str) -> str:
    """A name on file as a sheet would bring it."""
    try:
        return name_in(text).text
    except names.BadName:
        return text


def replaced_values(plan: Plan, house: House) -> list[Replaced]:
    """What an update writes over, field by field, blanks that it fills among them."""
    if plan.on_file is None or not plan.values:
        return []
    after = {**plan.on_file, **plan.values}
    changed = [name for name, group in GROUPS.items() if not plan.values.keys().isdisjoint(group.columns)]
    pairs = {name: (in_words(name, plan.on_file, house), in_words(name, after, house)) for name in changed}
    return [Replaced(plan.guest.row, name, old, new) for name, (old, new) in pairs.items() if old != new]


def without_broken(guest: Guest, on_file: OnFile) -> Guest:
    """A row without what was broken on the way, where something is on file that it would replace."""
    held = [name for name in guest.broken if on_file.get(name)]
    guest = replace(guest) if held else guest
    for name in held:
        setattr(guest, name, "")
    return guest

"""One guest, two records: the two made one, and made two again (G5).

Nothing is lost: the merged row stays as it was, but for its numbers, for who goes on (`merged_into`) and, where the
kept one had none, its member number. What the apps above know of a merged guest stays with that row; they ask for
`Customer.objects.family`. The record of a merge holds keys and names of fields alone.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import CareGrant, Consent, Customer, GuestTag, Merge, PhoneNumber, PossibleDouble
from staff.models import User
from vipdesk import coded, nights

BIRTHDAY = ("birthday_month", "birthday_day", "birthday_year", "birthday_calendar", "birthday_is_leap")
# What a guest's blank takes from the other record; several columns that only make sense together have one name.
FILLED = {
    "birthday": BIRTHDAY,
    "contact": ("is_key_account", "contact_every_days"),
    **{
        name: (name,)
        for name in (
            "home_address", "work_address", "tier_id", "member_no", "member_since", "owner_id", "likes_rooms",
            "likes_drinks", "likes_music", "dislikes", "notes",
        )
    },
}  # fmt: skip
_SIGN = {"birthday": "birthday_month", "contact": "is_key_account"}  # the column that says whether the rest is there
LATER = ("last_seen_night", "last_contact_night")
BIRTHDAY_MARKS = frozenset({"birthday", "birthday_year"})
FLAGS = {Consent.Kind.SMS: "sms_consent", Consent.Kind.CALL: "call_consent"}


class CannotMerge(Exception):
    """These two are not to be made one, or not to be parted again; the message says why, to the person who asked."""


@transaction.atomic
def merge_customers(*, kept: int, merged: int, by: User, reason: str = "") -> Merge:
    """Make two records one: `merged` goes on as `kept`, who gets its living numbers and what they had blank.

    Consents become what the guest said last, to either. Rows are locked in the order of their keys, with those that
    were merged into `merged` before: the database makes them go on as `kept`, too. That a merged guest neither merges
    nor is merged into keeps chains free of circles. Raises `CannotMerge`.
    """
    guest, other = _both(kept, merged)
    filled = blanks_filled(guest, other)
    with pghistory.context(user=by.pk, reason=coded.write("history.merged", number=other.pk)):
        moved: dict[str, Any] = {"filled": filled, **_take_numbers(guest, other)}
        moved["later"] = _take_later(guest, other)
        values = {column: getattr(other, column) for name in filled for column in FILLED[name]}
        _part_with(other, guest, "member_no" in filled)
        for column, value in values.items():
            setattr(guest, column, value)
        if "birthday" in filled:
            theirs = BIRTHDAY_MARKS & set(other.needs_check)
            guest.needs_check = sorted(set(guest.needs_check) - BIRTHDAY_MARKS | theirs)
        if _has_notes_to_add(guest, other):
            guest.notes = f"{guest.notes}\n{other.notes}"
            moved["filled"] = [*filled, "notes+"]
        moved["consents"] = _take_consents(guest, other, by)
        moved["tags"] = _take_tags(guest, other)
        _save(guest)
    _grant_care(guest, other)
    _settle_double(guest, other, PossibleDouble.State.MERGED, by)
    return Merge.objects.create(kept=guest, merged=other, reason=reason, merged_by=by, moved=moved)


@transaction.atomic
def undo_merge(*, merge: int, by: User) -> Merge:
    """Make them two again, in one step: numbers that live and are still the kept one's go back, and so does what was
    filled, where it is still what was filled. Raises `CannotMerge`."""
    done = Merge.objects.select_for_update().filter(pk=merge).first()
    if done is None:
        raise CannotMerge(_("There is no such merge."))
    guests = _locked(done.kept_id, done.merged_id)
    guest, other = guests[done.kept_id], guests[done.merged_id]
    _refuse_undoing(done, guest, other)
    with pghistory.context(user=by.pk, reason=coded.write("history.parted", number=other.pk)):
        had = _member_no_before(other) if "member_no" in done.moved["filled"] else None
        gets_number_back = had is not None and guest.member_no == had
        _take_back_filled(guest, other, done.moved, gets_number_back)
        done.moved["unsaid"] = _take_back_consents(guest, done.moved["consents"], by)
        GuestTag.objects.filter(pk__in=done.moved.get("tags", []), customer=guest).delete()
        back = _numbers_to_give_back(guest, done.moved["numbers"])
        _go_without(guest, back)
        _save(guest)
        _return_to(other, back, done.moved["main"], had if gets_number_back else other.member_no)
    _settle_double(guest, other, PossibleDouble.State.OPEN, None)
    done.undone_at, done.undone_by = timezone.now(), by
    done.save(update_fields=["moved", "undone_at", "undone_by"])
    return done


def blanks_filled(kept: Customer, merged: Customer) -> list[str]:
    """Names (of `FILLED`) of what `kept` has blank and takes from `merged`."""
    return [name for name in FILLED if not _has(kept, name) and _has(merged, name)]


def _has(guest: Customer, name: str) -> bool:
    return bool(getattr(guest, _SIGN.get(name, name)))


# --- before --------------------------------------------------------------------------------------------------------


def _both(kept: int, merged: int) -> tuple[Customer, Customer]:
    if kept == merged:
        raise CannotMerge(_("A guest cannot be merged with themselves."))
    guests = _locked(kept, merged)
    for pk in (kept, merged):
        if pk not in guests:
            raise CannotMerge(_("One of the two is not on file."))
        if guests[pk].erased_at:
            raise CannotMerge(_("One of the two has been erased: nothing is left to merge."))
        if guests[pk].merged_into_id:
            raise CannotMerge(_("One of the two was merged already: take the guest as whom they go on."))
    return guests[kept], guests[merged]


def _locked(*keys: int) -> dict[int, Customer]:
    """With whoever was merged into them, in the order of their keys."""
    rows = Customer.objects.filter(Q(pk__in=keys) | Q(merged_into__in=keys)).order_by("pk")
    return {guest.pk: guest for guest in rows.select_for_update(of=("self",))}


def _merged_before(key: int) -> set[int]:
    """Records that had been merged into this one, by the merges that still hold: an undone merge parts them with it."""
    found: set[int] = set()
    step = {key}
    while step:
        step = set(Merge.objects.filter(kept__in=step, undone_at=None).values_list("merged", flat=True)) - found
        found |= step
    return found


def _refuse_undoing(done: Merge, guest: Customer, other: Customer) -> None:
    if done.undone_at:
        raise CannotMerge(_("This merge has been undone already."))
    if guest.erased_at or other.erased_at:
        raise CannotMerge(_("This guest has been erased: there is nothing to part any more."))
    if guest.merged_into_id:
        raise CannotMerge(_("The guest was merged with another one since: undo that merge first."))


# --- numbers -------------------------------------------------------------------------------------------------------


def _living(guest: Customer) -> list[PhoneNumber]:
    return list(PhoneNumber.objects.filter(customer=guest, released_at=None))


def _take_numbers(guest: Customer, other: Customer) -> dict[str, Any]:
    theirs = _living(other)
    main = next((number for number in theirs if number.number == other.phone), None)
    return {"numbers": [number.pk for number in theirs], "main": main and main.pk}


def _part_with(other: Customer, guest: Customer, is_member_no_taken: bool) -> None:
    """The merged row first: only then is what it had free for the kept one."""
    phone, other.phone, other.merged_into = other.phone, None, guest
    if is_member_no_taken:
        other.member_no = None
    _save(other)
    PhoneNumber.objects.filter(customer=other, released_at=None).update(customer=guest)
    guest.phone = guest.phone or phone


def _numbers_to_give_back(guest: Customer, moved: Sequence[int]) -> list[PhoneNumber]:
    return [number for number in _living(guest) if number.pk in moved]


def _go_without(guest: Customer, back: list[PhoneNumber]) -> None:
    if guest.phone in {number.number for number in back}:
        left = [number for number in _living(guest) if number not in back]
        guest.phone = left[0].number if left else None


def _return_to(other: Customer, back: list[PhoneNumber], main: int | None, member_no: str | None) -> None:
    PhoneNumber.objects.filter(pk__in=[number.pk for number in back]).update(customer=other)
    first = next((number for number in back if number.pk == main), back[0] if back else None)
    other.phone, other.merged_into, other.member_no = (first.number if first else None), None, member_no
    _save(other)
    Customer.objects.filter(pk__in=_merged_before(other.pk)).update(merged_into=other)


# --- facts ---------------------------------------------------------------------------------------------------------


def _has_notes_to_add(guest: Customer, other: Customer) -> bool:
    return bool(other.notes) and other.notes not in guest.notes


def _take_later(guest: Customer, other: Customer) -> dict[str, int | None]:
    """Nights of which the later one counts. Kept for undoing: by how many days the kept one's was earlier."""
    earlier: dict[str, int | None] = {}
    for name in LATER:
        mine, theirs = getattr(guest, name), getattr(other, name)
        if theirs and (mine is None or mine < theirs):
            earlier[name] = mine and (theirs - mine).days
            setattr(guest, name, theirs)
    return earlier


def _take_back_filled(guest: Customer, other: Customer, moved: dict[str, Any], gives_member_no: bool) -> None:
    for name in moved["filled"]:
        if name == "notes+":
            guest.notes = guest.notes.removesuffix(f"\n{other.notes}")
        elif name == "member_no":
            guest.member_no = None if gives_member_no else guest.member_no
        elif all(getattr(guest, column) == getattr(other, column) for column in FILLED[name]):
            _blank(guest, FILLED[name])
            if name == "birthday":
                guest.needs_check = [mark for mark in guest.needs_check if mark not in BIRTHDAY_MARKS]
    for name, days in moved["later"].items():
        if getattr(guest, name) == getattr(other, name):
            setattr(guest, name, None if days is None else getattr(other, name) - dt.timedelta(days=days))


def _blank(guest: Customer, columns: Sequence[str]) -> None:
    for column in columns:
        field = Customer._meta.get_field(column)
        setattr(guest, column, field.get_default())  # type: ignore[union-attr]  # columns of our own


def _member_no_before(other: Customer) -> str | None:
    """The member number that the merged row gave away: its history alone knows it."""
    before = other.events.exclude(member_no=None).order_by("-pgh_created_at", "-pgh_id").first()
    return before and str(before.member_no)


def _take_tags(guest: Customer, other: Customer) -> list[int]:
    """The merged record's tags, copied where the kept one lacks them; keys of the copies."""
    has = GuestTag.objects.filter(customer=guest).values("tag")
    theirs = GuestTag.objects.filter(customer=other).exclude(tag__in=has)
    copies = [GuestTag(customer=guest, tag_id=one.tag_id, added_by_id=one.added_by_id) for one in theirs]
    return [one.pk for one in GuestTag.objects.bulk_create(copies)]


# --- consents ------------------------------------------------------------------------------------------------------


def _take_consents(guest: Customer, other: Customer, by: User) -> list[int]:
    """What the guest said last, to either record, holds; keys of what is logged of it."""
    family = [*Customer.objects.family(guest.pk), *Customer.objects.family(other.pk)]
    own_words = Consent.objects.filter(customer__in=family, kind__in=FLAGS).exclude(pk__in=_logged_by_merges(family))
    logged = []
    for said in own_words.order_by("kind", "-recorded_at", "-pk").distinct("kind"):
        is_yes = said.action == Consent.Action.GRANTED
        if getattr(guest, FLAGS[Consent.Kind(said.kind)]) != is_yes:
            logged.append(_say(guest, said.kind, is_yes, by))
    return logged


def _logged_by_merges(family: Sequence[int]) -> list[int]:
    """Statements that a merge or its undoing wrote down: later than what the guest said, and not the guest's words.
    Erasing one of the two emptied `moved`."""
    merges = Merge.objects.filter(kept__in=family).values_list("moved", flat=True)
    return [pk for moved in merges for pk in (*moved.get("consents", ()), *moved.get("unsaid", ()))]


def _take_back_consents(guest: Customer, logged: Sequence[int], by: User) -> list[int]:
    """As before the merge, unless the guest has said something since; keys of what is logged of it."""
    unsaid = []
    for said in Consent.objects.filter(pk__in=logged):
        last = Consent.objects.filter(customer=guest, kind=said.kind).order_by("-recorded_at", "-pk").first()
        if last == said:
            unsaid.append(_say(guest, said.kind, said.action != Consent.Action.GRANTED, by))
    return unsaid


def _say(guest: Customer, kind: str, is_yes: bool, by: User) -> int:
    setattr(guest, FLAGS[Consent.Kind(kind)], is_yes)
    action = Consent.Action.GRANTED if is_yes else Consent.Action.WITHDRAWN
    said = Consent.objects.create(
        customer=guest, kind=kind, action=action, channel=Consent.Channel.DESK, recorded_by=by
    )
    return said.pk


# --- both ----------------------------------------------------------------------------------------------------------


def _save(guest: Customer) -> None:
    guest.updated_at = timezone.now()
    guest.save()


def _grant_care(guest: Customer, other: Customer) -> None:
    """Who cares for the one tonight cares for the guest."""
    tonight = nights.tonight()
    granted = list(CareGrant.objects.filter(customer=other, night=tonight, ended_at=None))
    for grant in granted:
        grant.pk, grant.customer = None, guest
    CareGrant.objects.bulk_create(granted, ignore_conflicts=True)


def _settle_double(one: Customer, other: Customer, state: str, by: User | None) -> None:
    pair = PossibleDouble.objects.filter(first=min(one.pk, other.pk), second=max(one.pk, other.pk))
    pair.update(state=state, settled_at=by and timezone.now(), settled_by=by)

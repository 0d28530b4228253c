"""Whether a row is about the guest who has its number, or about somebody else who shares the phone. Pure rules."""

from collections.abc import Mapping
from typing import Any

from customers import birthdays, names, pinyin
from customers.birthdays import Birthday
from customers.intake.facts import Guest
from customers.names import Name

OnFile = Mapping[str, Any]


def is_another_person(guest: Guest, on_file: OnFile) -> bool:
    """Another name and another birthday, both known: one of them alone is a correction."""
    born = birthday_of(on_file)
    if guest.born is None or born is None:
        return False
    return not is_like(guest.name, on_file) and not is_same_birthday(guest, born)


def birthday_of(on_file: OnFile) -> Birthday | None:
    if on_file["birthday_month"] is None or on_file["birthday_day"] is None:
        return None
    return Birthday(
        month=on_file["birthday_month"],
        day=on_file["birthday_day"],
        year=on_file["birthday_year"],
        calendar=on_file["birthday_calendar"],
        is_leap=on_file["birthday_is_leap"],
    )


def is_same_name(one: str, other: str) -> bool:
    """Two spellings of one name: another dot, accent, blank or case."""
    return one == other or names.key(one) == names.key(other)


def is_like(name: Name, on_file: OnFile) -> bool:
    """Whether both names may be one person's: the same sound, one part of the other, a surname with a title."""
    one, other = names.key(name.text), names.key(on_file["name"])
    if one == other or (min(len(one), len(other)) > 1 and (one in other or other in one)):
        return True
    if name.is_partial or on_file["name_is_partial"]:
        return bool(set(one) & set(other))
    return pinyin.read(one).replace(" ", "") == pinyin.read(other).replace(" ", "")


def is_same_birthday(guest: Guest, born: Birthday) -> bool:
    """Whether both may be one day: the years where both are known, one day in two calendars, month and day turned
    round where the row's could only be guessed."""
    said = guest.born
    if said is None:
        return True
    if said.calendar != born.calendar:
        return _is_same_day(said, born)
    days = [(said.month, said.day)]
    if "birthday" in guest.needs_check:
        days.append((said.day, said.month))
    is_year_known = said.year and born.year and "birthday_year" not in guest.needs_check
    return (
        (born.month, born.day) in days
        and said.is_leap == born.is_leap
        and (not is_year_known or said.year == born.year)
    )


def _is_same_day(said: Birthday, born: Birthday) -> bool:
    """A lunar birthday and a solar one. Without both years nobody can tell, unless somebody mistook the calendar."""
    if (said.month, said.day) == (born.month, born.day):
        return True
    if said.year is None or born.year is None:
        return False
    return birthdays.born_on(said, said.year) == birthdays.born_on(born, born.year)

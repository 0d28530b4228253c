"""The outreach rules as written: the contract's JSON, read strictly, checked as a whole, stored in one step.

Nothing is changed by a file that cannot stand. The rules in force are one row; a database that lost it (a flush) starts
again with the usual ones.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import MembershipTier
from outreach.choices import Weekday
from outreach.models import MemberDay, OutreachRules
from outreach.models.rules import MOST_CALLS, MOST_DAYS
from vipdesk.json_text import check_value

EVERYBODY = "*"
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAYS = ("birthday_days", "bottle_days", "member_day_days", "sms_min_gap_days")
_KEYS = {"call_weekdays", "sms_weekdays", *_DAYS, "member_days", "calls_per_manager", "quiet"}
_OPTIONAL = {"trace_days"}
_USUAL = {
    "call_weekdays": [Weekday.WED.value, Weekday.THU.value],
    "sms_weekdays": [Weekday.MON.value, Weekday.FRI.value],
}


class BadRules(Exception):
    """The rules cannot stand as written; one line that begins with the place ("member_days.1.tier")."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}" if where else message)


@dataclass(frozen=True, kw_only=True)
class Day:
    """A member day as written: `tier` by code, empty for everybody; either weekly or monthly."""

    tier: str
    weekday: str = ""
    monthly_day: int | None = None


@dataclass(frozen=True, kw_only=True)
class RulesFile:
    """The rules as their file says; `trace_days` None: as they stand."""

    call_weekdays: list[str]
    sms_weekdays: list[str]
    birthday_days: int
    bottle_days: int
    member_day_days: int
    sms_min_gap_days: int
    calls_per_manager: int
    quiet_from: dt.time
    quiet_to: dt.time
    trace_days: int | None
    member_days: tuple[Day, ...]


def current() -> OutreachRules:
    """The rules in force."""
    return OutreachRules.objects.get_or_create(pk=1, defaults=_USUAL)[0]


def read_rules(data: bytes) -> RulesFile:
    """The rules in a file's bytes; BadRules where they are none, or make no sense."""
    found = _object(_json(data), "", _KEYS, _OPTIONAL)
    quiet = _object(found["quiet"], "quiet", {"from", "to"})
    days = {key: _whole(found[key], key, least=0, most=MOST_DAYS) for key in _DAYS}
    trace = found.get("trace_days")
    return RulesFile(
        call_weekdays=_weekdays(found["call_weekdays"], "call_weekdays"),
        sms_weekdays=_weekdays(found["sms_weekdays"], "sms_weekdays"),
        calls_per_manager=_whole(found["calls_per_manager"], "calls_per_manager", least=1, most=MOST_CALLS),
        quiet_from=_clock(quiet["from"], "quiet.from"),
        quiet_to=_clock(quiet["to"], "quiet.to"),
        trace_days=None if trace is None else _whole(trace, "trace_days", least=1, most=MOST_DAYS),
        member_days=_member_days(found["member_days"]),
        **days,
    )


@transaction.atomic
def store_rules(*, rules: RulesFile) -> bool:
    """Make these the rules in force; whether that changed anything. BadRules where a tier is not on file."""
    tiers = {tier.code: tier for tier in MembershipTier.objects.all()}
    for n, day in enumerate(rules.member_days):
        if day.tier and day.tier not in tiers:
            raise BadRules(f"member_days.{n}.tier", _("there is no tier %(code)s") % {"code": day.tier[:40]})
    current()
    row = OutreachRules.objects.select_for_update().get(pk=1)
    wanted = asdict(rules) | {"trace_days": rules.trace_days or row.trace_days}
    member_days = [MemberDay(rules=row, **day | {"tier": tiers.get(day["tier"])}) for day in wanted.pop("member_days")]
    if wanted == {key: getattr(row, key) for key in wanted} and _said(member_days) == _said(row.member_days.all()):
        return False
    OutreachRules.objects.filter(pk=1).update(**wanted, updated_at=timezone.now())
    row.member_days.all().delete()
    MemberDay.objects.bulk_create(member_days)
    return True


def _said(days: Iterable[MemberDay]) -> set[tuple[Any, ...]]:
    return {(day.tier_id, day.weekday, day.monthly_day) for day in days}


# --- reading ---------------------------------------------------------------------------------------------------------


def _json(data: bytes) -> Any:
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
        check_value(value)
    except UnicodeDecodeError:
        raise BadRules("", _("this is not JSON in UTF-8")) from None
    except json.JSONDecodeError as error:
        wrong = _("this is not JSON: line %(line)s, column %(column)s") % {"line": error.lineno, "column": error.colno}
        raise BadRules("", wrong) from None
    except (RecursionError, ValueError):  # nested too deep, characters that none has, a number of thousands of digits
        raise BadRules("", _("these are no outreach rules")) from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        raise BadRules(_shown(next(key for key in keys if keys.count(key) > 1)), _("stands there twice"))
    return found


def _no_number(word: str) -> Any:
    raise BadRules("", _("%(word)s is no number") % {"word": word})


def _shown(key: str) -> str:
    """A key of the file in a message of one line."""
    return "".join(letter for letter in key if letter.isprintable())[:40]


def _object(found: Any, where: str, keys: Iterable[str], optional: Iterable[str] = ()) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise BadRules(where, _("must be an object with keys"))
    inside = f"{where}." if where else ""
    keys = set(keys)
    for key in sorted(keys - found.keys()):
        raise BadRules(f"{inside}{key}", _("is missing"))
    for key in sorted(found.keys() - keys - set(optional)):
        raise BadRules(f"{inside}{_shown(key)}", _("is no key of the rules"))
    return found


def _listed(found: Any, where: str) -> list[tuple[Any, str]]:
    if not isinstance(found, list):
        raise BadRules(where, _("must be a list"))
    return [(one, f"{where}.{n}") for n, one in enumerate(found)]


def _weekdays(found: Any, where: str) -> list[str]:
    """In the order of the week."""
    named = [_weekday(one, place) for one, place in _listed(found, where)]
    if len(set(named)) < len(named):
        raise BadRules(where, _("a weekday stands there twice"))
    return sorted(named, key=Weekday.values.index)


def _weekday(found: Any, where: str) -> str:
    if not isinstance(found, str) or found not in Weekday.values:
        raise BadRules(where, _("must be one of %(days)s") % {"days": ", ".join(Weekday.values)})
    return str(found)


def _member_days(found: Any) -> tuple[Day, ...]:
    days = [_member_day(one, where) for one, where in _listed(found, "member_days")]
    for n, day in enumerate(days):
        if day in days[:n]:
            raise BadRules(f"member_days.{n}", _("stands there twice"))
    return tuple(days)


def _member_day(found: Any, where: str) -> Day:
    day = _object(found, where, {"tier"}, {"weekday", "monthly_day"})
    tier = day["tier"]
    if not isinstance(tier, str) or not tier.strip():
        raise BadRules(f"{where}.tier", _('must be the code of a tier, or "*" for everybody'))
    code = "" if tier == EVERYBODY else tier
    if ("weekday" in day) == ("monthly_day" in day):
        raise BadRules(where, _("must have either a weekday or a monthly_day"))
    if "weekday" in day:
        return Day(tier=code, weekday=_weekday(day["weekday"], f"{where}.weekday"))
    return Day(tier=code, monthly_day=_whole(day["monthly_day"], f"{where}.monthly_day", least=1, most=31))


def _whole(found: Any, where: str, *, least: int, most: int) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        between = {"least": least, "most": most}
        raise BadRules(where, _("must be a whole number from %(least)d to %(most)d") % between)
    return found


def _clock(found: Any, where: str) -> dt.time:
    match = _CLOCK.fullmatch(found) if isinstance(found, str) else None
    if match is None:
        raise BadRules(where, _("must be a time like 20:00"))
    return dt.time(int(match[1]), int(match[2]))

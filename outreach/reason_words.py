"""Why somebody is called, as a manager would say it."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.birthdays import lunar_words
from customers.choices import Calendar
from customers.models import Customer
from outreach.choices import ReasonKind
from outreach.models import CallReason
from vipdesk.templatetags.nights import night as in_words


def reason_words(reason: CallReason, *, guest: Customer, night: dt.date, bottles: Sequence[str] = ()) -> str:
    """ "lunar birthday on Fri 25 Sep, 八月十五", "bottle 0231 expires in 6 days"; `bottles` are those of its day."""
    if reason.kind == ReasonKind.BIRTHDAY:
        return _birthday(reason, guest, night)
    if reason.kind == ReasonKind.BOTTLE:
        return _bottle(bottles, (reason.on - night).days)
    if reason.kind == ReasonKind.NEW_GUEST:
        return _("new guest of last night")
    return _("member day today") if reason.on == night else _("member day on %(day)s") % {"day": in_words(reason.on)}


def _birthday(reason: CallReason, guest: Customer, night: dt.date) -> str:
    said = {"day": in_words(reason.on)}
    if reason.calendar != Calendar.LUNAR:
        return _("birthday today") if reason.on == night else _("birthday on %(day)s") % said
    words = _("lunar birthday today") if reason.on == night else _("lunar birthday on %(day)s") % said
    if guest.birthday is None or not guest.birthday.is_lunar:  # corrected since
        return words
    return f"{words}, {_without_year(guest)}"


def _without_year(guest: Customer) -> str:
    born = guest.birthday
    if born is None:
        return ""
    words = lunar_words(born)
    return words.removeprefix("农历").removeprefix(f"{born.year}年" if born.year else "")


def _bottle(numbers: Sequence[str], days: int) -> str:
    which = _bottles(numbers)
    if days <= 0:
        return _("%(which)s expires today") % {"which": which}
    words = ngettext("%(which)s expires in %(n)d day", "%(which)s expires in %(n)d days", days)
    return words % {"which": which, "n": days}


def _bottles(numbers: Iterable[str]) -> str:
    listed = ", ".join(sorted(numbers))
    return _("bottle %(numbers)s") % {"numbers": listed} if listed else _("a stored bottle")

"""What to know about a guest who stands at the door, before all the rest of their page: what is close, what is owed."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import birthdays
from customers.choices import IntakeStatus
from customers.models import Customer
from vipdesk.templatetags.nights import night as night_in_words

BIRTHDAY_AHEAD = 14


@dataclass(frozen=True, kw_only=True)
class Point:
    """One thing to know: an icon of desk.svg, a tone of the notes ("red" is owed, "gold" close, "blue" to look at,
    "" good to know), what it is, more about it, and what helps: "correct", "contacted" or nothing."""

    icon: str
    tone: str
    what: str
    more: str = ""
    helps: str = ""


def points(customer: Customer, tonight: dt.date) -> list[Point]:
    """What to know now, the gravest first. For those to whom the guest is open (`CustomerQuerySet.visible_to`) all of
    it; for others the coming birthday alone."""
    if not customer.is_open:
        return list(_birthday(customer, tonight))
    return [
        *_sent_back(customer),
        *_contact(customer, tonight),
        *_birthday(customer, tonight),
        *_missing(customer),
        *_guessed(customer),
        *_refused(customer),
    ]


def _sent_back(customer: Customer) -> Iterator[Point]:
    if customer.intake_status == IntakeStatus.SENT_BACK:
        more = customer.sent_back_because
        yield Point(icon="return", tone="red", what=_("Sent back"), more=more, helps="correct")


def _contact(customer: Customer, tonight: dt.date) -> Iterator[Point]:
    due = customer.contact_due_on
    if due is None or due > tonight:
        return
    more = contact_rhythm(customer)
    yield Point(icon="phone", tone="red", what=contact_state(customer, tonight), more=more, helps="contacted")


def contact_state(customer: Customer, tonight: dt.date) -> str:
    """Where the contact with a key account stands: 3 days late, due tonight, in time until a night."""
    due = customer.contact_due_on
    if due is None:
        return ""
    if due > tonight:
        return _("Contact by %(night)s") % {"night": night_in_words(due)}
    if due == tonight:
        return _("Contact is due tonight")
    if customer.last_contact_night is None:
        return _("Not contacted yet")
    days = (tonight - due).days
    return ngettext("Contact %(days)d day late", "Contact %(days)d days late", days) % {"days": days}


def contact_rhythm(customer: Customer) -> str:
    """How often, and when last."""
    days = customer.contact_every_days
    if days is None:
        return _("how often is not said yet")
    often = ngettext("every day", "every %(days)d days", days) % {"days": days}
    if customer.last_contact_night is None:
        return often
    return _("%(often)s, last on %(night)s") % {"often": often, "night": night_in_words(customer.last_contact_night)}


def _birthday(customer: Customer, tonight: dt.date) -> Iterator[Point]:
    born = customer.birthday
    if born is None:
        return
    kept = birthdays.next_observance(born, tonight)
    days = (kept - tonight).days
    if days > BIRTHDAY_AHEAD:
        return
    said = {"night": night_in_words(kept)}
    # The night runs past midnight, and the day after it begins while the guest is here.
    what = (_("Birthday tonight"), _("Birthday from midnight"))[days] if days < 2 else _("Birthday on %(night)s") % said
    yield Point(icon="cake", tone="gold", what=what, more=_on_birthday(born, kept))


def _on_birthday(born: birthdays.Birthday, kept: dt.date) -> str:
    parts = [birthdays.lunar_day(kept)] if born.is_lunar else []
    age = birthdays.age_on(born, kept)
    if age:
        parts.append(_("turns %(age)d") % {"age": age})
    return " · ".join(parts)


def _missing(customer: Customer) -> Iterator[Point]:
    gaps = [
        (customer.name_is_partial, _("whole name")),
        (customer.birthday is None, _("birthday")),
        (not (customer.home_address or customer.work_address), _("address")),
    ]
    missing = [what for is_missing, what in gaps if is_missing]
    if missing:
        what = _("Missing: %(what)s") % {"what": _(", ").join(missing)}
        helps = "" if customer.intake_status == IntakeStatus.SENT_BACK else "correct"  # one way there is enough
        yield Point(icon="edit", tone="blue", what=what, more=_("Ask tonight."), helps=helps)


def _guessed(customer: Customer) -> Iterator[Point]:
    if customer.guesses:
        more = _("Understood from a sheet; look and save to confirm.")
        yield Point(icon="info", tone="blue", what=_("Partly a guess"), more=more)


def _refused(customer: Customer) -> Iterator[Point]:
    if customer.sms_consent and customer.call_consent:
        return
    if not (customer.sms_consent or customer.call_consent):
        what = _("No SMS, no calls")
    else:
        what = _("No calls") if customer.sms_consent else _("No SMS")
    yield Point(icon="shield", tone="", what=what, more=_("not agreed to"))

"""Winning people who are not guests yet (T12, G14): logged, tried, given up; their number makes them guests.

That last step is the database's own: whatever enters a guest's number closes the open prospect of it, in the same
statement (`customers.models.number.MEET_PROSPECTS`). `sweep` finds the one case it cannot see, a prospect logged while
that statement was under way.
"""

import datetime as dt

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import forgetting
from customers.choices import GivenUpFor, ProspectChannel, ProspectOutcome, ProspectState
from customers.models import Customer, Prospect, ProspectAttempt
from customers.models.number import WIN_PROSPECTS
from staff.models import User
from vipdesk import nights
from vipdesk.sweeps import sweep as sweep_of
from vipdesk.templatetags.nights import night as night_in_words

# What of an attempt ends it at once, and why it was given up then.
ENDS = {ProspectOutcome.WRONG: GivenUpFor.WRONG, ProspectOutcome.LEFT_ALONE: GivenUpFor.LEFT_ALONE}
KEPT_AFTER_GIVING_UP = dt.timedelta(days=90)
KEPT_OPEN = dt.timedelta(days=365)


class CannotLog(Exception):
    """This person is no prospect, or not one of this manager's; the message says why."""


class IsGuest(CannotLog):
    """The number is a guest's; who, is `customer`."""

    def __init__(self, customer: Customer) -> None:
        super().__init__(_("This number is a guest's already."))
        self.customer = customer


class CannotTry(Exception):
    """This prospect is not to be contacted, or not so; the message says why."""


@transaction.atomic
def log_prospect(*, prospect: Prospect, by: User, at: dt.datetime) -> Prospect:
    """Write down somebody met outside (unsaved: number, where met, note, whether they agreed to be called).

    Raises `IsGuest`, and `CannotLog` for a number that is an open prospect's, or of somebody who asked to be left alone
    or was erased. Of two tablets with one number the unique constraint lets one through.
    """
    if prospect.phone:
        refuse_number(prospect.phone)
    prospect.found_by = prospect.owner = by
    prospect.found_at, prospect.night = at, nights.night_of(at)
    prospect.source = source_of(prospect)
    try:
        with transaction.atomic():
            prospect.save(force_insert=True)
    except IntegrityError as error:
        if "prospect_phone_open_once" not in str(error):
            raise
        refuse_number(prospect.phone or "")
        raise CannotLog(_("Somebody has logged this number just now.")) from None
    return prospect


def refuse_number(number: str) -> None:
    """Raises `CannotLog` where whoever has this number (E.164) is no prospect of anybody who asks."""
    known = Customer.objects.living().with_number(number).select_related("owner", "tier").first()
    if known:
        raise IsGuest(known)
    open_one = open_prospects().filter(phone=number).select_related("owner").first()
    if open_one:
        said = {"who": open_one.owner, "night": night_in_words(open_one.night)}
        raise CannotLog(_("%(who)s is at it already, since %(night)s.") % said)
    left_alone = Prospect.objects.filter(phone=number, state=ProspectState.GIVEN_UP)
    if left_alone.filter(given_up_for=GivenUpFor.LEFT_ALONE).exists():
        raise CannotLog(_("Whoever has this number asked to be left alone."))
    if forgetting.forgotten([number]):
        raise CannotLog(_("Whoever had this number was erased. Only in person may they be taken in again, as a guest."))


def source_of(prospect: Prospect) -> str:
    """How they came to us, as it will stand on the guest's record: the words of whoever logs it."""
    parts = [str(prospect.get_lead_display()), prospect.where]
    return " · ".join(part for part in parts if part)[:60]


@transaction.atomic
def record_attempt(*, attempt: ProspectAttempt) -> ProspectAttempt:
    """Write a try down (unsaved: prospect, channel, outcome, note, who). A wrong number, or being asked to be left
    alone, ends it. Locks the prospect. Raises `CannotTry`."""
    prospect = _locked(attempt.prospect_id)
    if attempt.channel == ProspectChannel.PHONE and not prospect.call_consent:
        raise CannotTry(_("They did not agree to be called."))
    attempt.at = timezone.now()
    attempt.night = nights.night_of(attempt.at)
    attempt.save(force_insert=True)
    reason = ENDS.get(ProspectOutcome(attempt.outcome))
    if reason:
        _settle(prospect, reason)
    return attempt


@transaction.atomic
def give_up(*, prospect: Prospect, reason: GivenUpFor) -> None:
    """It came to nothing. Locks the prospect. Raises `CannotTry` where it is settled already."""
    _settle(_locked(prospect.pk), reason)


def _locked(pk: int) -> Prospect:
    found = Prospect.objects.select_for_update().get(pk=pk)
    if not found.is_open:
        raise CannotTry(_("This is settled already: %(state)s.") % {"state": found.get_state_display()})
    return found


def _settle(prospect: Prospect, reason: GivenUpFor) -> None:
    prospect.state, prospect.given_up_for = ProspectState.GIVEN_UP, reason
    prospect.settled_at = timezone.now()
    prospect.save(update_fields=["state", "given_up_for", "settled_at"])


def open_prospects() -> QuerySet[Prospect]:
    return Prospect.objects.filter(state=ProspectState.OPEN)


def open_prospects_of(user: User) -> QuerySet[Prospect]:
    """Whom a manager still tries to win, the newest first, with what was tried."""
    return open_prospects().filter(owner=user).select_related("found_by").prefetch_related("attempts__by")


@sweep_of(gettext_lazy("Finds prospects whose number is a guest's by now."))
def sweep() -> None:
    """Every minute: open prospects whose number a guest has by now. Whoever was logged while the guest's own statement
    was under way was not to be seen by it; doing it again changes nothing."""
    with connection.cursor() as cursor:
        statement = WIN_PROSPECTS.format(numbers="customers_phonenumber", now="%(now)s")
        cursor.execute(statement, {"now": timezone.now()})


def take_out(prospects: QuerySet[Prospect]) -> int:
    """Take out who these people are; what was done and what came of it stays, for the counts. Open ones are given up.
    How many held something."""
    now = timezone.now()
    prospects.filter(state=ProspectState.OPEN).update(
        state=ProspectState.GIVEN_UP, given_up_for=GivenUpFor.OTHER, settled_at=now
    )
    ProspectAttempt.objects.filter(prospect__in=prospects.values("pk")).exclude(note="").update(note="")
    held = prospects.exclude(phone=None, name="", note="", where="", source="")
    return held.update(phone=None, name="", note="", where="", source="")


@transaction.atomic
def take_out_old(now: dt.datetime | None = None) -> dict[str, int]:
    """Nobody is kept who came to nothing: given up for long, or open for a year. Who asked to be left alone is
    remembered by the keyed hash of their number alone."""
    at = now or timezone.now()
    open_prospects().filter(found_at__lt=at - KEPT_OPEN).update(
        state=ProspectState.GIVEN_UP, given_up_for=GivenUpFor.LONG_AGO, settled_at=at
    )
    old = Prospect.objects.filter(state=ProspectState.GIVEN_UP, phone__isnull=False).filter(
        Q(settled_at__lt=at - KEPT_AFTER_GIVING_UP) | Q(given_up_for=GivenUpFor.LONG_AGO)
    )
    left_alone = old.filter(given_up_for=GivenUpFor.LEFT_ALONE).values_list("phone", flat=True)
    forgetting.forget([number for number in left_alone if number], at=at)
    keys = list(old.values_list("pk", flat=True))
    return {"prospects": take_out(Prospect.objects.filter(pk__in=keys))}

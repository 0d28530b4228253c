"""What a manager is told of what others did: a reservation of theirs changed, a guest of theirs opened, and a guest who
entered themselves where they serve."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import care
from customers.models import CareGrant, Customer
from staff import news
from staff.models import User
from visits.models import Party, Reservation, ReservationNotice, SelfEntryNotice

What = ReservationNotice.What


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing to know: when, what in a sentence, and where it stands."""

    at: dt.datetime | None
    text: str
    url: str


def tell_booker(*, reservation: Reservation, what: ReservationNotice.What, by: User) -> None:
    """Somebody else did this with a booker's reservation: they read it on Tonight. In the caller's transaction."""
    if reservation.booked_by_id != by.pk:
        ReservationNotice.objects.create(reservation=reservation, to_id=reservation.booked_by_id, by=by, what=what)
        news.announce(reservation.booked_by_id)


def tell_of_others_guest(*, party: Party, by: User) -> None:
    """The guest of these reservations sits down tonight, but not on them: their bookers are told."""
    guest = party.customer
    signs = Q(customer=guest) | Q(customer__merged_into=guest) if guest else Q()
    numbers = {party.host_phone, party.reservation.guest_phone if party.reservation else ""} - {""}
    signs = signs | Q(guest_phone__in=numbers) if numbers else signs
    if not signs:
        return
    expected = Reservation.objects.on_night(party.night).seatable().filter(signs).exclude(pk=party.reservation_id)
    for one in expected:
        tell_booker(reservation=one, what=What.OVERTAKEN, by=by)


def tell_of_self_entry(*, party: Party, customer: Customer) -> None:
    """A guest entered themselves in the room of this party: the manager who serves it is told, in the caller's
    transaction."""
    to = party.attributed_to or party.seated_by
    if to.is_manager:
        SelfEntryNotice.objects.get_or_create(party=party, customer=customer, defaults={"to": to})
        news.announce(to.pk)


@dataclass(frozen=True, kw_only=True)
class News:
    """What somebody has not seen yet, by its kind."""

    grants: list[CareGrant] = field(default_factory=list)
    changed: list[ReservationNotice] = field(default_factory=list)
    entered: list[SelfEntryNotice] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.grants or self.changed or self.entered)

    @property
    def keys(self) -> list[list[int]]:
        return [[one.pk for one in kind] for kind in (self.grants, self.changed, self.entered)]


def unseen(user: User) -> News:
    """What this person has not seen yet; asked for where there is any, so that Tonight costs nothing without."""
    if not user.has_news:
        return News()
    changed = ReservationNotice.objects.filter(to=user, seen_at=None).select_related("by", "reservation")
    entered = SelfEntryNotice.objects.filter(to=user, seen_at=None).select_related("customer", "party__room")
    return News(
        grants=list(care.to_tell(user).select_related("user", "customer")),
        changed=list(changed.order_by("-at", "-pk")),
        entered=list(entered.order_by("-at", "-pk")),
    )


def in_words(news: News) -> list[Told]:
    """As sentences, the newest first."""
    told = [*map(_of_guest, news.grants), *map(_of_reservation, news.changed), *map(_of_self_entry, news.entered)]
    return sorted(told, key=lambda one: one.at.timestamp() if one.at else 0, reverse=True)


def _of_guest(grant: CareGrant) -> Told:
    text = _("%(who)s opened the record of %(guest)s by a party.") % {"who": grant.user, "guest": grant.customer}
    return Told(at=grant.made_at, text=text, url=reverse("customers:page", args=[grant.customer_id]))


def _of_reservation(notice: ReservationNotice) -> Told:
    says = {
        What.CANCELLED: _("%(who)s called your reservation for %(guest)s off."),
        What.MOVED: _("%(who)s changed room or time of your reservation for %(guest)s."),
        What.SEATED: _("%(who)s seated your reservation for %(guest)s."),
        What.OVERTAKEN: _("%(who)s seated %(guest)s without your reservation."),
    }[What(notice.what)]
    text = says % {"who": notice.by, "guest": notice.reservation.guest_name}
    return Told(at=notice.at, text=text, url=reverse("visits:reservation", args=[notice.reservation_id]))


def _of_self_entry(notice: SelfEntryNotice) -> Told:
    params = {"guest": notice.customer.goes_on_as, "room": notice.party.room}
    text = _("%(guest)s entered themselves by the code of %(room)s.") % params
    return Told(at=notice.at, text=text, url=reverse("visits:party", args=[notice.party_id]))


def see(*, user: User, grants: Iterable[int], notices: Iterable[int], entered: Iterable[int] = ()) -> None:
    """This person has seen these, by key; of what is not theirs nothing changes."""
    now = timezone.now()
    CareGrant.objects.filter(pk__in=care.to_tell(user).filter(pk__in=grants).values("pk")).update(seen_at=now)
    ReservationNotice.objects.filter(to=user, seen_at=None, pk__in=notices).update(seen_at=now)
    SelfEntryNotice.objects.filter(to=user, seen_at=None, pk__in=entered).update(seen_at=now)
    if unseen(user).is_empty:
        news.clear(user)

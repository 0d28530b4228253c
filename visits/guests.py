"""Who a number belongs to, and who may see or ring the number of a reservation."""

import datetime as dt

from django.db.models import Q

from customers import phones
from customers.families import with_merged
from customers.models import Customer, PhoneNumber
from staff.models import User
from visits.choices import ReservationState
from visits.models import Reservation


def known_guest(user: User, number: str) -> Customer | None:
    """The living guest who has this number (E.164), where this person may open their page. Of a number that is on file
    with a party: who types one asks `lookups.holder_of`, where that is counted."""
    found = Customer.objects.visible_to(user).living().with_number(number)
    guest: Customer | None = found.select_related("tier", "owner").first()
    return guest


def reserved_for(
    *, number: str, guest: Customer | None, night: dt.date, leaving_out: int | None = None
) -> list[Reservation]:
    """What is reserved on a night for who has this number (E.164), the first booked first: under the number itself, or
    for the `guest` on file under any of their numbers and any record that was merged into theirs. Not what was called
    off. Whoever asks by a number they typed asks `lookups.holder_of` first, where that is counted; two statements."""
    theirs = Q(guest_phone=number)
    if guest:
        family = with_merged(Customer.objects.filter(pk=guest.pk))
        numbers = PhoneNumber.objects.filter(customer__in=family, released_at=None).values("number")
        theirs |= Q(customer__in=family) | Q(guest_phone__in=numbers)
    found = Reservation.objects.on_night(night).exclude(state=ReservationState.CANCELLED).exclude(pk=leaving_out)
    return list(found.filter(theirs).select_related("room", "booked_by").order_by("created_at", "pk"))


def may_ring(user: User, reservation: Reservation) -> bool:
    """Whose guest it is sees the number: the booker, and who looks after the guest. The office reveals it."""
    if user.is_office:
        return False
    owner = reservation.customer.owner_id if reservation.customer else None
    return user.pk in (reservation.booked_by_id, owner)


def shown_number(user: User, reservation: Reservation) -> str:
    """The number of a reservation as this person reads it: whole where it is theirs, else masked."""
    return phones.display(reservation.guest_phone) if may_ring(user, reservation) else reservation.masked_phone

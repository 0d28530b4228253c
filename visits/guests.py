"""Who a number belongs to, and who may see or ring the number of a reservation."""

from customers import phones
from customers.models import Customer
from staff.models import User
from visits.models import Reservation


def known_guest(user: User, number: str) -> Customer | None:
    """The living guest who has this number (E.164), where this person may open their page. Of a number that is on file
    with a party: who types one asks `lookups.holder_of`, where that is counted."""
    found = Customer.objects.visible_to(user).living().with_number(number)
    guest: Customer | None = found.select_related("tier", "owner").first()
    return guest


def may_ring(user: User, reservation: Reservation) -> bool:
    """Whose guest it is sees the number: the booker, and who looks after the guest. The office reveals it."""
    if user.is_office:
        return False
    owner = reservation.customer.owner_id if reservation.customer else None
    return user.pk in (reservation.booked_by_id, owner)


def shown_number(user: User, reservation: Reservation) -> str:
    """The number of a reservation as this person reads it: whole where it is theirs, else masked."""
    return phones.display(reservation.guest_phone) if may_ring(user, reservation) else reservation.masked_phone

"""Contacts outside the lists (T11): on site, by WeChat, by phone, otherwise."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from customers.models import Customer
from outreach.models import Contact
from staff.models import User
from vipdesk import nights


@transaction.atomic
def record_contact(*, customer: Customer, channel: str, text: str, by: User, client_id: UUID) -> Contact:
    """Write a contact down; a key account has been contacted tonight with it (G12)."""
    now = timezone.now()
    night = nights.night_of(now)
    guest = customer.goes_on_as
    Customer.objects.filter(pk=guest.pk).update(last_contact_night=night)
    return Contact.objects.create(
        customer=guest, channel=channel, text=text, by=by, at=now, night=night, client_id=client_id
    )

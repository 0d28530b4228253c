"""A guest's tags: chosen on their page by who looks after them and by operations."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from customers.models import Customer, GuestTag, Tag
from staff.models import User


def tags_of(customer: Customer) -> QuerySet[Tag]:
    return Tag.objects.filter(tagged__customer=customer)


def on_offer(customer: Customer) -> QuerySet[Tag]:
    """What may be chosen for this guest: what is offered, and what they have that is not offered any more."""
    return Tag.objects.filter(Q(is_offered=True) | Q(tagged__customer=customer)).distinct()


@transaction.atomic
def set_tags(*, customer: Customer, tags: Collection[Tag], by: User) -> None:
    """From now on the guest has these tags and no others; what they had before stays with who chose it. Locks the
    guest."""
    Customer.objects.select_for_update(of=("self",)).only("pk").get(pk=customer.pk)
    GuestTag.objects.filter(customer=customer).exclude(tag__in=tags).delete()
    GuestTag.objects.bulk_create(
        [GuestTag(customer=customer, tag=tag, added_by=by) for tag in tags], ignore_conflicts=True
    )

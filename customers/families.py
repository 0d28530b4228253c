"""Merged guests: the record that stands for each one now.

What the apps know of a merged guest stays with the key under which it was written (decision 27). `Customer.merged_into`
always names the end of the chain, which a trigger keeps so; the record that stands for a row is therefore
`coalesce(merged_into, id)`. Every reader and every writer asks here for it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.db.models.functions import Coalesce

if TYPE_CHECKING:
    from customers.models import Customer
    from customers.querysets import CustomerQuerySet


def living_key(path: str) -> Coalesce:
    """Expression: the key of the guest who stands for the one at `path`, a foreign key to Customer."""
    return Coalesce(f"{path}__merged_into", path)


def has_tier(path: str, *, is_vip: bool) -> Q:
    """Condition: the guest who stands for the one at `path` has a tier that is VIP, or one that is not."""
    own = Q(**{f"{path}__merged_into": None, f"{path}__tier__is_vip": is_vip})
    return own | Q(**{f"{path}__merged_into__tier__is_vip": is_vip})


def with_merged(guests: "CustomerQuerySet") -> "QuerySet[Customer, Any]":
    """Keys of these guests and of all who were merged into them, for `customer__in`."""
    chosen = guests.order_by().values("pk")
    return chosen.union(_customers().filter(merged_into__in=chosen).order_by().values("pk"), all=True)


def same_guest(key: str, path: str = "customer") -> Q:
    """Condition in a subquery: its guest at `path` is the one whom the outer row's foreign key `key` stands for."""
    outer = living_outer(key)
    return Q(**{path: outer}) | Q(**{f"{path}__merged_into": outer})


def living_outer(key: str) -> Combinable:
    """`living_key` of the outer row of a subquery."""
    return Coalesce(models.OuterRef(f"{key}__merged_into"), models.OuterRef(key))


def who_goes_on(customers: Iterable[int]) -> dict[int, int]:
    """For each of these keys the key of the guest who stands for it; one statement."""
    rows = _customers().filter(pk__in=set(customers)).order_by()
    return {pk: into or pk for pk, into in rows.values_list("pk", "merged_into")}


def _customers() -> Any:
    from customers.models import Customer

    return Customer.objects


class _LivingGuest(ForwardManyToOneDescriptor):  # type: ignore[type-arg]
    """Reads as the record that stands for the guest; one statement more where the guest was merged."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        guest: Any = super().__get__(instance, cls)
        return guest if guest is None or instance is None else guest.goes_on_as


if TYPE_CHECKING:
    GuestKey = models.ForeignKey
else:

    class GuestKey(models.ForeignKey):
        """A foreign key to Customer. `row.customer` is the guest as they go on now; `row.customer_id` is the key as it
        was written, which stays when the guest is merged and is read again when the merge is undone."""

        forward_related_accessor_class = _LivingGuest

        def deconstruct(self) -> Any:
            """As the plain foreign key that it is to the database."""
            name, _path, args, kwargs = super().deconstruct()
            return name, "django.db.models.ForeignKey", args, kwargs


class GuestChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice of one living guest; the key of a record that was merged while the form was open means the other."""

    def clean(self, value: Any) -> Any:
        return super().clean(next(iter(as_living([value])), value))


class GuestsChoiceField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """The same for several guests."""

    def clean(self, value: Any) -> Any:
        return super().clean(as_living(value) if isinstance(value, list | tuple) else value)


def as_living(sent: Iterable[Any]) -> list[Any]:
    """Keys as a form sent them, those of merged records replaced."""
    keys = {int(one) for one in sent if is_key(one)}
    now = who_goes_on(keys) if keys else {}
    return [cast(Any, now.get(int(one), one)) if is_key(one) else one for one in sent]


def is_key(typed: object) -> bool:
    """Whether this text can be the key of a row."""
    text = str(typed)
    return text.isascii() and text.isdecimal() and len(text) < 19

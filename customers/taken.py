"""Whose a number is: what is said when somebody else has the phone or member number that was to be written."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from customers.models import Customer


class Taken(Exception):
    """Another guest has this phone or member number; `field` says which. Who it is, is looked up when asked: the
    transaction in which the database refused the row is over by then."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field} taken")
        self.field, self.value = field, value

    @property
    def customer(self) -> Customer | None:
        """Who has it: of a phone number the living guest, whether it is their main one or not; of a member number
        also one who was merged, as whom they go on."""
        known = Customer.objects.select_related("owner", "tier")
        if self.field == "phone":
            return known.living().with_number(self.value).first()
        holder = known.filter(**{self.field: self.value}).first()
        return holder and holder.goes_on_as


@contextmanager
def telling_who_has_it(**values: str | None) -> Iterator[None]:
    """Turns the database's refusal of a phone or member number, given by its field's name, into `Taken`."""
    try:
        yield
    except IntegrityError as error:
        constraint = error.__cause__.diag.constraint_name or ""  # type: ignore[union-attr]  # psycopg2's own
        for field, value in values.items():
            if f"_{field}_" in constraint and value:
                raise Taken(field, value) from None
        raise

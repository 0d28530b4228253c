"""The phone numbers of the guests: several each, with when they came and went (G5)."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers import phones
from customers.models.customer import Customer

# Open prospects whose number a guest has are that guest, and a blank source is theirs; where a guest was on file before
# they were met, they did not come by them. `numbers`: where to look, the rows just entered or the whole table. `now`:
# the moment, as SQL.
WIN_PROSPECTS = """
    WITH met AS (
        UPDATE customers_prospect p SET state = 'guest', customer_id = n.customer_id, settled_at = {now}
        FROM {numbers} n
        WHERE p.state = 'open' AND p.phone = n.number AND n.released_at IS NULL
        RETURNING p.customer_id, p.source, p.night
    )
    UPDATE customers_customer c SET source = met.source FROM met
    WHERE c.id = met.customer_id AND c.source = '' AND met.source <> '' AND c.night >= met.night;
"""
# Whatever enters a guest's number, capture or sheet or a second number (docs/decisions/0019).
MEET_PROSPECTS = pgtrigger.Trigger(
    name="meet_prospects",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_rows"),
    func=WIN_PROSPECTS.format(numbers="new_rows", now="now()") + "    RETURN NULL;",
)


class PhoneNumber(models.Model):
    """One number, E.164, of one guest, for a time. A living number is one guest's alone; a released one may be taken
    again, by anybody. The main number stands in `Customer.phone` too, from where the database enters it here."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="numbers", verbose_name=_("guest"))
    number = models.CharField(_("number"), max_length=16)
    since = models.DateTimeField(_("since"), default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    number_reversed = models.GeneratedField(
        expression=Reverse(F("number")), output_field=models.CharField(max_length=16), db_persist=True
    )

    class Meta:
        ordering = ["since", "pk"]
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        indexes = [
            models.Index(
                OpClass("number_reversed", "varchar_pattern_ops"),
                name="number_tail",
                condition=Q(released_at=None),
            ),
            models.Index("number", name="number_formerly", condition=Q(released_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=Q(released_at=None), name="number_phone_lives_once"),
            models.CheckConstraint(condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="number_is_e164"),
        ]
        triggers = [MEET_PROSPECTS]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        return phones.mask(self.number)

    @property
    def shown(self) -> str:
        return phones.display(self.number)

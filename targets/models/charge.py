"""The ledger of charges: bills of rooms, sales of stored-value cards, refunds (domain.md, "Charges"; S6 S7).

Rows only grow. Who gets a bill is changed by two more rows, a reversal and the bill once more for somebody else, which
name the row they correct and keep its night. What may never be is refused by the database, however a row comes in.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from targets.charge_querysets import ChargeQuerySet
from targets.choices import ChargeKind, Entry, Payment, Source
from targets.models.ledger_guard import ledger_guard
from vipdesk import coded
from vipdesk.appendonly import append_only
from visits.models import Party, Room


class Charge(models.Model):
    """One row; yuan. `night` says which month's total it belongs to, `booked_month` (its first day) in which it is paid
    out: the first month that was open, at or after its night's, when the row came (`targets.months`).

    `manager` gets it (None: nobody yet); `named` is whom the bill itself named, which is kept to know the same bill
    again. A refund points at its bill's first row by `refund_of`; a correction at the row it corrects by `corrects`.
    """

    entry = models.CharField(_("entry"), max_length=8, choices=Entry, default=Entry.BILL)
    bill_no = models.CharField(_("bill number"), max_length=40)
    kind = models.CharField(_("kind"), max_length=4, choices=ChargeKind)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    payment = models.CharField(_("paid with"), max_length=12, choices=Payment)
    paid_at = models.DateTimeField(_("paid at"))
    night = models.DateField(_("night"))
    booked_month = models.DateField(_("booked in"))
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="charges",
        verbose_name=_("manager"),
    )
    named = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("named on the bill"),
    )
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("room")
    )
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, db_index=False, related_name="charges", verbose_name=_("party")
    )
    refund_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="refunds",
        verbose_name=_("refund of"),
    )
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="corrections",
        verbose_name=_("corrects"),
    )
    source = models.CharField(_("came"), max_length=5, choices=Source, default=Source.FILE)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    received_at = models.DateTimeField(_("came in at"), default=timezone.now)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering = ["-paid_at", "-pk"]
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        indexes = [
            # A month's totals by manager are read from this index alone.
            models.Index(fields=["night", "manager"], name="charge_by_night", include=["kind", "payment", "amount"]),
            # What came for a month that was closed, and settles in a later one.
            models.Index(
                fields=["booked_month", "manager"], name="charge_came_late", condition=Q(booked_month__gt=F("night"))
            ),
            models.Index("refund_of", name="charge_refunds", condition=Q(refund_of__isnull=False)),
            models.Index("party", name="charge_of_party", condition=Q(party__isnull=False)),
            models.Index("bill_no", name="charge_corrections_of_bill", condition=~Q(entry="bill")),
            models.Index("night", name="charge_of_nobody", condition=Q(manager=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["bill_no"], condition=Q(entry="bill"), name="bill_came_once"),
            models.UniqueConstraint(
                fields=["corrects", "entry"], condition=Q(corrects__isnull=False), name="charge_corrected_once"
            ),
            models.CheckConstraint(
                condition=Q(entry="bill", corrects=None) | ~Q(entry="bill") & Q(corrects__isnull=False),
                name="correction_names_its_row",
            ),
            models.CheckConstraint(
                condition=Q(refund_of=None, amount__gt=0) & ~Q(entry="reversal")
                | Q(refund_of__isnull=False, amount__lt=0) & ~Q(entry="reversal")
                | Q(refund_of=None, amount__lt=0, entry="reversal")
                | Q(refund_of__isnull=False, amount__gt=0, entry="reversal"),
                name="charge_sign_is_its_sort",
            ),
            models.CheckConstraint(condition=Q(kind__in=ChargeKind.values), name="charge_kind_is_known"),
            models.CheckConstraint(condition=Q(payment__in=Payment.values), name="charge_payment_is_known"),
            models.CheckConstraint(
                condition=~Q(kind="card") | Q(room=None, party=None), name="card_sale_is_of_no_room"
            ),
            models.CheckConstraint(condition=Q(party=None) | Q(room__isnull=False), name="party_charge_has_room"),
            models.CheckConstraint(condition=~Q(bill_no=""), name="charge_has_number"),
            models.CheckConstraint(condition=Q(booked_month__day=1), name="charge_is_booked_in_a_month"),
            models.CheckConstraint(condition=Q(entry="bill") | ~Q(reason=""), name="correction_has_reason"),
        ]
        triggers = [append_only("reason"), ledger_guard()]

    def __str__(self) -> str:
        return self.bill_no

    @property
    def shown_reason(self) -> str:
        """In the reader's language."""
        return coded.read(self.reason)

    @property
    def is_refund(self) -> bool:
        return self.refund_of_id is not None

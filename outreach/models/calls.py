"""Call lists (T9, T2), the calls made from them, and other contacts with a guest (T11, G3)."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.choices import Calendar
from customers.families import GuestKey
from customers.models import Customer
from outreach.choices import REACHED, CallOutcome, ContactChannel, ListKind, ReasonKind
from outreach.querysets import CallListEntryQuerySet
from vipdesk.appendonly import append_only


class CallList(models.Model):
    """A night's list of one kind, built once; `outreach.building` writes it whole, its entries with it."""

    kind = models.CharField(_("kind"), max_length=5, choices=ListKind, default=ListKind.CALLS)
    night = models.DateField(_("night"))
    built_at = models.DateTimeField(_("built at"), default=timezone.now)
    listed = models.PositiveIntegerField(_("to call"), default=0)
    left_over = models.PositiveIntegerField(_("left for the next list"), default=0)

    if TYPE_CHECKING:
        entries: Any

    class Meta:
        ordering = ["-night", "kind"]
        verbose_name = _("call list")
        verbose_name_plural = _("call lists")
        constraints = [models.UniqueConstraint(fields=["kind", "night"], name="one_call_list_a_night")]

    def __str__(self) -> str:
        return f"{self.night} {self.get_kind_display()}"


class CallListEntry(models.Model):
    """A guest to be called on a list's night, once, by one manager; `place` counts through the whole list from 1."""

    call_list = models.ForeignKey(CallList, models.CASCADE, related_name="entries")
    customer = GuestKey(Customer, models.PROTECT, related_name="call_entries", verbose_name=_("guest"))
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("manager"))
    place = models.PositiveIntegerField(_("place"))
    is_carried = models.BooleanField(_("from the last list"), default=False)

    if TYPE_CHECKING:
        reasons: Any
        calls: Any

    objects = CallListEntryQuerySet.as_manager()

    class Meta:
        ordering = ["place"]
        verbose_name = _("guest to call")
        verbose_name_plural = _("guests to call")
        constraints = [
            models.UniqueConstraint(fields=["call_list", "customer"], name="guest_once_on_a_call_list"),
            models.UniqueConstraint(fields=["call_list", "place"], name="one_guest_per_place"),
        ]
        indexes = [models.Index("manager", "call_list", "place", name="call_entry_of_manager")]

    def __str__(self) -> str:
        return f"{self.call_list_id}: {self.place}"


class CallReason(models.Model):
    """An occasion to call: the day a birthday is kept, a bottle's last, a member day."""

    entry = models.ForeignKey(CallListEntry, models.CASCADE, related_name="reasons")
    kind = models.CharField(_("why"), max_length=10, choices=ReasonKind)
    on = models.DateField(_("on"))
    calendar = models.CharField(max_length=5, choices=Calendar, blank=True, default="")  # a birthday's

    class Meta:
        ordering = ["kind", "on"]
        constraints = [models.UniqueConstraint(fields=["entry", "kind", "on"], name="one_call_reason_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class CallLeftOver(models.Model):
    """Who was due on a list and found no place on it: first on the next. Many rows, so without checked keys."""

    pk = models.CompositePrimaryKey("call_list_id", "customer_id")
    call_list = models.ForeignKey(CallList, models.CASCADE, related_name="left", db_constraint=False, db_index=False)
    customer = models.ForeignKey(Customer, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)

    def __str__(self) -> str:
        return f"{self.call_list_id}: {self.customer_id}"


class Call(models.Model):
    """One attempt to reach a guest. Rows only grow: a second attempt is a second row, the last one is how it stands."""

    entry = models.ForeignKey(CallListEntry, models.PROTECT, related_name="calls")
    customer = GuestKey(Customer, models.PROTECT, related_name="calls", verbose_name=_("guest"))
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=9, choices=CallOutcome)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    client_id = models.UUIDField(unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        indexes = [
            models.Index("customer", F("at").desc(), name="call_of_guest"),
            models.Index("night", "manager", name="call_by_night"),
            models.Index("night", name="call_reached", condition=Q(outcome__in=list(REACHED))),
        ]
        triggers = [append_only("note")]

    def __str__(self) -> str:
        return f"{self.night} {self.outcome}"

    @property
    def is_reached(self) -> bool:
        return self.outcome in REACHED


class Contact(models.Model):
    """A word with a guest outside the lists: on site, by WeChat, otherwise (T11)."""

    customer = GuestKey(Customer, models.PROTECT, related_name="contacts", verbose_name=_("guest"))
    channel = models.CharField(_("how"), max_length=7, choices=ContactChannel)
    text = models.CharField(_("what was said"), max_length=500)
    night = models.DateField(_("night"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    client_id = models.UUIDField(unique=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [models.Index("customer", F("at").desc(), name="contact_of_guest")]
        triggers = [append_only("text")]

    def __str__(self) -> str:
        return f"{self.night} {self.channel}"

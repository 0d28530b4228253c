"""Words of the ledger: kinds of charges, ways to pay, where a row came from, what became of a claim."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ChargeKind(models.TextChoices):
    ROOM = "room", _("room consumption")
    CARD = "card", _("stored-value card")


class Payment(models.TextChoices):
    CASH = "cash", _("cash")
    CARD = "card", _("bank card")
    WECHAT = "wechat", _("WeChat Pay")
    ALIPAY = "alipay", _("Alipay")
    STORED_VALUE = "stored_value", _("stored value")


class Entry(models.TextChoices):
    """What a row of the ledger is: a bill or refund as it came, or one of the two that give it to somebody else."""

    BILL = "bill", _("bill")
    REVERSAL = "reversal", _("reversal")
    MOVED = "moved", _("given to somebody else")


class Source(models.TextChoices):
    FILE = "file", _("imported")
    TILL = "till", _("from the till")
    CLAIM = "claim", _("claim")
    DESK = "desk", _("operations")


class ClaimState(models.TextChoices):
    OPEN = "open", _("waits for the till")
    REPLACED = "replaced", _("the till's bill stands")
    CONFIRMED = "confirmed", _("confirmed by operations")
    REJECTED = "rejected", _("rejected")

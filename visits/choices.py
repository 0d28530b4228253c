"""The few fixed choices of rooms, reservations and parties."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RoomKind(models.TextChoices):
    SMALL = "small", _("Small room")
    MEDIUM = "medium", _("Medium room")
    LARGE = "large", _("Large room")
    PARTY = "party", _("Party room")
    PRESIDENTIAL = "presidential", _("Presidential suite")
    TABLE = "table", _("Hall table")


class ReservationState(models.TextChoices):
    BOOKED = "booked", _("booked")
    SEATED = "seated", _("seated")
    CANCELLED = "cancelled", _("cancelled")
    NO_SHOW = "no_show", _("did not come")


class FollowUp(models.TextChoices):
    """What came of asking after tonight's internal reservations (T2)."""

    NOT_YET = "", _("not asked yet")
    CONFIRMED = "confirmed", _("confirmed")
    MOVED = "moved", _("moved")
    CANCELLED = "cancelled", _("cancelled")
    NO_ANSWER = "no_answer", _("no answer")


class Source(models.TextChoices):
    PHONE = "phone", _("by telephone")
    WECHAT = "wechat", _("by WeChat")
    IN_HOUSE = "in_house", _("in the house")
    AGENT = "agent", _("through an agent")
    OTHER = "other", _("otherwise")


class Mood(models.TextChoices):
    """How the guests seemed; empty: not said."""

    GOOD = "good", _("in good spirits")
    FINE = "fine", _("content")
    UNHAPPY = "unhappy", _("not content")


class SaleOutcome(models.TextChoices):
    SOLD = "sold", _("taken")
    REFUSED = "refused", _("not wanted")
    LATER = "later", _("perhaps later")


class SpendReason(models.TextChoices):
    """Why a party's interim total is below the one noted before."""

    MISTYPED = "mistyped", pgettext_lazy("interim total", "typed wrong before")
    TAKEN_BACK = "taken_back", _("something was taken back")
    DISCOUNT = "discount", _("a discount was given")
    MOVED = "moved", _("moved to another room's bill")


class BottleCategory(models.TextChoices):
    SPIRITS = "spirits", _("Spirits")
    WINE = "wine", _("Wine")
    OTHER = "other", _("Other")

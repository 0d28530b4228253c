"""The few fixed choices of call lists, calls and contacts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Weekday(models.TextChoices):
    """As the rules' file writes them; in the order of `date.weekday()`."""

    MON = "mon", _("Monday")
    TUE = "tue", _("Tuesday")
    WED = "wed", _("Wednesday")
    THU = "thu", _("Thursday")
    FRI = "fri", _("Friday")
    SAT = "sat", _("Saturday")
    SUN = "sun", _("Sunday")


class ListKind(models.TextChoices):
    CALLS = "calls", _("calls")
    NEW_GUESTS = "new", _("new guests of last night")


class ReasonKind(models.TextChoices):
    """Why somebody is called; the first three as the contract's JSON writes them."""

    BIRTHDAY = "birthday", _("birthday")
    BOTTLE = "bottle", _("stored bottle")
    MEMBER_DAY = "member_day", _("member day")
    NEW_GUEST = "new_guest", _("new guest")


class CallOutcome(models.TextChoices):
    COMING = "coming", _("coming")
    THINKING = "thinking", _("thinking about it")
    NOT_INTERESTED = "no_wish", _("not interested")
    NO_ANSWER = "no_answer", _("no answer")
    WRONG_NUMBER = "wrong", _("wrong number")
    NO_CALLS = "no_calls", _("asked not to be called")


# Who was spoken to about the occasion: not to be called about it again for seven nights.
REACHED = (CallOutcome.COMING, CallOutcome.THINKING, CallOutcome.NOT_INTERESTED, CallOutcome.NO_CALLS)


class ContactChannel(models.TextChoices):
    ON_SITE = "on_site", _("on site")
    WECHAT = "wechat", _("WeChat")
    PHONE = "phone", _("by phone")
    OTHER = "other", _("otherwise")

"""The words of complaints as the database keeps them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Category(TextChoices):
    SERVICE = "service", _("Service")
    WAITING = "waiting", _("Waiting")
    FOOD_DRINK = "food_drink", _("Food and drinks")
    EQUIPMENT = "equipment", _("Sound and equipment")
    ROOM = "room", _("Room and cleanliness")
    BILL = "bill", _("Price and bill")
    SAFETY = "safety", _("Safety and belongings")
    OTHER = "other", _("Something else")


class Severity(TextChoices):
    LOW = "low", _("low")
    NORMAL = "normal", _("normal")
    HIGH = "high", _("high")
    CRITICAL = "critical", _("critical")


class Channel(TextChoices):
    VISIT = "visit", _("in the room")
    SURVEY = "survey", _("survey")
    CALL = "call", _("telephone")
    HAND = "hand", _("in person")


class RootCause(TextChoices):
    """Why it happened, asked on closing (G1)."""

    CONDUCT = "conduct", _("Conduct of staff")
    TRAINING = "training", _("Knowledge or training")
    STAFFING = "staffing", _("Too few people")
    PROCESS = "process", _("How the work is arranged")
    SUPPLY = "supply", _("Supplies or kitchen")
    EQUIPMENT = "equipment", _("Equipment or upkeep")
    INFORMATION = "information", _("Wrong or missing information")
    OUTSIDE = "outside", _("Outside the house")
    UNFOUNDED = "unfounded", _("Nothing was wrong")


class Cause(TextChoices):
    """Why a complaint went to operations; once each per complaint and reopening."""

    BY_HAND = "by_hand", _("a manager asked for help")
    CRITICAL = "critical", _("it is critical")
    ANSWER_LATE = "answer_late", _("nobody answered the guest in time")
    SOLUTION_LATE = "solution_late", _("it was not solved in time")
    REOPENED = "reopened", pgettext_lazy("complaint", "it was reopened")
    REOPENED_TWICE = "reopened_twice", _("it was reopened for the second time")  # of the time when only that escalated
    OWNER_OFF = "owner_off", _("whoever has it is off duty")
    NOBODY = "nobody", _("nobody has it")


class Happening(TextChoices):
    """What a row of the timeline tells."""

    OPENED = "opened", _("opened")
    TAKEN = "take", _("taken in hand")
    ANSWERED = "answer", _("guest answered")
    ASSIGNED = "assign", _("given to")
    ESCALATED = "escalate", _("escalated")
    SOLVED = "solve", _("solved")
    CLOSED = "close", _("closed")
    REOPENED = "reopen", _("reopened")
    NOTED = "note", _("note")
    ASKED = "ask", _("compensation asked for")
    APPROVED = "approve", _("compensation approved")
    REFUSED = "refuse", _("compensation refused")
    GIVEN = "give", _("compensation given")


class CompensationKind(TextChoices):
    FRUIT = "fruit", _("Fruit plate")
    DRINKS = "drinks", _("Drinks")
    DISCOUNT = "discount", _("Discount on the bill")
    VOUCHER = "voucher", _("Voucher")
    REFUND = "refund", _("Money back")
    OTHER = "other", _("Something else")


class CompensationState(TextChoices):
    ASKED = "asked", _("asked for")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    GIVEN = "given", _("given")


class LimitRole(TextChoices):
    MANAGER = "manager", _("service manager")
    OPERATIONS = "operations", _("operations")

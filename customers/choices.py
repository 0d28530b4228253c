"""The few fixed choices of a guest's record."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Calendar(models.TextChoices):
    SOLAR = "solar", _("Solar")
    LUNAR = "lunar", _("Lunar")


class Origin(models.TextChoices):
    TABLET = "tablet", _("captured on the tablet")
    IMPORT = "import", _("from a sheet")
    SELF = "self", _("entered by the guest")


class IntakeStatus(models.TextChoices):
    """Where after-sales stand with a record of the night's sheet."""

    NEW = "new", _("to check")
    ACCEPTED = "accepted", _("accepted")
    SENT_BACK = "sent_back", _("sent back")
    CORRECTED = "corrected", _("corrected")


class ImportStatus(models.TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    PREVIEWED = "previewed", _("checked, waits for you")
    RUNNING = "running", _("coming in")
    DONE = "done", _("done")
    FAILED = "failed", _("could not be read")


class LeadSource(models.TextChoices):
    """Where somebody who is no guest yet was met."""

    CARDS = "cards", _("cards given out")
    FRIEND = "friend", _("recommended by a guest")
    WECHAT = "wechat", _("WeChat")
    ONLINE = "online", _("review sites, short videos")
    COMPANY = "company", _("a company visited")
    EVENT = "event", _("an event outside")
    OTHER = "other", _("elsewhere")


class ProspectState(models.TextChoices):
    OPEN = "open", _("open")
    GUEST = "guest", _("became a guest")
    GIVEN_UP = "given_up", _("given up")


class ProspectChannel(models.TextChoices):
    PHONE = "phone", _("by phone")
    WECHAT = "wechat", _("WeChat")
    MET = "met", _("met in person")
    OTHER = "other", _("otherwise")


class ProspectOutcome(models.TextChoices):
    """The last two end it at once."""

    COMING = "coming", _("coming")
    THINKING = "thinking", _("thinking about it")
    NO_ANSWER = "no_answer", _("has not answered")
    NO_WISH = "no_wish", _("not interested")
    WRONG = "wrong", _("wrong number")
    LEFT_ALONE = "no_calls", _("asked to be left alone")


class GivenUpFor(models.TextChoices):
    NO_WISH = "no_wish", _("not interested")
    NO_ANSWER = "no_answer", _("never reached")
    WRONG = "wrong", _("wrong number")
    LEFT_ALONE = "no_calls", _("asked to be left alone")
    OTHER = "other", _("another reason")
    LONG_AGO = "long_ago", _("too long ago")

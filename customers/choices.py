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

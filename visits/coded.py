"""Codes of the rooms' app in stored text (`vipdesk.coded`)."""

from django.utils.translation import gettext_lazy as _

from vipdesk.coded import Words

WORDS: Words = {
    "proof.reservations": _("Reservations, without the guest"),
    "proof.parties": _("Parties, without their host"),
    "proof.visits": _("In-room visits, without what was said"),
    "proof.sales": _("Second sales to these parties, yuan"),
    "proof.called_off": _("Waiting reservations, called off and their rooms freed"),
    "proof.bottles": _("Stored bottles, with what was taken out"),
}

"""Codes of the ledger in stored text (`vipdesk.coded`)."""

from django.utils.translation import gettext_lazy as _

from vipdesk.coded import Words

WORDS: Words = {
    "ledger.attributed_anew": _("The party was attributed anew."),
    "proof.bills": _("Bills of their parties"),
}

"""Codes of feedback in stored text (`vipdesk.coded`)."""

from django.utils.translation import gettext_lazy as _

from vipdesk.coded import Words

WORDS: Words = {
    "history.own_wish": _("the guest's own wish"),
    "proof.surveys": _("Surveys, without the guest's words"),
    "proof.complaints": _("Complaints, without what was said"),
}

"""Codes of outreach in stored text (`vipdesk.coded`)."""

from django.utils.translation import gettext_lazy as _

from vipdesk.coded import Words

WORDS: Words = {
    "history.no_calls": _("asked not to be called"),
    "proof.messages": _("Text messages, without the number"),
    "proof.calls": _("Calls, without what was said"),
    "proof.contacts": _("Contacts, without what was said"),
}

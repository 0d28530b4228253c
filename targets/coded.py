"""Codes of the ledger in stored text (`vipdesk.coded`)."""

from django.utils.translation import gettext_lazy as _

from vipdesk.coded import Words

WORDS: Words = {"proof.bills": _("Bills of their parties")}

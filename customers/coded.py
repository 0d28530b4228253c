"""Codes of the guests' app in stored text (`vipdesk.coded`)."""

from django.utils.translation import gettext_lazy as _

from vipdesk.coded import Words

WORDS: Words = {
    # Why after-sales send a record back.
    "sheet.address": _("Address incomplete"),
    "sheet.number": _("Wrong number"),
    "sheet.name": _("Surname only"),
    "sheet.birthday": _("Birthday missing"),
    "sheet.called_wrong": _("Wrong number: a call reached somebody else."),
    # Why a guest changed.
    "history.merged": _("merged with record %(number)s"),
    "history.parted": _("merge with record %(number)s undone"),
    "history.left": _("%(who)s left the house"),
    "history.imported": _("import of %(filename)s"),
    # What an erasure kept.
    "proof.captured": _("Captured by %(who)s, night of %(night)s"),
    "proof.captured_by_nobody": _("Captured by nobody, night of %(night)s"),
    "proof.blocked": _("Numbers blocked, as a hash that tells none"),
    "proof.agreed": _("What was agreed to, without the guest"),
    "proof.decided": _("Decisions on the night's sheet, without their words"),
    "proof.looked": _("Looks at the number, without the number"),
    "proof.merged": _("Which records were made one"),
    "proof.met": _("Met as a prospect, without who it was"),
    "proof.mentions": _("The name in what was written about others"),
}

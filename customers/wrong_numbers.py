"""Numbers that a call found wrong (T9): the record goes back to who captured it, and counts toward nobody's ten until
the number is another, or somebody says that it is right after all.

The mark stands in `Customer.needs_check`. Saving anything else of the record neither takes it off nor corrects it.
"""

import pghistory
from django.utils import timezone

from customers.choices import IntakeStatus
from customers.models import Customer, IntakeReview, PhoneNumber
from customers.models.customer import WRONG_NUMBER
from customers.querysets import CustomerQuerySet
from staff.models import User
from vipdesk import coded

LONGEST_REASON = 200


def send_back(*, guest: Customer, by: User) -> None:
    """Mark the number of a guest, whose row the caller has locked, and send the record back with the reason as a code.
    What was sent back already keeps its earlier reason beside this one; its end, which somebody typed, may be cut."""
    if guest.has_wrong_number:
        return
    reason = coded.write("sheet.called_wrong")
    if guest.intake_status == IntakeStatus.SENT_BACK:
        reason = f"{reason} · {guest.intake_reason}"[:LONGEST_REASON]
    guest.needs_check = sorted({*guest.needs_check, WRONG_NUMBER})
    guest.intake_status, guest.intake_reason = IntakeStatus.SENT_BACK, reason
    _save(guest, by, "needs_check", "intake_status", "intake_reason")
    IntakeReview.objects.create(customer=guest, status=IntakeStatus.SENT_BACK, reason=reason, reviewed_by=by)


def correct(*, guest: Customer, by: User) -> list[str]:
    """Take the mark off a guest whose number is another now or right after all; the record is corrected by it. Sets the
    fields, which the caller saves, and returns their names."""
    if not guest.has_wrong_number:
        return []
    guest.needs_check = [mark for mark in guest.needs_check if mark != WRONG_NUMBER]
    if guest.intake_status != IntakeStatus.SENT_BACK:
        return ["needs_check"]
    guest.intake_status = IntakeStatus.CORRECTED
    IntakeReview.objects.create(customer=guest, status=IntakeStatus.CORRECTED, reviewed_by=by)
    return ["needs_check", "intake_status"]


def confirm(*, guest: Customer, by: User) -> None:
    """Write down that the number is right, because somebody was reached by it; the caller has locked the row."""
    if fields := correct(guest=guest, by=by):
        _save(guest, by, *fields)
        believe(guest)


def believe(guest: Customer) -> None:
    """From now on the number counts as theirs anew: calls that found it wrong are of the past (outreach's lists)."""
    living = PhoneNumber.objects.filter(customer=guest, number=guest.phone, released_at=None)
    living.update(since=timezone.now())


def waiting() -> CustomerQuerySet:
    """Guests whose number was found wrong and is not corrected yet, the oldest capture first."""
    sent_back = Customer.objects.living().filter(intake_status=IntakeStatus.SENT_BACK)
    marked = sent_back.filter(needs_check__contains=[WRONG_NUMBER])
    return marked.select_related("captured_by", "owner").order_by("night", "captured_at", "pk")


def _save(guest: Customer, by: User, *fields: str) -> None:
    with pghistory.context(user=by.pk):
        guest.save(update_fields=fields)

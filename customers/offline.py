"""A capture that was typed without a network and comes in later (D1, promises.md)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers import forgetting, leaks
from customers.forms.capture import CaptureForm
from customers.late import keep_capture_note
from customers.models import Customer, Looks, PrivacyNotice
from customers.services import capture_customer, follow_capture
from customers.taken import Taken
from vipdesk.offline import Entry, Kind, Unfit

KIND = "capture"


def notice_shown(version: str) -> PrivacyNotice:
    """The notice that the guest was shown on the tablet, in force by now or not: it is what they agreed to."""
    is_number = version.isascii() and version.isdecimal() and len(version) < 10
    shown = PrivacyNotice.objects.filter(version=version).first() if is_number else None
    return shown or PrivacyNotice.objects.in_force()


def _read(entry: Entry) -> CaptureForm:
    data = entry.data
    return CaptureForm(data, notice=notice_shown(data.get("notice_version", "")))


def _content(form: CaptureForm) -> Mapping[str, Any]:
    return form.content()


def _work(form: CaptureForm, entry: Entry) -> Mapping[str, Any]:
    form.instance.client_id = entry.client_id
    try:
        guest = capture_customer(customer=form.instance, agreement=form.agreement(), by=entry.author, at=entry.at)
    except Taken as error:
        taken = error  # which outlives its except clause: whose number it is, is asked in the next transaction
        raise Unfit(instead=lambda: note_on_file(form, taken.customer, entry)) from None
    if guest.phone and guest.sms_consent:
        forgetting.lift(guest.phone, said_at=entry.at)
    back = follow_capture(customer=guest, party=form.cleaned_data["party"], by=entry.author)
    return {"customer": guest.pk, "night": guest.night, "received_at": guest.received_at} | back


def note_on_file(form: CaptureForm, holder: Customer | None, entry: Entry) -> Mapping[str, Any]:
    """The number is somebody's already: what was typed becomes a note on that guest, for after-sales to settle."""
    if holder is None:
        raise Unfit
    leaks.count_look(entry.author, Looks.LOOKUP)  # as where the form is sent at once: it tells whose the number is
    try:
        note = keep_capture_note(
            customer=holder,
            facts=form.cleaned_data,
            agreement=form.agreement(),
            by=entry.author,
            at=entry.at,
            client_id=entry.client_id,
        )
    except Customer.DoesNotExist:
        raise Unfit from None
    return {"customer": holder.pk, "note": note.pk}


def _is_refusal(form: CaptureForm) -> bool:
    return form.is_refusal


CAPTURE = Kind(
    name=KIND,
    title=_("new guest"),
    mend_url="customers:new",
    read=_read,
    content=_content,
    work=_work,
    is_refusal=_is_refusal,
)

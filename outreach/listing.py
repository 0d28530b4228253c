"""A night's call list as the contract's JSON says it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from customers.models import AccessLog
from outreach.models import CallList, CallListEntry, CallReason
from vipdesk import nights


def as_written(call_list: CallList) -> list[dict[str, Any]]:
    """The list in its order. Who was merged since goes by what they are called now, who was erased is nobody any more.

    It holds full numbers: that it left the house is written down (domain.md, "Rules decided").
    """
    said = [_entry(entry) for entry in _entries(call_list)]
    written = [one for one in said if one["phone"]]
    AccessLog.objects.create(
        night=nights.tonight(), kind=AccessLog.Kind.EXPORT, detail=f"call list {call_list.night}: {len(written)}"
    )
    return written


def _entries(call_list: CallList) -> Iterable[CallListEntry]:
    reasons = Prefetch("reasons", CallReason.objects.order_by("kind", "on"))
    found = CallListEntry.objects.standing().filter(call_list=call_list).select_related("customer", "manager")
    return found.prefetch_related(reasons).order_by("place").iterator(chunk_size=2000)


def _entry(entry: CallListEntry) -> dict[str, Any]:
    guest = entry.customer
    return {
        "customer": guest.pk,
        "name": guest.name,
        "phone": guest.phone,
        "manager": entry.manager.username,
        "reasons": [_reason(reason) for reason in entry.reasons.all()],
    }


def _reason(reason: CallReason) -> dict[str, str]:
    said = {"kind": reason.kind, "on": reason.on.isoformat()}
    return said | {"calendar": reason.calendar} if reason.calendar else said

"""Claims: what managers say was charged, until the till's bill of that number comes or operations decide (S6).

A claim is no row of the ledger and counts nowhere. Every function is one transaction, takes keywords only and raises
`CannotClaim` with a sentence for who asked.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from staff.models import User
from targets.bills.reading import AHEAD
from targets.bills.storing import lock_ledger
from targets.choices import ChargeKind, ClaimState, Entry
from targets.models import Charge, Claim
from vipdesk import nights


class CannotClaim(Exception):
    """Why not, in words; `field` is the form's field it belongs to."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def claim_bill(*, claim: Claim) -> Claim:
    """Keep what a manager claims (unsaved, with its facts), on the night of its moment. Raises `CannotClaim`: the
    number is in the ledger or claimed already, the moment lies in the future or too far back."""
    now = timezone.now()
    if not nights.is_recordable(claim.paid_at, now + AHEAD):
        raise CannotClaim("paid_at", _("This lies in the future, or too far back."))
    if claim.kind == ChargeKind.CARD and claim.room_id:
        raise CannotClaim("room", _("The sale of a stored-value card belongs to no room and no party."))
    lock_ledger()
    if Charge.objects.filter(bill_no=claim.bill_no, entry=Entry.BILL).exists():
        raise CannotClaim("bill_no", _("This bill came from the till already: there is nothing to claim."))
    if Claim.objects.filter(bill_no=claim.bill_no, state=ClaimState.OPEN).exists():
        raise CannotClaim("bill_no", _("This bill is claimed already."))
    claim.night = nights.night_of(claim.paid_at)
    claim.save(force_insert=True)
    return claim


_SETTLE = """
    UPDATE targets_claim c SET state = 'replaced', charge_id = b.id, settled_at = %s, settled_by_id = NULL
    FROM targets_charge b
    WHERE c.state = 'open' AND c.bill_no = ANY(%s) AND b.bill_no = c.bill_no AND b.entry = 'bill'
"""


def settle_by_bills(numbers: Sequence[str]) -> int:
    """Bills of these numbers came in: claims of them are replaced by them, whatever their amounts; how many were."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [timezone.now(), list(numbers)])
        return int(cursor.rowcount)


@transaction.atomic
def reject_claim(*, claim: Claim, by: User, reason: str) -> None:
    """There was no such bill. Raises `CannotClaim`."""
    if not reason.strip():
        raise CannotClaim("reason", _("Say why: the manager reads it."))
    on_file = waiting(claim)
    on_file.state, on_file.reason = ClaimState.REJECTED, reason.strip()
    on_file.settled_at, on_file.settled_by = timezone.now(), by
    on_file.save(update_fields=["state", "reason", "settled_at", "settled_by"])


def waiting(claim: Claim) -> Claim:
    """The claim as it is now, locked; the ledger's lock comes first. Raises `CannotClaim` where it is settled."""
    lock_ledger()
    on_file: Claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim.pk)
    if on_file.state != ClaimState.OPEN:
        raise CannotClaim("state", _("This claim is settled: %(state)s.") % {"state": on_file.get_state_display()})
    return on_file

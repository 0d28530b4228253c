"""Claims that operations turn into rows of the ledger, since no till will ever send them."""

from django.db import transaction
from django.utils import timezone

from staff.models import User
from targets.bills.reading import Said
from targets.bills.taking import take_bills
from targets.choices import ClaimState, Source
from targets.claims import CannotClaim, waiting
from targets.models import Charge, Claim


@transaction.atomic
def confirm_claim(*, claim: Claim, by: User) -> Charge:
    """Take the claim in as a bill, by the rules of any bill: of a room, it goes to whom the party belongs that sat
    there. Raises `CannotClaim`."""
    on_file = waiting(claim)
    (outcome,) = take_bills([_as_bill(on_file)], source=Source.CLAIM, by=by)
    if outcome.error:
        raise CannotClaim(outcome.error.field, outcome.error.message)
    charge: Charge = Charge.objects.get(bill_no=on_file.bill_no, entry="bill")
    Claim.objects.filter(pk=on_file.pk).update(
        state=ClaimState.CONFIRMED, charge=charge, settled_at=timezone.now(), settled_by=by
    )
    return charge


def _as_bill(claim: Claim) -> Said:
    return Said(
        row=1,
        bill_no=claim.bill_no,
        kind=claim.kind,
        amount=claim.amount,
        paid_at=claim.paid_at,
        night=claim.night,
        manager=claim.manager_id,
        room=claim.room_id,
        payment=claim.payment,
        refund_of="",
    )

"""What the ledger and the claims hold of a guest (PIPL; domain.md, "Erasure"): nothing but keys and what somebody typed
as a reason. Sums stay: they are the managers' pay and the house's books."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from targets.models import Charge, Claim
from vipdesk import coded
from vipdesk.personal import Erased, Person, PersonalData, Section, holding, label, strike_out
from vipdesk.templatetags.nights import money, night


def _bills(person: Person) -> Any:
    """Bills of the parties they were host of, as they stand."""
    return Charge.objects.filter(party__customer__in=person.keys).standing()


def _reasons() -> QuerySet[Charge]:
    """Corrections alone have one: millions of bills are not read for it."""
    return Charge.objects.exclude(entry="bill")


def _collect(person: Person) -> Iterable[Section]:
    bills = _bills(person).select_related("room").order_by("paid_at", "pk")
    rows = [(f"{night(bill.night)} {bill.room}", f"{bill.bill_no} {money(bill.amount)}") for bill in bills]
    if rows:
        yield Section(_("Bills of their parties"), rows)
    typed = [
        (one.bill_no, one.reason)
        for held in (_reasons(), Claim.objects.all())
        for one in holding(held.order_by("pk"), person.numbers_pattern, "reason")
    ]
    if typed:
        yield Section(_("Reasons in the ledger that name the number"), typed)


def _erase(person: Person) -> Erased:
    kept = _bills(person).order_by().aggregate(n=Count("pk"), total=Sum("amount"))
    removed = {
        label(Charge): strike_out(_reasons(), person.pattern, "reason"),
        label(Claim): strike_out(Claim.objects.all(), person.pattern, "reason"),
    }
    words = {coded.write("proof.bills"): f"{kept['n']}, {money(kept['total'])}"} if kept["n"] else {}
    return Erased(removed, words)


LEDGER = PersonalData(name=gettext_lazy("Bills"), collect=_collect, erase=_erase)

"""Rules about many entries of call lists."""

from django.apps import apps
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from customers.families import same_guest


class CallListEntryQuerySet(QuerySet):  # type: ignore[type-arg]
    def standing(self) -> "CallListEntryQuerySet":
        """Each guest once per list. Of two records that were merged after the list was built, the entry that somebody
        called from stands for both, else that of the record which goes on."""
        calls = apps.get_model("outreach", "Call").objects.filter(entry=OuterRef("pk"))
        same = self.model.objects.filter(same_guest("customer"), call_list=OuterRef("call_list"))
        first = F("customer__merged_into").asc(nulls_first=True)
        ordered = same.annotate(is_called=Exists(calls)).order_by("-is_called", first, "pk")
        is_alone = Q(customer__merged_into=None) & ~Exists(_merged_into_guest())
        return self.filter(is_alone | Q(pk=Subquery(ordered.values("pk")[:1])))

    def callable(self) -> "CallListEntryQuerySet":
        """Those whose guest, as they go on, agrees to calls and has a number."""
        own = Q(customer__merged_into=None, customer__call_consent=True, customer__phone__isnull=False)
        goes_on = Q(customer__merged_into__call_consent=True, customer__merged_into__phone__isnull=False)
        return self.filter(own | goes_on)


def _merged_into_guest() -> "QuerySet":  # type: ignore[type-arg]
    return apps.get_model("customers", "Customer").objects.filter(merged_into=OuterRef("customer"))

"""Complaints on other screens: Tonight's card, a guest's, a party's, and the marks beside names in lists."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from customers.families import living_key, with_merged
from customers.models import Customer
from feedback.complaint_story import clock_of
from feedback.models import Complaint
from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import nights
from visits.models import Party

LAST = 5
MOST_MARKS = 100


@role_required(roles.MANAGER)
@require_GET
def mine(request: StaffRequest) -> HttpResponse:
    """Tonight's card: what is open and with this manager, with what was promised until when."""
    now = timezone.now()
    theirs = Complaint.objects.open().filter(owner=request.user).select_related("room", "customer")
    found = [(one, clock_of(one, now)) for one in theirs.order_by("clock_due_at", "pk")]
    return cards.live(request, "feedback/_my_complaints.html", {"night": nights.tonight(now), "found": found})


@role_required(*roles.ALL)
@require_GET
def guest_complaints(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a guest's page. Whose complaint it is not is told that one is open, and with whom."""
    guest = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    theirs = Complaint.objects.filter(customer__in=with_merged(Customer.objects.filter(pk=pk)))
    seen = theirs.visible_to(request.user).select_related("owner", "room")
    shown = list(seen.order_by("-opened_at", "-pk")[:LAST])
    hidden = theirs.open().exclude(pk__in=seen.values("pk")).select_related("owner")
    context = {"guest": guest, "complaints": shown, "hidden": list(hidden)}
    return render(request, "feedback/_guest_complaints.html", context)


@role_required(*roles.ALL)
@require_GET
def party_complaints(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a party's page: what they complained of tonight, and where to take another in."""
    party = get_object_or_404(Party, pk=pk)
    theirs = Complaint.objects.filter(party=party)
    seen = theirs.visible_to(request.user).select_related("owner", "room")
    hidden = theirs.open().exclude(pk__in=seen.values("pk")).select_related("owner")
    context = {"party": party, "complaints": list(seen), "hidden": list(hidden)}
    return render(request, "feedback/_party_complaints.html", context)


@role_required(*roles.ALL)
@require_GET
def badges(request: StaffRequest) -> HttpResponse:
    """Marks for the guests of a list (`?guests=17,18`), each out of band into its own place; two statements."""
    asked = request.GET.get("guests", "").split(",")[:MOST_MARKS]
    keys = [int(key) for key in asked if key.isdecimal() and len(key) < 19]
    return render(request, "feedback/_badges.html", {"marked": _complained(keys) if keys else []})


def _complained(keys: list[int]) -> list[int]:
    """Who of these has an open complaint, under whatever record they had then."""
    family = with_merged(Customer.objects.filter(pk__in=keys))
    complained = Complaint.objects.open().filter(customer__in=family)
    return sorted(set(complained.values_list(living_key("customer"), flat=True)) & set(keys))

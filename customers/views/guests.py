"""The list of guests, a guest's page, correcting it, and looking at a full number."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from customers import birthdays, history
from customers.forms.correct import CorrectForm
from customers.models import Customer
from customers.querysets import PAGE_SIZE
from customers.services import ChangedMeanwhile, Taken, log_reveal, update_customer
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights
from vipdesk.templatetags.nights import night as night_in_words

TAKEN = {
    "phone": gettext_lazy("This number belongs to another guest."),
    "member_no": gettext_lazy("Another guest has this member number."),
}


@role_required(*roles.ALL)
def guest_list(request: StaffRequest) -> HttpResponse:
    """Newest first, or what matches; a page more is fetched by one row too many, never by counting all.

    What is looked for comes in a POST, so that no name or number stands in an address or a log; nothing is changed.
    """
    asked = request.POST if request.method == "POST" else request.GET
    words, mine, after = asked.get("q", "").strip(), asked.get("mine", ""), asked.get("after", "")
    found = Customer.objects.visible_to(request.user).matching(words).older_than(after)
    if mine:
        found = found.filter(owner=request.user)
    rows = list(found.select_related("owner", "tier").order_by("-captured_at", "-pk")[: PAGE_SIZE + 1])
    _say_lines(request, rows[:PAGE_SIZE])
    context = {
        "rows": rows[:PAGE_SIZE],
        "after": rows[PAGE_SIZE - 1].place if len(rows) > PAGE_SIZE else "",
        "is_first": not after,
        "words": words,
        "mine": mine,
    }
    return render(request, "customers/_rows.html" if request.htmx else "customers/list.html", context)


def _say_lines(request: StaffRequest, rows: list[Customer]) -> None:
    """The second line of each row: number, who looks after them, since when. Words are looked up once for all."""
    looked_after, by_nobody, since = _("with %(owner)s"), _("with nobody yet"), _("since %(night)s")
    shows_own = not request.user.is_office
    for guest in rows:
        number = guest.shown_phone if shows_own and guest.is_open else guest.masked_phone
        whose = looked_after % {"owner": guest.owner} if guest.owner else by_nobody
        guest.line = f"{number} · {whose} · {since % {'night': night_in_words(guest.night)}}"


@role_required(*roles.ALL)
def page(request: StaffRequest, pk: int) -> HttpResponse:
    """A guest: masked for whom it is not theirs; the office reveals, and that is written down."""
    return _page(request, pk, is_revealed=False)


@role_required(*roles.ALL)
@require_POST
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the full number and addresses once, after writing down who looked."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user), pk=pk)
    log_reveal(customer=customer, by=request.user)
    return _page(request, pk, is_revealed=True)


def _page(request: StaffRequest, pk: int, *, is_revealed: bool) -> HttpResponse:
    guests = Customer.objects.visible_to(request.user).select_related("owner", "tier", "captured_by")
    customer = get_object_or_404(guests, pk=pk)
    is_shown = customer.is_open and (is_revealed or not request.user.is_office)
    born = customer.birthday
    context = {
        "customer": customer,
        "is_shown": is_shown,
        "is_revealed": is_revealed,
        "cards": [reverse(name, args=[pk]) for name in settings.GUEST_CARDS],
        "birthday_next": born and birthdays.next_observance(born, nights.tonight()),
        "consents": customer.consents.select_related("recorded_by", "notice"),
        "changes": history.changes_of(customer, with_contact=is_shown) if customer.is_open else [],
        "reviews": customer.reviews.select_related("reviewed_by") if customer.is_open else [],
    }
    return render(request, "customers/page.html", context)


@role_required(*roles.ALL)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct a guest's record; 404 where it is not this person's. The office's look at it is written down."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        return _save(request, CorrectForm(request.POST, instance=customer))
    if request.user.is_office:
        log_reveal(customer=customer, by=request.user)
    return render(request, "customers/edit.html", {"form": CorrectForm(instance=customer), "customer": customer})


def _save(request: StaffRequest, form: CorrectForm) -> HttpResponse:
    customer = form.instance
    known = None
    if form.is_valid():
        try:
            update_customer(
                customer=customer,
                changed=form.changed_fields(),
                seen=form.cleaned_data["version"],
                by=request.user,
                reason=form.cleaned_data["reason"],
            )
            return redirect("customers:page", pk=customer.pk)
        except Taken as taken:
            known = taken.customer
            form.add_error(taken.field, TAKEN[taken.field])
        except ChangedMeanwhile as changed:
            form.accept_version(changed.updated_at)
    context = {"form": form, "customer": customer, "known": known}
    return render(request, "customers/edit.html", context, status=422)

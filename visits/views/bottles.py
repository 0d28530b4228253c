"""Stored bottles (存酒, 取酒): the list, one bottle with its level, storing, taking out, extending; a guest's card."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customers import lookups
from customers.families import with_merged
from customers.models import Customer
from customers.querysets import PAGE_SIZE
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights, submissions
from visits.bottle_querysets import BottleQuerySet
from visits.bottle_story import story_of
from visits.bottles import (
    BottleRefused,
    categories_in_words,
    correct_withdrawal,
    extend_bottle,
    house_validity,
    next_number,
    percent,
    store_bottle,
    withdraw,
)
from visits.choices import BottleCategory
from visits.forms.bottles import CorrectForm, ExtendForm, StoreForm, TakeForm
from visits.models import Party, StoredBottle
from visits.querysets import PartyQuerySet
from visits.views.reservations import to_page

STORE, TAKE = "bottle.store", "bottle.take"
HANDS_OUT = (roles.MANAGER, roles.OPERATIONS)
DUE = ("", "7", "14", "expired")


# --- the list ------------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
def bottle_list(request: StaffRequest) -> HttpResponse:
    """By their last day, the nearest first; a page more is fetched by one row too many, never by counting all.

    What is looked for comes in a POST, so that no name or number stands in an address or a log; nothing is changed.
    """
    asked = request.POST if request.method == "POST" else request.GET
    words, after, category = asked.get("q", "").strip(), asked.get("after", ""), asked.get("category", "")
    due, refused = asked.get("due", "") if asked.get("due", "") in DUE else "", ""
    try:
        lookups.count_search(request.user, words, where="bottles")
        matching = StoredBottle.objects.matching(words, reader=request.user)
    except lookups.TooManyLookups as too_many:
        matching, refused = StoredBottle.objects.none(), str(too_many)
    found = _due(due, matching, is_looked_for=bool(words)).later_than(after)
    if category in BottleCategory.values:
        found = found.filter(category=category)
    rows = list(found.select_related("customer__tier").order_by("expires_on", "pk")[: PAGE_SIZE + 1])
    context = {
        "rows": rows[:PAGE_SIZE],
        "refused": refused,
        "after": rows[PAGE_SIZE - 1].place if len(rows) > PAGE_SIZE else "",
        "is_first": not after,
        "words": words,
        "due": due,
        "category": category,
        "dues": zip(DUE, (_("All"), _("7 days"), _("14 days"), _("Expired")), strict=True),
        "categories": [("", _("Any kind")), *BottleCategory.choices],
    }
    return render(request, "visits/_bottle_rows.html" if request.htmx else "visits/bottles.html", context)


def _due(due: str, bottles: BottleQuerySet, *, is_looked_for: bool) -> BottleQuerySet:
    """Those with something left, by when they run out; a bottle that is looked for is found empty, too."""
    tonight = nights.tonight()
    if due == "expired":
        return bottles.expired(tonight)
    if due:
        return bottles.expiring(tonight, tonight + dt.timedelta(days=int(due)))
    return bottles if is_looked_for else bottles.left()


@role_required(*roles.ALL)
@require_GET
def guest_bottles(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a guest's page: what of theirs stands here."""
    guest = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    context = {
        "guest": guest,
        "bottles": StoredBottle.objects.of_guest(pk).left().order_by("expires_on", "pk"),
        "may_hand_out": request.user.has_role(*HANDS_OUT),
    }
    return render(request, "visits/_bottle_card.html", context)


@role_required(*roles.ALL)
@require_GET
def party_bottles(request: StaffRequest, pk: int) -> HttpResponse:
    """The card on a party's page: what of its guests stands here, and a place for what they leave."""
    party = get_object_or_404(Party.objects.select_related("customer"), pk=pk)
    further = [guest.customer for guest in party.guests.select_related("customer")]
    guests = list({guest.pk: guest for guest in (party.customer, *further) if guest}.values())
    bottles = StoredBottle.objects.none()
    if guests:
        theirs = with_merged(Customer.objects.filter(pk__in=[guest.pk for guest in guests]))
        bottles = StoredBottle.objects.left().filter(customer__in=theirs)
    context = {
        "party": party,
        "guests": guests,
        "bottles": bottles.select_related("customer").order_by("expires_on", "pk"),
        "may_hand_out": request.user.has_role(*HANDS_OUT),
    }
    return render(request, "visits/_bottle_party_card.html", context)


# --- storing -------------------------------------------------------------------------------------------------------


@role_required(*HANDS_OUT)
def store(request: StaffRequest, pk: int) -> HttpResponse:
    """A guest leaves a bottle, perhaps from tonight's party (`?party=`)."""
    guest = get_object_or_404(Customer.objects.visible_to(request.user).select_related("tier").living().known_as(pk))
    parties = _parties_with(guest, Party.objects.on_night(nights.tonight()))
    if request.method == "POST":
        return _store(request, pk, guest, StoreForm(request.POST, parties=parties))
    party = next((party.pk for party in parties if str(party.pk) == request.GET.get("party")), None)
    return _show_form(request, guest, StoreForm(parties=parties, initial={"bottle_no": next_number(), "party": party}))


def _store(request: StaffRequest, pk: int, guest: Customer, form: StoreForm) -> HttpResponse:
    if not form.is_valid():
        return _show_form(request, guest, form, status=422)
    client_id = form.cleaned_data["client_id"]

    def work() -> dict[str, Any]:
        return {"bottle": store_bottle(bottle=form.bottle(guest.pk), by=request.user).pk}

    try:
        receipt = submissions.receive(
            client_id=client_id, kind=STORE, content=form.content(guest=pk), user=request.user, work=work
        )
    except BottleRefused as refused:
        form.refuse(refused)
        return _show_form(request, guest, form, status=422)
    except submissions.ConflictingSubmission:
        return _conflict(request, reverse("customers:page", args=[guest.pk]))
    bottle = get_object_or_404(StoredBottle, pk=receipt.content["bottle"])
    messages.success(request, _("Stored as %(number)s.") % {"number": bottle.bottle_no})
    return _done(request, bottle.pk, client_id)


def _show_form(request: StaffRequest, guest: Customer, form: StoreForm, status: int = 200) -> HttpResponse:
    context = {
        "guest": guest,
        "form": form,
        "kept_for": categories_in_words(house_validity()),
        "free_number": next_number() if "bottle_no" in form.errors else "",
    }
    return render(request, "visits/bottle_store.html", context, status=status)


# --- one bottle ----------------------------------------------------------------------------------------------------


@role_required(*roles.ALL)
@require_GET
def page(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _bottle(pk))


@role_required(*HANDS_OUT)
@require_POST
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """Take some of a bottle, or all of it, into a party or for taking home."""
    bottle = _bottle(pk)
    form = TakeForm(request.POST, bottle=bottle, parties=_parties_with(bottle.customer, Party.objects.open()))
    if not form.is_valid():
        return _page(request, bottle, taking=form)
    said, client_id = form.cleaned_data, form.cleaned_data["client_id"]

    def work() -> dict[str, Any]:
        taken = withdraw(
            bottle=bottle,
            amount=said["share"],
            party=said["party"],
            by=request.user,
            despite_expiry=said["despite_expiry"],
            client_id=client_id,
        )
        return {"withdrawal": taken.pk, "left": percent(taken.left)}

    try:
        receipt = submissions.receive(
            client_id=client_id, kind=TAKE, content=form.content(bottle=pk), user=request.user, work=work
        )
    except BottleRefused as refused:
        form.refuse(refused)
        return _page(request, _bottle(pk), taking=form)
    except submissions.ConflictingSubmission:
        return _conflict(request, reverse("visits:bottle", args=[pk]))
    messages.success(request, _("Taken out; %(left)s %% is left.") % {"left": receipt.content["left"]})
    return _done(request, pk, client_id)


@role_required(roles.OPERATIONS)
@require_POST
def extend(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a bottle a later last day, with a reason."""
    bottle, form = _bottle(pk), ExtendForm(request.POST)
    if not form.is_valid():
        return _page(request, bottle, extending=form)
    try:
        extend_bottle(bottle=bottle, by=request.user, **form.cleaned_data)
    except BottleRefused as refused:
        form.refuse(refused)
        return _page(request, bottle, extending=form)
    return to_page(request, reverse("visits:bottle", args=[pk]))


@role_required(roles.OPERATIONS)
@require_POST
def correct(request: StaffRequest, pk: int) -> HttpResponse:
    """Bring back what was taken out by mistake, with a reason."""
    bottle = _bottle(pk)
    form = CorrectForm(request.POST, bottle=bottle)
    if not form.is_valid():
        return _page(request, bottle, correcting=form)
    try:
        correct_withdrawal(by=request.user, **form.cleaned_data)
    except BottleRefused as refused:
        form.refuse(refused)
        return _page(request, _bottle(pk), correcting=form)
    messages.success(request, _("Put right; the level is as before."))
    return to_page(request, reverse("visits:bottle", args=[pk]))


def _page(
    request: StaffRequest,
    bottle: StoredBottle,
    *,
    taking: TakeForm | None = None,
    extending: ExtendForm | None = None,
    correcting: CorrectForm | None = None,
) -> HttpResponse:
    """The bottle with its forms; one that was refused comes back as it was typed."""
    may_hand_out = request.user.has_role(*HANDS_OUT) and not bottle.is_empty
    may_extend = request.user.has_role(roles.OPERATIONS) and not bottle.is_empty
    if may_hand_out and not taking:
        taking = TakeForm(bottle=bottle, parties=_parties_with(bottle.customer, Party.objects.open()))
    is_refused = bool((taking and taking.is_bound) or extending or correcting)
    if request.user.has_role(roles.OPERATIONS) and not correcting:
        correcting = CorrectForm(bottle=bottle)
    context = {
        "bottle": bottle,
        "taking": taking,
        "extending": extending or (ExtendForm() if may_extend else None),
        "correcting": correcting,
        "story": story_of(bottle),
    }
    return render(request, "visits/bottle.html", context, status=422 if is_refused else 200)


def _bottle(pk: int) -> StoredBottle:
    rows = StoredBottle.objects.select_related("customer__tier", "stored_by", "party__room")
    bottle: StoredBottle = get_object_or_404(rows, pk=pk)
    return bottle


def _parties_with(guest: Customer, parties: PartyQuerySet) -> list[Party]:
    """Those of the parties in which this guest sits, the newest first."""
    return list(parties.of_guest(guest.pk).select_related("room").order_by("-seated_at"))


def _done(request: StaffRequest, pk: int, client_id: UUID) -> HttpResponse:
    """To the bottle's page, with the receipt of what was sent."""
    response = to_page(request, reverse("visits:bottle", args=[pk]))
    response["Desk-Receipt"] = str(client_id)
    return response


def _conflict(request: StaffRequest, back: str) -> HttpResponse:
    return render(request, "visits/conflict.html", {"back": back}, status=409)

"""The list of guests: searched as one types, filtered, and the filters that the office keeps."""

from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import lookups, searching
from customers.filter_choices import Offer, offer
from customers.filters import Filters
from customers.forms.filters import SaveFilterForm
from customers.models import Customer, SavedFilter
from customers.querysets import PAGE_SIZE
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk.templatetags.nights import night as night_in_words

# Nothing more is read: the search keys alone are longer than all of this.
SHOWN = (
    *("name", "phone", "night", "captured_at", "is_incomplete"),
    *("owner__display_name", "owner__username", "tier__name", "tier__name_en", "tier__is_vip"),
)
EVERYTHING = "all"  # what "drop" says to drop every filter


@role_required(*roles.ALL)
def guest_list(request: StaffRequest) -> HttpResponse:
    """Newest first, or who matches; a page more is fetched by one row too many, never by counting all.

    What is typed comes in a POST, so that no name or number stands in an address or a log; nothing is changed. Filters
    may come in an address, by themselves or as the key of saved ones.
    """
    if request.method == "POST":
        typed, filters = searching.tidy(request.POST.get("q", "")), _without_dropped(request.POST)
        response = _show(request, filters, typed=typed, after=request.POST.get("after", ""))
    else:
        filters = Filters.from_data(request.GET)
        response = _show(request, filters, saved=request.GET.get("saved", ""))
    if request.htmx:
        # Back from a guest's page one finds the filters again; what was typed is in no address.
        query = urlencode(filters.as_query())
        response["HX-Replace-Url"] = reverse("customers:list") + (f"?{query}" if query else "")
    return response


def _without_dropped(asked: QueryDict) -> Filters:
    filters, dropped = Filters.from_data(asked), asked.get("drop", "")
    return Filters() if dropped == EVERYTHING else filters.without(dropped)


def _show(
    request: StaffRequest,
    filters: Filters,
    *,
    typed: str = "",
    after: str = "",
    saved: str = "",
    form: SaveFilterForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_fragment, has_dropped = bool(request.htmx), "drop" in request.POST
    # To a manager who only types, nothing of the panel is shown again.
    shows_panel = not is_fragment or has_dropped or request.user.is_office or bool(filters)
    offered = offer(with_saved=request.user.is_office) if shows_panel else Offer()
    filters, refused = next((kept.filters for kept in offered.saved if str(kept.pk) == saved), filters), ""
    try:
        found = _find(request, filters, typed, after)
    except lookups.TooManyLookups as too_many:
        found, refused = [], str(too_many)
    rows = found[:PAGE_SIZE]
    _say_lines(request, rows)
    context = {
        "rows": rows,
        "after": rows[-1].place if len(found) > PAGE_SIZE else "",
        "is_first": not after,
        "typed": typed,
        "refused": refused,
        "is_part": not rows and lookups.is_part_of_a_number(typed),
        "filters": filters,
        "offer": offered,
        "options": offered.options(filters) if has_dropped or not is_fragment else {},
        "chips": offered.chips(filters),
        "current": next((kept for kept in offered.saved if kept.filters == filters), None),
        "save_form": form or SaveFilterForm(filters=filters),
        "may_export": request.user.has_role(roles.OPERATIONS),
        "query": urlencode(filters.as_query()),
        "is_fragment": is_fragment,
        "has_dropped": has_dropped,
    }
    return render(request, "customers/_found.html" if is_fragment else "customers/list.html", context, status=status)


def _find(request: StaffRequest, filters: Filters, typed: str, after: str) -> list[Customer]:
    """A page of who matches and one more. A search by number is a look, each page of it anew: where a page begins is
    said by who asks. Raises `lookups.TooManyLookups`."""
    lookups.count_search(request.user, typed, where="list")
    guests = Customer.objects.living().visible_to(request.user).select_related("owner", "tier").only(*SHOWN)
    return filters.apply(guests, request.user).newest(
        PAGE_SIZE + 1, typed=typed, after=after, are_few=filters.are_for_few, reader=request.user
    )


def _say_lines(request: StaffRequest, rows: list[Customer]) -> None:
    """The second line of each row: number, who looks after them, since when. Words are looked up once for all."""
    looked_after, by_nobody, since = _("with %(owner)s"), _("with nobody yet"), _("since %(night)s")
    no_number, shows_own = _("no number"), not request.user.is_office
    for guest in rows:
        number = (guest.shown_phone if shows_own and guest.is_open else guest.masked_phone) or no_number
        whose = looked_after % {"owner": guest.owner} if guest.owner else by_nobody
        guest.line = f"{number} · {whose} · {since % {'night': night_in_words(guest.night)}}"


@role_required(roles.OPERATIONS, roles.AFTERSALES)
@require_POST
def save_filter(request: StaffRequest) -> HttpResponse:
    """Keep the filters that are chosen, under a name, for everybody in the office."""
    form = SaveFilterForm(request.POST, filters=Filters.from_data(request.POST).without("mine"))
    saved = form.save(by=request.user) if form.is_valid() else None
    if saved is None:
        return _refuse(request, form)
    where = f"{reverse('customers:list')}?saved={saved.pk}"
    return HttpResponse(headers={"HX-Redirect": where}) if request.htmx else redirect(where)


def _refuse(request: StaffRequest, form: SaveFilterForm) -> HttpResponse:
    if request.htmx:
        context = {"save_form": form, "filters": form.filters}
        return render(request, "customers/_save_filter.html", context, status=422)
    return _show(request, form.filters, form=form, status=422)


@role_required(roles.OPERATIONS, roles.AFTERSALES)
@require_POST
def delete_filter(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget a saved filter; the guests it found stay where they are."""
    get_object_or_404(SavedFilter, pk=pk).delete()
    return redirect("customers:list")

"""The tablets of the house: operations add them, give codes and revoke them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staff import roles, tablets
from staff.access import StaffRequest, role_required
from staff.forms import TabletForm
from staff.models import Tablet
from staff.offline import queues
from vipdesk import sealing


@role_required(roles.OPERATIONS)
def tablet_list(request: StaffRequest) -> HttpResponse:
    """Every tablet, and a form for one more; a POST adds it and shows its code, in that one answer alone."""
    form = TabletForm(request.POST or None)
    if request.method != "POST":
        return _show(request, form)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        tablet, code = tablets.add_tablet(name=form.cleaned_data["name"], by=request.user)
    except tablets.NameTaken:
        form.add_error("name", form.fields["name"].error_messages["unique"])
        return _show(request, form, status=422)
    return _show(request, TabletForm(), waiting=tablet, code=code)


@role_required(roles.OPERATIONS)
@require_POST
def new_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Another code for a tablet whose first ran out, or whose browser forgot that it was enrolled."""
    tablet = get_object_or_404(Tablet, pk=pk, revoked_at=None)
    return _show(request, TabletForm(), waiting=tablet, code=tablets.renew_code(tablet=tablet))


@role_required(roles.OPERATIONS)
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """Asks on GET, revokes on POST."""
    tablet = get_object_or_404(Tablet, pk=pk, revoked_at=None)
    if request.method != "POST":
        return render(request, "staff/revoke.html", {"tablet": tablet})
    tablets.revoke(tablet=tablet, by=request.user)
    words = _("%(name)s is revoked: it opens nothing any more, and whoever was signed in on it is signed out.")
    messages.success(request, words % {"name": tablet})
    return redirect("staff:tablets")


def _show(
    request: StaffRequest, form: TabletForm, *, waiting: Tablet | None = None, code: str = "", status: int = 200
) -> HttpResponse:
    found = Tablet.objects.select_related("added_by", "last_user", "revoked_by").order_by("-revoked_at", "name")
    context: dict[str, object] = {
        "form": form,
        "tablets": found,
        "waiting": waiting,
        "code": code,
        "minutes": _minutes(),
    }
    unsent, keys = queues.unsent(), sealing.key_ids()
    context |= {"unsent": unsent, "has_key": bool(keys), "lost_keys": queues.keys_awaited(unsent) - set(keys)}
    return render(request, "staff/tablets.html", context, status=status)


def _minutes() -> int:
    return int(tablets.CODE_LIVES.total_seconds() // 60)

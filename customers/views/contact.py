"""Key accounts and their rhythm of contact (G12): saying that one was contacted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import Customer
from staff import roles
from staff.access import StaffRequest, role_required
from vipdesk import nights


@role_required(*roles.ALL)
@require_POST
def contacted(request: StaffRequest, pk: int) -> HttpResponse:
    """This guest was contacted tonight. The record itself stays as it is: who has it open may still save it."""
    customer = get_object_or_404(Customer.objects.editable_by(request.user).living(), pk=pk)
    Customer.objects.filter(pk=customer.pk).update(last_contact_night=nights.tonight())
    messages.success(request, _("Contacted tonight: written down."))
    return redirect("customers:page", pk=customer.pk)

"""Fruit plates in the admin: every one given or taken back, and what a plate costs, which operations edit."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from customers.admin.looks import person_filter
from targets.models import Gift, GiftCost
from vipdesk.adminsite import DeskAdmin, NightFilter, ReadOnlyAdmin


@admin.register(Gift)
class GiftAdmin(ReadOnlyAdmin):
    list_display = ["at", "night", "manager", "room", "cost", "is_taken_back"]
    list_display_links = None
    list_filter = [NightFilter, person_filter("allowance__manager")]
    list_select_related = ["allowance__manager", "party__room"]
    ordering = ["-night", "-pk"]
    sortable_by = ()

    @display(description=_("manager"))
    def manager(self, gift: Gift) -> str:
        return str(gift.allowance.manager)

    @display(description=_("room"))
    def room(self, gift: Gift) -> str:
        return str(gift.party.room)

    @display(description=_("takes back"), boolean=True)
    def is_taken_back(self, gift: Gift) -> bool:
        return gift.takes_back_id is not None


@admin.register(GiftCost)
class GiftCostAdmin(DeskAdmin):
    """A new price is a new row: plates given before keep what they cost then."""

    list_display = ["effective_from", "cost"]
    fields = ["effective_from", "cost"]
    ordering = ["-effective_from"]
    actions: list[str] | None = None

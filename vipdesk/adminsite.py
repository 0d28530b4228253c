"""The admin's frame: our own way in and out of it, and what every list in it has in common."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import EmptyFieldListFilter, FieldListFilter
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, Field, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminTextInputWidget

from vipdesk import __version__, nights
from vipdesk.forms import AmountField


class DeskAdminSite(UnfoldAdminSite):
    """Nobody signs in here: there is one login page, and one place to choose a password."""

    index_title = _("Operations")
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "version": __version__}

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Where the admin sends whoever it does not admit; somebody signed in would only come back."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.get_full_path())

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return LogoutView.as_view(next_page=settings.LOGIN_URL)(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("staff:password")


class NightFilter(admin.SimpleListFilter):
    """By night; a hierarchy of dates would first have to read the whole table."""

    title = _("night")
    parameter_name = "night"
    CHOICES = {"tonight": (0, 0), "last": (1, 1), "week": (0, 6), "month": (0, 30)}  # nights back: from, to
    WORDS = [_("Tonight"), _("Last night"), _("The last 7 nights"), _("The last 31 nights")]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(zip(self.CHOICES, self.WORDS, strict=True))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self.CHOICES:
            return queryset
        newest, oldest = (nights.tonight() - dt.timedelta(days=n) for n in self.CHOICES[str(self.value())])
        return queryset.filter(night__range=(oldest, newest))


class FilteredAdmin(ModelAdmin):
    """A model's admin whose list is filtered by what it offers and by nothing else.

    Django lets an address filter by any column, which answers questions about those that are shown to nobody, one digit
    at a time: `?password__regex=`, `?phone__startswith=`.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Whether this parameter of the address belongs to a filter of the list; any other is answered 400."""
        offered = self.get_list_filter(request) if request else self.list_filter
        return any(lookup in _parameters_of(self.model, item) for item in offered)


def _parameters_of(model: type[Model], item: Any) -> set[str]:
    """The parameters by which one item of `list_filter` filters, as Django's filters name them."""
    if isinstance(item, type):
        return {str(item.parameter_name)}  # type: ignore[attr-defined]  # a SimpleListFilter's own
    path, kind = (item, FieldListFilter) if isinstance(item, str) else item
    if issubclass(kind, EmptyFieldListFilter):
        return {f"{path}__isempty"}
    field: Any = get_fields_from_path(model, path)[-1]
    if field.is_relation:
        return {f"{path}__{field.target_field.name}__exact", f"{path}__isnull"}
    # Which of the two names it is, is the affair of the filter that Django chooses for the column.
    return {path, f"{path}__exact", f"{path}__isnull"}


class DeskAdmin(FilteredAdmin):
    """Something that operations edit."""

    list_per_page = 25

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Decimals are read as on every other screen: `1,200` and full-width digits too."""
        if isinstance(db_field, DecimalField):
            widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
            kwargs |= {"form_class": AmountField, "widget": widget}
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ReadOnlyAdmin(DeskAdmin):
    """To be looked at: what it shows is written elsewhere, superusers included."""

    actions: list[str] | None = None
    # These tables grow for years: next and previous, and no count of them all.
    paginator = InfinitePaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

"""Staff in the admin: operations keep names, roles and leave, and give new passwords; superusers make the accounts."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

import staff.floor.admin  # noqa: F401  registers its own
from staff import leaving, passwords, pins, roles, secondstep
from staff.models import User
from vipdesk.adminsite import DeskAdmin

# Groups are roles, and sync_roles() is their only writer.
admin.site.unregister(Group)
# A phone's secret is for that phone alone.
admin.site.unregister(TOTPDevice)

ROLE_NAMES = {
    roles.MANAGER: _("VIP service manager"),
    roles.OPERATIONS: _("Operations"),
    roles.AFTERSALES: _("After-sales"),
}
GIVEN_BY_OPERATIONS = (roles.MANAGER, roles.AFTERSALES)


def theme(request: HttpRequest) -> str:
    """The admin's theme is the desk's."""
    return request.user.shows_theme() if isinstance(request.user, User) else "light"


def icon(request: HttpRequest) -> str:
    return static("icons/app.svg")


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    def label_from_instance(self, obj: Group) -> str:
        return str(ROLE_NAMES.get(obj.name, obj.name))


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ROLE_NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(pk__in=User.objects.in_role(self.value())) if self.value() else queryset


@admin.register(User)
class UserAdmin(DeskAdmin):
    list_display = ["display_name", "username", "role", "state", "last_login"]
    list_display_links = ["display_name", "username"]
    list_filter = [RoleFilter, "is_active", "is_on_leave"]
    search_fields = ["username", "display_name"]
    ordering = ["-is_active", "username"]
    actions = None
    actions_detail = ["reset_password", "clear_pin", "forget_phone", "leave"]
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return cast("QuerySet[User]", User.objects.with_roles())

    @display(description=_("role"))
    def role(self, user: User) -> str:
        names = [str(ROLE_NAMES[name]) for name in roles.ALL if name in user.roles]
        return " / ".join([gettext("Superuser"), *names] if user.is_superuser else names) or "—"

    @display(description=_("at work"))
    def state(self, user: User) -> str:
        if not user.is_active:
            return format_html('<span class="desk-tag desk-tag-red">{}</span>', _("closed"))
        return format_html('<span class="desk-tag">{}</span>', _("on leave")) if user.is_on_leave else ""

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        may_do = ["groups", "is_superuser"] if cast(User, request.user).is_superuser else ["groups"]
        person = (None, {"fields": ["username", "display_name", "email"]})
        if obj is None:
            return [person, (_("What they do here"), {"fields": may_do})]
        stays = ["is_active", "is_on_leave", "last_login", "date_joined"]
        return [person, (_("What they do here"), {"fields": [*may_do, *stays]})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = self.readonly_fields if cast(User, request.user).is_superuser else [*self.readonly_fields, "username"]
        # Closing the account of somebody with guests would leave these with nobody: see `leave`.
        return [*fields, "is_active"] if obj and obj.is_active and _looks_after_guests(obj) else fields

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> RolesField:
        names = roles.ALL if cast(User, request.user).is_superuser else GIVEN_BY_OPERATIONS
        groups = Group.objects.filter(name__in=names).order_by("pk")
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        return RolesField(groups, label=_("Roles"), required=False, widget=widget)

    # --- who may do what --------------------------------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return cast(User, request.user).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Operations change managers and after-sales: neither superusers nor one another."""
        if not super().has_change_permission(request, obj):
            return False
        return cast(User, request.user).is_superuser or obj is None or not _is_above_operations(obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Leavers are deactivated: their nights stay theirs."""
        return False

    def has_reset_password_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        user = self.get_object(request, str(object_id))
        return user is not None and passwords.may_reset(cast(User, request.user), user)

    # --- leaving ----------------------------------------------------------------------------------------------------

    def has_leave_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        user = self.get_object(request, str(object_id))
        return user is not None and _may_still_leave(user) and leaving.may_let_go(cast(User, request.user), user)

    @action(description=_("Leaves the house"), url_path="leave", permissions=["leave"], icon="door_open")
    def leave(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The account is closed where the guests are handed over, in one step."""
        return redirect("customers:handover", pk=object_id)

    # --- saving -----------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Whoever works in operations may open the admin, and nobody else."""
        super().save_related(request, form, formsets, change)
        user = User.objects.get(pk=form.instance.pk)
        is_staff = _is_above_operations(user)
        if user.is_staff != is_staff:
            User.objects.filter(pk=user.pk).update(is_staff=is_staff)

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """A new account has no password yet: on to giving it one."""
        return redirect("admin:staff_user_reset_password", object_id=obj.pk)

    # --- a new password ---------------------------------------------------------------------------------------------

    @action(description=_("New password"), url_path="new-password", permissions=["reset_password"], icon="key")
    def reset_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks on GET, gives on POST and shows the password in that one answer, never again."""
        user = get_object_or_404(User, pk=object_id)
        given = ""
        if request.method == "POST":
            given = passwords.give_password(user)
            self.log_change(request, user, gettext("Gave a new password."))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": user,
            "title": gettext("New password for %(name)s") % {"name": user},
            "given": given,
            "back_url": reverse("admin:staff_user_change", args=[user.pk]),
        }
        return TemplateResponse(request, "admin/staff/user/new_password.html", context)

    # --- the PIN -----------------------------------------------------------------------------------------------------

    def has_clear_pin_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        user = self.get_object(request, str(object_id))
        return user is not None and bool(user.pin) and passwords.may_reset(cast(User, request.user), user)

    @action(description=_("Take the PIN away"), url_path="clear-pin", permissions=["clear_pin"], icon="dialpad")
    def clear_pin(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks on GET, takes it away on POST: sessions opened by it are over, and the password is all there is."""
        user = get_object_or_404(User, pk=object_id)
        back_url = reverse("admin:staff_user_change", args=[user.pk])
        if request.method == "POST":
            pins.clear_pin(user=user)
            self.log_change(request, user, gettext("Took the PIN away."))
            self.message_user(request, gettext("%(name)s signs in with their password now.") % {"name": user})
            return redirect(back_url)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": user,
            "title": gettext("Take the PIN of %(name)s away") % {"name": user},
            "back_url": back_url,
        }
        return TemplateResponse(request, "admin/staff/user/clear_pin.html", context)

    # --- the phone of the second step -------------------------------------------------------------------------------

    def has_forget_phone_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        user = self.get_object(request, str(object_id))
        may = user is not None and passwords.may_reset(cast(User, request.user), user)
        return may and secondstep.has_phone(cast(User, user))

    @action(description=_("Phone lost"), url_path="forget-phone", permissions=["forget_phone"], icon="phonelink_off")
    def forget_phone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks on GET, forgets it on POST: they are signed out everywhere and set up another phone."""
        user = get_object_or_404(User, pk=object_id)
        back_url = reverse("admin:staff_user_change", args=[user.pk])
        if request.method == "POST":
            secondstep.forget_phone(user)
            self.log_change(request, user, gettext("Took the phone of the second step away."))
            self.message_user(request, gettext("%(name)s sets up a phone at the next signing in.") % {"name": user})
            return redirect(back_url)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": user,
            "title": gettext("The phone of %(name)s is lost") % {"name": user},
            "back_url": back_url,
        }
        return TemplateResponse(request, "admin/staff/user/forget_phone.html", context)


def _looks_after_guests(user: User) -> bool:
    return user.customers.living().exists()


def _may_still_leave(user: User) -> bool:
    return user.is_active or _looks_after_guests(user)


def _is_above_operations(user: User) -> bool:
    return user.is_superuser or roles.OPERATIONS in user.roles

"""The people who work here."""

from typing import ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from staff import roles
from staff.querysets import StaffManager
from vipdesk.appendonly import append_only

_LOGIN_NAME_TAKEN = _("Somebody has this login name already.")


class Language(models.TextChoices):
    BROWSER = "", _("As the browser says")
    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class Theme(models.TextChoices):
    BY_ROLE = "", _("Dark on the floor, light in the office")
    DARK = "dark", _("Dark")
    LIGHT = "light", _("Light")


@pghistory.track(
    pghistory.UpdateEvent(
        "changed",
        row=pghistory.Old,
        condition=pghistory.AnyChange(exclude=["last_login", "password", "pin", "has_news"]),
    ),
    pghistory.DeleteEvent("deleted", row=pghistory.Old),
    exclude=["password", "last_login", "pin", "has_news"],
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
    meta={"triggers": [append_only()]},
)
class User(AbstractUser):
    """One person with a login. Leavers are deactivated, never deleted: their nights stay theirs."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    username = models.CharField(
        _("login name"),
        max_length=40,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _LOGIN_NAME_TAKEN},
    )
    display_name = models.CharField(_("name"), max_length=40)
    is_on_leave = models.BooleanField(_("on leave"), default=False)
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True, default=Language.BROWSER)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, blank=True, default=Theme.BY_ROLE)
    has_news = models.BooleanField(default=False, editable=False)  # see staff.news
    must_change_password = models.BooleanField(_("must choose a new password"), default=False)
    # Six digits, hashed as passwords are; empty: none chosen, no switching by PIN.
    pin = models.CharField(max_length=128, blank=True, default="", editable=False)

    objects: ClassVar[StaffManager] = StaffManager()
    REQUIRED_FIELDS = ["display_name"]
    # Whether this session was opened by a PIN: floor work only.
    is_by_pin = False

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        permissions = [("reset_password", "Can give a staff member a new password")]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The role groups of this person. `RoleBackend` loads them in the same statement as the row itself."""
        loaded = self.__dict__.get("role_names")
        names = self.groups.values_list("name", flat=True) if loaded is None else loaded
        return frozenset(names)

    def has_role(self, *names: str) -> bool:
        """Whether this person works in one of these roles. A superuser does what operations and after-sales do,
        but captures no guests: a manager's nights belong to managers."""
        mine = self.roles | {roles.OPERATIONS, roles.AFTERSALES} if self.is_superuser else self.roles
        return self.is_active and not mine.isdisjoint(names)

    @property
    def is_manager(self) -> bool:
        return self.has_role(roles.MANAGER)

    @property
    def is_office(self) -> bool:
        """Operations, after-sales, superuser: those whose screens open light."""
        return self.has_role(roles.OPERATIONS, roles.AFTERSALES)

    def shows_theme(self) -> str:
        """ "dark" or "light": the person's own choice, else by role."""
        return self.theme or ("light" if self.is_office and not self.is_manager else "dark")

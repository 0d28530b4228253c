"""Tablets of the house, and who is on one by PIN (promises.md, "Nobody sees what is not theirs")."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff import roles
from staff.models.people import User


class Tablet(models.Model):
    """A tablet of the house: enrolled once by a code, from then on known by a token that its browser alone holds."""

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=40, unique=True)
    code_digest = models.CharField(max_length=64, blank=True, default="")
    code_expires_at = models.DateTimeField(null=True, blank=True)
    token_digest = models.CharField(max_length=64, null=True, blank=True, unique=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    enrolled_at = models.DateTimeField(_("enrolled at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    last_user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tablet")
        verbose_name_plural = _("tablets")
        permissions = [("enrol_tablet", "Can enrol and revoke tablets")]

    def __str__(self) -> str:
        return self.name


class TabletSession(models.Model):
    """A session that was opened on a tablet, so that revoking the tablet ends it."""

    tablet = models.ForeignKey(Tablet, models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.tablet_id}, {self.user_id}"


class TabletQueueQuerySet(models.QuerySet["TabletQueue"]):
    def unsent(self) -> "TabletQueueQuerySet":
        """Those that still held something when they were last heard of."""
        return self.exclude(waiting=[])


class TabletQueue(models.Model):
    """What a tablet last said of the forms that wait on it, so that operations know where something is still unsent.
    A tablet that was never enrolled is known by a UUID that its browser made."""

    device = models.UUIDField(primary_key=True)
    tablet = models.ForeignKey(Tablet, models.SET_NULL, null=True, related_name="queues")
    # [{"user": login name, "count": n, "since": ISO moment, "keys": [thumbprints]}]
    waiting = models.JSONField(default=list)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now)

    objects = TabletQueueQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.device)


class PinTries(models.Model):
    """Wrong PINs of one person on one tablet since the last right one. Five, and only the password opens it again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    tablet = models.ForeignKey(Tablet, models.CASCADE, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tablet"], name="pin_tries_per_person_and_tablet")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.tablet_id}: {self.tries}"


class FloorUser(User):
    """Somebody who came in by PIN: a service manager and nothing else, whatever else they are (domain.md, "Who sees
    what"). Never saved: what it hides would be lost."""

    is_by_pin = True
    # What the row says of these is read and left aside.
    is_staff = property(lambda self: False, lambda self, value: None)
    is_superuser = property(lambda self: False, lambda self, value: None)

    class Meta:
        proxy = True
        default_permissions = ()

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Refused, but for the moment of signing in, which Django's login writes down."""
        if args or list(update_fields or ()) != ["last_login"]:
            raise TypeError("Somebody signed in by PIN changes nothing about themselves.")
        super().save(update_fields=update_fields, **kwargs)

    @cached_property
    def roles(self) -> frozenset[str]:
        return super().roles & {roles.MANAGER}

    # Permissions come with groups, and all of a person's groups stand in the database.
    def get_all_permissions(self, obj: object = None) -> set[str]:
        return set(roles.PERMISSIONS[roles.MANAGER]) if self.is_active and roles.MANAGER in self.roles else set()

    def get_group_permissions(self, obj: object = None) -> set[str]:
        return self.get_all_permissions(obj)

    def get_user_permissions(self, obj: object = None) -> set[str]:
        return set()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.get_all_permissions(obj)

    def has_module_perms(self, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())

    def get_session_auth_hash(self) -> str:
        """Of password and PIN: a new PIN, or none any more, ends the sessions that the old one opened."""
        return salted_hmac("staff.FloorUser", f"{self.password} {self.pin}", algorithm="sha256").hexdigest()

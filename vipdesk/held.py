"""Forms that came from a tablet's queue and could not be taken in as they are: kept and receipted, for their author to
mend here, since on the tablet nobody can read them any more (promises.md, "Nothing typed is lost or doubled")."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vipdesk.invisible import drop_invisible

Fields = Iterable[tuple[str, str]]
EMPTY = "[]"  # the fields of a form whose content is gone


class AlreadySettled(Exception):
    """Somebody mended, let in or dropped this form before."""


class HeldQuerySet(models.QuerySet["HeldSubmission"]):
    def waiting(self) -> HeldQuerySet:
        return self.filter(settled_at=None)

    def of(self, author: Any) -> HeldQuerySet:
        return self.filter(author=author)

    def with_content(self) -> HeldQuerySet:
        return self.exclude(fields=EMPTY)


class HeldSubmission(models.Model):
    """One form as it was typed. Holds personal data until it is erased with its guest, which erasure sees to, or until
    settings.HELD_DAYS have passed (`vipdesk.held_ends`); the row itself stays."""

    class Why(models.TextChoices):
        UNFIT = "unfit", _("something in it is not right yet")
        TOO_OLD = "too_old", _("typed more than 72 hours before it came in")

    class Outcome(models.TextChoices):
        MENDED = "mended", _("mended")
        LET_IN = "let_in", _("let in by operations")
        DROPPED = "dropped", _("put aside")
        EXPIRED = "expired", _("ended unmended")

    client_id = models.UUIDField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=40)
    # [[name, value], …] as text: jsonb refuses NUL and lone surrogates, and what was typed must not be lost.
    fields = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="held_submissions", verbose_name=_("who")
    )
    why = models.CharField(_("why"), max_length=7, choices=Why)
    happened_at = models.DateTimeField(_("typed at"))
    received_at = models.DateTimeField(_("came in at"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    outcome = models.CharField(_("what became of it"), max_length=7, choices=Outcome, blank=True, default="")

    objects = HeldQuerySet.as_manager()

    class Meta:
        ordering = ["happened_at"]
        verbose_name = _("form to mend")
        verbose_name_plural = _("forms to mend")
        indexes = [models.Index("author", name="held_waiting", condition=models.Q(settled_at=None))]
        constraints = [
            models.CheckConstraint(
                name="held_settled_somehow",
                condition=models.Q(settled_at=None, outcome="")
                | (models.Q(settled_at__isnull=False) & ~models.Q(outcome="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"

    def typed(self) -> QueryDict:
        """What was typed, under a UUID of its own: the form's first one has been answered."""
        return form_data(json.loads(self.fields), uuid4())

    def settle(self, outcome: Outcome, *, by: AbstractBaseUser | None, is_emptied: bool = False) -> None:
        """In the transaction of whatever was made of it; `is_emptied`: what was typed goes. Raises `AlreadySettled`, of
        two at one moment too."""
        waiting = HeldSubmission.objects.waiting().filter(pk=self.pk)
        facts = {"settled_at": timezone.now(), "settled_by": by, "outcome": outcome}
        if not waiting.update(**facts, **({"fields": EMPTY} if is_emptied else {})):
            raise AlreadySettled


def form_data(fields: Fields, client_id: UUID) -> QueryDict:
    """The form's fields as a request would bring them."""
    data = QueryDict(mutable=True)
    for name, value in fields:
        data.appendlist(name, drop_invisible(value))
    data["client_id"] = str(client_id)
    return data


def asked_for(request: Any, kind: str) -> HeldSubmission | None:
    """The waiting form of this person that a request mends: named by its field, or by the address that opened it."""
    named = request.POST.get("held") or request.GET.get("held")
    if not named or not is_uuid(named):
        return None
    return HeldSubmission.objects.waiting().of(request.user).filter(pk=named, kind=kind).first()


def is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def mending(held: HeldSubmission | None, work: Callable[[], Mapping[str, Any]]) -> Callable[[], Mapping[str, Any]]:
    """`work`, and with it the end of the form that it mends."""

    def mend() -> Mapping[str, Any]:
        said = work()
        if held is not None:
            held.settle(HeldSubmission.Outcome.MENDED, by=held.author)
        return said

    return mend if held is not None else work


def moment_of(held: HeldSubmission | None) -> dt.datetime:
    """When what is on the form happened."""
    return held.happened_at if held else timezone.now()

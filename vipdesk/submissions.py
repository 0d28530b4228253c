"""Nothing typed is lost or doubled: a form's client-made UUID, and the receipt that answers it (promises.md).

The UUID is claimed, the work done and the receipt kept in one transaction. The same form sent again (a double tap, a
lost answer, a retry days later) gets the first receipt and does nothing; a UUID that comes back with other content, or
from another person, is refused and what it brought is kept for a person to look at. Submissions never expire.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vipdesk.deadlocks import retry_deadlock

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

_LONG_NUMBER = re.compile(r"(?:\+86)?(\d{3})\d+(\d{4})")
_CLAIM = """
    INSERT INTO vipdesk_submission (client_id, kind, content_hash, user_id, received_at, receipt)
    VALUES (%s, %s, %s, %s, %s, '{}') ON CONFLICT (client_id) DO NOTHING
"""
_KEEP_RECEIPT = "UPDATE vipdesk_submission SET receipt = %s WHERE client_id = %s"


class Submission(models.Model):
    """A form that was taken in, and what it was answered."""

    client_id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    content_hash = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField()
    receipt = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"


class SubmissionConflict(models.Model):
    """What came under a UUID already taken, for a person to look at. Holds personal data: erasure must visit it."""

    client_id = models.UUIDField()
    kind = models.CharField(_("kind"), max_length=40)
    content_hash = models.CharField(max_length=64)
    # The canonical JSON itself, as text: jsonb refuses NUL and lone surrogates, and what was typed must not be lost.
    content = models.TextField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    received_at = models.DateTimeField(_("came in at"))
    resolved_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )

    class Meta:
        verbose_name = _("conflicting form")
        verbose_name_plural = _("conflicting forms")
        constraints = [
            # A tablet that keeps retrying a conflict leaves one row, not one per try.
            models.UniqueConstraint(
                fields=["client_id", "content_hash", "user"],
                name="submission_conflict_kept_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.client_id}"

    def masked(self) -> dict[str, str]:
        """What was sent, for a person to compare: numbers masked and addresses left out, as on a guest's page."""
        content: dict[str, Any] = json.loads(self.content)
        shown = {key: str(value) for key, value in content.items() if value and "address" not in key}
        return {key: _LONG_NUMBER.sub(r"\1****\2", value) for key, value in shown.items()}

    def first_receipt(self) -> dict[str, Any]:
        """What the submission was answered that took this UUID: names the row that it made."""
        receipt: dict[str, Any] = Submission.objects.get(pk=self.client_id).receipt
        return receipt


@dataclass(frozen=True)
class Receipt:
    """The answer to a submission; `replayed` when it had been taken in before."""

    content: dict[str, Any]
    replayed: bool


class ConflictingSubmission(Exception):
    """The UUID is taken by other content or another person; both are kept. Tells nothing about the first."""

    def __init__(self, client_id: UUID) -> None:
        super().__init__(f"Submission {client_id} came before with other content.")
        self.client_id = client_id


@retry_deadlock
def receive(
    *,
    client_id: UUID,
    kind: str,
    content: Mapping[str, Any],
    user: AbstractBaseUser | None,
    work: Callable[[], Mapping[str, Any]],
) -> Receipt:
    """Do `work` once for this UUID and keep the receipt that it returns, in one transaction of our own.

    What is in `content` decides whether two submissions are the same: the caller leaves out tokens and whatever only
    the screen needs. An error in `work` undoes everything and leaves the UUID free. Raises ConflictingSubmission.
    A second sender of the same UUID waits in the INSERT until the first has committed or given up.
    """
    claim = Submission(
        client_id=client_id,
        kind=kind,
        content_hash=content_hash(content),
        user_id=user.pk if user else None,
        received_at=timezone.now(),
    )
    # Durable: inside another transaction the conflict below would be undone by the very exception that reports it.
    with transaction.atomic(durable=True):
        if _insert(claim):
            return _work(claim, work)
        receipt = _replay(claim)
        if receipt is None:
            _keep_conflict(claim, content)
    if receipt is None:
        raise ConflictingSubmission(client_id)
    return receipt


def first_answer(
    *, client_id: UUID, kind: str, content: Mapping[str, Any], user: AbstractBaseUser | None
) -> Receipt | None:
    """The receipt of this very submission where it was taken in before, else None. For the path on which a form is
    refused: rules may have changed since its first answer was lost. Writes nothing."""
    claim = Submission(
        client_id=client_id, kind=kind, content_hash=content_hash(content), user_id=user.pk if user else None
    )
    return _replay(claim) if Submission.objects.filter(pk=client_id).exists() else None


def settle(conflicts: models.QuerySet[SubmissionConflict], *, by: AbstractBaseUser) -> int:
    """A person has looked at these and done what was needed; how many were still open."""
    return conflicts.filter(resolved_at=None).update(resolved_at=timezone.now(), resolved_by=by)


def content_hash(content: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order of its keys."""
    return hashlib.sha256(_canonical(content).encode("ascii")).hexdigest()


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)


def _insert(claim: Submission) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [claim.client_id, claim.kind, claim.content_hash, claim.user_id, claim.received_at])
        return bool(cursor.rowcount)


def _work(claim: Submission, work: Callable[[], Mapping[str, Any]]) -> Receipt:
    # Through JSON and back, so that the first answer is letter for letter what a replay will read.
    said = json.dumps(work(), cls=DjangoJSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_RECEIPT, [said, claim.pk])
    return Receipt(json.loads(said), replayed=False)


def _replay(claim: Submission) -> Receipt | None:
    # A statement of its own: under READ COMMITTED it sees the row that the INSERT waited for.
    first = Submission.objects.get(pk=claim.pk)
    is_same = (first.kind, first.content_hash, first.user_id) == (claim.kind, claim.content_hash, claim.user_id)
    return Receipt(first.receipt, replayed=True) if is_same else None


def _keep_conflict(claim: Submission, content: Mapping[str, Any]) -> None:
    kept = SubmissionConflict(
        client_id=claim.client_id,
        kind=claim.kind,
        content_hash=claim.content_hash,
        content=_canonical(content),
        user_id=claim.user_id,
        received_at=claim.received_at,
    )
    SubmissionConflict.objects.bulk_create([kept], ignore_conflicts=True)

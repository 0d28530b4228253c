"""What writes several tables of the guests at once: capture, correction, consent, handing in, checking.

Every function is one transaction, takes keywords only and raises what its docstring says.
"""

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from customers import forgetting, leaks, numbers, wrong_numbers
from customers.choices import IntakeStatus, Origin
from customers.models import AccessLog, Consent, Customer, IntakeReview, IntakeSheet, Looks, PrivacyNotice
from customers.taken import telling_who_has_it
from staff.models import User
from vipdesk import nights
from vipdesk.deadlocks import retry_deadlock

# Ready-made, as every capture sends it: putting it together by the ORM cost an eighth of the whole.
_CAPTURE_CONSENTS = """
    INSERT INTO customers_consent (customer_id, kind, action, notice_id, channel, recorded_by_id, recorded_at)
    SELECT %(customer)s, kind, action, %(notice)s, %(channel)s, %(by)s, %(at)s
    FROM unnest(%(kinds)s::text[], %(actions)s::text[]) AS said (kind, action)
"""


# Written down and counted (as `leaks.count_look` does) in one, since every look at a night's sheet waits for it.
_SHEET_SHOWN = """
    WITH logged AS (
        INSERT INTO customers_accesslog (user_id, night, kind, detail, at)
        VALUES (%(user)s, %(night)s, %(shown)s, %(sheet)s, %(now)s)
        ON CONFLICT (user_id, night, detail) WHERE kind = 'sheet' DO NOTHING
    )
    INSERT INTO customers_looktally (user_id, night, kind, count) VALUES (%(user)s, %(night)s, %(kind)s, %(numbers)s)
    ON CONFLICT (user_id, night, kind) DO UPDATE SET count = customers_looktally.count + EXCLUDED.count
"""


class ChangedMeanwhile(Exception):
    """Somebody else saved this guest since it was opened; `updated_at` is its newest state."""

    def __init__(self, updated_at: dt.datetime) -> None:
        super().__init__("changed meanwhile")
        self.updated_at = updated_at


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What the guest said yes to at capture, and under which version of the notice."""

    notice: PrivacyNotice
    sms: bool
    call: bool


def capture_customer(*, customer: Customer, agreement: Agreement, by: User | None, at: dt.datetime) -> Customer:
    """Take in a new guest (D1) with the consents they gave, on the night of `at`; unsaved `customer` holds the facts.

    Runs in the caller's transaction, which is lost with `Taken`: one guest per number is the database's own constraint,
    so that of two tablets racing on one number exactly one wins and the other learns who has it.
    """
    customer.captured_by = customer.owner = by
    customer.captured_at, customer.night = at, nights.night_of(at)
    customer.sms_consent, customer.call_consent = agreement.sms, agreement.call
    with telling_who_has_it(phone=customer.phone, member_no=customer.member_no):
        customer.save(force_insert=True)
    _log_capture_consents(customer, agreement, by)
    return customer


def follow_capture(*, customer: Customer, party: int | None, by: User) -> dict[str, str]:
    """What a capture from a party's page (its key) sets off there, in the caller's transaction; of it the receipt keeps
    the address of that page."""
    if party is None:
        return {}
    back = import_string(settings.CAPTURED_FROM_PARTY)(party=party, customer=customer, by=by)
    return {"back": back} if back else {}


def _log_capture_consents(customer: Customer, agreement: Agreement, by: User | None) -> None:
    said = {Consent.Kind.NOTICE: True, Consent.Kind.SMS: agreement.sms, Consent.Kind.CALL: agreement.call}
    facts: dict[str, Any] = {
        "customer": customer.pk,
        "kinds": list(said),
        "actions": [Consent.Action.GRANTED if yes else Consent.Action.REFUSED for yes in said.values()],
        "notice": agreement.notice.pk,
        "channel": Consent.Channel.SELF if customer.origin == Origin.SELF else Consent.Channel.TABLET,
        "by": by.pk if by else None,
        "at": customer.captured_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CAPTURE_CONSENTS, facts)


@retry_deadlock
@transaction.atomic
def update_customer(
    *,
    customer: Customer,
    changed: Sequence[str],
    seen: dt.datetime | None,
    by: User,
    reason: str = "",
    is_correction: bool = True,
    is_number_right: bool = False,
) -> Customer:
    """Save the `changed` fields of a guest with the person and the reason in history, consents in their log.

    Locks the row. A record that was sent back counts as corrected once its own manager saves it (S1), or anybody once
    they have left the house; unless this is no correction (`is_correction`), such as a taste written down in passing.
    One whose number a call found wrong is corrected by another number alone, whoever writes it, or where it
    `is_number_right` after all.
    A changed phone number is the guest's new one, and the old one is released; see `numbers.changing_number`.
    Raises `ChangedMeanwhile` where the row is no longer as it was `seen` (its `updated_at`), and `Taken`.
    """
    locked = Customer.objects.select_for_update(of=("self",)).select_related("captured_by")
    on_file = locked.only("updated_at", "intake_status", "phone", "captured_by__is_active").get(pk=customer.pk)
    if seen != on_file.updated_at:
        raise ChangedMeanwhile(on_file.updated_at)
    fields, now = [*changed, "updated_at"], timezone.now()
    customer.updated_at = now
    if customer.has_wrong_number:
        fields += _correct_number(customer, changed, by, is_number_right)
    elif is_correction and on_file.intake_status == IntakeStatus.SENT_BACK and _corrects(by, on_file.captured_by):
        fields.append("intake_status")
        customer.intake_status = IntakeStatus.CORRECTED
        IntakeReview.objects.create(customer=customer, status=IntakeStatus.CORRECTED, reviewed_by=by)
    with pghistory.context(user=by.pk, reason=reason):
        _log_changed_consents(customer, changed, by, now)
        renumbering = _changing_number(customer, changed, on_file.phone, by)
        with renumbering, telling_who_has_it(phone=customer.phone, member_no=customer.member_no):
            customer.save(update_fields=fields)
    return customer


def _changing_number(
    customer: Customer, changed: Sequence[str], old: str | None, by: User
) -> AbstractContextManager[None]:
    if "phone" in changed and customer.phone:
        return numbers.changing_number(customer=customer.pk, old=old, new=customer.phone, by=by)
    return nullcontext()


def _correct_number(customer: Customer, changed: Sequence[str], by: User, is_number_right: bool) -> list[str]:
    is_another = "phone" in changed and customer.phone is not None
    if is_number_right and not is_another:
        wrong_numbers.believe(customer)
    return wrong_numbers.correct(guest=customer, by=by) if is_another or is_number_right else []


def _corrects(by: User, captured_by: User | None) -> bool:
    return captured_by is None or captured_by.pk == by.pk or not captured_by.is_active


def _log_changed_consents(customer: Customer, changed: Sequence[str], by: User, now: dt.datetime) -> None:
    if "sms_consent" in changed and customer.sms_consent and customer.phone:
        forgetting.lift(customer.phone)
    kinds = {"sms_consent": Consent.Kind.SMS, "call_consent": Consent.Kind.CALL}
    Consent.objects.bulk_create(
        Consent(
            customer=customer,
            kind=kind,
            action=Consent.Action.GRANTED if getattr(customer, field) else Consent.Action.WITHDRAWN,
            channel=Consent.Channel.DESK if by.is_office else Consent.Channel.TABLET,
            recorded_by=by,
            recorded_at=now,
        )
        for field, kind in kinds.items()
        if field in changed
    )


@transaction.atomic
def hand_in_sheet(*, manager: User, night: dt.date) -> IntakeSheet:
    """Hand in the night's sheet (D1 S1). Handing in again changes nothing: the first act counts."""
    rows = Customer.objects.captured_by_manager(manager, night).count()
    sheet, _created = IntakeSheet.objects.get_or_create(manager=manager, night=night, defaults={"rows": rows})
    return sheet


@transaction.atomic
def accept_records(*, customers: Sequence[int], night: dt.date, by: User) -> int:
    """Accept records of a night; what is accepted already or waits for its manager stays. Returns how many were."""
    open_ones = [IntakeStatus.NEW, IntakeStatus.CORRECTED]
    rows = Customer.objects.on_sheet(night).filter(pk__in=customers, intake_status__in=open_ones)
    chosen = list(rows.select_for_update().values_list("pk", flat=True))
    _decide(chosen, IntakeStatus.ACCEPTED, "", by)
    return len(chosen)


@transaction.atomic
def send_back_records(*, customers: Sequence[int], night: dt.date, reason: str, by: User) -> int:
    """Send records of a night back to the managers who captured them, with a reason they will read. Returns how many.

    A record nobody captured (an undated import) has nobody to go back to and stays.
    """
    rows = Customer.objects.on_sheet(night).filter(pk__in=customers, captured_by__isnull=False)
    chosen = list(rows.select_for_update().values_list("pk", flat=True))
    _decide(chosen, IntakeStatus.SENT_BACK, reason, by)
    return len(chosen)


def _decide(chosen: list[int], status: IntakeStatus, reason: str, by: User) -> None:
    Customer.objects.filter(pk__in=chosen).update(intake_status=status, intake_reason=reason)
    IntakeReview.objects.bulk_create(
        IntakeReview(customer_id=pk, status=status, reason=reason, reviewed_by=by) for pk in chosen
    )


def log_reveal(*, customer: Customer, by: User) -> None:
    """Write down that somebody looked at a guest's full number and address, and count it."""
    AccessLog.objects.create(user=by, customer=customer, night=nights.tonight(), kind=AccessLog.Kind.REVEAL, detail="")
    leaks.count_look(by, Looks.REVEAL)


def log_sheet_shown(*, night: dt.date, numbers: int, by: User) -> None:
    """Count so many full numbers of a night's sheet as looks; that somebody had that sheet before them is written down
    once a night. One statement."""
    if not numbers:
        return
    facts: dict[str, Any] = {
        "user": by.pk,
        "night": nights.tonight(),
        "shown": AccessLog.Kind.SHEET,
        "sheet": night.isoformat(),
        "now": timezone.now(),
        "kind": Looks.SHEET,
        "numbers": numbers,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHEET_SHOWN, facts)

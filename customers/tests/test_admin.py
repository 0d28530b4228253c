"""The guests' part of the admin: operations' home, lists that stay cheap, records that nobody edits."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.choices import IntakeStatus
from customers.models import Consent, Customer, CustomerImport, MembershipTier, PrivacyNotice
from customers.services import hand_in_sheet
from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import make_user
from vipdesk import nights
from vipdesk.jobs import Heartbeat, ScheduleRun
from vipdesk.outbox import OutboxMessage

SignIn = Callable[[User], Client]
NOW = dt.datetime(2026, 11, 20, 15, 40, tzinfo=dt.UTC)  # 23:40 on the night of 20 November
LISTS = [
    "staff_user",
    "customers_customer",
    "customers_membershiptier",
    "customers_privacynotice",
    "customers_intakesheet",
    "customers_intakereview",
    "customers_intakeexport",
    "customers_accesslog",
    "customers_guestexport",
    "customers_handover",
    "customers_leakalert",
    "customers_looktally",
    "customers_customerimport",
    "vipdesk_schedulerun",
    "vipdesk_outboxmessage",
    "vipdesk_submissionconflict",
]
READ_ONLY = [
    name for name in LISTS if name not in {"staff_user", "customers_membershiptier", "customers_privacynotice"}
]


@pytest.fixture
def boss(db: None) -> User:
    return make_user("admin", None, display_name="系统管理", is_staff=True, is_superuser=True)


@pytest.fixture
def house(mgr1: User, mgr2: User, desk_user: User) -> None:
    """Thirty guests, and one row or more of everything else that the admin lists."""
    for number in range(30):
        make_customer(owner=(mgr1, mgr2)[number % 2], tier=MembershipTier.objects.get(code="gold"))
    hand_in_sheet(manager=mgr1, night=nights.tonight())
    guest = Customer.objects.first()
    assert guest
    guest.reviews.create(status=IntakeStatus.ACCEPTED, reviewed_by=desk_user)
    guest.access_log.create(user=desk_user, night=nights.tonight(), kind="reveal")
    CustomerImport.objects.create(created_by=desk_user, filename="sheet.xlsx", content=b"x", content_sha256="0" * 64)
    OutboxMessage.objects.create(kind="email", target="a@example.org", dedup_key="1", state="failed", attempts=8)
    now = timezone.now()
    ScheduleRun.objects.create(job="housekeeping", night=nights.tonight(), due_at=now, deadline=now, next_at=now)


@pytest.mark.parametrize("name", LISTS)
def test_operations_open_each_list_in_ten_statements_or_fewer(
    name: str, ops: User, house: None, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(ops)
    client.get("/healthz")
    with django_assert_max_num_queries(10):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200


def test_guest_list_costs_no_more_with_more_guests_and_counts_none(
    ops: User, house: None, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(ops)
    with django_assert_max_num_queries(10) as asked:
        page = client.get(reverse("admin:customers_customer_changelist")).content.decode()

    assert not any("COUNT(" in query["sql"] and "customers_customer" in query["sql"] for query in asked)
    assert page.count('class="desk-link"') == 25
    assert "139****" in page and "+86139" not in page


@pytest.mark.parametrize(
    "query", ["?night=tonight", "?night=month&incomplete=no", "?owner=none", "?tier__id__exact=1", "?p=2"]
)
def test_operations_narrow_the_guest_list(query: str, ops: User, house: None, signed_in: SignIn) -> None:
    response = signed_in(ops).get(reverse("admin:customers_customer_changelist") + query)

    assert response.status_code == 200
    assert "?e=1" not in response.headers.get("Location", "")


def test_operations_follow_a_guest_to_the_desks_own_page(ops: User, house: None, signed_in: SignIn) -> None:
    guest = Customer.objects.first()
    assert guest
    response = signed_in(ops).get(reverse("admin:customers_customer_change", args=[guest.pk]))

    assert response.url == f"/customers/{guest.pk}/"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", READ_ONLY)
def test_not_even_a_superuser_adds_or_deletes_what_was_written_down(
    name: str, boss: User, house: None, signed_in: SignIn
) -> None:
    client, model = signed_in(boss), apps.get_model(name.replace("_", "."))
    for row in model._default_manager.all()[:1]:
        assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert model._default_manager.filter(pk=row.pk).exists()
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403


def test_operations_queue_a_failed_message_again(ops: User, house: None, signed_in: SignIn) -> None:
    message = OutboxMessage.objects.get()
    data = {"action": "send_again", "_selected_action": [message.pk]}
    response = signed_in(ops).post(reverse("admin:vipdesk_outboxmessage_changelist"), data, follow=True)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 0)
    assert "1 message waits to be sent." in response.content.decode()


# --- tiers and notices ---------------------------------------------------------------------------------------------


def test_operations_rename_a_tier(ops: User, signed_in: SignIn) -> None:
    tier = MembershipTier.objects.get(code="gold")
    data = {"name": "黄金卡", "name_en": "Gold", "rank": 20, "is_vip": "on", "code": "other"}
    signed_in(ops).post(reverse("admin:customers_membershiptier_change", args=[tier.pk]), data)

    tier.refresh_from_db()
    assert (tier.name, tier.code) == ("黄金卡", "gold")


def test_operations_add_a_version_of_the_notice(ops: User, signed_in: SignIn) -> None:
    data = {"effective_from": nights.tonight().isoformat(), "text": "新", "text_en": "new"}
    signed_in(ops).post(reverse("admin:customers_privacynotice_add"), data)

    assert PrivacyNotice.objects.in_force().version == 2


def test_operations_cannot_date_a_notice_back(ops: User, signed_in: SignIn) -> None:
    data = {"effective_from": "2020-01-01", "text": "新", "text_en": "new"}
    assert signed_in(ops).post(reverse("admin:customers_privacynotice_add"), data).status_code == 200
    assert PrivacyNotice.objects.count() == 1


def test_nobody_rewords_a_notice_that_somebody_agreed_to(boss: User, mgr1: User, signed_in: SignIn) -> None:
    notice = PrivacyNotice.objects.get()
    Consent.objects.create(
        customer=make_customer(owner=mgr1), kind="notice", action="granted", notice=notice, channel="tablet"
    )
    url = reverse("admin:customers_privacynotice_change", args=[notice.pk])
    data = {"effective_from": nights.tonight().isoformat(), "text": "x", "text_en": "x"}

    assert signed_in(boss).post(url, data).status_code == 403
    assert PrivacyNotice.objects.get().text != "x"


# --- home ----------------------------------------------------------------------------------------------------------


def test_operations_see_how_tonight_and_last_night_went(ops: User, mgr1: User, mgr2: User, signed_in: SignIn) -> None:
    with time_machine.travel(NOW, tick=False):
        for _guest in range(3):
            make_customer(owner=mgr1, captured_at=NOW)
        make_customer(owner=mgr2, captured_at=NOW - dt.timedelta(days=1), intake_status=IntakeStatus.SENT_BACK)
        User.objects.update(date_joined=NOW - dt.timedelta(days=30))
        page = signed_in(ops).get("/admin/").content.decode()

    assert "Fri 20 Nov" in page and "Thu 19 Nov" in page
    assert "<b>3</b> / 10" in page
    assert page.count("not handed in") == 2
    assert "/intake/2026-11-20/" in page and "/intake/2026-11-19/" in page


def test_operations_see_that_the_clock_stands_still_until_it_ticks(ops: User, signed_in: SignIn) -> None:
    client = signed_in(ops)
    assert "stands still" in client.get("/admin/").content.decode()

    Heartbeat.objects.create(pk=1, ticked_at=timezone.now())
    assert "stands still" not in client.get("/admin/").content.decode()
    Heartbeat.objects.update(ticked_at=timezone.now() - dt.timedelta(minutes=6))
    assert "stands still" in client.get("/admin/").content.decode()


def test_operations_see_failed_messages_and_missed_jobs(ops: User, house: None, signed_in: SignIn) -> None:
    ScheduleRun.objects.update(status="missed")
    page = signed_in(ops).get("/admin/").content.decode()

    assert "Messages that could not be sent: 1." in page
    assert "Tidying up was missed" in page


@pytest.mark.usefixtures("ordinary_evening")
def test_operations_home_takes_few_statements(
    ops: User, house: None, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(ops)
    client.get("/admin/")
    # Each kind of trouble that an app may have to tell of is asked for once: five more than before with replies to read,
    # calls of the gateway that could not be used, forms that end soon, and opt-outs (by room, by night).
    with django_assert_max_num_queries(25):
        client.get("/admin/")

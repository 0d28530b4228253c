"""Leak watch: looks are counted per person and night, and who looks far beyond their habit is told of once."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers import leaks
from customers.choices import IntakeStatus
from customers.intake.exporting import export_intake
from customers.models import AccessLog, Customer, LeakAlert, Looks, LookTally
from customers.tests.factories import make_customer
from staff import roles
from staff.models import User
from staff.tests.factories import confirmed, make_user
from vipdesk import alerts, jobs, nights
from vipdesk.outbox import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_evening")]
SignIn = Callable[[User], Client]


def tally(user: User) -> dict[str, int]:
    rows = LookTally.objects.filter(user=user, night=nights.tonight())
    return dict(rows.values_list("kind", "count"))


def looked(user: User, count: int, *, ago: int = 0, kind: Looks = Looks.PAGE) -> None:
    LookTally.objects.create(user=user, night=nights.tonight() - dt.timedelta(days=ago), kind=kind, count=count)


# --- counting ------------------------------------------------------------------------------------------------------


def test_pages_opened_are_counted_and_what_the_screen_asks_by_itself_is_not(mgr1: User, signed_in: SignIn) -> None:
    guest = make_customer(owner=mgr1)
    tablet = signed_in(mgr1)
    for _time in range(3):
        tablet.get(f"/customers/{guest.pk}/")
    tablet.get(f"/customers/{guest.pk}/", HTTP_X_BACKGROUND="1")
    tablet.get("/customers/")
    assert tally(mgr1) == {"page": 3}


@pytest.mark.venue_zone
def test_a_night_that_begins_counts_anew(mgr1: User) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 21, 3, 59, tzinfo=dt.UTC), tick=False):
        leaks.count_look(mgr1, Looks.PAGE)
    with time_machine.travel(dt.datetime(2026, 11, 21, 4, 0, tzinfo=dt.UTC), tick=False):
        leaks.count_look(mgr1, Looks.PAGE, 2)
    found = LookTally.objects.order_by("night").values_list("night", "count")
    assert list(found) == [(dt.date(2026, 11, 20), 1), (dt.date(2026, 11, 21), 2)]


def test_numbers_shown_are_counted_whether_by_reveal_or_by_the_offices_form(desk_user: User, signed_in: SignIn) -> None:
    guest = make_customer()
    desk = signed_in(desk_user)
    desk.post(f"/customers/{guest.pk}/reveal/")
    desk.get(f"/customers/{guest.pk}/edit/")
    assert tally(desk_user) == {"reveal": 2}


def test_rows_exported_and_printed_are_counted_and_a_command_has_no_habit(desk_user: User, signed_in: SignIn) -> None:
    for _n in range(3):
        make_customer()
    night = nights.tonight().isoformat()
    confirmed(signed_in(desk_user)).post(f"/intake/{night}/sheet.csv")
    confirmed(signed_in(desk_user)).post(f"/intake/{night}/print/")
    export_intake(night=nights.tonight(), format="csv", channel="command").file.close()
    assert tally(desk_user) == {"export": 6}
    assert LookTally.objects.count() == 1


def test_counting_is_one_statement(mgr1: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        leaks.count_look(mgr1, Looks.PAGE)
    with django_assert_num_queries(0):
        leaks.count_look(mgr1, Looks.EXPORT, 0)


@pytest.mark.django_db(transaction=True)
def test_tablets_that_count_at_once_lose_nothing(furnished: None) -> None:
    user = make_user("mgr1")

    def look(_n: int) -> None:
        leaks.count_look(user, Looks.PAGE)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(40)))
    assert tally(user) == {"page": 40}


# --- habits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("earlier", "tonight", "usual"),
    [
        ([], 60, None),  # not above the floor
        ([], 61, 0),
        ([30, 10], 61, 20),  # the mean of the nights on which they looked
        ([30, 10], 60, None),
        ([40, 40], 120, None),  # three times the habit is no more than three times
        ([40, 40], 121, 40),
        ([100] * 5, 250, None),  # a busy habit is a habit
    ],
)
def test_who_looks_far_beyond_their_habit_is_raised(
    earlier: list[int], tonight: int, usual: int | None, mgr1: User
) -> None:
    for number, count in enumerate(earlier):
        looked(mgr1, count, ago=1 + 3 * number)
    looked(mgr1, tonight)

    leaks.sweep()

    found = list(LeakAlert.objects.values_list("seen", "usual"))
    assert found == ([] if usual is None else [(tonight, usual)])


def test_habit_is_of_the_last_28_nights_and_of_the_same_kind_and_person(mgr1: User, mgr2: User) -> None:
    looked(mgr1, 100, ago=28)
    looked(mgr1, 9_000, ago=29)
    looked(mgr1, 9_000, ago=1, kind=Looks.EXPORT)
    looked(mgr2, 9_000, ago=2)
    looked(mgr1, 301)
    leaks.sweep()
    assert LeakAlert.objects.get(night=nights.tonight()).usual == 100


def test_every_kind_has_its_own_floor_that_the_house_may_set(mgr1: User, settings: Any) -> None:
    for kind, count in ((Looks.PAGE, 61), (Looks.REVEAL, 21), (Looks.EXPORT, 501)):
        looked(mgr1, count, kind=kind)
    settings.LEAK_FLOORS = settings.LEAK_FLOORS | {"page": 100}
    leaks.sweep()
    assert set(LeakAlert.objects.values_list("kind", flat=True)) == {"reveal", "export"}
    assert set(settings.LEAK_FLOORS) == set(Looks.values)


def test_same_looking_is_raised_once_and_its_number_kept_up_to_date(mgr1: User) -> None:
    looked(mgr1, 70)
    leaks.sweep()
    first = LeakAlert.objects.get()
    LookTally.objects.update(count=90)
    leaks.sweep()
    leaks.sweep()
    again = LeakAlert.objects.get()
    assert (again.pk, again.seen, again.raised_at) == (first.pk, 90, first.raised_at)


def test_last_minute_of_a_night_is_swept_after_it(mgr1: User) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 21, 3, 59, 50, tzinfo=dt.UTC), tick=False):
        looked(mgr1, 70)
    with time_machine.travel(dt.datetime(2026, 11, 21, 4, 0, 20, tzinfo=dt.UTC), tick=False):
        leaks.sweep()
    assert LeakAlert.objects.get().night == dt.date(2026, 11, 20)


def test_sweep_is_one_statement_however_many_look(mgr1: User, mgr2: User, django_assert_num_queries: Any) -> None:
    for user in (mgr1, mgr2):
        looked(user, 100)
    with django_assert_num_queries(1):
        leaks.sweep()
    assert LeakAlert.objects.count() == 2


# --- telling operations --------------------------------------------------------------------------------------------


def test_operations_see_it_on_their_home_with_nothing_about_the_guests(
    mgr1: User, ops: User, signed_in: SignIn
) -> None:
    guest = make_customer(name="欧阳修远", phone="+8613816552203")
    tablet = signed_in(mgr1)
    for _time in range(61):
        tablet.get(f"/customers/{guest.pk}/")
    jobs.tick()
    leaks.sweep()

    (alert,) = alerts.current()
    assert "林静" in alert.text and "guest pages opened 61, as a rule 0" in alert.text
    home = signed_in(ops).get("/admin/").content.decode()
    assert alert.url in home.replace("&amp;", "&") and "欧阳" not in home and "2203" not in home
    assert signed_in(ops).get(alert.url).status_code == 200


def test_it_is_mailed_once_where_the_house_wants_it(mgr1: User, settings: Any) -> None:
    settings.ALERT_EMAIL = "ops@example.com"
    looked(mgr1, 70)
    for _minute in range(3):
        leaks.sweep()
        alerts.sweep()
        LookTally.objects.update(count=99)
    assert [m.subject for m in OutboxMessage.objects.all()] == [alerts.current()[-1].text.replace("99", "70")]


def settle(client: Client, *which: LeakAlert) -> str:
    url = reverse("admin:customers_leakalert_changelist")
    data = {"action": "settle", "_selected_action": [str(alert.pk) for alert in which]}
    return client.post(url, data, follow=True).content.decode()


def test_operations_look_into_it_and_are_not_told_again_until_it_doubles(
    mgr1: User, ops: User, signed_in: SignIn, settings: Any
) -> None:
    settings.ALERT_EMAIL = "ops@example.com"
    jobs.tick()
    looked(mgr1, 70)
    leaks.sweep()
    alerts.sweep()
    assert "1 is settled." in settle(signed_in(ops), LeakAlert.objects.get())
    assert LeakAlert.objects.get().settled_by == ops and alerts.current() == []

    LookTally.objects.update(count=140)
    leaks.sweep()
    assert alerts.current() == [] and LeakAlert.objects.get().seen == 70

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)):
        LookTally.objects.update(count=141)
        leaks.sweep()
        alerts.sweep()
    again = LeakAlert.objects.get()
    assert (again.seen, again.settled_at, again.settled_by) == (141, None, None)
    assert OutboxMessage.objects.count() == 2


def test_nobody_settles_what_was_raised_about_themselves(ops: User, signed_in: SignIn) -> None:
    looked(ops, 501, kind=Looks.EXPORT)
    leaks.sweep()
    page = settle(signed_in(ops), LeakAlert.objects.get())
    assert "somebody else settles" in page and LeakAlert.objects.get().settled_at is None
    other = make_user("ops2", roles.OPERATIONS)
    assert "1 is settled." in settle(signed_in(other), LeakAlert.objects.get())
    assert "0 are settled." in settle(signed_in(other), LeakAlert.objects.get())


@pytest.mark.parametrize("name", ["leakalert", "looktally", "accesslog"])
def test_operations_read_the_counts_by_person_and_night(
    name: str, mgr1: User, mgr2: User, ops: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    guest = make_customer(owner=mgr1)
    for user in (mgr1, mgr2):
        looked(user, 99)
        AccessLog.objects.create(user=user, customer=guest, night=nights.tonight(), kind="reveal")
    leaks.sweep()
    client, url = signed_in(ops), reverse(f"admin:customers_{name}_changelist")
    with django_assert_max_num_queries(10):
        both = client.get(url).content.decode()
    one = client.get(f"{url}?who={mgr1.pk}").content.decode()
    assert both.count('name="_selected_action"') == 2 or both.count("<tr") > one.count("<tr")
    for nonsense in ("?who=x", "?who=99999999999999999999", "?night=x"):
        assert client.get(url + nonsense).status_code in (200, 302, 400)  # 400: the list has no such filter


# --- keeping -------------------------------------------------------------------------------------------------------


def test_counts_are_forgotten_after_four_hundred_nights(mgr1: User) -> None:
    looked(mgr1, 5, ago=401)
    looked(mgr1, 5, ago=400)
    job = jobs.registry()["old_tallies"]
    assert job.run(nights.tonight()) == {"tallies": 1}
    assert job.run(nights.tonight()) == {"tallies": 0}
    assert LookTally.objects.count() == 1


def test_lists_show_no_more_than_they_must(mgr1: User, ops: User, desk_user: User, signed_in: SignIn) -> None:
    facts = {"phone": "+8613816552203", "home_address": "南京东路1号", "work_address": "漕溪北路18号"}
    guest = make_customer(owner=mgr1, **facts)
    guest.reviews.create(status=IntakeStatus.ACCEPTED, reviewed_by=desk_user)
    AccessLog.objects.create(user=ops, customer=guest, night=nights.tonight(), kind="reveal")
    sheet = f"/intake/{nights.tonight().isoformat()}/"
    lists = [reverse(f"admin:customers_{name}_changelist") for name in ("customer", "accesslog", "intakereview")]

    def shown(user: User, url: str) -> list[str]:
        text = signed_in(user).get(url).content.decode().replace(" ", "")
        return [fact for fact in ("13816552203", "南京东路", "漕溪北路") if fact in text]

    for user, url in [(desk_user, "/customers/"), *((ops, url) for url in ("/customers/", *lists))]:
        assert shown(user, url) == [], url
    assert len(shown(desk_user, sheet)) == 3  # what is to be checked
    Customer.objects.update(intake_status=IntakeStatus.ACCEPTED)
    assert shown(desk_user, sheet) == []

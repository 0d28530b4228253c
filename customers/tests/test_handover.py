"""Somebody leaves: the account is closed and every guest finds somebody, in one step or not at all (G18)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import handover
from customers.choices import IntakeStatus
from customers.handover import NO_TIER, AlreadyGone, Deal, NotDone, hand_over
from customers.models import Customer, Handover, IntakeReview, MembershipTier
from customers.services import update_customer
from customers.tests.factories import make_customer
from staff import roles
from staff.models import User
from staff.tests.factories import PASSWORD, make_user
from vipdesk import alerts, jobs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ordinary_evening")]
SignIn = Callable[[User], Client]
Rule = Handover.Rule


@pytest.fixture
def mgr3(db: None) -> User:
    return make_user("mgr3", display_name="何平")


@pytest.fixture
def boss(db: None) -> User:
    return make_user("admin", None, is_superuser=True, is_staff=True)


def tier(code: str) -> MembershipTier:
    return MembershipTier.objects.get(code=code)


def url(leaver: User) -> str:
    return reverse("customers:handover", args=[leaver.pk])


def evenly(*receivers: User) -> Deal:
    every_tier = [NO_TIER, *MembershipTier.objects.values_list("pk", flat=True)]
    return Deal(rule=Rule.EVENLY, hands={t: [r.pk for r in receivers] for t in every_tier})


def owners(**which: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for guest in Customer.objects.filter(**which).select_related("owner"):
        assert guest.owner
        found[guest.owner.username] = found.get(guest.owner.username, 0) + 1
    return found


# --- who gets whom -------------------------------------------------------------------------------------------------


def test_operations_give_all_to_one_person(ops: User, mgr1: User, mgr2: User, mgr3: User, signed_in: SignIn) -> None:
    for code in ("gold", "silver", None):
        make_customer(owner=mgr1, tier=tier(code) if code else None)
    make_customer(owner=mgr3)

    answer = signed_in(ops).post(url(mgr1), {"rule": "one", "to": mgr2.pk}, follow=True)

    assert "is closed, and 3 guests are handed over" in answer.content.decode()
    assert owners() == {"mgr2": 3, "mgr3": 1}
    assert not User.objects.get(pk=mgr1.pk).is_active
    done = Handover.objects.get()
    assert (done.leaver, done.done_by, done.rule, done.given) == (mgr1, ops, "one", {str(mgr2.pk): 3})


def test_operations_share_evenly_and_everybody_gets_as_many_of_each_tier(
    ops: User, mgr1: User, mgr2: User, mgr3: User, signed_in: SignIn
) -> None:
    for code, count in (("diamond", 5), ("gold", 4), (None, 8)):
        for _n in range(count):
            make_customer(owner=mgr1, tier=tier(code) if code else None)

    signed_in(ops).post(url(mgr1), {"rule": "evenly", "among": [mgr2.pk, mgr3.pk]})

    for code, least in (("diamond", 2), ("gold", 2)):
        assert min(owners(tier=tier(code)).values()) == least
    assert sorted(owners().values()) == [8, 9]


def test_operations_give_each_tier_to_a_person(
    ops: User, mgr1: User, mgr2: User, mgr3: User, signed_in: SignIn
) -> None:
    gold = tier("gold")
    make_customer(owner=mgr1, tier=gold)
    make_customer(owner=mgr1)

    signed_in(ops).post(url(mgr1), {"rule": "tier", f"tier_{gold.pk}": mgr2.pk, "tier_0": mgr3.pk})

    assert owners(tier=gold) == {"mgr2": 1} and owners(tier=None) == {"mgr3": 1}


@pytest.mark.parametrize("receivers", [1, 2, 3])
def test_preview_says_what_then_happens(
    receivers: int, ops: User, mgr1: User, mgr2: User, mgr3: User, signed_in: SignIn
) -> None:
    mgr4 = make_user("mgr4")
    for code, count in (("diamond", 5), ("gold", 3), ("silver", 1), (None, 4)):
        for _n in range(count):
            make_customer(owner=mgr1, tier=tier(code) if code else None)
    among = [mgr2, mgr3, mgr4][:receivers]
    counts = handover.guests_by_tier(mgr1)
    promised = handover.shares(counts, evenly(*among))

    page = signed_in(ops).post(f"{url(mgr1)}preview/", {"rule": "evenly", "among": [m.pk for m in among]})
    hand_over(leaver=mgr1, deal=evenly(*among), by=ops)

    for person in among:
        mine = Customer.objects.filter(owner=person)
        given = {t: n for t in counts if (n := mine.filter(tier=t or None).count())}
        assert {t: n for t, n in promised[person.pk].items() if n} == given
        assert f'<b class="num">{sum(given.values())}</b>' in page.content.decode()


def test_preview_changes_nothing(ops: User, mgr1: User, mgr2: User, signed_in: SignIn) -> None:
    make_customer(owner=mgr1)
    for headers in ({}, {"HTTP_HX_REQUEST": "true"}):
        answer = signed_in(ops).post(f"{url(mgr1)}preview/", {"rule": "one", "to": mgr2.pk}, **headers)
        assert answer.status_code == 200 and str(mgr2) in answer.content.decode()
    assert owners() == {"mgr1": 1} and User.objects.get(pk=mgr1.pk).is_active


def test_merged_and_erased_guests_stay_where_they_were(ops: User, mgr1: User, mgr2: User) -> None:
    guest = make_customer(owner=mgr1)
    merged = make_customer(owner=mgr1, phone=None, merged_into=guest)
    empty = {"phone": None, "home_address": "", "erased_at": timezone.now()}
    erased = make_customer(owner=mgr1, **empty)
    before = {c.pk: c.updated_at for c in (merged, erased)}

    done = hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)

    assert done.given == {str(mgr2.pk): 1}
    for customer in Customer.objects.filter(pk__in=before):
        assert (customer.owner, customer.updated_at) == (mgr1, before[customer.pk])


def test_history_names_who_did_it_and_why_and_an_open_form_notices(ops: User, mgr1: User, mgr2: User) -> None:
    guest = make_customer(owner=mgr1)
    hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)

    changed = Customer.objects.get(pk=guest.pk)
    assert changed.updated_at > guest.updated_at
    event = changed.events.get()
    assert (event.owner_id, event.pgh_context) == (mgr1.pk, {"user": ops.pk, "reason": "{history.left|who=林静}"})
    assert mgr1.events.get().pgh_context["user"] == ops.pk  # type: ignore[attr-defined]


@pytest.mark.parametrize("guests", [1, 40])
def test_many_guests_cost_as_many_statements_as_one(
    guests: int, ops: User, mgr1: User, mgr2: User, django_assert_max_num_queries: Any
) -> None:
    for _n in range(guests):
        make_customer(owner=mgr1)
    deal = evenly(mgr2)
    with django_assert_max_num_queries(13):  # SAVEPOINT and RELEASE are two; three look for what follows tonight
        hand_over(leaver=mgr1, deal=deal, by=ops)


def test_page_costs_few_statements(
    ops: User, mgr1: User, mgr2: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for code in ("diamond", "gold", "silver", None):
        make_customer(owner=mgr1, tier=tier(code) if code else None)
    client = signed_in(ops)
    client.get(url(mgr1))
    with django_assert_max_num_queries(9):
        assert client.get(url(mgr1)).status_code == 200


# --- the account ---------------------------------------------------------------------------------------------------


def test_leaver_is_out_at_once_and_stays_out_when_the_account_is_opened_again(
    ops: User, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    tablet = signed_in(mgr1)
    assert tablet.get("/tonight/").status_code == 200

    hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)

    assert tablet.get("/tonight/").status_code == 302
    assert not Session.objects.exists()
    User.objects.filter(pk=mgr1.pk).update(is_active=True)
    assert tablet.get("/tonight/").status_code == 302


def test_leaver_cannot_sign_in_again(ops: User, mgr1: User, mgr2: User, client: Client) -> None:
    hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)
    answer = client.post("/login/", {"username": "mgr1", "password": PASSWORD})
    assert answer.status_code == 200 and "_auth_user_id" not in client.session


def test_somebody_without_guests_leaves_by_the_same_page(ops: User, desk_user: User, signed_in: SignIn) -> None:
    client = signed_in(ops)
    assert "only the account is closed" in client.get(url(desk_user)).content.decode()
    assert client.post(url(desk_user)).status_code == 302
    assert not User.objects.get(pk=desk_user.pk).is_active
    assert Handover.objects.get().given == {}


def test_operations_let_nobody_of_their_own_rank_go(ops: User, boss: User, signed_in: SignIn) -> None:
    other = make_user("ops2", roles.OPERATIONS)
    for leaver in (ops, boss, other):
        assert signed_in(ops).get(url(leaver)).status_code == 404
        assert signed_in(ops).post(url(leaver)).status_code == 404
    assert signed_in(boss).post(url(boss)).status_code == 404
    assert signed_in(boss).post(url(other)).status_code == 302
    assert list(User.objects.filter(is_active=False)) == [other]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "This field is required."),
        ({"rule": "all"}, "all is not one of the available choices"),
        ({"rule": "one"}, "Choose who gets the guests."),
        ({"rule": "one", "to": "x"}, "x is not one of the available choices"),
        ({"rule": "evenly"}, "Choose who shares the guests."),
        ({"rule": "evenly", "among": ["1e9"]}, "1e9 is not one of the available choices"),
        ({"rule": "tier"}, "Choose who gets these guests."),
    ],
)
def test_incomplete_wish_is_refused_at_the_field(
    asked: dict[str, Any], says: str, ops: User, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    make_customer(owner=mgr1)
    answer = signed_in(ops).post(url(mgr1), asked)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert owners() == {"mgr1": 1} and User.objects.get(pk=mgr1.pk).is_active


@pytest.mark.parametrize("who", ["leaver", "gone", "after-sales"])
def test_guests_go_to_managers_who_work_here_and_to_nobody_else(
    who: str, ops: User, mgr1: User, mgr2: User, desk_user: User, signed_in: SignIn
) -> None:
    make_customer(owner=mgr1)
    User.objects.filter(pk=mgr2.pk).update(is_active=False)
    receiver = {"leaver": mgr1, "gone": mgr2, "after-sales": desk_user}[who]

    assert signed_in(ops).post(url(mgr1), {"rule": "one", "to": receiver.pk}).status_code == 422
    with pytest.raises(NotDone):
        hand_over(leaver=mgr1, deal=evenly(receiver), by=ops)

    assert owners() == {"mgr1": 1} and User.objects.get(pk=mgr1.pk).is_active
    assert not Handover.objects.exists()


def test_guest_of_a_tier_that_nobody_was_chosen_for_stops_it_all(ops: User, mgr1: User, mgr2: User) -> None:
    make_customer(owner=mgr1)
    make_customer(owner=mgr1, tier=tier("gold"))
    with pytest.raises(NotDone, match="changed meanwhile"):
        hand_over(leaver=mgr1, deal=Deal(rule=Rule.TIER, hands={NO_TIER: [mgr2.pk]}), by=ops)
    assert owners() == {"mgr1": 2} and User.objects.get(pk=mgr1.pk).is_active


def test_second_post_says_that_it_is_done(ops: User, mgr1: User, mgr2: User, signed_in: SignIn) -> None:
    make_customer(owner=mgr1)
    client = signed_in(ops)
    for _time in range(2):
        answer = client.post(url(mgr1), {"rule": "one", "to": mgr2.pk}, follow=True)
    assert "Somebody has done this already" in answer.content.decode()
    assert Handover.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_hand_over_once(furnished: None) -> None:
    mgr1, mgr2, mgr3, ops = make_user("mgr1"), make_user("mgr2"), make_user("mgr3"), make_user("ops", roles.OPERATIONS)
    for _n in range(30):
        make_customer(owner=mgr1)
    together = Barrier(2)

    def press(receiver: User) -> str:
        try:
            together.wait()
            hand_over(leaver=mgr1, deal=evenly(receiver), by=ops)
            return "done"
        except AlreadyGone:
            return "gone"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, [mgr2, mgr3])) == ["done", "gone"]
    assert list(owners().values()) == [30]
    assert Handover.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_leave_at_once_never_get_each_others_guests(furnished: None) -> None:
    mgr1, mgr2, ops = make_user("mgr1"), make_user("mgr2"), make_user("ops", roles.OPERATIONS)
    make_customer(owner=mgr1)
    make_customer(owner=mgr2)
    together = Barrier(2)

    def press(pair: tuple[User, User]) -> str:
        try:
            together.wait()
            hand_over(leaver=pair[0], deal=evenly(pair[1]), by=ops)
            return "done"
        except NotDone:
            return "not done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, [(mgr1, mgr2), (mgr2, mgr1)])) == ["done", "not done"]
    assert len(owners()) == 1
    assert User.objects.filter(is_active=True).managers().get().username in owners()


# --- what is left behind -------------------------------------------------------------------------------------------


def test_guests_of_somebody_already_gone_are_told_of_and_handed_over(
    ops: User, mgr1: User, mgr2: User, signed_in: SignIn
) -> None:
    make_customer(owner=mgr1)
    User.objects.filter(pk=mgr1.pk).update(is_active=False)
    jobs.tick()
    assert [alert.url for alert in alerts.current()] == [url(mgr1)]
    assert url(mgr1) in signed_in(ops).get("/admin/").content.decode()

    assert signed_in(ops).post(url(mgr1), {"rule": "one", "to": mgr2.pk}).status_code == 302

    assert alerts.current() == [] and owners() == {"mgr2": 1}


def test_new_owner_corrects_what_was_sent_back_to_the_leaver(
    ops: User, mgr1: User, mgr2: User, desk_user: User, signed_in: SignIn
) -> None:
    record = make_customer(owner=mgr1, name="退回", intake_status=IntakeStatus.SENT_BACK, intake_reason="Wrong number")
    IntakeReview.objects.create(customer=record, status=IntakeStatus.SENT_BACK, reviewed_by=desk_user)
    tablet = signed_in(mgr2)
    assert "退回" not in tablet.get("/tonight/").content.decode()

    hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)

    assert "退回" in tablet.get("/tonight/").content.decode()
    theirs = Customer.objects.editable_by(mgr2).get(pk=record.pk)
    theirs.home_address = "南京西路2号"
    update_customer(customer=theirs, changed=["home_address"], seen=theirs.updated_at, by=mgr2)
    record.refresh_from_db()
    assert (record.intake_status, record.captured_by) == (IntakeStatus.CORRECTED, mgr1)
    assert "退回" not in tablet.get("/tonight/").content.decode()


def test_record_sent_back_stays_its_capturers_while_they_work_here(mgr1: User, mgr2: User) -> None:
    record = make_customer(owner=mgr1, intake_status=IntakeStatus.SENT_BACK)
    Customer.objects.filter(pk=record.pk).update(owner=mgr2)
    theirs = Customer.objects.editable_by(mgr2).get(pk=record.pk)
    update_customer(customer=theirs, changed=["home_address"], seen=theirs.updated_at, by=mgr2)
    record.refresh_from_db()
    assert record.intake_status == IntakeStatus.SENT_BACK
    assert list(Customer.objects.sent_back_to(mgr1)) == [record]
    assert not Customer.objects.sent_back_to(mgr2).exists()


# --- in the admin --------------------------------------------------------------------------------------------------


def staff_form(user: User, **changes: Any) -> dict[str, Any]:
    groups = list(user.groups.values_list("pk", flat=True))
    return {"username": user.username, "display_name": user.display_name, "email": "", "groups": groups} | changes


def test_account_of_somebody_with_guests_is_closed_by_handing_over_only(
    ops: User, mgr1: User, signed_in: SignIn
) -> None:
    make_customer(owner=mgr1)
    client, change = signed_in(ops), reverse("admin:staff_user_change", args=[mgr1.pk])

    page = client.get(change).content.decode()
    assert 'name="is_active"' not in page and "Leaves the house" in page
    assert client.post(change, staff_form(mgr1)).status_code == 302
    assert User.objects.get(pk=mgr1.pk).is_active

    answer = client.get(reverse("admin:staff_user_leave", args=[mgr1.pk]))
    assert answer.status_code == 302 and answer["Location"] == url(mgr1)


def test_reactivating_somebody_is_a_tick(ops: User, mgr1: User, mgr2: User, signed_in: SignIn) -> None:
    make_customer(owner=mgr1)
    hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)
    client, change = signed_in(ops), reverse("admin:staff_user_change", args=[mgr1.pk])

    page = client.get(change).content.decode()
    assert 'name="is_active"' in page and "Leaves the house" not in page
    client.post(change, staff_form(mgr1, is_active="on"))

    assert User.objects.get(pk=mgr1.pk).is_active
    assert Client().post("/login/", {"username": "mgr1", "password": PASSWORD}).status_code == 302


def test_operations_read_who_got_whose_guests(ops: User, mgr1: User, mgr2: User, signed_in: SignIn) -> None:
    make_customer(owner=mgr1)
    done = hand_over(leaver=mgr1, deal=evenly(mgr2), by=ops)
    client = signed_in(ops)
    assert "林静" in client.get(reverse("admin:customers_handover_changelist")).content.decode()
    page = client.get(reverse("admin:customers_handover_change", args=[done.pk])).content.decode()
    assert "高强: 1" in page

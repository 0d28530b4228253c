"""Prospects (T12 G14): logged in a few taps, tried, given up, and guests by their number, once, whatever enters it."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from customers import forgetting, lead_figures, numbers, prospects
from customers.erasing import erase_customer
from customers.handover import Deal, hand_over
from customers.intake.importing import import_customers
from customers.models import Customer, Handover, Prospect, ProspectAttempt
from customers.tests.factories import capture_data, make_customer, make_prospect
from staff.models import User
from vipdesk import nights
from vipdesk.submissions import Submission

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
LIST, LOG, CAPTURE = "/customers/prospects/", "/customers/prospects/new/", "/customers/new/"
NUMBER, E164 = "13816552203", "+8613816552203"


@pytest.fixture
def tablet(mgr1: User, signed_in: Any) -> Client:
    return signed_in(mgr1)


def typed(**fields: Any) -> dict[str, Any]:
    usual = {"phone": NUMBER, "lead": "cards", "where": "万达广场", "client_id": str(uuid.uuid4())}
    return usual | fields


def attempt(**fields: Any) -> dict[str, Any]:
    return {"channel": "wechat", "outcome": "thinking", "note": "", "client_id": str(uuid.uuid4())} | fields


# --- logging -------------------------------------------------------------------------------------------------------


def test_manager_logs_one_with_a_number_and_a_place_and_finds_them_on_the_list(tablet: Client, mgr1: User) -> None:
    answer = tablet.post(LOG, typed(phone="138 1655 2203"))

    one = Prospect.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert (one.phone, one.state, one.found_by, one.owner) == (E164, "open", mgr1, mgr1)
    assert (one.night, one.source) == (nights.tonight(), "cards given out · 万达广场")
    page = tablet.get(LIST).content.decode()
    assert "138 1655 2203" in page and "no calls" in page and "tel:" not in page
    Prospect.objects.update(call_consent=True)
    assert f"tel:{E164}" in tablet.get(LIST).content.decode()


def test_the_same_form_twice_makes_one(tablet: Client) -> None:
    form = typed()
    first, again = tablet.post(LOG, form, **HTMX), tablet.post(LOG, form, **HTMX)
    assert (
        (first.status_code, first["Desk-Receipt"])
        == (again.status_code, again["Desk-Receipt"])
        == (
            200,
            form["client_id"],
        )
    )
    assert Prospect.objects.count() == 1
    assert tablet.post(LOG, form | {"phone": "13900001111"}).status_code == 409


@pytest.mark.parametrize(
    ("fields", "at"),
    [({"phone": "123"}, "phone"), ({"phone": ""}, "phone"), ({"lead": ""}, "lead"), ({"name": "12345"}, "name")],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(tablet: Client, fields: dict[str, str], at: str) -> None:
    answer = tablet.post(LOG, typed(**fields), **HTMX)
    assert answer.status_code == 422 and at in answer.context["form"].errors
    assert not Prospect.objects.exists()


@pytest.mark.parametrize(
    ("language", "taken", "known"),
    [
        ("en", "is at it already", "This number is a guest"),
        ("zh-hans", "已经在跟进", "这个号码已经是客户"),
    ],
)
def test_a_number_that_is_taken_is_refused_at_the_field_in_both_languages(
    language: str, taken: str, known: str, tablet: Client, mgr1: User, mgr2: User
) -> None:
    User.objects.filter(pk=mgr1.pk).update(language=language)
    make_prospect(mgr2, phone=E164)
    guest = make_customer(name="赵伟", phone="+8613900002222", owner=mgr2)

    again = tablet.post(LOG, typed())
    of_guest = tablet.post(LOG, typed(phone="13900002222", note="typed long"))

    assert again.status_code == of_guest.status_code == 422
    assert taken in again.context["form"].errors["phone"][0] and "高强" in again.context["form"].errors["phone"][0]
    page = of_guest.content.decode()
    assert known in of_guest.context["form"].errors["phone"][0]
    assert f"/customers/{guest.pk}/" in page and "139****2222" in page and "typed long" in page
    assert page.count("13900002222") == 1  # what was typed, and nothing that the desk added
    assert Prospect.objects.count() == 1 and not Submission.objects.exists()


def test_who_asked_to_be_left_alone_or_was_erased_is_not_logged_again(
    tablet: Client, mgr1: User, desk_user: User
) -> None:
    prospects.give_up(prospect=make_prospect(mgr1, phone=E164), reason="no_calls")
    assert "left alone" in tablet.post(LOG, typed()).context["form"].errors["phone"][0]
    erased = make_customer(phone="+8613900002222")
    erase_customer(customer=erased, by=desk_user, cause="retention", identity="not_needed")
    assert "erased" in tablet.post(LOG, typed(phone="13900002222")).context["form"].errors["phone"][0]


def test_who_was_given_up_may_be_met_again(tablet: Client, mgr1: User) -> None:
    prospects.give_up(prospect=make_prospect(mgr1, phone=E164), reason="no_wish")
    assert tablet.post(LOG, typed()).status_code == 302
    assert sorted(Prospect.objects.values_list("state", flat=True)) == ["given_up", "open"]


# --- trying --------------------------------------------------------------------------------------------------------


def test_tries_are_written_down_once_and_stand_on_the_list(tablet: Client, mgr1: User) -> None:
    one, form = make_prospect(mgr1), attempt(note="下周六带朋友来")
    for _ in range(2):
        answer = tablet.post(f"{LIST}{one.pk}/try/", form, **HTMX)
        assert answer.status_code == 200 and "下周六带朋友来" in answer.content.decode()
    assert ProspectAttempt.objects.get().by == mgr1
    assert tablet.post(f"{LIST}{one.pk}/try/", attempt(outcome=""), **HTMX).status_code == 409


def test_nobody_is_called_who_did_not_agree(tablet: Client, mgr1: User) -> None:
    one = make_prospect(mgr1)
    answer = tablet.post(f"{LIST}{one.pk}/try/", attempt(channel="phone"), **HTMX)
    assert answer.status_code == 409 and "did not agree" in answer.content.decode()
    Prospect.objects.update(call_consent=True)
    assert tablet.post(f"{LIST}{one.pk}/try/", attempt(channel="phone"), **HTMX).status_code == 200


@pytest.mark.parametrize("outcome", ["wrong", "no_calls"])
def test_some_outcomes_end_it_at_once(tablet: Client, mgr1: User, outcome: str) -> None:
    one = make_prospect(mgr1)
    tablet.post(f"{LIST}{one.pk}/try/", attempt(outcome=outcome), **HTMX)
    one.refresh_from_db()
    assert (one.state, one.given_up_for) == ("given_up", outcome)
    again = tablet.post(f"{LIST}{one.pk}/try/", attempt(), **HTMX)
    assert again.status_code == 409 and "settled already" in again.content.decode()


def test_a_manager_gives_up_with_a_reason_and_another_one_cannot(tablet: Client, mgr1: User, mgr2: User) -> None:
    mine, other = make_prospect(mgr1), make_prospect(mgr2)
    assert tablet.post(f"{LIST}{mine.pk}/give-up/", {"reason": ""}, **HTMX).status_code == 409
    assert tablet.post(f"{LIST}{mine.pk}/give-up/", {"reason": "long_ago"}, **HTMX).status_code == 409
    assert tablet.post(f"{LIST}{mine.pk}/give-up/", {"reason": "no_answer"}, **HTMX).status_code == 200
    assert tablet.post(f"{LIST}{other.pk}/give-up/", {"reason": "no_answer"}, **HTMX).status_code == 404
    assert list(Prospect.objects.order_by("pk").values_list("state", flat=True)) == ["given_up", "open"]


# --- becoming a guest ----------------------------------------------------------------------------------------------


def test_capturing_the_number_makes_the_prospect_that_guest(tablet: Client, mgr2: User) -> None:
    one = make_prospect(mgr2, phone=E164, where="万达广场")

    page = tablet.post(CAPTURE, capture_data(phone=NUMBER, source=""), **HTMX).content.decode()

    guest = Customer.objects.get()
    one.refresh_from_db()
    assert (one.state, one.customer, one.settled_at is not None) == ("guest", guest, True)
    assert guest.source == one.source == "cards given out · 万达广场"
    assert "Met as a prospect by 高强" in page
    page = tablet.get(f"/customers/{guest.pk}/").content.decode()
    assert "Found by" in page and "高强" in page
    assert not prospects.open_prospects().exists()


def test_a_source_the_guest_has_stays(tablet: Client, mgr1: User) -> None:
    make_prospect(mgr1, phone=E164)
    tablet.post(CAPTURE, capture_data(phone=NUMBER, source="老客户介绍"))
    assert Customer.objects.get().source == "老客户介绍"


def test_winning_costs_a_capture_no_statement(tablet: Client, mgr1: User, django_assert_max_num_queries: Any) -> None:
    tablet.post(CAPTURE, capture_data())
    make_prospect(mgr1, phone=E164)
    with django_assert_max_num_queries(100) as seen:
        assert tablet.post(CAPTURE, capture_data(phone=NUMBER), **HTMX).status_code == 200
    work = [q["sql"] for q in seen.captured_queries if "SAVEPOINT" not in q["sql"]]
    assert len(work) <= 8, "\n".join(work)
    assert Prospect.objects.get().state == "guest"


def test_the_capture_form_comes_filled_in_from_the_list(tablet: Client, mgr1: User) -> None:
    one = make_prospect(mgr1, phone=E164, name="王芳")
    known = {"name": one.name, "phone": one.phone, "source": one.source, "prefill": "1"}
    assert f'name="source" value="{one.source}"' in tablet.get(LIST).content.decode()
    page = tablet.post(CAPTURE, known).content.decode()
    assert "王芳" in page and E164 in page and one.source in page
    assert not Customer.objects.exists()


def test_typing_the_number_says_whose_prospect_it_is_and_not_what_is_written_of_them(
    tablet: Client, mgr2: User
) -> None:
    make_prospect(mgr2, phone=E164, note="说老板是王总")
    page = tablet.post("/customers/lookup/", {"phone": NUMBER}).content.decode()
    assert "A prospect of 高强" in page and "王总" not in page


def test_a_sheet_makes_guests_of_prospects_too(mgr1: User) -> None:
    one, other = make_prospect(mgr1, phone=E164), make_prospect(mgr1)
    sheet = f"姓名,电话\n王芳,{NUMBER}\n李雷,13900003333\n".encode()
    assert import_customers(data=sheet, filename="x.csv").created == 2
    assert import_customers(data=sheet, filename="x.csv").unchanged == 2
    one.refresh_from_db()
    assert (one.state, one.customer) == ("guest", Customer.objects.get(name="王芳"))
    assert Customer.objects.get(name="王芳").source == one.source
    assert Prospect.objects.get(pk=other.pk).is_open


def test_a_guests_second_number_finds_the_prospect_and_leaves_how_they_came(mgr1: User, mgr2: User) -> None:
    long_ago = timezone.now() - dt.timedelta(days=40)
    guest = make_customer(owner=mgr1, captured_at=long_ago)
    one = make_prospect(mgr2, phone=E164)
    numbers.add_number(customer=guest.pk, number=E164, by=mgr1)
    one.refresh_from_db()
    guest.refresh_from_db()
    assert (one.state, one.customer, guest.source) == ("guest", guest, "")
    assert lead_figures.by_source(one.night, one.night)[0].won == 0  # on file before they were met


def test_a_given_up_one_stays_given_up(tablet: Client, mgr1: User) -> None:
    prospects.give_up(prospect=make_prospect(mgr1, phone=E164), reason="no_wish")
    tablet.post(CAPTURE, capture_data(phone=NUMBER))
    assert Prospect.objects.get().state == "given_up"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_two_tablets_capturing_one_prospect_make_one_guest_and_win_them_once(
    mgr1: User, mgr2: User, signed_in: Any
) -> None:
    clients = [signed_in(mgr1), signed_in(mgr2)]
    for n in range(8):
        one = make_prospect(mgr2, phone=f"+861371234{n:04d}")
        answers = _at_once(
            *(
                lambda client=client, n=n: client.post(CAPTURE, capture_data(phone=f"1371234{n:04d}"), **HTMX)
                for client in clients
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        guest = Customer.objects.get(phone=one.phone)
        one.refresh_from_db()
        assert (one.state, one.customer, guest.source) == ("guest", guest, one.source)
        assert guest.events.filter(pgh_label="changed").count() == 1  # the source, filled in once


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_two_tablets_logging_one_number_make_one_prospect(mgr1: User, mgr2: User, signed_in: Any) -> None:
    clients = [signed_in(mgr1), signed_in(mgr2)]
    for n in range(8):
        number = f"1371234{n:04d}"
        answers = _at_once(
            *(lambda client=client, number=number: client.post(LOG, typed(phone=number), **HTMX) for client in clients)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422]
        assert Prospect.objects.filter(phone=f"+86{number}").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_a_prospect_logged_while_the_capture_was_under_way_is_found_by_the_sweep_once(mgr1: User, mgr2: User) -> None:
    """The capture's own statement could not see the prospect, nor the prospect's check the capture."""
    captured, logged = threading.Event(), threading.Event()

    def capture() -> None:
        from django.db import transaction

        with transaction.atomic():
            make_customer(phone=E164, owner=mgr1)
            captured.set()
            assert logged.wait(10)

    def log() -> None:
        assert captured.wait(10)
        make_prospect(mgr2, phone=E164)
        logged.set()

    _at_once(capture, log)
    one = Prospect.objects.get()
    assert one.is_open
    for _ in range(2):
        prospects.sweep()
        one.refresh_from_db()
        assert (one.state, one.customer) == ("guest", Customer.objects.get())
        assert Customer.objects.get().events.count() == 1
        settled_at = one.settled_at
    assert one.settled_at == settled_at


def _at_once(*calls: Any) -> list[Any]:
    """What each came to, all started at the same moment on connections of their own."""
    gate, answers = threading.Barrier(len(calls)), []

    def run(call: Any) -> None:
        gate.wait()
        try:
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# --- what is kept --------------------------------------------------------------------------------------------------


def test_who_came_to_nothing_is_taken_out_in_time_and_the_counts_stay(mgr1: User) -> None:
    now = timezone.now()
    lately, long_ago = now - dt.timedelta(days=89), now - dt.timedelta(days=91)
    kept, gone, alone = (make_prospect(mgr1, name="王芳", note="x") for _ in range(3))
    for one, reason in ((kept, "no_wish"), (gone, "no_wish"), (alone, "no_calls")):
        prospects.give_up(prospect=one, reason=reason)
    Prospect.objects.filter(pk=kept.pk).update(settled_at=lately)
    Prospect.objects.exclude(pk=kept.pk).update(settled_at=long_ago)
    waiting = make_prospect(mgr1, at=now - dt.timedelta(days=366))
    fresh = make_prospect(mgr1)

    assert prospects.take_out_old(now) == {"prospects": 3}
    assert prospects.take_out_old(now) == {"prospects": 0}

    left = Prospect.objects.filter(phone__isnull=False)
    assert set(left) == {kept, fresh}
    assert Prospect.objects.get(pk=waiting.pk).given_up_for == "long_ago"
    assert Prospect.objects.exclude(pk__in=left).exclude(name="", note="", source="").count() == 0
    assert forgetting.forgotten([str(alone.phone), str(gone.phone)]) == {alone.phone}


def test_a_leavers_prospects_go_round_among_who_gets_guests(ops: User, mgr1: User, mgr2: User) -> None:
    make_customer(owner=mgr1)
    open_one, settled = make_prospect(mgr1), make_prospect(mgr1)
    prospects.give_up(prospect=settled, reason="no_wish")
    hand_over(leaver=mgr1, deal=Deal(rule=Handover.Rule.ONE, hands={0: [mgr2.pk]}), by=ops)
    open_one.refresh_from_db()
    settled.refresh_from_db()
    assert (open_one.owner, open_one.found_by, settled.owner) == (mgr2, mgr1, mgr1)


# --- what sources brought ------------------------------------------------------------------------------------------


def test_sources_are_counted_by_the_month_they_were_met_in(ops: User, mgr1: User, signed_in: Any) -> None:
    with time_machine.travel(dt.datetime.fromisoformat("2026-11-20T22:00+08:00"), tick=False):
        now = timezone.now()
        for n in range(20):
            one = make_prospect(mgr1, lead="friend")
            if n < 5:
                make_customer(phone=one.phone)
        make_prospect(mgr1, lead="cards")
        # Past midnight of the month's last night: October's.
        won = make_prospect(mgr1, lead="cards", at=dt.datetime.fromisoformat("2026-11-01T00:40+08:00"))
        make_customer(phone=won.phone, captured_at=now)
        make_prospect(mgr1, lead="cards", at=dt.datetime.fromisoformat("2025-11-30T22:00+08:00"))

        november, october = lead_figures.by_month(dt.date(2026, 11, 20))
        assert [(m.first.isoformat(), m.total.met, m.total.won) for m in (november, october)] == [
            ("2026-11-01", 21, 5),
            ("2026-10-01", 1, 1),
        ]
        assert [(lead.met, lead.won, lead.open, lead.is_small, lead.percent) for lead in november.leads] == [
            (20, 5, 15, False, 25),
            (1, 0, 1, True, 0),
        ]
        page = signed_in(ops).get("/customers/prospects/sources/").content.decode()
        assert "2026-11" in page and "too few to say" in page and 'aria-label="25 %"' in page


def test_operations_look_through_all_of_them_masked_and_give_one_to_another_manager(
    ops: User, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    one = make_prospect(mgr1, phone=E164, name="王芳")
    office, address = signed_in(ops), "/admin/customers/prospect/"
    page = office.get(address, {"state__exact": "open", "lead__exact": "cards"}).content.decode()
    assert "王芳" in page and "138****2203" in page and NUMBER not in page
    empty = {"attempts-TOTAL_FORMS": "0", "attempts-INITIAL_FORMS": "0"}
    answer = office.post(f"{address}{one.pk}/change/", {"owner": mgr2.pk, **empty})
    assert answer.status_code == 302, answer.content.decode()
    one.refresh_from_db()
    assert (one.owner, one.found_by) == (mgr2, mgr1)
    office.post(address, {"action": "take_out", "_selected_action": [one.pk]})
    one.refresh_from_db()
    assert (one.phone, one.name, one.state) == (None, "", "given_up")


def test_choices_are_said_in_the_language_of_whoever_logs(mgr1: User) -> None:
    with translation.override("zh-hans"):
        assert make_prospect(mgr1, where="万达广场").source == "外场派卡 · 万达广场"

"""The after-sales desk (D1 S1): nights, who is short or late, accepting, sending back, files and paper."""

import datetime as dt
import hashlib
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers.decisions import token
from customers.intake import exporting, writing
from customers.models import AccessLog, Customer, IntakeExport, IntakeReview, IntakeSheet
from customers.tests.factories import make_customer
from staff import roles
from staff.models import User
from staff.tests.factories import confirmed, make_user

pytestmark = pytest.mark.django_db
EVENING = dt.datetime.fromisoformat("2026-11-20T22:41+08:00")
MORNING = dt.datetime.fromisoformat("2026-11-21T03:00+08:00")
NIGHT = dt.date(2026, 11, 20)
PAGE = "/intake/2026-11-20/"
DECIDE = PAGE + "decide/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def desk(desk_user: User, signed_in: Any) -> Client:
    return signed_in(desk_user)


def hand_in(manager: User, at: dt.datetime, rows: int = 0) -> None:
    IntakeSheet.objects.create(manager=manager, night=NIGHT, handed_in_at=at, rows=rows)


def export_stamp(at: dt.datetime, **facts: Any) -> IntakeExport:
    return IntakeExport.objects.create(
        night=NIGHT, exported_at=at, format="xlsx", **({"rows": 1, "sha256": "0"} | facts)
    )


def parts_of(answer: Any, night: dt.date = NIGHT) -> dict[str, Any]:
    sheet = next(s for s in answer.context["sheets"] if s.night == night)
    return {str(part.manager): part for part in sheet.parts}


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def said(answer: Any) -> str:
    return " ".join(str(m) for m in answer.context["messages"])


# --- who may ---------------------------------------------------------------------------------------------------------

SCREENS = ["/intake/", PAGE, PAGE + "print/", PAGE + "sheet.csv", PAGE + "sheet.xlsx"]


@pytest.mark.parametrize("url", SCREENS)
def test_manager_is_refused_and_the_signed_out_go_to_the_login(mgr1: User, signed_in: Any, url: str) -> None:
    assert signed_in(mgr1).get(url).status_code == 403
    assert Client().get(url)["Location"].startswith("/login/")


def test_manager_may_not_decide_even_on_own_records(mgr1: User, signed_in: Any) -> None:
    guest = make_customer(owner=mgr1)

    answer = signed_in(mgr1).post(DECIDE, {"action": "accept", "pick": token(guest)})

    guest.refresh_from_db()
    assert (answer.status_code, guest.intake_status) == (403, "new")


def test_operations_see_the_nights_too(ops: User, signed_in: Any) -> None:
    assert signed_in(ops).get("/intake/").status_code == 200


@pytest.mark.parametrize("url", SCREENS[2:])
def test_paper_and_files_need_their_own_permission(desk: Client, url: str) -> None:
    from django.contrib.auth.models import Group

    Group.objects.get(name=roles.AFTERSALES).permissions.clear()

    assert desk.get(url).status_code == 403
    assert not AccessLog.objects.exists() and not IntakeExport.objects.exists()


@pytest.mark.parametrize("url", [PAGE, DECIDE, *SCREENS[2:]])
def test_a_night_to_come_is_not_there(desk: Client, url: str) -> None:
    url = url.replace("2026-11-20", "2026-11-21")
    answer = desk.post(url, {"action": "accept_all"}) if "decide" in url else desk.get(url)
    assert answer.status_code == 404


@pytest.mark.parametrize("night", ["2026-13-01", "2026-02-30", "yesterday", "0000-00-00"])
def test_what_is_no_night_is_not_there(desk: Client, night: str) -> None:
    assert desk.get(f"/intake/{night}/").status_code == 404


def test_reading_a_decision_by_get_changes_nothing(desk: Client) -> None:
    assert desk.get(DECIDE).status_code == 405


def test_nothing_of_it_is_kept_by_the_browser(desk: Client) -> None:
    assert "no-store" in desk.get(PAGE)["Cache-Control"]


# --- the nights ------------------------------------------------------------------------------------------------------


def test_tonight_stands_there_before_anybody_captured(desk: Client, mgr1: User) -> None:
    part = parts_of(desk.get("/intake/"))["林静"]
    assert (part.tally.counted, part.is_short, part.is_missing) == (0, True, False)


def test_nights_show_captured_accepted_and_sent_back_by_manager(desk: Client, mgr1: User, mgr2: User) -> None:
    for status in ("new", "accepted", "accepted", "corrected", "sent_back"):
        make_customer(owner=mgr1, intake_status=status)
    make_customer(owner=mgr1, origin="self")
    make_customer(owner=mgr2)
    make_customer(owner=mgr2, captured_at=EVENING - dt.timedelta(days=1))

    parts = parts_of(desk.get("/intake/"))

    tally = parts["林静"].tally
    assert (tally.captured, tally.counted, tally.accepted, tally.sent_back, tally.waiting) == (6, 4, 2, 1, 3)
    assert parts["高强"].tally.captured == 1


def test_ten_are_enough_and_nine_are_short(desk: Client, mgr1: User, mgr2: User) -> None:
    for n in range(10):
        make_customer(owner=mgr1)
        make_customer(owner=mgr2, intake_status="new" if n else "sent_back")

    parts = parts_of(desk.get("/intake/"))

    assert (parts["林静"].is_short, parts["高强"].is_short) == (False, True)


def test_who_is_on_leave_left_or_came_later_is_not_short(desk: Client) -> None:
    make_user("away", display_name="休假", is_on_leave=True)
    make_user("gone", display_name="离职", is_active=False)
    make_user("new", display_name="新来", date_joined=EVENING + dt.timedelta(days=1))

    assert parts_of(desk.get("/intake/")) == {}


def test_who_has_left_keeps_the_records_of_that_night(desk: Client) -> None:
    gone = make_user("gone", display_name="离职", is_active=False)
    make_customer(owner=gone)
    assert parts_of(desk.get("/intake/"))["离职"].tally.captured == 1


def test_a_record_without_a_manager_stands_as_imported(desk: Client) -> None:
    make_customer(origin="import", name="秦岚")
    assert parts_of(desk.get("/intake/"))["None"].is_short is False
    assert "秦岚" in desk.get(PAGE + "?manager=0").content.decode()


@pytest.mark.venue_zone
@pytest.mark.parametrize(
    ("handed_in", "is_late", "is_missing"),
    [("2026-11-21T02:00+08:00", False, False), ("2026-11-21T02:00:01+08:00", True, False), (None, False, True)],
)
def test_handed_in_after_two_is_late_and_never_is_missing(
    desk: Client, mgr1: User, clock: Any, handed_in: str | None, is_late: bool, is_missing: bool
) -> None:
    if handed_in:
        hand_in(mgr1, dt.datetime.fromisoformat(handed_in))
    clock.move_to(MORNING)

    part = parts_of(desk.get("/intake/"))["林静"]

    assert (part.is_late, part.is_missing) == (is_late, is_missing)


def test_before_two_nobody_has_missed_the_handing_in(desk: Client, mgr1: User, clock: Any) -> None:
    clock.move_to(dt.datetime.fromisoformat("2026-11-21T01:59+08:00"))
    page = desk.get("/intake/").content.decode()
    assert "not handed in yet" in page


def test_older_nights_are_found_page_by_page_each_once(desk: Client, mgr1: User) -> None:
    for days in range(0, 60, 2):
        make_customer(owner=mgr1, captured_at=EVENING - dt.timedelta(days=days))
    IntakeSheet.objects.create(manager=mgr1, night=NIGHT - dt.timedelta(days=1), rows=0)

    seen, url = [], "/intake/"
    while url:
        answer = desk.get(url)
        seen += [sheet.night for sheet in answer.context["sheets"]]
        url = answer.context["older"] and f"/intake/?before={answer.context['older']}"

    assert seen == sorted({NIGHT - dt.timedelta(days=d) for d in (*range(0, 60, 2), 1)}, reverse=True)


@pytest.mark.parametrize("before", ["x", "2026-02-31", "1990-01-01"])
def test_nonsense_or_a_time_before_the_house_is_answered(desk: Client, before: str) -> None:
    assert desk.get(f"/intake/?before={before}").status_code == 200


def test_the_list_of_nights_costs_few_statements_however_much_there_is(
    desk: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        manager = make_user(f"m{n}")
        for days in range(20):
            at = EVENING - dt.timedelta(days=days)
            make_customer(owner=manager, captured_at=at)
            IntakeExport.objects.create(night=at.date(), exported_by=manager, format="csv", rows=1, sha256="0")
    desk.get("/intake/")
    with django_assert_max_num_queries(10):  # with the numbers that calls found wrong
        desk.get("/intake/")


# --- a night's sheet -------------------------------------------------------------------------------------------------


def test_desk_sees_the_rows_with_full_numbers_and_what_is_missing(desk: Client, mgr1: User) -> None:
    make_customer(owner=mgr1, name="李总", name_is_partial=True, phone="+8613816552203", birthday_month=None,
                  birthday_day=None, home_address="", needs_check=["name"])  # fmt: skip

    page = desk.get(PAGE).content.decode()

    assert "138 1655 2203" in page
    assert all(words in page for words in ("surname only", "no birthday", "no address", "to confirm"))


def test_desk_chooses_rows_by_manager_and_state(desk: Client, mgr1: User, mgr2: User) -> None:
    mine = make_customer(owner=mgr1, intake_status="accepted")
    make_customer(owner=mgr1)
    make_customer(owner=mgr2, intake_status="accepted")

    answer = desk.get(f"{PAGE}?manager={mgr1.pk}&status=accepted")

    assert [row["guest"] for row in answer.context["rows"]] == [mine]


def test_a_choice_that_finds_nothing_says_what_to_do(desk: Client, mgr1: User) -> None:
    make_customer(owner=mgr1)
    assert "Show all" in desk.get(PAGE + "?status=sent_back").content.decode()


@pytest.mark.parametrize("query", ["?manager=x", "?status=x", "?page=x", "?page=0", "?page=99999999999", "?manager=-1"])
def test_nonsense_in_the_address_shows_everything(desk: Client, mgr1: User, query: str) -> None:
    guest = make_customer(owner=mgr1)
    assert [row["guest"] for row in desk.get(PAGE + query).context["rows"]] == [guest]


def test_an_empty_night_says_what_to_do(desk: Client) -> None:
    assert "Import a sheet" in desk.get(PAGE).content.decode()


def test_a_big_night_comes_in_pages_and_few_statements(
    desk: Client, mgr1: User, django_assert_max_num_queries: Any
) -> None:
    Customer.objects.bulk_create(
        Customer(name=f"王{n}", phone=f"+861370000{n:04d}", captured_by=mgr1, captured_at=EVENING, night=NIGHT)
        for n in range(250)
    )
    desk.get(PAGE)
    with django_assert_max_num_queries(9):
        pages = [desk.get(PAGE + "?page=2")]
    pages += [desk.get(PAGE), desk.get(PAGE + "?page=3")]

    rows = [row["guest"].pk for page in pages for row in page.context["rows"]]
    assert len(rows) == len(set(rows)) == 250


def test_neighbouring_nights_skip_the_empty_ones(desk: Client, mgr1: User) -> None:
    old, older = NIGHT - dt.timedelta(days=5), NIGHT - dt.timedelta(days=9)
    for night in (old, older):
        make_customer(owner=mgr1, night=night)

    answer = desk.get(f"/intake/{old}/")

    assert (answer.context["earlier"], answer.context["later"]) == (older, NIGHT)
    assert desk.get(PAGE).context["later"] is None


def test_a_record_that_came_after_the_handing_in_is_marked(desk: Client, mgr1: User, clock: Any) -> None:
    make_customer(owner=mgr1)
    hand_in(mgr1, EVENING)
    assert "after hand-in" not in desk.get(PAGE).content.decode()
    clock.shift(dt.timedelta(minutes=1))
    make_customer(owner=mgr1)
    assert desk.get(PAGE).content.decode().count("after hand-in") == 1


# --- deciding --------------------------------------------------------------------------------------------------------


def test_desk_accepts_the_ticked_ones_and_each_decision_is_kept(desk: Client, desk_user: User, mgr1: User) -> None:
    ticked, other = make_customer(owner=mgr1), make_customer(owner=mgr1)

    answer = desk.post(DECIDE, {"action": "accept", "pick": [token(ticked)], "status": "waiting", "page": "2"})

    assert (answer.status_code, answer["Location"]) == (302, PAGE + "?status=waiting&page=2")
    statuses = dict(Customer.objects.values_list("pk", "intake_status"))
    assert statuses == {ticked.pk: "accepted", other.pk: "new"}
    review = IntakeReview.objects.get()
    assert (review.customer_id, review.status, review.reviewed_by, review.reviewed_at) == (
        ticked.pk, "accepted", desk_user, EVENING)  # fmt: skip


def test_desk_sends_back_with_a_reason_which_the_manager_reads(desk: Client, mgr1: User, signed_in: Any) -> None:
    guest = make_customer(owner=mgr1, name="何娜")

    desk.post(DECIDE, {"action": "send_back", "pick": token(guest), "preset": ["number"], "reason": "少一位"})

    guest.refresh_from_db()
    assert (guest.intake_status, guest.intake_reason) == ("sent_back", "{sheet.number} · 少一位")
    assert "Wrong number · 少一位" in signed_in(mgr1).get("/tonight/").content.decode()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_sending_back_without_a_reason_is_refused_at_the_field(desk: Client, mgr1: User, reason: str) -> None:
    guest = make_customer(owner=mgr1)

    answer = desk.post(DECIDE, {"action": "send_back", "pick": token(guest), "reason": reason})

    guest.refresh_from_db()
    assert answer.status_code == 422 and "reason" in answer.context["form"].errors
    assert 'aria-describedby="reason-error"' in answer.content.decode() and "checked" in answer.content.decode()
    assert guest.intake_status == "new" and not IntakeReview.objects.exists()


@pytest.mark.parametrize("action", ["accept", "send_back"])
@pytest.mark.parametrize("pick", [[], ["x"], ["1.2.3.4"], ["-"]])
def test_nothing_ticked_or_nonsense_is_said_so(desk: Client, mgr1: User, action: str, pick: list[str]) -> None:
    make_customer(owner=mgr1)
    answer = desk.post(DECIDE, {"action": action, "pick": pick, "reason": "x"})
    assert answer.status_code == 422 and "pick" in answer.context["form"].errors


def test_an_action_nobody_offers_changes_nothing(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1)
    assert desk.post(DECIDE, {"action": "delete", "pick": token(guest)}).status_code == 422


def test_what_a_colleague_accepted_meanwhile_is_told_plainly(desk: Client, mgr1: User) -> None:
    guests = [make_customer(owner=mgr1) for _ in range(3)]
    seen = [token(guest) for guest in guests]
    desk.post(DECIDE, {"action": "accept", "pick": seen[:2]})

    answer = desk.post(DECIDE, {"action": "accept", "pick": seen}, follow=True)

    assert said(answer).endswith("Accepted 1 record. 2 were already accepted.")
    assert IntakeReview.objects.count() == 3


def test_what_a_colleague_accepted_meanwhile_is_not_sent_back(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1)
    seen = token(guest)
    desk.post(DECIDE, {"action": "accept", "pick": seen})

    answer = desk.post(DECIDE, {"action": "send_back", "pick": seen, "reason": "x"}, follow=True)

    guest.refresh_from_db()
    assert guest.intake_status == "accepted" and "1 was already accepted." in said(answer)


def test_an_accepted_record_seen_as_such_may_still_be_sent_back(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1, intake_status="accepted")
    desk.post(DECIDE, {"action": "send_back", "pick": token(guest), "reason": "x"})
    guest.refresh_from_db()
    assert guest.intake_status == "sent_back"


def test_a_record_changed_since_it_was_seen_is_not_accepted_unseen(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1)
    seen = token(guest)
    Customer.objects.filter(pk=guest.pk).update(name="改名", updated_at=EVENING + dt.timedelta(seconds=1))

    answer = desk.post(DECIDE, {"action": "accept", "pick": seen}, follow=True)

    guest.refresh_from_db()
    assert guest.intake_status == "new" and "changed meanwhile" in said(answer)


def test_what_waits_for_its_manager_is_not_accepted(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1, intake_status="sent_back", intake_reason="x")
    answer = desk.post(DECIDE, {"action": "accept", "pick": token(guest)}, follow=True)
    guest.refresh_from_db()
    assert guest.intake_status == "sent_back" and "1 waits for its manager." in said(answer)


def test_an_imported_record_has_no_manager_to_go_back_to(desk: Client) -> None:
    guest = make_customer(origin="import")
    answer = desk.post(DECIDE, {"action": "send_back", "pick": token(guest), "reason": "x"}, follow=True)
    guest.refresh_from_db()
    assert guest.intake_status == "new" and "no manager to go back to" in said(answer)


def test_a_record_of_another_night_is_out_of_reach(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1, captured_at=EVENING - dt.timedelta(days=1))
    answer = desk.post(DECIDE, {"action": "accept", "pick": token(guest)}, follow=True)
    guest.refresh_from_db()
    assert guest.intake_status == "new" and "changed meanwhile" in said(answer)


def test_accept_all_takes_what_waits_on_all_pages_of_this_night_only(desk: Client, mgr1: User) -> None:
    Customer.objects.bulk_create(
        Customer(name=f"王{n}", phone=f"+861370000{n:04d}", captured_by=mgr1, captured_at=EVENING, night=NIGHT)
        for n in range(130)
    )
    back = make_customer(owner=mgr1, intake_status="sent_back")
    other = make_customer(owner=mgr1, captured_at=EVENING - dt.timedelta(days=1))

    answer = desk.post(DECIDE, {"action": "accept_all"}, follow=True)

    assert "Accepted 130 records." in said(answer)
    assert Customer.objects.filter(intake_status="accepted").count() == IntakeReview.objects.count() == 130
    assert set(Customer.objects.exclude(intake_status="accepted")) == {back, other}


def test_accept_all_keeps_to_the_manager_on_the_screen(desk: Client, mgr1: User, mgr2: User) -> None:
    mine, other = make_customer(owner=mgr1), make_customer(owner=mgr2)
    desk.post(DECIDE, {"action": "accept_all", "manager": str(mgr1.pk)})
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.intake_status, other.intake_status) == ("accepted", "new")


def test_accept_all_leaves_what_came_after_the_page_was_made(desk: Client, mgr1: User, clock: Any) -> None:
    make_customer(owner=mgr1)
    as_of = desk.get(PAGE).context["as_of"]
    clock.shift(dt.timedelta(minutes=1))
    late = make_customer(owner=mgr1)

    answer = desk.post(DECIDE, {"action": "accept_all", "as_of": as_of}, follow=True)

    late.refresh_from_db()
    assert late.intake_status == "new" and "1 came or changed meanwhile" in said(answer)


def test_htmx_is_answered_with_the_sheet_and_what_was_done(desk: Client, mgr1: User) -> None:
    guest = make_customer(owner=mgr1)

    answer = desk.post(DECIDE, {"action": "accept", "pick": token(guest)}, **HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200 and "<html" not in page
    assert "Accepted 1 record." in page and 'hx-swap-oob="beforeend:#toasts"' in page


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_desk_accept_each_record_once(mgr1: User, desk_user: User, signed_in: Any) -> None:
    other = make_user("desk2", roles.AFTERSALES)
    guests = [make_customer(owner=mgr1) for _ in range(30)]
    picks = [token(guest) for guest in guests]
    answers: list[Any] = []
    barrier = threading.Barrier(2)

    def accept(user: User, order: list[str]) -> None:
        client = signed_in(user)
        barrier.wait()
        answers.append(client.post(DECIDE, {"action": "accept", "pick": order}, **HTMX))
        connection.close()

    threads = [
        threading.Thread(target=accept, args=(desk_user, picks)),
        threading.Thread(target=accept, args=(other, picks[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert IntakeReview.objects.count() == 30
    assert sum("30 were already accepted." in answer.content.decode() for answer in answers) == 1


# --- stamp and paper -------------------------------------------------------------------------------------------------


@pytest.mark.venue_zone
def test_the_stamp_says_who_when_how_many_and_what_changed_since(desk: Client, desk_user: User, mgr1: User) -> None:
    before = make_customer(owner=mgr1, received_at=EVENING, updated_at=EVENING)
    export_stamp(EVENING, exported_by=desk_user, rows=55)
    after = EVENING + dt.timedelta(minutes=1)
    corrected = make_customer(owner=mgr1, received_at=EVENING, updated_at=after)
    came = make_customer(owner=mgr1, received_at=after, updated_at=after)

    answer = desk.get(PAGE)

    page = " ".join(answer.content.decode().split())
    assert "22:41 · 何欣 · 55 records" in page and "2 changed since" in page
    marked = {row["guest"] for row in answer.context["rows"] if row["is_changed"]}
    assert marked == {corrected, came}
    only = desk.get(PAGE + "?status=changed")
    assert {row["guest"] for row in only.context["rows"]} == {corrected, came} and before not in marked


def test_a_decision_is_no_change_of_content(desk: Client, mgr1: User, clock: Any) -> None:
    guest = make_customer(owner=mgr1, received_at=EVENING, updated_at=EVENING)
    export_stamp(EVENING)
    clock.shift(dt.timedelta(minutes=1))
    desk.post(DECIDE, {"action": "accept", "pick": token(guest)})
    assert desk.get(PAGE).context["sheet"].total.changed == 0


def test_an_export_of_one_night_says_nothing_about_another(desk: Client, mgr1: User) -> None:
    yesterday = EVENING - dt.timedelta(days=1)
    make_customer(owner=mgr1, captured_at=yesterday)
    export_stamp(EVENING - dt.timedelta(hours=1))
    sheets = {sheet.night: sheet for sheet in desk.get("/intake/").context["sheets"]}
    assert sheets[yesterday.date()].last_export is None and sheets[yesterday.date()].total.changed == 0


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_file_holds_the_night_and_is_stamped_and_logged(
    desk: Client, desk_user: User, mgr1: User, kind: str
) -> None:
    make_customer(owner=mgr1)
    make_customer(owner=mgr1, captured_at=EVENING - dt.timedelta(days=1))

    answer = confirmed(desk).post(f"{PAGE}sheet.{kind}")

    content = content_of(answer)
    assert answer["Content-Disposition"] == f'attachment; filename="intake-2026-11-20.{kind}"'
    assert "no-store" in answer["Cache-Control"]
    stamp, log = IntakeExport.objects.get(), AccessLog.objects.get()
    assert (stamp.exported_by, stamp.night, stamp.format, stamp.rows) == (desk_user, NIGHT, kind, 1)
    assert stamp.sha256 == hashlib.sha256(content).hexdigest()
    assert (log.user, log.kind) == (desk_user, "export")


def test_the_stamp_stands_even_where_nobody_reads_the_file(desk: Client, mgr1: User) -> None:
    make_customer(owner=mgr1)
    answer = confirmed(desk).post(PAGE + "sheet.xlsx")
    assert (IntakeExport.objects.count(), AccessLog.objects.count()) == (1, 1)
    content_of(answer)


def test_what_changes_while_the_file_is_written_shows_as_changed_since(
    desk: Client, mgr1: User, clock: Any, monkeypatch: Any
) -> None:
    guest = make_customer(owner=mgr1, received_at=EVENING, updated_at=EVENING)
    written = exporting.write_intake

    def write_slowly(*given: Any) -> int:
        rows = written(*given)
        clock.shift(dt.timedelta(seconds=5))
        Customer.objects.filter(pk=guest.pk).update(name="改名", updated_at=timezone.now())
        clock.shift(dt.timedelta(seconds=5))
        return rows

    monkeypatch.setattr(exporting, "write_intake", write_slowly)
    content_of(confirmed(desk).post(PAGE + "sheet.csv"))

    assert desk.get(PAGE).context["sheet"].total.changed == 1


def test_a_managers_first_guest_captured_while_the_workbook_is_written_is_for_the_next_export(
    desk: Client, mgr1: User, mgr2: User, clock: Any, monkeypatch: Any
) -> None:
    make_customer(owner=mgr1)
    page_names = writing._page_names

    def capture_meanwhile(*given: Any, **named: Any) -> Any:
        yield from list(page_names(*given, **named))
        clock.shift(dt.timedelta(seconds=1))
        make_customer(owner=mgr2)

    monkeypatch.setattr(writing, "_page_names", capture_meanwhile)
    content_of(confirmed(desk).post(PAGE + "sheet.xlsx"))

    assert IntakeExport.objects.get().rows == 1
    assert desk.get(PAGE).context["sheet"].total.changed == 1


def test_paper_holds_all_rows_and_is_written_down_first(desk: Client, desk_user: User, mgr1: User, mgr2: User) -> None:
    for n in range(120):
        make_customer(owner=mgr1, name=f"客{n}号")
    make_customer(name="无主客人")

    page = confirmed(desk).post(PAGE + "print/").content.decode()

    assert all(f"客{n}号" in page for n in range(120)) and "无主客人" in page and "何欣" in page
    log = AccessLog.objects.get()
    assert (log.user, log.kind, log.night, log.detail) == (desk_user, "print", NIGHT, "121")


def test_asking_for_the_head_of_paper_or_file_is_refused_and_logs_nothing(desk: Client) -> None:
    for url in SCREENS[2:]:
        assert desk.head(url).status_code == 405
    assert not AccessLog.objects.exists() and not IntakeExport.objects.exists()

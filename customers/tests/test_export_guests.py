"""The list of guests as a file: for whom, after what, written down first, harmless, and coming in again unchanged."""

import csv
import datetime as dt
import hashlib
import io
import tempfile
import tracemalloc
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from customers.forms import export as form
from customers.intake.copying import copy_guests
from customers.intake.exporting import export_guests
from customers.intake.headers import OUR_HEADERS
from customers.intake.writing import write_guests
from customers.models import AccessLog, Customer, GuestExport, LookTally, MembershipTier
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, take_in
from staff import roles
from staff.models import User
from staff.tests.factories import PASSWORD, make_user
from vipdesk import nights
from vipdesk.database_roles import analyze

pytestmark = [pytest.mark.django_db, pytest.mark.servers]
SignIn = Callable[[User], Client]
URL = "/customers/export/"
NASTY = ["=cmd|'/C calc'!A0", "+1+1", "-1", "@SUM(A1)", "\tx", "＝1", "＠x", "'=1", "007", "1e5", "50%", "a,b;\"c\""]  # fmt: skip


def asked(**changes: Any) -> dict[str, Any]:
    return {"format": "csv", "reason": "Invitations for the anniversary", "password": PASSWORD} | changes


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read(data: bytes, kind: str) -> list[str]:
    """The first column below its title."""
    if kind == "csv":
        return [row["name"] for row in rows_of(data)]
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    assert book.sheetnames == ["All"]
    return [str(row[0]) for row in book["All"].iter_rows(min_row=2, values_only=True)]


# --- what is in it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_operations_take_the_guests_that_the_filters_mean(kind: str, ops: User, mgr1: User, signed_in: SignIn) -> None:
    gold = MembershipTier.objects.get(code="gold")
    make_customer(name="赵金", tier=gold, owner=mgr1)
    make_customer(name="钱金", tier=gold)
    make_customer(name="孙银", owner=mgr1)

    answer = signed_in(ops).post(URL, asked(format=kind, tier=gold.pk, owner=mgr1.pk, q="孙"))

    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="guests-{nights.tonight().isoformat()}.{kind}"'
    assert "no-store" in answer["Cache-Control"]
    assert read(body(answer), kind) == ["赵金"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_only_living_guests_with_a_number_leave_in_the_order_of_their_capture(
    kind: str, ops: User, signed_in: SignIn
) -> None:
    now = timezone.now()
    second = make_customer(name="后来", captured_at=now)
    make_customer(name="先来", captured_at=now - dt.timedelta(days=400))
    make_customer(name="并入", phone=None, merged_into=second)
    make_customer(name="已忘", phone=None, home_address="", erased_at=now)
    make_customer(name="无号", phone=None)

    answer = signed_in(ops).post(URL, asked(format=kind))

    assert read(body(answer), kind) == ["先来", "后来"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_list_comes_in_again_unchanged_and_no_cell_is_a_formula(
    kind: str, language: str, ops: User, mgr1: User
) -> None:
    for number, text in enumerate(NASTY):
        make_customer(name=f"王芳{number}", home_address=text, notes=text, source=text, owner=mgr1)
    before = list(Customer.objects.order_by("pk").values())

    with translation.override(language):
        file = io.BytesIO()
        write_guests(Customer.objects.living(), kind, file)
        report = take_in(file.getvalue())

    assert counts(report) == (len(NASTY), 0, 0, len(NASTY), 0)
    assert list(Customer.objects.order_by("pk").values()) == before
    if kind == "csv":
        for line in csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")):
            assert not any(cell.startswith(("=", "-", "@", "＝", "＠", "\t")) for cell in line)
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).worksheets[0]
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_percent_signs_and_quotes_in_what_was_asked_reach_the_database_as_they_are() -> None:
    make_customer(name="100%'王", source="a%sb")
    make_customer(name="李")
    file = io.BytesIO()
    guests = Customer.objects.filter(name="100%'王", source__contains="%s")
    assert copy_guests(guests, list(OUR_HEADERS), file, is_chinese=False) == 1


# --- written down first --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_it_is_written_down_before_the_first_byte_even_if_nobody_reads_on(furnished: None, signed_in: SignIn) -> None:
    ops = make_user("ops", roles.OPERATIONS)
    make_customer()

    answer = signed_in(ops).post(URL, asked(seen="never"))
    answer.close()  # the client is gone

    taken = GuestExport.objects.get()
    assert (taken.exported_by, taken.rows, taken.format, taken.filters) == (ops, 1, "csv", {"seen": "never"})
    assert taken.reason == "Invitations for the anniversary" and len(taken.sha256) == 64
    log = AccessLog.objects.get()
    assert (log.user, log.kind, log.detail) == (ops, "export", "guests csv 1")
    assert LookTally.objects.get(user=ops, kind="export").count == 1


def test_fingerprint_is_the_files(ops: User, signed_in: SignIn) -> None:
    make_customer()
    data = body(signed_in(ops).post(URL, asked()))
    assert GuestExport.objects.get().sha256 == hashlib.sha256(data).hexdigest()


def test_file_that_cannot_be_written_leaves_no_trace_of_leaving(ops: User, monkeypatch: Any) -> None:
    make_customer()

    def fail(*_args: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr("customers.intake.exporting.write_guests", fail)
    with pytest.raises(OSError, match="disk full"):
        export_guests(guests=Customer.objects.all(), format="csv", filters={}, reason="no room", user=ops)
    assert not GuestExport.objects.exists() and not AccessLog.objects.exists() and not LookTally.objects.exists()


def test_operations_read_who_took_what_and_why(ops: User, signed_in: SignIn) -> None:
    make_customer()
    client = signed_in(ops)
    body(client.post(URL, asked(incomplete="", no_consent="1")))
    for page in (client.get(URL), client.get("/admin/customers/guestexport/")):
        assert "Invitations for the anniversary" in page.content.decode()
    assert "no consent" in client.get("/admin/customers/guestexport/").content.decode()


# --- refused -------------------------------------------------------------------------------------------------------


def nothing_left(user: User) -> bool:
    return not (GuestExport.objects.exists() or AccessLog.objects.exists() or LookTally.objects.filter(user=user))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "     "}, "This field is required."),
        ({"reason": "why"}, "at least 5 characters"),
        ({"reason": "x" * 201}, "at most 200 characters"),
        ({"reason": "a\x00bcdef"}, "Null characters are not allowed."),
        ({"format": "pdf"}, "pdf is not one of the available choices"),
        ({"format": ""}, "This field is required."),
        ({"password": ""}, "This field is required."),
        ({"password": "wrong"}, "This is not your password."),
        ({"tier": "999999"}, "No guest matches"),
    ],
)
def test_what_is_not_in_order_is_said_at_the_field_and_nothing_leaves(
    changes: dict[str, Any], says: str, ops: User, signed_in: SignIn
) -> None:
    make_customer()
    answer = signed_in(ops).post(URL, asked(**changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert nothing_left(ops)


def test_filter_stays_with_the_form_that_was_refused(ops: User, signed_in: SignIn) -> None:
    make_customer()
    page = signed_in(ops).post(URL, asked(reason="", no_consent="1", mine="x")).content.decode()
    assert '<input type="hidden" name="no_consent" value="1">' in page and 'name="mine"' not in page


def test_more_than_a_workbook_takes_is_refused_and_csv_is_not(ops: User, signed_in: SignIn, monkeypatch: Any) -> None:
    monkeypatch.setattr(form, "MOST_IN_XLSX", 2)
    monkeypatch.setattr("customers.views.export.MOST_IN_XLSX", 2)
    for _n in range(3):
        make_customer()
    client = signed_in(ops)
    assert "more than 2" in client.get(URL).content.decode()
    answer = client.post(URL, asked(format="xlsx"))
    assert answer.status_code == 422 and "choose CSV, or narrow the filter" in answer.content.decode()
    assert len(rows_of(body(client.post(URL, asked())))) == 3


def test_five_wrong_passwords_lock_as_the_login_does(ops: User, signed_in: SignIn) -> None:
    make_customer()
    client = signed_in(ops)
    answers = [client.post(URL, asked(password="wrong")).status_code for _try in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert AccessAttempt.objects.get().failures_since_start == 5

    answer = client.post(URL, asked())
    assert answer.status_code == 429 and "15 minutes" in answer.content.decode()
    assert Client().post("/login/", {"username": "ops", "password": PASSWORD}).status_code == 429
    assert nothing_left(ops)


def test_wrong_password_is_forgotten_after_the_right_one(ops: User, signed_in: SignIn) -> None:
    make_customer()
    client = signed_in(ops)
    client.post(URL, asked(password="wrong"))
    assert body(client.post(URL, asked()))
    assert not AccessAttempt.objects.exists()


def test_wrong_password_is_not_even_tried_while_something_else_is_missing(ops: User, signed_in: SignIn) -> None:
    make_customer()
    signed_in(ops).post(URL, asked(password="wrong", reason=""))
    assert not AccessAttempt.objects.exists()


def test_after_sales_and_managers_take_no_list(mgr1: User, desk_user: User, signed_in: SignIn) -> None:
    make_customer()
    for user in (mgr1, desk_user):
        assert signed_in(user).post(URL, asked()).status_code == 403
    assert nothing_left(mgr1)


def test_somebody_in_by_pin_takes_no_list_even_where_they_are_operations_too(ops: User) -> None:
    from django.contrib.auth.models import Group

    ops.groups.add(Group.objects.get(name=roles.MANAGER))
    make_customer()
    client = Client()
    client.force_login(ops, backend="staff.backends.PinBackend")
    assert client.post(URL, asked()).status_code in (302, 403)
    assert nothing_left(ops)


# --- flat ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "guests"), [("csv", 50_000), ("xlsx", 9_000)])
def test_memory_stays_flat_however_many_leave(kind: str, guests: int, mgr1: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO customers_customer (name, name_is_partial, phone, birthday_calendar, birthday_is_leap,
                 home_address, work_address, likes_rooms, likes_drinks, likes_music, dislikes, notes, sms_consent,
                 call_consent, needs_check, is_key_account, captured_at, captured_time_known, night, origin, source,
                 intake_status, intake_reason, received_at, updated_at)
               SELECT '王' || n, false, '+86139' || lpad(n::text, 8, '0'), 'solar', false, repeat('路', 40), '', '', '',
                 '', '', repeat('记', 100), false, false, '{}', false, now(), true, now()::date, 'tablet', '', 'new', '',
                 now(), now() FROM generate_series(1, %s) n""",
            [guests],
        )
    # The checks of foreign keys were planned for an empty table: unaware of these, each would read all of them.
    analyze("customers_customer")
    everybody = Customer.objects.living().exclude(phone=None)

    def most(count: int) -> int:
        with tempfile.TemporaryFile() as file:
            tracemalloc.start()
            try:
                assert write_guests(everybody.filter(phone__lte=f"+86139{count:08d}"), kind, file) == count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    most(10)  # what is loaded once
    few, many = most(guests // 2), most(guests)
    assert many < few + 1_000_000, f"{few:,} bytes for half of them, {many:,} for all"


def test_page_costs_few_statements(ops: User, signed_in: SignIn, django_assert_max_num_queries: Any) -> None:
    for _n in range(3):
        make_customer()
    client = signed_in(ops)
    client.get(URL)
    with django_assert_max_num_queries(8):
        assert client.get(f"{URL}?tier=1&owner={ops.pk}").status_code == 200

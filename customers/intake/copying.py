"""Guests as CSV, made by the database itself: COPY streams them at the database's own pace.

The cells are those of the workbook (`writing.values_of`) word for word; a test compares the two.
"""

import codecs
import csv
import io
from typing import IO, Any

import psycopg2
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils import timezone

from customers.birthdays import MONTH_WORDS, day_words
from customers.intake.cells import BLANKS, DITTO, GUARDED, LONGEST_DITTO
from customers.models import Customer

_READ = (
    "name",
    "phone",
    "birthday_month",
    "birthday_day",
    "birthday_year",
    "birthday_calendar",
    "birthday_is_leap",
    "home_address",
    "work_address",
    "tier",
    "member_no",
    "owner",
    "captured_at",
    "captured_time_known",
    "night",
    "sms_consent",
    "call_consent",
    "source",
    "notes",
)
_NUMBER_ONLY = r"^\+[0-9]+$"
_LUNAR = """
    '农历' || coalesce(g.birthday_year || '年', '') || CASE WHEN g.birthday_is_leap THEN '闰' ELSE '' END
    || (%(months)s::text[])[g.birthday_month] || '月' || (%(days)s::text[])[g.birthday_day]
"""
_LEAP = "coalesce(g.birthday_year || '年', '') || '闰' || g.birthday_month || '月' || g.birthday_day || '日'"
# Cut from texts, here and below: `to_char` would be a third of what the whole list costs.
_PLAIN = """
    coalesce(right('000' || g.birthday_year, 4) || '-', '')
    || right('0' || g.birthday_month, 2) || '-' || right('0' || g.birthday_day, 2)
"""
_CALENDAR = """
    CASE WHEN g.birthday_month IS NULL OR g.birthday_day IS NULL THEN NULL
    WHEN g.birthday_calendar = 'lunar' THEN %(lunar)s ELSE %(solar)s END
"""
_MOMENT = """
    CASE WHEN NOT g.captured_time_known THEN g.night::text
    WHEN date_trunc('minute', g.captured_at) = date_trunc('second', g.captured_at)
    THEN left((g.captured_at AT TIME ZONE %(zone)s)::text, 16)
    ELSE left((g.captured_at AT TIME ZONE %(zone)s)::text, 19) END
"""


def copy_guests(guests: "QuerySet[Customer]", titles: list[str], stream: IO[bytes], *, is_chinese: bool) -> int:
    """Write these guests to `stream` (UTF-8 with BOM), in the order of their capture; returns how many they are."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(titles)
    stream.write(codecs.BOM_UTF8 + header.getvalue().encode())
    # The guests' own query as the table to read from, which the database flattens: nothing is joined to itself.
    which, values = guests.select_related(None).order_by().only(*_READ).query.sql_with_params()
    with connection.cursor() as cursor:
        chosen = cursor.mogrify(which, values).decode().replace("%", "%%")
        query = cursor.mogrify(_select(chosen, is_chinese), _words(is_chinese)).decode()
        try:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv)", stream)
        except psycopg2.Error as error:
            raise DatabaseError(str(error)) from error
        return int(cursor.rowcount)


def _select(chosen: str, is_chinese: bool) -> str:
    birthday = (
        f"CASE WHEN g.birthday_month IS NULL OR g.birthday_day IS NULL THEN NULL {_lunar(is_chinese)} ELSE {_PLAIN} END"
    )
    columns = [
        _guarded("g.name"),
        "g.phone",
        birthday,
        _CALENDAR,
        _guarded("g.home_address"),
        _guarded("g.work_address"),
        _guarded("t.name" if is_chinese else "t.name_en"),
        _guarded("g.member_no"),
        _guarded("u.username"),
        _MOMENT,
        "CASE WHEN g.sms_consent THEN %(yes)s ELSE %(no)s END",
        "CASE WHEN g.call_consent THEN %(yes)s ELSE %(no)s END",
        _guarded("g.source"),
        _guarded("g.notes"),
    ]
    return f"""
        SELECT {", ".join(columns)} FROM ({chosen}) g
        LEFT JOIN customers_membershiptier t ON t.id = g.tier_id LEFT JOIN staff_user u ON u.id = g.owner_id
        ORDER BY g.captured_at, g.id
    """  # noqa: S608  put together from constants and from what the ORM made; every value has been quoted by the driver


def _lunar(is_chinese: bool) -> str:
    if is_chinese:
        return f"WHEN g.birthday_calendar = 'lunar' THEN {_LUNAR}"
    return f"WHEN g.birthday_is_leap THEN {_LEAP}"


def _guarded(column: str) -> str:
    """`cells.guard` in SQL; an empty text as NULL, which COPY leaves empty instead of writing quotes."""
    # Only short texts are looked at twice: words for what stands above are short, and a text formula is rare.
    is_ditto = f"length({column}) <= {LONGEST_DITTO} AND lower(btrim({column}, %(blanks)s)) = ANY(%(dittos)s)"
    is_text_formula = f"strpos({column}, '=\"') > 0 AND ltrim({column}, %(all_blanks)s) LIKE '=\"%%'"
    return (
        f"CASE WHEN (ascii({column}) = ANY(%(guarded)s) OR {is_ditto} OR {is_text_formula})"
        f" AND {column} !~ %(number_only)s AND btrim({column}, %(blanks)s) <> ''''"
        f" THEN '''' || {column} ELSE nullif({column}, '') END"
    )


def _words(is_chinese: bool) -> dict[str, Any]:
    said = ("农历", "公历", "是", "否") if is_chinese else ("lunar", "solar", "yes", "no")
    return dict(zip(("lunar", "solar", "yes", "no"), said, strict=True)) | {
        "zone": timezone.get_default_timezone_name(),
        "guarded": [ord(sign) for sign in (*GUARDED, "'")],
        "number_only": _NUMBER_ONLY,
        "blanks": BLANKS,
        "all_blanks": f"{BLANKS}\t\r",
        "dittos": list(DITTO),
        "months": [MONTH_WORDS[month] for month in range(1, 13)],
        "days": [day_words(day) for day in range(1, 31)],
    }

"""A night's sheet as CSV, made by the database itself: COPY streams it at the database's own pace.

The cells are those of the workbook (`writing.values_of`) word for word; a test compares the two.
"""

import codecs
import csv
import datetime as dt
import io
from typing import IO, Any

import psycopg2
from django.db import DatabaseError, connection
from django.utils import timezone

from customers.birthdays import MONTH_WORDS, day_words
from customers.intake.cells import GUARDED

_NUMBER_ONLY = r"^\+[0-9]+$"
_LUNAR = """
    '农历' || coalesce(g.birthday_year || '年', '') || CASE WHEN g.birthday_is_leap THEN '闰' ELSE '' END
    || (%(months)s::text[])[g.birthday_month] || '月' || (%(days)s::text[])[g.birthday_day]
"""
_LEAP = "coalesce(g.birthday_year || '年', '') || '闰' || g.birthday_month || '月' || g.birthday_day || '日'"
_PLAIN = """
    coalesce(to_char(g.birthday_year, 'FM0000') || '-', '')
    || to_char(g.birthday_month, 'FM00') || '-' || to_char(g.birthday_day, 'FM00')
"""
_CALENDAR = """
    CASE WHEN g.birthday_month IS NULL OR g.birthday_day IS NULL THEN NULL
    WHEN g.birthday_calendar = 'lunar' THEN %(lunar)s ELSE %(solar)s END
"""
_MOMENT = """
    CASE WHEN NOT g.captured_time_known THEN g.night::text
    WHEN extract(second FROM g.captured_at) < 1
    THEN to_char(g.captured_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI')
    ELSE to_char(g.captured_at AT TIME ZONE %(zone)s, 'YYYY-MM-DD HH24:MI:SS') END
"""


def copy_sheet(night: dt.date, titles: list[str], stream: IO[bytes], *, is_chinese: bool) -> int:
    """Write the night's sheet to `stream` (UTF-8 with BOM); returns how many guests stand in it."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(titles)
    stream.write(codecs.BOM_UTF8 + header.getvalue().encode())
    with connection.cursor() as cursor:
        query = cursor.mogrify(_select(is_chinese), _words(night, is_chinese)).decode()
        try:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv)", stream)
        except psycopg2.Error as error:
            raise DatabaseError(str(error)) from error
        return int(cursor.rowcount)


def _select(is_chinese: bool) -> str:
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
        SELECT {", ".join(columns)} FROM customers_customer g
        LEFT JOIN customers_membershiptier t ON t.id = g.tier_id LEFT JOIN staff_user u ON u.id = g.owner_id
        WHERE g.night = %(night)s AND g.phone IS NOT NULL ORDER BY g.captured_at, g.id
    """  # noqa: S608  put together from constants; every value is a parameter


def _lunar(is_chinese: bool) -> str:
    if is_chinese:
        return f"WHEN g.birthday_calendar = 'lunar' THEN {_LUNAR}"
    return f"WHEN g.birthday_is_leap THEN {_LEAP}"


def _guarded(column: str) -> str:
    """`cells.guard` in SQL; an empty text as NULL, which COPY leaves empty instead of writing quotes."""
    return (
        f"CASE WHEN ascii({column}) = ANY(%(guarded)s) AND {column} !~ %(number_only)s"
        f" THEN '''' || {column} ELSE nullif({column}, '') END"
    )


def _words(night: dt.date, is_chinese: bool) -> dict[str, Any]:
    said = ("农历", "公历", "是", "否") if is_chinese else ("lunar", "solar", "yes", "no")
    return dict(zip(("lunar", "solar", "yes", "no"), said, strict=True)) | {
        "night": night,
        "zone": timezone.get_default_timezone_name(),
        "guarded": [ord(sign) for sign in (*GUARDED, "'")],
        "number_only": _NUMBER_ONLY,
        "months": [MONTH_WORDS[month] for month in range(1, 13)],
        "days": [day_words(day) for day in range(1, 31)],
    }

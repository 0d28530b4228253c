"""Nights, clock times and money as the screens show them, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.dates import format_date
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale

from vipdesk import nights

register = template.Library()

_PATTERNS = {
    "en": ("EEE d MMM", "EEE d MMM y"),
    "zh": ("M月d日 EEE", "y年M月d日 EEE"),
}


@register.filter
def night(value: date | None) -> str:
    """ "Fri 20 Nov" or "11月20日 周五"; with its year where that is not the running night's."""
    if value is None:
        return ""
    locale = to_locale(get_language() or "en")
    return _night_in_words(value, value.year == nights.tonight().year, locale)


@lru_cache(maxsize=2048)
def _night_in_words(value: date, is_this_year: bool, locale: str) -> str:
    this_year, any_year = _PATTERNS["zh" if locale.startswith("zh") else "en"]
    return format_date(value, this_year if is_this_year else any_year, locale=locale)


@register.filter
def night_of(value: datetime | None) -> date | None:
    """The night a moment belongs to, for `night` to say."""
    return None if value is None else nights.night_of(value)


@register.filter
def day(value: date | None) -> str:
    """A calendar date that is no night: "1 Nov 2021" or "2021年11月1日"."""
    if value is None:
        return ""
    locale = to_locale(get_language() or "en")
    return format_date(value, "y年M月d日" if locale.startswith("zh") else "d MMM y", locale=locale)


@register.filter
def moment(value: datetime | None) -> str:
    """A moment on the venue's wall: "Fri 20 Nov 22:41"; the calendar's day, since a clock stands beside it."""
    if value is None:
        return ""
    return f"{calendar_day(value)} {clock(value)}"


@register.filter
def calendar_day(value: datetime | None) -> str:
    """The day of a moment on the venue's wall, "Fri 20 Nov"; for where a clock stands near it."""
    if value is None:
        return ""
    return night(timezone.localtime(value, timezone.get_default_timezone()).date())


@register.filter
def clock(value: datetime | None) -> str:
    """The venue's wall clock, 24 h."""
    if value is None:
        return ""
    return timezone.localtime(value, timezone.get_default_timezone()).strftime("%H:%M")


@register.filter
def money(value: Decimal | None) -> str:
    """ "¥131,000.00", "−¥90.00". Decimals only: a float has already lost a cent somewhere."""
    if value is None:
        return ""
    if not isinstance(value, Decimal):
        raise TypeError(f"Money is Decimal, not {type(value).__name__}")
    yuan = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{'−' if yuan < 0 else ''}¥{abs(yuan):,}"

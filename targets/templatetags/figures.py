"""Months, shares and amounts of plans and statements as the screens show them."""

from datetime import date
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from babel.dates import format_date
from django import template
from django.utils.translation import get_language, to_locale

from vipdesk.templatetags.nights import money

register = template.Library()


@register.filter
def month(value: date | None) -> str:
    """ "November 2026" or "2026年11月"."""
    if value is None:
        return ""
    locale = to_locale(get_language() or "en")
    return format_date(value, "y年M月" if locale.startswith("zh") else "MMMM y", locale=locale)


@register.filter
def short_month(value: date) -> str:
    """ "Nov" or "11月", under a bar."""
    locale = to_locale(get_language() or "en")
    return format_date(value, "M月" if locale.startswith("zh") else "MMM", locale=locale)


@register.filter
def yuan(value: Decimal | None) -> str:
    """Money without its fen where there are none: "¥50,000", "¥50,000.50"."""
    return money(value).removesuffix(".00")


@register.filter
def signed(value: Decimal) -> str:
    """Money with its sign, for what is added or taken off: "+¥80.00", "−¥80.00"."""
    return f"{'+' if value > 0 else ''}{money(value)}"


@register.filter
def percent(value: Decimal | Fraction) -> str:
    """A rate or a completion: "3 %", "2.5 %", "119.99 %"; cut off, so that nothing looks reached that is not."""
    exact = Fraction(value) * 100
    cut = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_DOWN)
    return f"{cut:f}".rstrip("0").rstrip(".") + " %"

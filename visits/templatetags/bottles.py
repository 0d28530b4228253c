"""Levels of bottles as the screens show them."""

from decimal import Decimal

from django import template

from visits import bottles

register = template.Library()


@register.filter
def percent(share: Decimal) -> str:
    """ "75", "33.3": a share of a full bottle in hundredths, the same in every language (it is a width, too)."""
    return bottles.percent(share)

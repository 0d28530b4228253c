"""Why two records may be one guest, in words."""

from django import template

from customers.models import PossibleDouble

register = template.Library()


@register.filter
def in_words(reason: str) -> str:
    return str(PossibleDouble.Reason(reason).label)

"""Numbers as people read them."""

from django import template

from customers import phones

register = template.Library()
register.filter("phone", phones.display)


@register.filter
def is_mainland(number: str) -> bool:
    return number.startswith("+86")

"""Birthdays in words."""

from django import template

from customers import birthdays

register = template.Library()
register.filter("in_words", birthdays.in_words)
register.filter("lunar_day", birthdays.lunar_day)

"""Complaints on screens: what is due next, and how a state is coloured."""

from decimal import Decimal

from django import template
from django.utils import timezone

from feedback.complaint_story import Clock, clock_of
from feedback.models import Complaint
from feedback.states import State

register = template.Library()
_TONES = {State.ESCALATED: "tag-red", State.REOPENED: "tag-red", State.SOLVED: "tag-green", State.CLOSED: ""}


@register.filter
def due(complaint: Complaint) -> Clock | None:
    return clock_of(complaint, timezone.now())


@register.filter
def state_tone(complaint: Complaint) -> str:
    return _TONES.get(State(complaint.state), "tag-blue")


@register.filter
def percent_of_share(share: str) -> str:
    """ "66.67" of "0.6667"; a whole number without its noughts."""
    return f"{Decimal(share) * 100:.2f}".rstrip("0").rstrip(".")

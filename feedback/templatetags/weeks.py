"""How a week's page says whether what was decided is done."""

from django import template
from django.utils import timezone

from feedback import week_page
from feedback.models import WeekDecision

register = template.Library()


@register.filter
def decision_state(decision: WeekDecision) -> tuple[str, str]:
    """In words, and as a tone."""
    return week_page.state_of(decision, timezone.now())

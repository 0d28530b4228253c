"""What surveys can tell about a manager's night, in the shapes of staff.floor.registry (D4)."""

import datetime as dt

from django.db.models import Count
from django.utils.translation import gettext as _

from feedback.models import Survey
from staff.floor.registry import Cell


def night_columns(night: dt.date) -> dict[int, dict[str, Cell]]:
    """Answers that came in about each manager; one statement."""
    rows = Survey.objects.filter(night=night).exclude(manager=None).values("manager").order_by()
    return {row["manager"]: {_("Surveys"): Cell(str(row["n"]))} for row in rows.annotate(n=Count("pk"))}

"""What surveys and weekly summaries hold about a guest (PIPL; domain.md, "Erasure").

An erased guest's scores stay with their emptied key: they are the week's numbers. Their words go, and the mark of the
phone they answered on; in what others said, what names them.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import GuestOptOut, OptOutReview, Survey, WeekDecision, WeeklySummary, WeekRemark
from feedback.models.survey import DIMENSIONS
from vipdesk import coded
from vipdesk.personal import (
    Erased,
    FreeText,
    Person,
    PersonalData,
    Section,
    is_in,
    label,
    strike_out,
    strike_out_numbers,
)
from vipdesk.submissions import SubmissionConflict
from vipdesk.templatetags.nights import moment
from visits.disclosure import evenings_of


def _own(person: Person) -> QuerySet[Survey]:
    return Survey.objects.filter(customer__in=person.keys)


def _collect(person: Person) -> Iterable[Section]:
    rows = [(moment(one.submitted_at), _said(one)) for one in _own(person).select_related("room").order_by("pk")]
    if rows:
        yield Section(_("Surveys answered"), rows)
    asked = GuestOptOut.objects.filter(customer__in=person.keys).select_related("room")
    rooms = [(moment(one.at), _("Room %(room)s") % {"room": one.room}) for one in asked.order_by("pk")]
    if rooms:
        yield Section(_("Opt-outs sent with your number"), rooms)


def _said(survey: Survey) -> str:
    names = ("overall", *DIMENSIONS, "recommend")
    scores = [(name, getattr(survey, name)) for name in names]
    said = [f"{Survey._meta.get_field(name).verbose_name}: {score}" for name, score in scores if score is not None]  # type: ignore[union-attr]
    wish = _("wants to be contacted") if survey.wants_contact else ""
    parts = (survey.room, survey.get_channel_display(), *said, survey.comment, wish)
    return " · ".join(str(part) for part in parts if part)


def _erase(person: Person) -> Erased:
    own = _own(person)
    forms = list(own.values_list("client_id", flat=True))
    emptied = own.filter(~Q(comment="") | Q(device__isnull=False)).update(comment="", device=None)
    theirs = evenings_of(person)
    there = Survey.objects.filter(party__in=[*theirs.hosted, *theirs.joined])
    removed = {
        label(Survey): emptied
        + strike_out(there, person.pattern, "comment")
        + strike_out_numbers(Survey.objects.exclude(comment=""), person, "comment"),
        label(WeeklySummary): _take_out_of_themes(person.pattern),
        label(WeekRemark): strike_out(WeekRemark.objects.all(), person.pattern, "text"),
        label(WeekDecision): strike_out(WeekDecision.objects.all(), person.pattern, "point"),
        label(OptOutReview): strike_out(OptOutReview.objects.all(), person.pattern, "reason"),
        label(SubmissionConflict): SubmissionConflict.objects.filter(client_id__in=forms)
        .exclude(content="{}")
        .update(content="{}"),
    }
    count = own.count()
    return Erased(removed, {coded.write("proof.surveys"): str(count)} if count else {})


def _take_out_of_themes(pattern: str) -> int:
    """Of the numbers of a submitted week only its themes are words of guests; a theme that names them goes whole."""
    count = 0
    for week in WeeklySummary.objects.exclude(numbers=None):
        numbers = week.numbers or {}
        kept = [theme for theme in numbers.get("themes", []) if not is_in(theme["word"], pattern)]
        if len(kept) < len(numbers.get("themes", [])):
            count += WeeklySummary.objects.filter(pk=week.pk).update(numbers=numbers | {"themes": kept})
    return count


def _others(person: Person) -> QuerySet[Survey]:
    """Surveys with words that are neither theirs nor of an evening they were there."""
    theirs = evenings_of(person)
    of_others = Survey.objects.exclude(comment="").exclude(pk__in=_own(person).values("pk"))
    return of_others.exclude(party__in=[*theirs.hosted, *theirs.joined])


SURVEYS = PersonalData(
    name=gettext_lazy("Surveys"),
    collect=_collect,
    erase=_erase,
    texts=(FreeText(rows=_others, fields=("comment",)),),
)

"""A week as a workbook: its numbers, who and where, and the answers with their words. No cell can be a formula."""

from collections.abc import Iterable, Sequence
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from feedback.models import Survey
from feedback.models.survey import DIMENSIONS
from feedback.week_page import Page
from vipdesk.templatetags.nights import moment

_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
Row = Sequence[object]


def write_week(page: Page, stream: IO[bytes]) -> None:
    book = xlsxwriter.Workbook(stream, _OPTIONS)
    _sheet(book, page.week, _overview(page))
    for title, lines in ((_("Managers"), page.managers), (_("Rooms"), page.rooms), (_("Channels"), page.channels)):
        head = (title, _("Answers"), _("Mean"), _("Satisfied"), _("Against the week before"))
        _sheet(book, title, [head, *((one.name, one.responses, one.mean, one.satisfied, one.change) for one in lines)])
    _sheet(book, _("Answers"), _answers(page))
    book.close()


def _overview(page: Page) -> Iterable[Row]:
    said = page.said
    yield _("Week"), page.week
    yield _("First night"), said["first_night"]
    yield _("Last night"), said["last_night"]
    yield _("Answers"), said["responses"]
    yield _("Mean"), said["overall"]["mean"]
    yield _("Satisfied"), page.satisfied
    yield _("Recommendation score"), said["nps"]["score"]
    yield _("Low scores"), said["low_scores"]
    yield _("Parties that answered"), page.rate
    for name, mean, _change, _width in page.dimensions:
        yield name, mean
    for theme in page.beside["themes"]:
        yield _("Theme: %(word)s") % theme, theme["answers"]
    for remark in page.remarks:
        yield str(remark.manager), remark.text


def _answers(page: Page) -> Iterable[Row]:
    names = ("overall", *DIMENSIONS, "recommend")
    titles = [str(Survey._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
    yield (_("When"), _("Room"), _("Manager"), _("Channel"), *titles, _("In the guest's words"))
    found = Survey.objects.in_nights(page.first, page.last).select_related("room", "manager").order_by("submitted_at")
    for one in found.iterator():
        about = (moment(one.submitted_at), one.room or "", one.manager or "", one.get_channel_display())
        yield (*about, *(getattr(one, name) for name in names), one.comment)


def _sheet(book: Any, title: str, rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet(title[:31])
    sheet.set_column(0, 0, 24)
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(at, column, value)
            elif value is not None:
                sheet.write_string(at, column, str(value)[:32_767])

"""Text messages, for operations (T10): batches, what one would send and cost, approving, following, stopping it; and
the messages about which somebody must decide."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, F, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from outreach import gateways, rules, sms_jobs, sms_planning, sms_quiet, sms_replies, sms_results, sms_text, tasks
from outreach.forms.sms import WORDS, BatchForm, DecisionForm, ReplyForm, TestForm
from outreach.gateways import Outgoing, Said
from outreach.models import SmsBatch, SmsMessage, SmsReply
from outreach.sms_choices import BatchState, MessageState, SkipReason
from outreach.sms_planning import CannotSend
from staff import roles
from staff.access import StaffRequest, role_required
from staff.floor.views import cards
from vipdesk import jobs, nights

SHOWN = 40
QUESTIONS_SHOWN = 50
PROGRESS = "outreach/_sms_progress.html"
_OPEN = (MessageState.QUEUED, MessageState.SENDING)


@role_required(roles.OPERATIONS)
@require_GET
def batches(request: StaffRequest) -> HttpResponse:
    """The last batches, what this month's cost, and what waits for somebody."""
    night = nights.tonight()
    found = list(SmsBatch.objects.select_related("campaign")[:SHOWN])
    waits = _waits(found)
    for one in found:
        one.waits = waits.get(one.pk, 0)
        one.is_done = one.state == BatchState.SENDING and not one.waits
    month = nights.month_nights(nights.month_of(night))
    context = {
        "batches": found,
        "cost": sms_planning.cost(SmsBatch.objects.filter(night__range=(month[0], month[-1]))),
        "month": month[0],
        "night": night,
        "next_night": _next_sms_night(night),
        "questions": sms_results.open_questions().count(),
        "replies": sms_replies.unread().count(),
        "campaign": sms_jobs.campaign_of(_next_sms_night(night)),
    }
    return render(request, "outreach/sms.html", context)


def _next_sms_night(night: dt.date) -> dt.date:
    """The next one by the rules, tonight included; tonight where they name none."""
    in_force = rules.current()
    week = [night + dt.timedelta(days=n) for n in range(7)]
    return next((one for one in week if in_force.is_sms_night(one)), night)


def _waits(found: Sequence[SmsBatch]) -> dict[int, int]:
    """How many of each still wait or are in hand: an index knows, whereas counting all would read every message."""
    rows = SmsMessage.objects.filter(batch__in=found, state__in=_OPEN).values_list("batch").order_by("batch")
    return dict(rows.annotate(count=Count("pk")))


def _is_done(batch: SmsBatch, states: Mapping[str, int]) -> bool:
    return batch.state == BatchState.SENDING and not any(states.get(state) for state in _OPEN)


@role_required(roles.OPERATIONS)
def new(request: StaffRequest) -> HttpResponse:
    """Build a batch by hand; it waits for approval on its own page, where one sees what it would send."""
    night = _next_sms_night(nights.tonight())
    campaign = sms_jobs.campaign_of(night)
    first = {"night": night, "campaign": campaign and campaign.code}
    form = BatchForm(request.POST if request.method == "POST" else None, initial=first)
    if not form.is_valid():
        return render(request, "outreach/sms_new.html", {"form": form}, status=422 if form.is_bound else 200)
    said = form.cleaned_data
    try:
        built = sms_planning.build_batch(night=said["night"], code=said["campaign"].code, is_forced=said["is_forced"])
    except CannotSend as why:
        form.add_error(None, str(why))
        return render(request, "outreach/sms_new.html", {"form": form}, status=422)
    if not built.is_new:
        messages.info(request, _("This batch was built before."))
    return redirect("outreach:sms_batch", built.batch.pk)


_NOTHING_DONE = gettext_lazy("Nothing was done: somebody was quicker, or it is over.")


@role_required(roles.OPERATIONS)
@require_GET
def batch(request: StaffRequest, pk: int) -> HttpResponse:
    found = _batch(pk)
    return _show_batch(request, found, TestForm())


def _show_batch(request: StaffRequest, found: SmsBatch, form: TestForm) -> HttpResponse:
    context = _page(found)
    context |= {"version": cards.version_of(request, PROGRESS, context), "form": form}
    return render(request, "outreach/sms_batch.html", context, status=422 if form.is_bound else 200)


@role_required(roles.OPERATIONS)
@require_GET
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """How far it has come; nothing while nothing changed."""
    return cards.live(request, PROGRESS, _page(_batch(pk)), page=PROGRESS)


def _batch(pk: int) -> SmsBatch:
    found: SmsBatch = get_object_or_404(SmsBatch.objects.select_related("campaign", "approved_by"), pk=pk)
    return found


def _page(found: SmsBatch) -> dict[str, Any]:
    report, now = sms_planning.report(found), timezone.now()
    states = report["states"]
    skipped, waits = states.get("skipped", 0), sum(states.get(state, 0) for state in _OPEN)
    parts = _parts(found)
    is_quiet = sms_quiet.is_quiet_now(rules.current(), now)
    return {
        "batch": found,
        "states": [(MessageState(state).label, state, count) for state, count in states.items() if state != "skipped"],
        "skipped": [(SkipReason(reason).label, count) for reason, count in report["skipped"].items()],
        "left_out": skipped,
        "to_send": report["planned"] - skipped,
        "planned": report["planned"],
        "waits": waits,
        "done": report["planned"] - skipped - waits,
        "parts_each": sms_text.segments(found.text_zh),
        "parts": parts,
        "cost": (found.segment_price * parts).quantize(Decimal("0.01")),
        "is_quiet": is_quiet,
        "is_over": found.night < nights.night_of(now),
        "gateway": settings.SMS_GATEWAY,
        "is_done": _is_done(found, states),
        "is_moving": found.state == "sending" and bool(waits),
    }


def _parts(found: SmsBatch) -> int:
    sent = found.messages.exclude(state__in=[MessageState.SKIPPED, MessageState.EXPIRED])
    return sent.aggregate(parts=Sum("segments"))["parts"] or 0


@role_required(roles.OPERATIONS)
@require_POST
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve, pause, resume or stop a batch; says so where that did nothing. Who approves has seen how many messages
    it is (`sure`)."""
    found, verb = _batch(pk), request.POST.get("verb", "")
    if verb == "approve":
        return _approve(request, found)
    verbs = {"pause": sms_planning.pause_batch, "resume": sms_planning.resume_batch, "stop": sms_planning.stop_batch}
    if verb not in verbs:
        return cards.refused(_("Nothing was chosen."))
    if not verbs[verb](batch=found):
        messages.info(request, _NOTHING_DONE)
    elif verb == "resume":
        _send_soon(found)
    return redirect("outreach:sms_batch", pk)


def _approve(request: StaffRequest, found: SmsBatch) -> HttpResponse:
    count = _page(found)["to_send"]
    if request.POST.get("sure") != str(count):
        return cards.refused(_("It is %(count)s messages now. Look again, then approve.") % {"count": count})
    try:
        is_done = sms_planning.approve_batch(batch=found, by=request.user)
    except CannotSend as why:
        return cards.refused(why)
    if not is_done:
        messages.info(request, _NOTHING_DONE)
    _send_soon(found)
    return redirect("outreach:sms_batch", found.pk)


def _send_soon(found: SmsBatch) -> None:
    """A hint: the sweep finds it within a minute anyway."""
    if not sms_quiet.is_quiet_now(rules.current(), timezone.now()):
        jobs.enqueue(tasks.send_sms_batch, found.pk)


@role_required(roles.OPERATIONS)
@require_POST
def test(request: StaffRequest, pk: int) -> HttpResponse:
    """The batch's message to oneself, in quiet hours too: who sends it asks for it."""
    found = _batch(pk)
    form = TestForm(request.POST)
    if not form.is_valid():
        return _show_batch(request, found, form)
    message = Outgoing(
        out_id=uuid.uuid4(),
        number=form.cleaned_data["number"],
        text=found.text_zh,
        signature=found.signature,
        template_code=found.template_code,
        is_reported=False,
    )
    try:
        verdict = gateways.gateway().send(message)
    except ImproperlyConfigured as why:
        return cards.refused(why)
    if verdict.said in (Said.ACCEPTED, Said.DELIVERED):
        name = settings.SMS_GATEWAY
        messages.success(request, _("The test message was handed to the gateway %(name)s.") % {"name": name})
    elif verdict.said == Said.UNKNOWN:
        words = _("The gateway gave no clear answer (%(code)s): see whether the test message comes.")
        messages.warning(request, words % {"code": verdict.code})
    else:
        messages.warning(request, _("The gateway did not take the test message: %(code)s.") % {"code": verdict.code})
    return redirect("outreach:sms_batch", pk)


@role_required(roles.OPERATIONS)
def questions(request: StaffRequest) -> HttpResponse:
    """Messages of which nobody knows whether they were sent; a person who does decides."""
    if request.method == "POST":
        form = DecisionForm(request.POST)
        if not form.is_valid():
            return cards.refused(_("Nothing was chosen."))
        chosen = SmsMessage.objects.filter(pk=form.cleaned_data["message"])
        if sms_results.decide(messages=chosen, word=form.cleaned_data["word"]):
            messages.success(request, _("Settled."))
        else:
            messages.info(request, _("It was settled already."))
        return redirect("outreach:sms_questions")
    found = sms_results.open_questions()
    tried = found.annotate(tried_at=F("attempts__started_at"), answer=F("attempts__answer"))
    context = {
        "questions": tried.filter(attempts__state="unknown")[:QUESTIONS_SHOWN],
        "count": found.count(),
        "words": WORDS.items(),
    }
    return render(request, "outreach/sms_questions.html", context)


@role_required(roles.OPERATIONS)
def replies(request: StaffRequest) -> HttpResponse:
    """What guests answered and nobody has read: no more messages for them, or nothing to do."""
    if request.method == "POST":
        form = ReplyForm(request.POST)
        if not form.is_valid():
            return cards.refused(_("Nothing was chosen."))
        word = form.cleaned_data["word"]
        reply = get_object_or_404(SmsReply, pk=form.cleaned_data["reply"])
        if sms_replies.settle(reply=reply, by=request.user, opts_out=word == "stop"):
            messages.success(request, _("No more messages for them.") if word == "stop" else _("Read."))
        else:
            messages.info(request, _("It was settled already."))
        return redirect("outreach:sms_replies")
    found = sms_replies.unread()
    return render(request, "outreach/sms_replies.html", {"replies": found[:QUESTIONS_SHOWN], "count": found.count()})

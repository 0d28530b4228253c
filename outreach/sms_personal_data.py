"""What text messages hold about a guest (PIPL): that they were written to, by which number, what they answered.

The rows stay with the guest's emptied key: they are what was sent and paid. The number goes, and so do the answers;
what still waits is not sent any more.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import phones
from outreach.models import Campaign, SmsAttempt, SmsBatch, SmsMessage, SmsReply
from outreach.sms_choices import MessageState, SkipReason
from vipdesk import coded
from vipdesk.personal import STRUCK, Erased, FreeText, Person, PersonalData, Section, label, moment, strike_out_numbers
from vipdesk.templatetags.nights import night

_WRITTEN = ("name", "offer", "message_zh", "message_en", "managers_do")


def _collect(person: Person) -> Iterable[Section]:
    written = SmsMessage.objects.filter(customer__in=person.keys).exclude(state=MessageState.SKIPPED)
    rows = [
        (night(one.batch.night), f"{one.batch.text_zh} ({one.get_state_display()})")
        for one in written.select_related("batch").order_by("batch__night", "pk")
    ]
    tries = SmsAttempt.objects.filter(message__customer__in=person.keys).exclude(number="").order_by("started_at")
    rows += [(moment(one.started_at), phones.display(one.number)) for one in tries]
    if rows:
        yield Section(_("Text messages"), rows)
    answers = [(moment(one.received_at), one.text) for one in _replies(person).order_by("received_at")]
    if answers:
        yield Section(_("Answers to text messages"), answers)


def _replies(person: Person) -> QuerySet[SmsReply]:
    return SmsReply.objects.filter(Q(customer__in=person.keys) | Q(number__in=person.numbers))


def _erase(person: Person) -> Erased:
    theirs = SmsMessage.objects.filter(customer__in=person.keys)
    waiting = theirs.filter(state=MessageState.QUEUED)
    dropped = waiting.update(state=MessageState.SKIPPED, reason=SkipReason.OPTED_OUT, updated_at=timezone.now())
    tried = SmsAttempt.objects.filter(Q(message__in=theirs.values("pk")) | Q(number__in=person.numbers))
    removed = {
        label(SmsMessage): dropped,
        label(SmsAttempt): tried.exclude(number="").update(number=""),
        label(SmsReply): _replies(person)
        .exclude(text=STRUCK)
        .update(text=STRUCK, number="", customer=None, settled_at=Coalesce("settled_at", timezone.now())),
        label(Campaign): strike_out_numbers(Campaign.objects.all(), person, *_WRITTEN),
        label(SmsBatch): strike_out_numbers(SmsBatch.objects.all(), person, "text_zh", "text_en"),
    }
    kept = theirs.exclude(state=MessageState.SKIPPED).count()
    return Erased(removed, {coded.write("proof.messages"): str(kept)} if kept else {})


def _other_replies(person: Person) -> QuerySet[SmsReply]:
    return SmsReply.objects.exclude(pk__in=_replies(person).values("pk"))


SMS = PersonalData(
    name=gettext_lazy("Text messages"),
    collect=_collect,
    erase=_erase,
    texts=(
        FreeText(rows=_other_replies, fields=("text",)),
        FreeText(rows=lambda _person: Campaign.objects.all(), fields=_WRITTEN),
        FreeText(rows=lambda _person: SmsBatch.objects.all(), fields=("text_zh", "text_en")),
    ),
)

"""What providers tell us: receipts and guests' replies. No account, a secret in the address instead.

Kannel can report by GET alone, and so this is the one place where a GET changes something: only ever a state forward.
"""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from outreach import sms_inbound, sms_replies, sms_results
from outreach.gateways import kannel
from outreach.sms_choices import InboundFaultKind

LONGEST_BODY = 4000  # bytes


@require_GET
def dlr_kannel(request: HttpRequest, secret: str, attempt: UUID) -> HttpResponse:
    """A delivery report; 404 to whoever does not know the secret, and for a try that was never made."""
    if not kannel.is_secret(secret):
        raise Http404
    receipt = kannel.Kannel().parse_receipt(request.GET.dict())
    if receipt is None:
        sms_inbound.note(InboundFaultKind.NO_REPORT)
        return HttpResponse("no receipt", status=400, content_type="text/plain; charset=utf-8")
    if not sms_results.take_receipt(attempt=attempt, receipt=receipt):
        raise Http404
    sms_inbound.is_mended(sms_inbound.REPORT)
    return _thanks()


@csrf_exempt
def reply_kannel(request: HttpRequest, secret: str) -> HttpResponse:
    """A guest's reply, as Kannel's `post-url` sends it: the text is the body, the number stands in a header, so that no
    log has it. Without the header its words are kept for operations, who are told what to set."""
    if not kannel.is_secret(secret):
        raise Http404
    if request.method != "POST":
        sms_inbound.note(InboundFaultKind.METHOD)
        return HttpResponseNotAllowed(["POST"])
    number, name = request.headers.get("X-Kannel-From", ""), request.headers.get("X-Kannel-Message-Id", "")
    text = kannel.words(request.body[:LONGEST_BODY], request.headers.get("X-Kannel-Coding", ""))
    name = name or kannel.fingerprint(number, text, request.headers.get("X-Kannel-Time", ""))
    sms_replies.take_reply(number=number, text=text, dedup=f"kannel {name}")
    if number:
        sms_inbound.is_mended(sms_inbound.REPLY)
    else:
        sms_inbound.note(InboundFaultKind.NO_SENDER)
    return _thanks()


def _thanks() -> HttpResponse:
    """200 and nothing in it: nothing is sent back to the guest, and Kannel's http-request-retry takes 204 for an
    error."""
    return HttpResponse(content_type="text/plain; charset=utf-8")

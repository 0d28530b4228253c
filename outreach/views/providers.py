"""What providers tell us: receipts and guests' replies. No account, a secret in the address instead.

Kannel can report by GET alone, and so this is the one place where a GET changes something: only ever a state forward.
"""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from outreach import sms_replies, sms_results
from outreach.gateways import kannel


@require_GET
def dlr_kannel(request: HttpRequest, secret: str, attempt: UUID) -> HttpResponse:
    """A delivery report; 404 to whoever does not know the secret, and for a try that was never made."""
    if not kannel.is_secret(secret):
        raise Http404
    receipt = kannel.Kannel().parse_receipt(request.GET.dict())
    if receipt is None:
        return HttpResponse("no receipt", status=400, content_type="text/plain; charset=utf-8")
    if not sms_results.take_receipt(attempt=attempt, receipt=receipt):
        raise Http404
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def reply_kannel(request: HttpRequest, secret: str) -> HttpResponse:
    """A guest's reply, as Kannel's `post-url` sends it: the text is the body, the number stands in a header, so that no
    log has it. An empty answer, so that nothing is sent back."""
    if not kannel.is_secret(secret):
        raise Http404
    number, name = request.headers.get("X-Kannel-From", ""), request.headers.get("X-Kannel-Message-Id", "")
    if not number or len(request.body) > 4000:
        return HttpResponse("no message", status=400, content_type="text/plain; charset=utf-8")
    text = kannel.words(request.body, request.headers.get("X-Kannel-Coding", ""))
    name = name or kannel.fingerprint(number, text, request.headers.get("X-Kannel-Time", ""))
    sms_replies.take_reply(number=number, text=text, dedup=f"kannel {name}")
    return HttpResponse(status=204)

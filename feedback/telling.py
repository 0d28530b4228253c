"""What operations and owners are told of complaints, through the outbox, in the transaction that it belongs to.

Group robots are other people's servers and mail boxes are read on phones: no name, no number and nothing that a guest
said is in a message. Each names its escalations (E17), by which a person can tell a repeat, as a machine can by the
outbox's key. A badly written address must never cost an escalation: it is logged, without its contents.
"""

import logging
from collections.abc import Callable, Iterator, Sequence

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from feedback.complaint_choices import Cause
from feedback.models import Complaint, Escalation
from staff import roles
from staff.models import User
from vipdesk import outbox, robots

logger = logging.getLogger(__name__)

FEW = 3  # so many complaints at once are told one by one, more in one message
LISTED = 10


def tell_operations(raised: Sequence[Escalation]) -> None:
    """One message for each complaint, or one for all where a sweep found many (after a downtime)."""
    by_complaint: dict[int, list[Escalation]] = {}
    for one in sorted(raised, key=lambda one: one.pk):
        by_complaint.setdefault(one.complaint_id, []).append(one)
    groups = list(by_complaint.values())
    if len(groups) > FEW:
        _tell(_key(raised), lambda: (_many(len(groups)), _digest(groups)))
        return
    for group in groups:
        _tell(_key(group), lambda group=group: (_subject(group), _body(group)))  # type: ignore[misc]


def tell_owner(complaint: Complaint) -> None:
    """A guest's own answer opened it: whoever has it is told by mail, too, where they have an address."""
    if complaint.owner and complaint.owner.email:
        with _speaking(complaint.owner.language):
            subject = _("A guest is not content: complaint %(number)d is yours") % {"number": complaint.pk}
            _mail(complaint.owner.email, subject, _line(complaint), f"complaint:{complaint.pk}:owner")


def _tell(key: str, say: Callable[[], tuple[str, str]]) -> None:
    """`say` gives subject and body in the language of the moment."""
    for address, language in _mail_addresses():
        with _speaking(language):
            _mail(address, *say(), f"{key}:{address}")
    with _speaking(settings.ROBOT_LANGUAGE):
        subject, body = say()
        for address in robots.addresses():
            _post(address, f"{subject}\n{body}", f"{key}:{address.rpartition('#')[2]}")


def _key(raised: Sequence[Escalation]) -> str:
    """Of these escalations alone: what is told again is left out by the outbox."""
    keys = [one.pk for one in raised]
    return f"escalation:{min(keys)}-{max(keys)}"


def _mail_addresses() -> Iterator[tuple[str, str]]:
    """Everybody of operations who has an address, and the house's own ones."""
    people = User.objects.filter(is_active=True).in_role(roles.OPERATIONS).exclude(email="").order_by("pk")
    seen = set()
    for address, language in [*people.values_list("email", "language"), *((a, "") for a in settings.COMPLAINT_EMAILS)]:
        if address.casefold() not in seen:
            seen.add(address.casefold())
            yield address, language


def _mail(to: str, subject: str, body: str, key: str) -> None:
    try:
        outbox.put_email(to=to, subject=subject, body=body, dedup_key=key[:200])
    except ValidationError:
        logger.warning("Nobody can be told of %s by mail: an address is no address.", key.split(":")[0])


def _post(address: str, words: str, key: str) -> None:
    try:
        outbox.put_webhook(url=address, payload=robots.text(words), dedup_key=key)
    except ValueError:
        logger.warning("A group robot's address is no http address: nobody was told there.")


def _speaking(language: str) -> translation.override:
    return translation.override(language or settings.LANGUAGE_CODE)


def _subject(group: Sequence[Escalation]) -> str:
    return _("Complaint %(number)d is yours now") % {"number": group[0].complaint_id}


def _many(count: int) -> str:
    return _("%(count)d complaints are yours now") % {"count": count}


def _body(group: Sequence[Escalation]) -> str:
    why = _(", ").join(str(Cause(one.cause).label) for one in group)
    return f"{_line(group[0].complaint)}\n{why} ({_names(group)})"


def _digest(groups: Sequence[Sequence[Escalation]]) -> str:
    lines = [f"{_line(group[0].complaint, with_url=False)} ({_names(group)})" for group in groups[:LISTED]]
    if len(groups) > LISTED:
        lines.append(_("and %(count)d more") % {"count": len(groups) - LISTED})
    return "\n".join([*lines, settings.SITE_URL + reverse("feedback:complaints")])


def _names(group: Sequence[Escalation]) -> str:
    return " ".join(f"E{one.pk}" for one in group)


def _line(complaint: Complaint, *, with_url: bool = True) -> str:
    room = _("room %(room)s") % {"room": complaint.room} if complaint.room else ""
    facts = [f"#{complaint.pk}", complaint.get_category_display(), complaint.get_severity_display(), room]
    words = " · ".join(str(fact) for fact in [*facts, complaint.owner or ""] if fact)
    url = settings.SITE_URL + reverse("feedback:complaint", args=[complaint.pk])
    return f"{words}\n{url}" if with_url else words

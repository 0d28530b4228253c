"""Guests for tests: invented, one call each."""

import datetime as dt
import itertools
import uuid
from typing import Any

from customers import late
from customers.models import CaptureNote, Customer, MembershipTier, PrivacyNotice, Prospect
from customers.prospects import log_prospect
from customers.services import Agreement, update_customer
from staff.models import User
from vipdesk import nights

_numbers = itertools.count(1)


def make_customer(**facts: Any) -> Customer:
    """A complete guest captured now, or at `captured_at`; their night follows."""
    at = facts.get("captured_at") or dt.datetime.now(dt.UTC)
    owner = facts.get("owner")
    usual: dict[str, Any] = {
        "name": "欧阳子涵",
        "phone": f"+86139{next(_numbers):08d}",
        "birthday_month": 5,
        "birthday_day": 17,
        "home_address": "黄浦区南京东路1号",
        "captured_at": at,
        "night": nights.night_of(at),
        "captured_by": owner,
    }
    return Customer.objects.create(**(usual | facts))


def make_vip(*, owner: User) -> Customer:
    """周子昂, of the highest tier, captured 700 days ago: nothing missing, both consents given."""
    now = dt.datetime.now(dt.UTC)
    return make_customer(
        name="周子昂",
        phone="+8613816552203",
        owner=owner,
        tier=MembershipTier.objects.get(code="diamond"),
        captured_at=now - dt.timedelta(days=700),
        last_seen_night=nights.tonight() - dt.timedelta(days=14),
        home_address="南京东路1号",
        likes_drinks="麦卡伦",
        dislikes="火龙果",
        notes="司机姓李",
        sms_consent=True,
        call_consent=True,
    )


def make_prospect(by: User, **facts: Any) -> Prospect:
    """Somebody whom this manager met outside just now, or `at`; not a guest yet."""
    at = facts.pop("at", None) or dt.datetime.now(dt.UTC)
    usual: dict[str, Any] = {"phone": f"+86137{next(_numbers):08d}", "lead": "cards", "client_id": uuid.uuid4()}
    return log_prospect(prospect=Prospect(**(usual | facts)), by=by, at=at)


def change(guest: Customer, by: User, reason: str = "", **facts: Any) -> None:
    """Save these facts of a guest as the correction form would, over whatever was saved before."""
    guest.refresh_from_db()
    for name, value in facts.items():
        setattr(guest, name, value)
    update_customer(customer=guest, changed=list(facts), seen=guest.updated_at, by=by, reason=reason)


def make_late(guest: Customer, *, by: User, **facts: Any) -> CaptureNote:
    """A late capture of the guest's number, saying the same as their record but for `facts`; `sms`, `call` and `at`
    are what was agreed to, and when it was captured."""
    agreement = Agreement(
        notice=PrivacyNotice.objects.in_force(), sms=facts.pop("sms", False), call=facts.pop("call", False)
    )
    at = facts.pop("at", None) or dt.datetime.now(dt.UTC)
    same = {name: getattr(guest, name) for name in late.CONTENT}
    return late.keep_capture_note(
        customer=guest, facts=same | facts, agreement=agreement, by=by, at=at, client_id=uuid.uuid4()
    )


def capture_data(**fields: Any) -> dict[str, Any]:
    """What the capture form sends for a guest with everything in order."""
    usual = {
        "name": "司马明",
        "phone": f"138{next(_numbers):08d}",
        "birthday_calendar": "solar",
        "birthday_month": "6",
        "birthday_day": "3",
        "birthday_year": "1988",
        "home_address": "徐汇区漕溪北路18号",
        "work_address": "",
        "consent": "on",
        "sms_consent": "on",
        "source": "",
        "notes": "",
        "client_id": str(uuid.uuid4()),
    }
    return {key: value for key, value in (usual | fields).items() if value is not None}

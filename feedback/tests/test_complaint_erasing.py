"""A guest is forgotten in complaints too: words go, the house's numbers and the moves stay."""

from decimal import Decimal

import pytest
from django.utils import timezone

from customers.erasing import erase_customer, person_behind
from customers.tests.dump import dump, where
from customers.tests.factories import make_customer
from feedback import complaints
from feedback.compensating import ask_compensation
from feedback.models import Compensation, Complaint, ComplaintEvent
from feedback.tests.complaint_factories import make_complaint
from vipdesk import nights, personal
from vipdesk.submissions import SubmissionConflict
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.django_db
NAME, MAIN = "欧阳青檀", "13816552203"
TRACES = [NAME, MAIN, "花生过敏", "冻顶乌龙", "跑车", "老朋友"]


def test_what_names_the_guest_goes_and_what_counts_stays(mgr1, ops, desk_user):
    guest, other = make_customer(name=NAME, phone=f"+86{MAIN}", owner=mgr1), make_customer(name="李桂兰", owner=mgr1)
    party = make_party(by=mgr1, room=make_room(), now=timezone.now(), customer=guest)
    mine = make_complaint(
        by=mgr1, customer=guest, words="花生过敏还上了花生", wished="一壶冻顶乌龙", severity="critical"
    )
    unnamed = make_complaint(by=mgr1, party=party, words="开跑车来的那位")
    Complaint.objects.filter(pk=unnamed.pk).update(customer=None)
    theirs = make_complaint(by=mgr1, customer=other, words=f"隔壁的欧阳 {MAIN} 太吵", wished="安静")
    complaints.note(complaint=theirs, by=mgr1, words=f"打了 138-1655-2203，{NAME}是老板")
    complaints.note(complaint=mine, by=mgr1, words="是周总的老朋友")
    asked = Compensation(complaint=mine, kind="drinks", value=Decimal(99), reason="老朋友")
    ask_compensation(compensation=asked, by=mgr1)
    SubmissionConflict.objects.create(
        client_id="0190f0a0-0000-7000-8000-000000000001", kind="complaint.open", content_hash="0", user=mgr1,
        content='{"words": ["花生过敏"]}', received_at=timezone.now(),
    )  # fmt: skip
    Complaint.objects.filter(pk=mine.pk).update(client_id="0190f0a0-0000-7000-8000-000000000001")

    part = next(one for one in personal.registry() if str(one.name) == "Complaints")
    copy = "".join(f"{s.title}{s.rows}" for s in part.collect(person_behind(guest)))
    assert "花生过敏" in copy and "老朋友" in copy and "太吵" not in copy

    moves = ComplaintEvent.objects.filter(complaint=mine).count()
    erase_customer(customer=guest, by=desk_user, identity="in_person", requested_on=nights.tonight())
    left = dump()
    assert [trace for trace in TRACES if trace != NAME and where(left, trace)] == []
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.category, mine.words, mine.wished) == ("service", "—", "")
    assert ComplaintEvent.objects.filter(complaint=mine).count() == moves
    assert theirs.words == "隔壁的欧阳 — 太吵" and theirs.wished == "安静", "another guest's words stay"
    assert Compensation.objects.get().value == Decimal(99)

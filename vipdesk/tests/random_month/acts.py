"""What happens in the venue, one act at a time, by the dice of one seed. Acts may be refused, never fail."""

import datetime as dt
import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import Q
from django.test import Client
from django.utils import timezone

from customers.decisions import token
from customers.erasing import CannotErase, erase_customer
from customers.handover import NotDone
from customers.merging import CannotMerge, merge_customers, undo_merge
from customers.models import Customer, MembershipTier, Merge
from customers.numbers import release_number
from customers.tests.factories import change, make_customer
from feedback.models import Complaint
from outreach import callbacks, sms_planning
from outreach.building import CannotBuild, build_call_list
from outreach.models import CallListEntry, SmsBatch
from outreach.sms_planning import CannotSend
from staff.models import User
from targets.correcting import CannotGive, give_bill
from targets.models import Charge
from targets.tests.bills import refund, row, take
from vipdesk import nights
from visits.booking import CannotBook
from visits.models import Party, Reservation, Room, StoredBottle
from visits.querysets import guest_keys
from visits.tests.factories import make_bottle, make_reservation

T = TypeVar("T")
REFUSALS = (CannotBook, CannotErase, CannotGive, CannotMerge, CannotSend, CannotBuild, NotDone)
OUTCOMES = ("coming", "thinking", "no_answer", "no_wish", "wrong", "no_calls")


@dataclass
class Venue:
    """The people, rooms and dice of one month."""

    dice: random.Random
    managers: list[User]
    desk: User
    ops: User
    sign_in: Callable[[User], Client]
    move_clock: Callable[[dt.datetime], None]
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _numbers: int = 0

    def play(self, night: dt.date, acts: int) -> None:
        """One evening, 20:00 to 01:50, its acts in equal steps."""
        begin = nights.moment_in(night, dt.time(20))
        self.move_clock(begin)
        self._prepare(night)
        for n in range(acts):
            self.move_clock(begin + dt.timedelta(minutes=350 * (n + 1) / (acts + 1)))
            self._act()

    def _prepare(self, night: dt.date) -> None:
        """What jobs do in the evening: call lists, and on some nights a batch of text messages."""
        self._try("call list", lambda: build_call_list(night=night, is_forced=self.dice.random() < 0.3))
        self._try("callbacks", lambda: callbacks.build_callbacks(night=night))
        self._try("batch", lambda: sms_planning.build_batch(night=night, code="month", is_forced=True))

    def _act(self) -> None:
        name = self.dice.choices(list(ACTS), weights=[weight for weight, _act in ACTS.values()])[0]
        self._try(name, lambda: ACTS[name][1](self))

    def _try(self, name: str, act: Callable[[], object]) -> None:
        """A screen that refuses answers 4xx; a service raises what it says to people."""
        try:
            answer = act()
        except REFUSALS:
            answer = None
            self.refused[name] += 1
        else:
            is_refused = getattr(answer, "status_code", 0) >= 400
            (self.refused if is_refused or answer is None else self.done)[name] += 1

    # --- whom and what -------------------------------------------------------------------------------------------

    def one(self, rows: Any) -> Any:
        """Any of these rows, by the dice; None where there are none."""
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        return rows.model._base_manager.get(pk=self.dice.choice(keys)) if keys else None

    def manager(self) -> User:
        return self.dice.choice(self.managers)

    def number(self) -> str:
        self._numbers += 1
        return f"137{self._numbers:08d}"

    def guest(self) -> Customer | None:
        """Rather somebody whom tonight is about: captured, in a room, or to be called."""
        tonight, living = nights.tonight(), Customer.objects.living()
        here = Q(parties__night=tonight) | Q(party_guests__party__night=tonight)
        about = living.filter(Q(night=tonight) | here | Q(call_entries__call_list__night=tonight)).distinct()
        found: Customer | None = self.one(about if self.dice.random() < 0.7 else living)
        return found or self.one(living)

    def party(self) -> Any:
        """An open one, with its guests."""
        chosen = self.one(Party.objects.open())
        return chosen and Party.objects.with_guests().select_related("room").get(pk=chosen.pk)

    def some(self, keys: Sequence[T]) -> list[T]:
        return [key for key in keys if self.dice.random() < 0.7]

    def post(self, user: User, url: str, **data: Any) -> Any:
        return self.sign_in(user).post(url, {"client_id": str(uuid.UUID(int=self.dice.getrandbits(128))), **data})


# --- guests ----------------------------------------------------------------------------------------------------------


def capture(venue: Venue) -> Any:
    said = {
        "name": venue.dice.choice(("赵伟", "钱进", "孙丽", "李娜", "周昂", "吴彤")),
        "phone": venue.number(),
        "birthday_calendar": "solar",
        "birthday_month": venue.dice.randint(1, 12),
        "birthday_day": venue.dice.randint(1, 28),
        "home_address": "徐汇区漕溪北路18号",
        "consent": "on",
        "call_consent": "on",
    }
    if venue.dice.random() < 0.8:
        said["sms_consent"] = "on"
    manager = venue.manager()
    answer = venue.post(manager, "/customers/new/", **said)
    if answer.status_code == 303:
        _perhaps_tier(venue, str(said["phone"]))
    return answer


def _perhaps_tier(venue: Venue, phone: str) -> None:
    """Operations make some of them members."""
    tiers = list(MembershipTier.objects.order_by("rank"))
    chosen = venue.dice.choice([None, *tiers])
    Customer.objects.filter(phone=f"+86{phone}").update(tier=chosen)


def merge(venue: Venue) -> Any:
    kept, other = venue.guest(), venue.guest()
    return kept and other and merge_customers(kept=kept.pk, merged=other.pk, by=venue.desk)


def unmerge(venue: Venue) -> Any:
    done = venue.one(Merge.objects.filter(undone_at=None))
    return done and undo_merge(merge=done.pk, by=venue.desk)


def erase(venue: Venue) -> Any:
    guest = venue.guest()
    asked = {"identity": "in_person", "requested_on": nights.tonight()}
    return guest and erase_customer(customer=guest, by=venue.desk, **asked)


def release(venue: Venue) -> Any:
    guest = venue.one(Customer.objects.living().exclude(phone=None))
    number = guest and guest.numbers.filter(released_at=None).order_by("pk").first()
    return number and release_number(customer=guest.pk, number=number.pk, by=venue.desk, is_sure=True)


def decide(venue: Venue) -> Any:
    """After-sales accept or send back some of tonight's sheet."""
    night = nights.tonight()
    picked = [token(guest) for guest in venue.some(list(Customer.objects.on_sheet(night).order_by("pk")))]
    how = venue.dice.choice(({"action": "accept"}, {"action": "send_back", "preset": ["address"], "reason": "楼号"}))
    return venue.post(venue.desk, f"/intake/{night.isoformat()}/decide/", pick=picked, **how) if picked else None


def correct(venue: Venue) -> Any:
    guest = venue.one(Customer.objects.living().filter(intake_status="sent_back", captured_by__isnull=False))
    if guest is None:
        return None
    change(guest, guest.captured_by, home_address=f"静安区南京西路{venue.dice.randint(1, 999)}号")
    return guest


def hand_in(venue: Venue) -> Any:
    return venue.post(venue.manager(), "/tonight/hand-in/", night=nights.tonight().isoformat())


# --- rooms -----------------------------------------------------------------------------------------------------------


def reserve(venue: Venue) -> Any:
    now, room = timezone.now(), venue.one(Room.objects.all())
    guest = venue.one(Customer.objects.living().exclude(phone=None))
    facts = {"customer": guest, "guest_name": guest.name, "guest_phone": guest.phone} if guest else {}
    starts_at = now + dt.timedelta(minutes=venue.dice.randint(0, 60))
    return make_reservation(by=venue.manager(), starts_at=starts_at, now=now, room=room, **facts)


def seat(venue: Venue) -> Any:
    waiting = venue.one(Reservation.objects.waiting().on_night(nights.tonight()))
    if waiting and venue.dice.random() < 0.6:
        said = {"reservation": waiting.pk}
        room = waiting.room
    else:
        guest, room = venue.one(Customer.objects.living().exclude(phone=None)), venue.one(Room.objects.all())
        said = {"phone": guest.phone} if guest else {"name": "散客"}
    return venue.post(venue.manager(), f"/visits/rooms/{room.pk}/seat/", people="5", **said)


def join(venue: Venue) -> Any:
    party, guest = venue.party(), venue.one(Customer.objects.living().exclude(phone=None))
    return party and guest and venue.post(venue.manager(), f"/visits/parties/{party.pk}/join/", phone=guest.phone)


def visit(venue: Venue) -> Any:
    """By a form that was opened before whatever happened meanwhile: the keys may be of records merged since."""
    party = venue.party()
    if party is None:
        return None
    stale = [party.customer_id, *party.guests.values_list("customer", flat=True)]
    met = venue.some([key for key in venue.dice.choice((stale, guest_keys(party))) if key])
    return venue.post(venue.manager(), f"/visits/parties/{party.pk}/visit/", met=met, mood="good", due="30")


def miss(venue: Venue) -> Any:
    party = venue.party()
    key = venue.dice.choice(guest_keys(party)) if party and guest_keys(party) else None
    url = f"/visits/parties/{party.pk}/missed/" if party else ""
    return key and venue.post(venue.manager(), url, customer=key, reason="不方便打扰")


def spend(venue: Venue) -> Any:
    party = venue.party()
    amount = str(venue.dice.randint(100, 5000))
    return party and venue.post(venue.manager(), f"/visits/parties/{party.pk}/spend/", amount=amount)


def move(venue: Venue) -> Any:
    party, room = venue.party(), venue.one(Room.objects.all())
    return party and venue.post(venue.manager(), f"/visits/parties/{party.pk}/move/", room=room.pk)


def close(venue: Venue) -> Any:
    party = venue.party()
    return party and venue.post(venue.manager(), f"/visits/parties/{party.pk}/close/")


def attribute(venue: Venue) -> Any:
    party, to = venue.one(Party.objects.all()), venue.dice.choice([None, *venue.managers])
    url = f"/visits/parties/{party.pk}/attribute/" if party else ""
    return party and venue.post(venue.ops, url, to=to.pk if to else "", reason="补登")


def store_bottle(venue: Venue) -> Any:
    guest = venue.guest()
    days = dt.timedelta(days=venue.dice.randint(1, 20))
    return guest and make_bottle(
        guest, bottle_no=f"M{StoredBottle.objects.count()}", expires_on=nights.tonight() + days
    )


def take_out(venue: Venue) -> Any:
    bottle, party = venue.one(StoredBottle.objects.left()), venue.party()
    said = {"amount": "0.25", "party": party.pk if party else "", "despite_expiry": "on"}
    return bottle and venue.post(venue.manager(), f"/visits/bottles/{bottle.pk}/take/", **said)


# --- money -----------------------------------------------------------------------------------------------------------


def bill(venue: Venue) -> Any:
    """The till sends a bill of a room, or of a card; some are paid with a stored-value card, some name a manager."""
    room, kind = venue.one(Room.objects.all()), venue.dice.choice(("room", "room", "room", "card"))
    cells = {
        "kind": kind,
        "amount": f"{venue.dice.randint(10, 9000)}.{venue.dice.randint(0, 99):02d}",
        "room": room.number if kind == "room" and venue.dice.random() < 0.9 else "",
        "manager": venue.dice.choice([*(one.username for one in venue.managers), ""]) if kind == "room" else "mgr1",
        "payment": venue.dice.choice(("cash", "wechat", "stored_value")) if kind == "room" else "cash",
        "paid_at": timezone.now().isoformat(),
    }
    return take(row(f"B{Charge.objects.count()}", **cells)).created or None


def refund_bill(venue: Venue) -> Any:
    found = venue.one(Charge.objects.filter(entry="bill", refund_of=None, amount__gt=0))
    said = {"paid_at": timezone.now().isoformat(), "bill_no": f"R{Charge.objects.count()}"}
    return found and (take(refund(found.bill_no, "-5.00", **said)).created or None)


def give(venue: Venue) -> Any:
    found = venue.one(Charge.objects.filter(entry="bill", refund_of=None))
    to = venue.dice.choice([None, *venue.managers])
    return found and give_bill(bill=found, to=to, by=venue.ops, reason="改归属")


# --- feedback and outreach -------------------------------------------------------------------------------------------


def complain(venue: Venue) -> Any:
    party, guest = venue.party(), venue.guest()
    about: dict[str, Any] = {"of": "party", "party": party.pk} if party else {}
    if party and guest_keys(party):
        about["customer"] = venue.dice.choice(guest_keys(party))
    elif guest and not party:
        about = {"guest": guest.pk, "customer": guest.pk}
    said = {"category": "waiting", "severity": venue.dice.choice(("low", "normal", "high")), "channel": "visit"}
    return venue.post(venue.manager(), "/feedback/complaints/new/", words="等太久", **said, **about)


def handle(venue: Venue) -> Any:
    complaint = venue.one(Complaint.objects.all())
    verb = venue.dice.choice(("take", "answer", "escalate", "solve", "close", "reopen"))
    who = venue.dice.choice((venue.ops, complaint.owner or venue.ops)) if complaint else venue.ops
    said = {"words": "已处理", "root_cause": "staffing", "category": "waiting"}
    url = f"/feedback/complaints/{complaint.pk}/move/{verb}/" if complaint else ""
    return complaint and venue.post(who, url, **said)


def survey(venue: Venue) -> Any:
    party = venue.party()
    key = venue.dice.choice([*guest_keys(party), ""]) if party else ""
    said = {"party": party.pk if party else "", "customer": key, "overall": str(venue.dice.randint(1, 5))}
    return party and venue.post(venue.manager(), "/feedback/surveys/new/", **said)


def call(venue: Venue) -> Any:
    entry = venue.one(CallListEntry.objects.filter(call_list__night=nights.tonight()))
    if entry is None:
        return None
    outcome = venue.dice.choice(OUTCOMES)
    return venue.post(entry.manager, f"/outreach/calls/{entry.pk}/", outcome=outcome, note="")


def contact(venue: Venue) -> Any:
    guest = venue.guest()
    url = f"/outreach/guests/{guest.pk}/contacts/new/" if guest else ""
    return guest and venue.post(venue.manager(), url, channel="wechat", text="问候")


def move_batch(venue: Venue) -> Any:
    batch = venue.one(SmsBatch.objects.all())
    verb = venue.dice.choice(("approve", "pause", "resume", "stop"))
    sure = sum(n for state, n in sms_planning.report(batch)["states"].items() if state != "skipped") if batch else 0
    url = f"/outreach/sms/{batch.pk}/move/" if batch else ""
    return batch and venue.post(venue.ops, url, verb=verb, sure=str(sure))


ACTS: dict[str, tuple[int, Callable[[Venue], Any]]] = {
    "capture": (14, capture),
    "merge": (5, merge),
    "undo a merge": (1, unmerge),
    "erase": (1, erase),
    "release a number": (1, release),
    "decide on the sheet": (4, decide),
    "correct": (3, correct),
    "hand in": (2, hand_in),
    "reserve": (4, reserve),
    "seat": (9, seat),
    "join": (7, join),
    "visit": (8, visit),
    "miss": (2, miss),
    "spend": (3, spend),
    "move": (2, move),
    "close": (4, close),
    "attribute": (2, attribute),
    "store a bottle": (3, store_bottle),
    "take out of a bottle": (3, take_out),
    "bill": (8, bill),
    "refund": (2, refund_bill),
    "give a bill": (2, give),
    "complain": (5, complain),
    "handle a complaint": (5, handle),
    "survey": (4, survey),
    "call": (6, call),
    "contact": (2, contact),
    "move a batch": (2, move_batch),
}


def first_guests(venue: Venue, count: int) -> None:
    """Members from before the month."""
    tiers = list(MembershipTier.objects.order_by("rank"))
    for _n in range(count):
        make_customer(
            name=venue.dice.choice(("郑强", "王芳", "冯磊", "陈静")),
            phone=f"+86{venue.number()}",
            owner=venue.manager(),
            tier=venue.dice.choice([None, *tiers]),
            call_consent=True,
            sms_consent=True,
            birthday_month=timezone.now().month,
            birthday_day=venue.dice.randint(1, 28),
            captured_at=timezone.now() - dt.timedelta(days=400),
        )

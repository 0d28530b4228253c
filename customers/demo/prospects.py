"""The demo venue's prospects: invented people whom its managers met on the last nights, some of them guests since; and
its tags, on the newest guests."""

import datetime as dt
import random
import uuid
from collections.abc import Callable, Sequence

from django.utils import timezone, translation

from customers.choices import GivenUpFor, LeadSource, ProspectState
from customers.models import Customer, GuestTag, Prospect, ProspectAttempt, Tag
from customers.prospects import source_of
from staff.demo import MANAGERS
from staff.models import User
from vipdesk import nights as night

TAGS = (
    ("爱红酒", "red wine"),
    ("公司宴请", "company dinners"),
    ("生日聚会", "birthday parties"),
    ("老歌迷", "old songs"),
)
PEOPLE = ("陈总", "李女士", "", "小吴", "", "赵先生", "Kevin", "")
PLACES = {LeadSource.CARDS: "万达广场", LeadSource.COMPANY: "软件园三期", LeadSource.EVENT: "车展"}
SAID = (("wechat", "thinking", "问周末有没有大包"), ("met", "coming", "周六带朋友来"), ("wechat", "no_answer", ""))
EACH, WON_EACH, TAGGED = 5, 3, 200
_NAMESPACE = uuid.UUID("5d0c8a0e-6f0f-4f5c-9d1e-0a8f5f6f7a10")


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    """Tags are set-up; people are there only where there are guests. What stands stays."""
    for name, name_en in TAGS:
        Tag.objects.get_or_create(name=name, defaults={"name_en": name_en})
    if not customers or Prospect.objects.exists():
        out("Prospects: none added.")
        return
    managers = User.objects.filter(username__in=[login.username for login in MANAGERS]).order_by("username")
    with translation.override("zh-hans"):
        for place, user in enumerate(managers):
            _meet(user, place, random.Random(f"{seed} prospects {user.username}"), nights)  # noqa: S311  no secret
    _tag(seed)
    out(f"Prospects: {Prospect.objects.count()}, some of them guests since.")


def _meet(user: User, place: int, rng: random.Random, nights: int) -> None:
    tonight, now = night.tonight(), timezone.now()
    won = list(
        Customer.objects.living()
        .filter(captured_by=user, night__gt=tonight - dt.timedelta(days=nights), captured_at__lte=now)
        .exclude(phone=None)
        .order_by("-captured_at", "-pk")[:WON_EACH]
    )
    open_ones = [_prospect(user, rng, now, f"+8619900{place:02d}{n:04d}", PEOPLE[n % len(PEOPLE)]) for n in range(EACH)]
    past = [_won(user, rng, guest) for guest in won]
    lost = _prospect(user, rng, now, f"+8619900{place:02d}0099", "")
    lost.state, lost.given_up_for, lost.settled_at = ProspectState.GIVEN_UP, GivenUpFor.NO_WISH, now
    Prospect.objects.bulk_create([*open_ones, *past, lost])
    ProspectAttempt.objects.bulk_create(_tries(open_ones, user))


def _prospect(user: User, rng: random.Random, at: dt.datetime, number: str, name: str) -> Prospect:
    lead = rng.choice(list(LeadSource))
    one = Prospect(phone=number, name=name, lead=lead, where=PLACES.get(lead, ""), found_by=user, owner=user)
    one.call_consent = rng.random() < 0.6
    one.found_at, one.night = at, night.night_of(at)
    one.source = source_of(one)
    one.client_id = uuid.uuid5(_NAMESPACE, number)
    return one


def _won(user: User, rng: random.Random, guest: Customer) -> Prospect:
    one = _prospect(user, rng, guest.captured_at, str(guest.phone), guest.name)
    one.state, one.customer, one.settled_at = ProspectState.GUEST, guest, guest.captured_at
    return one


def _tries(prospects: Sequence[Prospect], user: User) -> list[ProspectAttempt]:
    return [
        ProspectAttempt(
            prospect=one,
            channel=channel,
            outcome=outcome,
            note=note,
            by=user,
            at=one.found_at,
            night=one.night,
            client_id=uuid.uuid5(_NAMESPACE, f"{one.phone} tried"),
        )
        for one, (channel, outcome, note) in zip(prospects, SAID, strict=False)
    ]


def _tag(seed: int) -> None:
    rng, tags = random.Random(f"{seed} tags"), list(Tag.objects.order_by("pk"))  # noqa: S311  no secret
    newest = Customer.objects.living().order_by("-captured_at", "-pk").values_list("pk", "owner")[:TAGGED]
    GuestTag.objects.bulk_create(
        [
            GuestTag(customer_id=pk, tag=tag, added_by_id=owner)
            for pk, owner in newest
            for tag in rng.sample(tags, rng.choice((0, 0, 1, 2)))
        ],
        ignore_conflicts=True,
    )

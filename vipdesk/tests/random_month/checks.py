"""What must hold after any evening: each figure is its list, whichever screen, file or command says it."""

import csv
import datetime as dt
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
from django.core.management import call_command
from django.test import Client

from customers.evening import night_columns
from customers.models import Customer
from customers.sheets import sheet_of
from feedback.models import Complaint, Survey
from outreach.models import CallList, CallListEntry, SmsBatch
from outreach.my_list import my_list
from outreach.progress import progress_by_manager
from staff.models import User
from staff.tests.factories import confirmed
from targets import my_month
from targets.models import Charge
from targets.statements import statement_of
from vipdesk import nights
from vipdesk.templatetags.nights import money
from vipdesk.tests.random_month.acts import Venue
from visits import house
from visits.board import board
from visits.models import MissedVisit, Party, RoomVisit, StoredBottle, VisitedGuest

ZERO = Decimal(0)


def check_night(venue: Venue, night: dt.date, now: dt.datetime) -> int:
    """Everything of one night; how many comparisons were made."""
    compared, guests = _Compared(), _Guests()
    _sheet(venue, night, compared)
    _ten(venue, night, compared)
    _house(venue, night, now, guests, compared)
    _parties(venue, night, guests, compared)
    _calls(venue, night, guests, compared)
    _complaints(venue, guests, compared)
    _batches(venue, compared)
    return compared.count


def check_month(venue: Venue, month: str) -> int:
    """Everything of the month and its weeks; how many comparisons were made."""
    compared = _Compared()
    _statements(venue, month, compared)
    _ledger(month, compared)
    for week in sorted({nights.week_of(night) for night in nights.month_nights(month)}):
        _week(week, compared)
    _bottles(compared)
    _chains(compared)
    return compared.count


class _Compared:
    """Compares what several places say of one fact, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def same(self, fact: str, **places: Any) -> None:
        self.count += len(places) - 1
        said = list(places.values())
        assert all(one == said[0] for one in said), f"{fact}: " + "; ".join(f"{k} says {v}" for k, v in places.items())


def _text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, f"{url} answers {answer.status_code}"
    return " ".join(answer.content.decode().split())


class _Guests:
    """All records as they stand, read once; as whom each goes on is told by them and by no helper of the product."""

    def __init__(self) -> None:
        columns = ("pk", "merged_into", "tier", "tier__is_vip")
        self._rows = {pk: rest for pk, *rest in Customer.objects.values_list(*columns)}

    def living(self, key: int | None) -> int | None:
        while key is not None and self._rows[key][0] is not None:
            key = self._rows[key][0]
        return key

    def is_vip(self, key: int) -> bool:
        return bool(self._rows[key][2])

    def is_other_member(self, key: int) -> bool:
        return self._rows[key][1] is not None and not self._rows[key][2]

    def of_party(self, party: Party) -> set[int]:
        keys = [party.customer_id, *(one.customer_id for one in party.guests.all())]
        return {living for key in keys if (living := self.living(key)) is not None}


# --- the sheet and the ten -------------------------------------------------------------------------------------------


def _sheet(venue: Venue, night: dt.date, compared: _Compared) -> None:
    """Screen, paper, home, file and command hold the same rows, and with what is left out all that was captured."""
    desk, url = confirmed(venue.sign_in(venue.desk)), f"/intake/{night.isoformat()}/"
    screen = sorted(guest for page in _pages(desk, url) for guest in page)
    paper = desk.post(f"{url}print/").context["parts"]
    home = next((sheet for sheet in desk.get("/intake/").context["sheets"] if sheet.night == night), sheet_of(night))
    text = b"".join(desk.post(f"{url}sheet.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    book = io.BytesIO(b"".join(desk.post(f"{url}sheet.xlsx").streaming_content))  # type: ignore[attr-defined]
    first = openpyxl.load_workbook(book, read_only=True).worksheets[0]
    numbers = list(Customer.objects.filter(pk__in=screen).order_by("captured_at", "pk").values_list("phone", flat=True))
    compared.same(
        f"numbers on the sheet of {night}",
        screen=sorted(numbers),
        csv=sorted(row["phone"] for row in csv.DictReader(io.StringIO(text))),
        xlsx=sorted(str(row[1]) for row in first.iter_rows(min_row=2, values_only=True) if row[0]),
    )
    compared.same(
        f"rows on the sheet of {night}",
        screen=screen,
        paper=sorted(guest.pk for part in paper for guest in part["guests"]),
        rows=sorted(Customer.objects.living().on_night(night).exclude(phone=None).values_list("pk", flat=True)),
    )
    compared.same(f"guests of {night}", home=home.total.captured, screen=len(screen))
    everybody = Customer.objects.on_night(night).count()
    compared.same(f"records of {night}", captured=everybody, told=home.total.captured + home.total.left_out)


def _pages(desk: Client, url: str) -> Iterator[list[int]]:
    number: int | None = 1
    while number:
        page = desk.get(f"{url}?page={number}").context["page"]
        yield [guest.pk for guest in page]
        number = page.next_page_number() if page.has_next() else None


def _ten(venue: Venue, night: dt.date, compared: _Compared) -> None:
    sheet, columns = sheet_of(night), night_columns(night)
    for manager in venue.managers:
        mine = Customer.objects.filter(captured_by=manager, night=night)
        page = _text(venue.sign_in(manager), "/tonight/")
        shown = re.search(r"(\d+)<small> / 10</small>", page)
        counted = mine.living().exclude(intake_status="sent_back").exclude(origin="self").count()
        compared.same(
            f"{manager}'s new guests of {night}",
            tonight=int(shown[1]) if shown else None,
            sheet=next(part.tally.counted for part in sheet.parts if part.manager == manager),
            board=int(re.findall(r"\d+", str(columns[manager.pk]["New guests"].text))[0]),
            rows=counted,
        )
        for guest in Customer.objects.sent_back_to(manager):
            assert venue.sign_in(manager).get(f"/customers/{guest.pk}/edit/").status_code == 200
            compared.count += 1


# --- the house -------------------------------------------------------------------------------------------------------


def _house(venue: Venue, night: dt.date, now: dt.datetime, guests: _Guests, compared: _Compared) -> None:
    """VIPs in the house, visited, other members: counted here from the rows alone."""
    parties = Party.objects.on_night(night).prefetch_related("guests")
    there = {guest for party in parties for guest in guests.of_party(party)}
    met = _met(night, guests)
    vips = {guest for guest in there if guests.is_vip(guest)}
    for manager in venue.managers:
        card = venue.sign_in(manager).get("/visits/first/").context
        others = {guest for guest in met[manager.pk] if guests.is_other_member(guest)}
        compared.same(
            f"VIPs and others of {night} for {manager}",
            card=(card["visited"], card["vips"], card["others"]),
            rows=(len({g for by in met.values() for g in by} & vips), len(vips), len(others)),
        )
    found = house.in_the_house(night)
    keys = [guest.customer.pk for guest in (*found.vips, *found.others)]
    compared.same(f"guests in the house on {night}", each_once=sorted(keys), rows=sorted(there))
    tiles = {tile.party.pk: tile.is_vip for tiles in board(now=now).floors.values() for tile in tiles if tile.party}
    rows = {party.pk: any(guests.is_vip(key) for key in guests.of_party(party)) for party in Party.objects.open()}
    compared.same(f"rooms with a VIP on {night}", board=tiles, rows=rows)


def _met(night: dt.date, guests: _Guests) -> dict[int, set[int]]:
    met: defaultdict[int, set[int]] = defaultdict(set)
    for manager, key in VisitedGuest.objects.filter(visit__night=night).values_list("visit__manager", "customer"):
        met[manager].add(guests.living(key) or 0)
    return met


def _parties(venue: Venue, night: dt.date, guests: _Guests, compared: _Compared) -> None:
    """A party's page names each guest once, with the bottles of all their records."""
    client, bottles = venue.sign_in(venue.ops), list(StoredBottle.objects.left())
    for party in Party.objects.on_night(night).prefetch_related("guests").order_by("pk"):
        answer = client.get(f"/visits/parties/{party.pk}/")
        compared.same(
            f"guests of party {party.pk}",
            page=sorted(guest.pk for guest in answer.context["guests"]),
            rows=sorted(guests.of_party(party)),
        )
        there = guests.of_party(party)
        cards = client.get(f"/visits/parties/{party.pk}/bottles/").context["bottles"]
        theirs = {bottle.pk for bottle in bottles if guests.living(bottle.customer_id) in there}
        compared.same(f"bottles of party {party.pk}", card={bottle.pk for bottle in cards}, rows=theirs)
        assert RoomVisit.objects.filter(party=party).exclude(night=party.night).count() == 0
    for missed in MissedVisit.objects.filter(night=night):
        visited = VisitedGuest.objects.filter(visit__party=missed.party).values_list("customer", flat=True)
        was_after = guests.living(missed.customer_id) not in {guests.living(key) for key in visited}
        assert was_after or Customer.objects.get(pk=missed.customer_id).merged_into_id, "missed and visited"


# --- calls, complaints, text messages --------------------------------------------------------------------------------


def _calls(venue: Venue, night: dt.date, guests: _Guests, compared: _Compared) -> None:
    """Each guest once on a list and so with one manager; the command, the list and the progress agree."""
    progress = progress_by_manager(night)
    lines = {manager.pk: my_list(manager, night).lines for manager in venue.managers}
    compared.same(
        f"calls of {night}",
        progress={key: one.listed for key, one in progress.items()},
        lists={key: len(found) for key, found in lines.items() if found},
    )
    for call_list in CallList.objects.filter(night=night):
        listed = [
            line.guest.pk for found in lines.values() for line in found if line.entry.call_list_id == call_list.pk
        ]
        on_file = {
            guests.living(key)
            for key in CallListEntry.objects.filter(call_list=call_list).values_list("customer", flat=True)
        }
        compared.same(f"guests on {call_list}", each_once=sorted(listed), rows=sorted(key or 0 for key in on_file))
    if CallList.objects.filter(night=night, kind="calls").exists():
        out = io.StringIO()
        call_command("build_call_list", night.isoformat(), force=True, format="json", stdout=out)
        calls = [line for found in lines.values() for line in found if line.entry.call_list.kind == "calls"]
        on_screen = sorted(line.guest.pk for line in calls if line.guest.phone)
        compared.same(
            f"calls of {night}", command=sorted(e["customer"] for e in json.loads(out.getvalue())), list=on_screen
        )


def _complaints(venue: Venue, guests: _Guests, compared: _Compared) -> None:
    """The list and each page name one person; the guest's card has it."""
    client = venue.sign_in(venue.ops)
    rows: list[Complaint] = []
    url: str | None = "/feedback/complaints/?show=all"
    while url:
        context = client.get(url).context
        rows += context["rows"]
        url = f"/feedback/complaints/?show=all&after={context['older']}" if context["older"] else None
    compared.same(
        "complaints", list=sorted(row.pk for row in rows), rows=sorted(Complaint.objects.values_list("pk", flat=True))
    )
    listed = len(client.get("/feedback/complaints/").context["rows"])
    compared.same("open complaints", list=listed, rows=sum(row.is_open for row in rows))
    for row in rows[:10]:
        page = client.get(f"/feedback/complaints/{row.pk}/")
        who = page.context["complaint"].customer
        compared.same(
            f"whose complaint {row.pk} is",
            list=row.customer and row.customer.pk,
            page=who and who.pk,
            rows=guests.living(row.customer_id),
        )
        if who and who.is_living:
            card = client.get(f"/feedback/guests/{who.pk}/complaints/")
            of_guest = [one for one in Complaint.objects.all() if guests.living(one.customer_id) == who.pk]
            shown = len(card.context["complaints"])
            compared.same(f"complaints of guest {who.pk}", card=shown, rows=min(len(of_guest), 5))


def _batches(venue: Venue, compared: _Compared) -> None:
    """`planned` is every row, each in one state; the page says the same as the command."""
    client = venue.sign_in(venue.ops)
    for batch in SmsBatch.objects.order_by("-pk")[:3]:
        out = io.StringIO()
        call_command("sms_report", str(batch.pk), format="json", stdout=out)
        told, page = json.loads(out.getvalue()), client.get(f"/outreach/sms/{batch.pk}/").context
        rows = batch.messages.count()
        compared.same(
            f"messages of batch {batch.pk}",
            command=told["planned"],
            states=sum(told["states"].values()),
            page=page["planned"],
            rows=rows,
        )
        compared.same(
            f"what batch {batch.pk} leaves out",
            command=sum(told["skipped"].values()) if told["states"].get("skipped") else 0,
            page=sum(count for _label, count in page["skipped"]) if page["left_out"] else 0,
        )
        assert page["to_send"] == page["waits"] + page["done"]


# --- money and weeks -------------------------------------------------------------------------------------------------


def _statements(venue: Venue, month: str, compared: _Compared) -> None:
    """A statement, its bills, its nights and rooms, the team's page, the export and the command."""
    out = io.StringIO()
    call_command("commission", month, format="json", stdout=out)
    told = {one["manager"]: one for one in json.loads(out.getvalue())}
    ops = confirmed(venue.sign_in(venue.ops))
    team = ops.get(f"/targets/statements/{month}/").context["team"]
    day = dt.date.fromisoformat(f"{month}-01")
    for manager in [user for user in User.objects.order_by("username") if user.username in told]:
        said, it = told[manager.username], statement_of(day, manager)
        rooms, nightly = my_month.by_room(it, most=2), my_month.by_night(it)
        url = f"/targets/statements/{month}/{manager.pk}/bills/"
        compared.same(
            f"room total of {manager.username}",
            command=Decimal(said["room_total"]),
            bills=_bills(ops, f"{url}?kind=room"),
            sum=ops.get(f"{url}?kind=room").context["sum"],
            nights=sum((part.rooms for part in nightly), ZERO),
            rooms=sum((part.rooms for part in (*rooms.shown, rooms.rest) if part), ZERO),
        )
        compared.same(
            f"cards of {manager.username}",
            command=Decimal(said["card_total"]),
            bills=_bills(ops, f"{url}?kind=card"),
            nights=sum((part.cards for part in nightly), ZERO),
        )
        for part in nightly:
            answer = ops.get(f"{url}?night={part.what}")
            compared.same(
                f"{manager.username} on {part.what}", bills=answer.context["sum"], line=part.rooms + part.cards
            )
        page = _text(ops, f"/targets/statements/{month}/{manager.pk}/")
        assert money(Decimal(said["total"])) in page, f"{manager.username}: {said['total']} is not on the statement"
        own = [line.it for line in team.lines if line.it.manager == manager]
        compared.same(
            f"total of {manager.username}", command=Decimal(said["total"]), team=own[0].total if own else ZERO
        )
    exported = ops.post(f"/targets/statements/{month}/statements.csv")
    if exported.status_code == 200:
        rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
        compared.same(
            "managers with a statement", export=sorted({row["manager"] for row in rows}), command=sorted(told)
        )


def _bills(client: Client, url: str) -> Decimal:
    total, number = ZERO, 1
    while True:
        page = client.get(f"{url}&page={number}").context["page"]
        total += sum((row.amount for row in page.object_list), ZERO)
        if not page.has_next():
            return total
        number += 1


def _ledger(month: str, compared: _Compared) -> None:
    """Nothing is lost between managers and nobody: corrections cancel each other out."""
    rows = Charge.objects.filter(night__in=nights.month_nights(month))
    firsts = rows.filter(entry="bill").total()
    held = rows.exclude(manager=None).total() + rows.filter(manager=None).total()
    compared.same("the ledger", bills=firsts, all_rows=held, standing=rows.standing().total())


def _week(week: str, compared: _Compared) -> None:
    out = io.StringIO()
    call_command("weekly_summary", week, format="json", stdout=out)
    told = json.loads(out.getvalue())
    first, last = dt.date.fromisoformat(told["first_night"]), dt.date.fromisoformat(told["last_night"])
    compared.same(f"answers of {week}", command=told["responses"], rows=Survey.objects.in_nights(first, last).count())
    opened = Complaint.objects.opened_in(first, last)
    compared.same(f"complaints of {week}", command=told["complaints"]["opened"], rows=opened.count())
    of_managers = sum(one["responses"] for one in told["managers"])
    named = Survey.objects.in_nights(first, last).exclude(manager=None).count()
    compared.same(f"answers by manager of {week}", command=of_managers, rows=named)


def _bottles(compared: _Compared) -> None:
    for bottle in StoredBottle.objects.all():
        taken = sum((one.amount for one in bottle.withdrawals.all()), ZERO)
        compared.same(f"bottle {bottle.bottle_no}", level=bottle.remaining, withdrawals=1 - taken)


def _chains(compared: _Compared) -> None:
    guests = _Guests()
    for guest in Customer.objects.exclude(merged_into=None):
        compared.same(f"guest {guest.pk}", merged_into=guest.merged_into_id, end=guests.living(guest.pk))

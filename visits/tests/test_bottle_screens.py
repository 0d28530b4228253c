"""The bottles on screen: found, masked, stored, taken out once however often it is sent, refused at the field."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from customers.models import Customer, MembershipTier
from customers.querysets import PAGE_SIZE
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk.submissions import SubmissionConflict
from visits import seating
from visits.bottles import extend_bottle, withdraw
from visits.models import BottleWithdrawal, Party, StoredBottle
from visits.tests.factories import make_bottle, make_party, make_room

pytestmark = pytest.mark.django_db
EVENING = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)  # Friday 20:00 at the venue
NIGHT = dt.date(2026, 11, 27)
DAY = dt.timedelta(days=1)
LIST = "/visits/bottles/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def friday():
    with time_machine.travel(EVENING, tick=False) as clock:
        yield clock


@pytest.fixture
def guest(mgr2: User) -> Customer:
    return make_customer(name="赵伟", phone="+8613816552203", owner=mgr2)


@pytest.fixture
def party(guest: Customer, mgr1: User) -> Party:
    return make_party(by=mgr1, room=make_room("888"), now=EVENING, customer=guest)


@pytest.fixture
def tablet(mgr1: User, signed_in: Any) -> Client:
    return signed_in(mgr1)


@pytest.fixture
def office(ops: User, signed_in: Any) -> Client:
    return signed_in(ops)


def of(bottle: StoredBottle, act: str = "") -> str:
    return f"{LIST}{bottle.pk}/{act}"


def taking(**fields: Any) -> dict[str, Any]:
    return {"amount": "0.25", "percent": "", "party": "", "client_id": str(uuid.uuid4())} | fields


def storing(**fields: Any) -> dict[str, Any]:
    usual = {"bottle_no": "K9", "product": "山崎", "category": "spirits", "amount": "1", "percent": "", "locker": "a1"}
    return usual | {"party": "", "client_id": str(uuid.uuid4())} | fields


def words_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# --- the list ------------------------------------------------------------------------------------------------------


def test_list_shows_what_is_left_the_nearest_last_day_first_and_flags_it(tablet: Client, guest: Customer) -> None:
    good = make_bottle(guest, expires_on=NIGHT + 60 * DAY)
    soon = make_bottle(guest, expires_on=NIGHT + 7 * DAY)
    expired = make_bottle(guest, expires_on=NIGHT - DAY)
    make_bottle(guest, expires_on=NIGHT + DAY, remaining=0)

    answer = tablet.get(LIST)

    assert answer.context["rows"] == [expired, soon, good]
    assert "tag-red" in words_of(answer) and "7 days left" in words_of(answer)
    assert "138****2203" in words_of(answer) and "138 1655 2203" not in words_of(answer)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"due": "7"}, ["today", "week"]),
        ({"due": "14"}, ["today", "week", "two"]),
        ({"due": "expired"}, ["gone"]),
        ({"category": "wine"}, ["two"]),
        ({"due": "7", "category": "wine"}, []),
        ({"due": "nonsense", "category": "beer"}, ["gone", "today", "week", "two", "later"]),
        ({"q": "empty"}, ["empty"]),
        ({"q": "2203", "due": "expired"}, ["gone"]),
    ],
)
def test_list_is_narrowed_by_last_day_and_category(
    tablet: Client, guest: Customer, asked: dict[str, str], expected: list[str]
) -> None:
    days = {"gone": -1, "today": 0, "week": 7, "two": 14, "later": 15}
    for name, n in days.items():
        make_bottle(
            guest, bottle_no=name.upper(), expires_on=NIGHT + n * DAY, category="wine" if name == "two" else "other"
        )
    make_bottle(guest, bottle_no="EMPTY", remaining=0)

    rows = tablet.post(LIST, asked, **HTMX).context["rows"]

    assert [row.bottle_no.lower() for row in rows] == expected


def test_pages_follow_each_other_without_gap_or_double(tablet: Client, guest: Customer) -> None:
    made = [make_bottle(guest, expires_on=NIGHT + (n // 4) * DAY) for n in range(PAGE_SIZE * 2 + 3)]
    seen, after = [], ""
    for _page in range(3):
        context = tablet.post(LIST, {"after": after}).context
        seen += [row.pk for row in context["rows"]]
        after = context["after"]

    assert seen == [bottle.pk for bottle in made] and not after


@pytest.mark.parametrize("place", ["x", "2026-13-45-1", "2026-11-27", "9" * 50, "0000-01-01-1"])
def test_a_place_that_is_none_shows_the_first_page(tablet: Client, guest: Customer, place: str) -> None:
    bottle = make_bottle(guest)
    assert tablet.post(LIST, {"after": place}).context["rows"] == [bottle]


def test_screens_cost_few_statements(
    office: Client, tablet: Client, ops: User, guest: Customer, party: Party, django_assert_max_num_queries: Any
) -> None:
    Customer.objects.filter(pk=guest.pk).update(tier=MembershipTier.objects.get(code="gold"))
    bottles = [make_bottle(guest) for _ in range(PAGE_SIZE + 5)]
    withdraw(bottle=bottles[0], amount=Decimal("0.25"), party=party, by=ops)
    extend_bottle(bottle=bottles[0], until=NIGHT + 90 * DAY, by=ops, reason="abroad")
    office.get(LIST)
    tablet.get(LIST)
    for client, url, most in (
        (office, LIST, 3),
        (office, of(bottles[0]), 8),
        (tablet, f"/visits/guests/{guest.pk}/bottles/", 4),
        (tablet, f"/visits/parties/{party.pk}/bottles/", 5),
        (tablet, f"/visits/guests/{guest.pk}/bottles/new/", 7),
    ):
        with django_assert_max_num_queries(most) as asked:
            assert client.get(url).status_code == 200
        assert "COUNT(" not in str(asked.captured_queries)


# --- cards ---------------------------------------------------------------------------------------------------------


def test_card_shows_what_stands_here_of_a_guest_and_of_whom_they_were_merged_from(
    tablet: Client, guest: Customer, signed_in: Any, desk_user: User
) -> None:
    merged = make_customer(name="赵伟")
    Customer.objects.filter(pk=merged.pk).update(phone=None, merged_into=guest)
    theirs = [make_bottle(merged, expires_on=NIGHT + DAY), make_bottle(guest, expires_on=NIGHT + 2 * DAY)]
    make_bottle(guest, remaining=0)
    make_bottle(make_customer())

    card = tablet.get(f"/visits/guests/{guest.pk}/bottles/")

    assert list(card.context["bottles"]) == theirs
    assert "Take out" in words_of(card) and f"/visits/guests/{guest.pk}/bottles/new/" in words_of(card)
    assert "Take out" not in words_of(signed_in(desk_user).get(f"/visits/guests/{guest.pk}/bottles/"))
    assert tablet.get("/visits/guests/0/bottles/").status_code == 404


def test_guest_page_and_party_page_load_the_cards(tablet: Client, guest: Customer, party: Party) -> None:
    assert f'hx-get="/visits/guests/{guest.pk}/bottles/"' in words_of(tablet.get(f"/customers/{guest.pk}/"))
    make_bottle(guest, product="山崎18年")
    card = words_of(tablet.get(f"/visits/parties/{party.pk}/bottles/"))
    assert "山崎18年" in card and f"/visits/guests/{guest.pk}/bottles/new/?party={party.pk}" in card


# --- storing -------------------------------------------------------------------------------------------------------


def test_manager_stores_a_bottle_from_a_party_and_lands_on_its_page(
    tablet: Client, mgr1: User, guest: Customer, party: Party
) -> None:
    url = f"/visits/guests/{guest.pk}/bottles/new/"
    make_bottle(guest, bottle_no="0231")
    form = tablet.get(f"{url}?party={party.pk}").context["form"]
    assert (form["bottle_no"].value(), form["party"].value()) == ("0232", party.pk)

    answer = tablet.post(url, data := storing(bottle_no=" k9 ", party=party.pk, amount="other", percent="60"))

    bottle = StoredBottle.objects.get(bottle_no="K9")
    assert (answer.status_code, answer["Location"], answer["Desk-Receipt"]) == (303, of(bottle), data["client_id"])
    assert (bottle.customer, bottle.party, bottle.stored_by, bottle.locker) == (guest, party, mgr1, "A1")
    assert (bottle.remaining, bottle.is_opened, bottle.expires_on) == (Decimal("0.6"), True, dt.date(2027, 1, 11))


def test_a_bottle_sent_twice_is_stored_once_and_other_content_is_a_conflict(tablet: Client, guest: Customer) -> None:
    url, data = f"/visits/guests/{guest.pk}/bottles/new/", storing()
    first, second = tablet.post(url, data), tablet.post(url, data)
    assert first["Location"] == second["Location"]
    assert tablet.post(url, data | {"product": "百龄坛"}).status_code == 409
    assert StoredBottle.objects.get().product == "山崎"
    assert SubmissionConflict.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"bottle_no": ""}, "bottle_no"),
        ({"bottle_no": "K0"}, "bottle_no"),
        ({"bottle_no": "K" * 21}, "bottle_no"),
        ({"product": " "}, "product"),
        ({"product": "百威啤酒"}, "product"),
        ({"category": "beer"}, "category"),
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "2"}, "amount"),
        ({"amount": "a half"}, "amount"),
        ({"amount": "other"}, "percent"),
        ({"amount": "other", "percent": "101"}, "percent"),
        ({"amount": "other", "percent": "0"}, "percent"),
        ({"party": "0"}, "party"),
        ({"party": "x"}, "party"),
    ],
)
def test_a_bottle_that_cannot_be_stored_comes_back_with_the_reason_at_its_field(
    tablet: Client, guest: Customer, fields: dict[str, str], field: str
) -> None:
    make_bottle(guest, bottle_no="K0")
    answer = tablet.post(f"/visits/guests/{guest.pk}/bottles/new/", storing(**fields))
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field]
    assert str(answer.context["form"].errors[field][0]) in words_of(answer).replace("&#x27;", "'")
    assert StoredBottle.objects.count() == 1


def test_nothing_is_stored_from_strangers_or_for_whom_is_no_guest_any_more(
    tablet: Client, guest: Customer, mgr1: User
) -> None:
    strangers = make_party(by=mgr1, room=make_room(), now=EVENING, customer=make_customer())
    answer = tablet.post(f"/visits/guests/{guest.pk}/bottles/new/", storing(party=strangers.pk))
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["party"]

    nothing = {"phone": None, "home_address": "", "work_address": ""}
    Customer.objects.filter(pk=guest.pk).update(erased_at=EVENING, **nothing)
    assert tablet.post(f"/visits/guests/{guest.pk}/bottles/new/", storing()).status_code == 404
    assert not StoredBottle.objects.exists()


# --- taking out ----------------------------------------------------------------------------------------------------


def test_manager_takes_a_quarter_into_the_guests_room(
    tablet: Client, mgr1: User, guest: Customer, party: Party
) -> None:
    bottle = make_bottle(guest, remaining=Decimal("0.75"), is_opened=True)
    form = tablet.get(of(bottle)).context["taking"]
    assert form["party"].value() == party.pk
    assert [value for value, _words in form.fields["amount"].widget.choices] == [
        Decimal("0.25"),
        Decimal("0.5"),
        Decimal("0.750"),
        "other",
    ]

    answer = tablet.post(of(bottle, "take/"), data := taking(party=party.pk))

    taken = BottleWithdrawal.objects.get()
    assert (answer.status_code, answer["Location"], answer["Desk-Receipt"]) == (303, of(bottle), data["client_id"])
    assert (taken.amount, taken.left, taken.party, taken.taken_by) == (Decimal("0.25"), Decimal("0.5"), party, mgr1)
    told = words_of(tablet.get(of(bottle)))
    assert "took out 25 % for room 888; 50 % left" in told and "changed the" not in told


def test_a_withdrawal_sent_twice_is_made_once(tablet: Client, guest: Customer) -> None:
    bottle, data = make_bottle(guest), taking(amount="other", percent="60")
    assert tablet.post(of(bottle, "take/"), data).status_code == 303
    again = tablet.post(of(bottle, "take/"), data)  # by now there would be too little
    assert again.status_code == 303 and again["Desk-Receipt"] == data["client_id"]
    assert BottleWithdrawal.objects.count() == 1
    assert tablet.post(of(bottle, "take/"), data | {"percent": "10"}).status_code == 409
    assert tablet.post(of(make_bottle(guest), "take/"), data).status_code == 409
    assert BottleWithdrawal.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "0.75"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-0.25"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e9"}, "amount"),
        ({"amount": "half"}, "amount"),
        ({"amount": "other"}, "percent"),
        ({"amount": "other", "percent": "51"}, "percent"),
        ({"amount": "other", "percent": "0"}, "percent"),
        ({"amount": "other", "percent": "-5"}, "percent"),
        ({"amount": "other", "percent": "five"}, "percent"),
        ({"amount": "other", "percent": "33.33"}, "percent"),
        ({"party": "999999"}, "party"),
        ({"party": "x"}, "party"),
    ],
)
@pytest.mark.parametrize("how", [{}, HTMX])
def test_what_cannot_be_taken_comes_back_with_the_reason_at_its_field(
    tablet: Client, guest: Customer, fields: dict[str, str], field: str, how: dict[str, str]
) -> None:
    bottle = make_bottle(guest, remaining=Decimal("0.5"))
    answer = tablet.post(of(bottle, "take/"), taking(**fields), **how)
    errors = answer.context["taking"].errors
    assert answer.status_code == 422 and list(errors) == [field]
    assert str(errors[field][0]) in words_of(answer) if field != "party" else errors[field]
    assert not BottleWithdrawal.objects.exists()


def test_nothing_goes_into_a_closed_party_or_to_strangers(
    tablet: Client, guest: Customer, party: Party, mgr1: User
) -> None:
    bottle = make_bottle(guest)
    strangers = make_party(by=mgr1, room=make_room(), now=EVENING, customer=make_customer())
    seating.close_party(party=party, by=mgr1)
    for wrong, why in ((party, "This party has been closed."), (strangers, "is not with this party")):
        answer = tablet.post(of(bottle, "take/"), taking(party=wrong.pk))
        assert answer.status_code == 422 and why in words_of(answer)
    assert not BottleWithdrawal.objects.exists()


def test_all_of_it_is_what_the_page_showed(tablet: Client, guest: Customer, mgr2: User) -> None:
    bottle = make_bottle(guest)
    shown = tablet.get(of(bottle)).context["taking"].fields["amount"].widget.choices[-2][0]
    withdraw(bottle=bottle, amount=Decimal("0.5"), party=None, by=mgr2)

    answer = tablet.post(of(bottle, "take/"), taking(amount=str(shown)))

    assert answer.status_code == 422 and "Only 50 % is left." in words_of(answer)
    assert tablet.post(of(bottle, "take/"), taking(amount="0.5")).status_code == 303
    assert "The bottle is empty." in words_of(tablet.get(of(bottle)))
    assert tablet.post(of(bottle, "take/"), taking()).status_code == 422


def test_an_expired_bottle_is_shown_red_and_goes_out_with_a_tick(tablet: Client, guest: Customer) -> None:
    bottle = make_bottle(guest, expires_on=NIGHT - DAY)
    assert "note-red" in words_of(tablet.get(of(bottle)))
    answer = tablet.post(of(bottle, "take/"), taking())
    assert answer.status_code == 422 and list(answer.context["taking"].errors) == ["despite_expiry"]
    assert tablet.post(of(bottle, "take/"), taking(despite_expiry="on")).status_code == 303


# --- extending -----------------------------------------------------------------------------------------------------


def test_operations_extend_with_a_reason_and_the_page_tells_it(office: Client, tablet: Client, guest: Customer) -> None:
    bottle = make_bottle(guest, expires_on=NIGHT - DAY)
    data = {"until": "2027-01-31", "reason": "He was abroad"}
    assert "Keep it longer" not in words_of(tablet.get(of(bottle)))
    assert tablet.post(of(bottle, "extend/"), data).status_code == 403

    assert office.post(of(bottle, "extend/"), data).status_code == 303

    bottle.refresh_from_db()
    assert bottle.expires_on == dt.date(2027, 1, 31)
    told = words_of(tablet.get(of(bottle)))
    assert "He was abroad" in told and "changed the good until from 26 Nov 2026 to 31 Jan 2027" in told


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"until": ""}, "until"),
        ({"until": "soon"}, "until"),
        ({"until": "2026-11-28"}, "until"),
    ],
)
def test_an_extension_without_sense_comes_back_with_the_reason(
    office: Client, guest: Customer, fields: dict[str, str], field: str
) -> None:
    bottle = make_bottle(guest)
    answer = office.post(of(bottle, "extend/"), {"until": "2027-01-31", "reason": "x"} | fields)
    assert answer.status_code == 422 and list(answer.context["extending"].errors) == [field]
    bottle.refresh_from_db()
    assert bottle.expires_on == NIGHT + 30 * DAY

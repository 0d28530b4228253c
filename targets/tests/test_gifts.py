"""Fruit plates: what last month grants, giving and taking back, never below zero, what they cost (A5 G10)."""

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets import closing, gifts, months, statements
from targets.gifts import CannotGift, Plates
from targets.models import Charge, Gift, GiftAllowance, GiftCost
from targets.plans import set_target
from targets.tests.bills import make_charge, refund, take
from targets.tests.factories import make_plan
from vipdesk.tests.at_once import at_once
from vipdesk.tests.marks import mark_of
from visits.models import Party, PartySpend
from visits.seating import close_party
from visits.tests.factories import make_party, make_room
from visits.visiting import note_spend

pytestmark = pytest.mark.servers

NOW = dt.datetime(2026, 6, 5, 15, tzinfo=dt.UTC)  # 23:00 at the venue
MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
MINUTE = dt.timedelta(minutes=1)


def sold_in_may(manager: User, amount: str) -> None:
    make_charge(manager, amount, paid_at="2026-05-20T22:00")


def seat(by: User, spent: str = "900.00") -> Party:
    party = make_party(by=by, room=make_room(), now=NOW - 3 * 60 * MINUTE)
    till = PartySpend.Origin.TILL
    note_spend(spend=PartySpend(party=party, amount=Decimal(spent), at=NOW - 30 * MINUTE, origin=till))
    return party


@override_settings(PLATES_PER_PARTY=20)  # most tests below are about the allowance
@time_machine.travel(NOW, tick=False)
class FruitPlates(TestCase):
    manager: User
    ops: User
    party: Party

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(NOW, tick=False):
            make_plan()
            cls.manager, cls.ops = make_user("mgr1"), make_user("ops", roles.OPERATIONS)
            sold_in_may(cls.manager, "40000.00")  # 80 % of the floor: ten plates
            cls.party = seat(cls.manager)

    def give(self) -> Gift:
        return gifts.give_plate(party=self.party, by=self.manager)

    def plates(self) -> Plates:
        return gifts.plates_of(self.manager, JUNE)

    def test_last_month_s_completion_grants_by_band(self) -> None:
        assert self.plates() == Plates(10, 0)
        sold_in_may(self.manager, "10000.00")
        assert self.plates() == Plates(20, 0)
        assert gifts.plates_of(make_user("mgr2"), JUNE) == Plates(0, 0)
        assert gifts.plates_of(self.manager, dt.date(2024, 6, 1)) == Plates(0, 0), "no plan was in force"

    def test_they_are_those_of_last_month_s_statement(self) -> None:
        other, card_payer = make_user("mgr2"), make_user("mgr3")
        set_target(manager=other, month=MAY, amount=Decimal("10000.00"), by=self.ops)
        sold_in_may(other, "12345.67")
        make_charge(card_payer, "90000.00", paid_at="2026-05-20T22:00", payment="stored_value")
        self.plates_are_those_of_the_statement(other, card_payer)
        make_plan(code="strict", effective_from="2026-05", card_paid_rooms_count=False)
        self.plates_are_those_of_the_statement(other, card_payer)
        closing.close_month(month=MAY, by=self.ops)
        self.plates_are_those_of_the_statement(other, card_payer, make_user("late"))

    def plates_are_those_of_the_statement(self, *others: User) -> None:
        for manager in (self.manager, *others):
            plates = statements.statement_of(MAY, manager).earned.plates
            assert gifts.granted_by_last_month(manager, JUNE) == plates, manager

    def test_each_plate_takes_one(self) -> None:
        gift = self.give()
        assert (gift.night, gift.party, self.plates()) == (dt.date(2026, 6, 5), self.party, Plates(10, 1))

    def test_nothing_is_given_beyond_the_allowance(self) -> None:
        for _plate in range(10):
            self.give()
        with self.assertRaisesMessage(CannotGift, "No fruit plate"):
            self.give()
        with pytest.raises(IntegrityError), transaction.atomic():
            GiftAllowance.objects.update(given=11)

    def test_what_was_given_is_never_taken_away(self) -> None:
        for _plate in range(3):
            self.give()
        take(refund(Charge.objects.get().bill_no, "-39000.00", paid_at="2026-05-21T22:00"))
        assert self.plates() == Plates(3, 3)
        with pytest.raises(CannotGift):
            self.give()

    def test_allowance_stands_still_once_last_month_is_closed(self) -> None:
        closing.close_month(month=MAY, by=self.ops)
        sold_in_may(self.manager, "10000.00")
        assert self.plates() == Plates(10, 0)

    @pytest.mark.venue_zone
    def test_party_has_to_have_spent_enough_by_total_or_by_bills(self) -> None:
        poor = seat(self.manager, spent="799.99")
        with self.assertRaisesMessage(CannotGift, "¥799.99"):
            gifts.give_plate(party=poor, by=self.manager)
        make_charge(self.manager, "800.00", room=poor.room.number, paid_at="2026-06-05T22:50")
        assert gifts.spend_of(poor, giver=self.manager) == 800
        gifts.give_plate(party=poor, by=self.manager)

    def test_party_that_has_gone_gets_none(self) -> None:
        close_party(party=self.party, by=self.manager)
        with self.assertRaisesMessage(CannotGift, "closed"):
            self.give()

    def test_plate_is_taken_back_within_ten_minutes_once_and_by_its_giver(self) -> None:
        gift, other = self.give(), make_user("mgr2")
        with pytest.raises(CannotGift):
            gifts.take_back(gift=gift, by=other)
        with time_machine.travel(NOW + 10 * MINUTE, tick=False):
            back = gifts.take_back(gift=gift, by=self.manager)
        assert self.plates() == Plates(10, 0)
        for again in (gift, back):
            with pytest.raises(CannotGift):
                gifts.take_back(gift=again, by=self.manager)
        late = self.give()
        with time_machine.travel(NOW + 11 * MINUTE, tick=False), self.assertRaisesMessage(CannotGift, "10 minutes"):
            gifts.take_back(gift=late, by=self.manager)
        assert self.plates() == Plates(10, 1)

    def test_gift_on_file_is_never_changed(self) -> None:
        gift = self.give()
        with pytest.raises(InternalError), transaction.atomic():
            Gift.objects.filter(pk=gift.pk).update(cost=0)

    def test_cost_of_a_month_is_that_of_the_plates_kept(self) -> None:
        GiftCost.objects.create(effective_from=MAY, cost="38.00")
        self.give()
        gifts.take_back(gift=self.give(), by=self.manager)
        GiftCost.objects.create(effective_from=JUNE, cost="42.50")
        self.give()
        (row,) = gifts.spent_in(JUNE, [self.manager])
        assert (row.plates, row.cost) == (Plates(10, 2), Decimal("80.50"))

    # --- on screen -------------------------------------------------------------------------------------------------

    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="staff.backends.RoleBackend")
        return client

    def post(self, name: str, key: int, **said: Any) -> Any:
        return self.as_(self.manager).post(reverse(f"targets:{name}", args=[key]), said, headers={"HX-Request": "true"})

    def test_button_pressed_twice_gives_one(self) -> None:
        client_id = str(uuid.uuid4())
        answers = [self.post("give_gift", self.party.pk, client_id=client_id) for _again in range(2)]
        assert [(answer.status_code, answer["Desk-Receipt"]) for answer in answers] == [(200, client_id)] * 2
        assert Gift.objects.count() == 1
        self.assertContains(answers[1], "9 left")
        back = self.post("take_back_gift", Gift.objects.get().pk)
        self.assertContains(back, "10 left")

    def test_card_says_why_there_is_no_button(self) -> None:
        poor = seat(self.manager, spent="500.00")
        url = reverse("targets:party_gifts", args=[poor.pk])
        self.assertContains(self.as_(self.manager).get(url), "¥300.00")
        assert self.post("give_gift", self.party.pk).status_code == 422, "no UUID: nothing tells two presses apart"
        answer = self.post("give_gift", poor.pk, client_id=str(uuid.uuid4()))
        assert answer.status_code == 422 and b"\xc2\xa5500.00" in answer.content
        self.assertNotContains(self.as_(self.ops).get(url), "Give a plate")

    def test_what_the_floor_typed_opens_no_plate_and_what_operations_typed_does(self) -> None:
        poor, url = seat(self.manager, spent="100.00"), "give_gift"
        for by, amount in ((self.manager, "5000"), (make_user("mgr2"), "5000")):
            typed = self.as_(by).post(reverse("visits:spend", args=[poor.pk]), {"amount": amount})
            assert typed.status_code == 303
            refused = self.post(url, poor.pk, client_id=str(uuid.uuid4()))
            self.assertContains(refused, "By the till or operations they have spent ¥100.00", status_code=422)
            self.assertContains(refused, "not what is typed on the floor", status_code=422)
        less = {"amount": "800", "why": "mistyped"}
        assert self.as_(self.ops).post(reverse("visits:spend", args=[poor.pk]), less).status_code == 303
        assert self.post(url, poor.pk, client_id=str(uuid.uuid4())).status_code == 200

    def test_operations_do_not_confirm_a_plate_of_their_own(self) -> None:
        both = make_user("both")
        both.groups.add(Group.objects.get(name=roles.OPERATIONS))
        sold_in_may(both, "40000.00")
        poor = seat(both, spent="100.00")
        self.as_(both).post(reverse("visits:spend", args=[poor.pk]), {"amount": "5000"})
        url = reverse("targets:give_gift", args=[poor.pk])
        assert self.as_(both).post(url, {"client_id": str(uuid.uuid4())}).status_code == 422

    @override_settings(PLATES_PER_PARTY=2)
    def test_a_party_gets_no_more_than_its_plates_by_whoever(self) -> None:
        other = make_user("mgr2")
        sold_in_may(other, "40000.00")
        gift = self.give()
        gifts.give_plate(party=self.party, by=other)
        refused = self.post("give_gift", self.party.pk, client_id=str(uuid.uuid4()))
        self.assertContains(refused, "This party has had its fruit plates: 2 a night.", status_code=422)
        self.assertNotContains(refused, "Give a plate", status_code=422)
        gifts.take_back(gift=gift, by=self.manager)
        assert self.post("give_gift", self.party.pk, client_id=str(uuid.uuid4())).status_code == 200
        assert self.plates() == Plates(10, 1)

    def test_tonight_says_what_is_left_and_refreshes_only_when_it_changed(self) -> None:
        client, url = self.as_(self.manager), reverse("targets:gifts_tonight")
        card = client.get(url)
        self.assertContains(card, "10 of 10")
        assert client.get(f"{url}?seen={mark_of(card)}").status_code == 204
        self.give()
        self.assertContains(client.get(f"{url}?seen={mark_of(card)}"), "9 of 10")

    def test_operations_see_what_a_month_cost(self) -> None:
        GiftCost.objects.create(effective_from=MAY, cost="38.00")
        self.give()
        client, url = self.as_(self.ops), reverse("targets:gifts")
        self.assertContains(client.get(url), "¥38.00")
        for query in ("?month=2026-05", "?month=2030-01", "?month=x"):
            assert client.get(url + query).status_code == 200
        for name in ("gift", "giftcost"):
            assert client.get(reverse(f"admin:targets_{name}_changelist")).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_twenty_tablets_at_once_never_give_more_than_is_left():
    with time_machine.travel(NOW, tick=False):
        make_plan(
            effective_from="2026-02",
            gifts={"min_party_spend": "800.00", "bands": [{"completion": "0.80", "plates": 3}]},
        )
        manager = make_user("mgr1")
        sold_in_may(manager, "40000.00")
        parties = [seat(manager) for _room in range(4)]
        begin = threading.Barrier(20)

        def give(n: int) -> bool:
            try:
                begin.wait()
                gifts.give_plate(party=parties[n % 4], by=manager)
                return True
            except CannotGift:
                return False
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            assert sum(pool.map(give, range(20))) == 3 == Gift.objects.count()
        assert gifts.plates_of(manager, months.month_of(parties[0].night)) == Plates(3, 3)


@override_settings(PLATES_PER_PARTY=2)
@pytest.mark.django_db(transaction=True)
def test_ten_posts_at_once_give_a_party_no_more_than_its_plates(furnished: None) -> None:
    with time_machine.travel(NOW, tick=False):
        make_plan(effective_from="2026-02")
        managers = [make_user(f"mgr{n}") for n in range(10)]
        for manager in managers:
            sold_in_may(manager, "40000.00")
        party, clients = seat(managers[0]), [Client() for _one in managers]
        for manager, client in zip(managers, clients, strict=True):
            client.force_login(manager, backend="staff.backends.RoleBackend")
        url = reverse("targets:give_gift", args=[party.pk])

        def give(n: int) -> int:
            said, headers = {"client_id": str(uuid.uuid4())}, {"HX-Request": "true"}
            return int(clients[n].post(url, said, headers=headers).status_code)

        assert sorted(at_once(10, give)) == [200] * 2 + [422] * 8
        assert Gift.objects.count() == 2

"""Any order of capture, number changes, merge, undo, import and erasure keeps what a guest for life rests on:

one living guest per living number; a main number is a living number of that guest; nobody is lost but by erasure.
"""

from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from customers import forgetting
from customers.doubles import find_doubles
from customers.erasing import CannotErase, erase_customer
from customers.merging import CannotMerge, merge_customers, undo_merge
from customers.models import Consent, Customer, Merge, PhoneNumber, PrivacyNotice
from customers.numbers import TheOnlyNumber, add_number, make_main, release_number
from customers.services import Agreement, capture_customer, update_customer
from customers.taken import Taken
from customers.tests.sheets import counts, csv_sheet, take_in
from staff.models import User
from staff.tests.factories import make_user
from vipdesk import nights

pytestmark = pytest.mark.django_db
# Few numbers and few names, so that they meet often.
NUMBERS = [f"+8613800000{n:03d}" for n in range(6)]
numbers = st.sampled_from(NUMBERS)
names = st.sampled_from(["赵伟", "赵薇", "Anna Lee"])
cards = st.sampled_from([None, None, "V1", "V-1", "V2"])
born = st.sampled_from([(5, 17), (None, None)])
yes = st.booleans()


class House(RuleBasedStateMachine):
    """A venue beside a model of it: who has which number, who went on as whom, who was erased."""

    guests: Any = Bundle("guests")
    merges: Any = Bundle("merges")
    by: User
    notice: PrivacyNotice

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.holders: dict[str, int] = {}  # by living number
        self.alive: set[int] = set()
        self.went_on_as: dict[int, int] = {}
        self.erased: set[int] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- what people do ------------------------------------------------------------------------------------------

    @rule(target=guests, number=numbers, name=names, card=cards, day=born, sms=yes)
    def capture(self, number: str, name: str, card: str | None, day: tuple[Any, Any], sms: bool) -> int:
        guest = Customer(name=name, phone=number, member_no=card, birthday_month=day[0], birthday_day=day[1])
        agreement = Agreement(notice=self.notice, sms=sms, call=not sms)
        try:
            with transaction.atomic():
                capture_customer(customer=guest, agreement=agreement, by=self.by, at=timezone.now())
        except Taken as taken:
            holder = taken.customer
            assert holder is not None
            if taken.field == "phone":
                assert holder.pk == self.holders[number]
            return holder.pk
        assert number not in self.holders
        self.holders[number] = guest.pk
        self.alive.add(guest.pk)
        return guest.pk

    @rule(guest=guests, number=numbers)
    def add(self, guest: int, number: str) -> None:
        try:
            add_number(customer=guest, number=number, by=self.by)
        except Taken:
            assert self.holders[number] != guest
        except Customer.DoesNotExist:
            assert guest not in self.alive
        else:
            assert guest in self.alive and self.holders.get(number, guest) == guest
            self.holders[number] = guest

    @rule(guest=guests, number=numbers)
    def make_main(self, guest: int, number: str) -> None:
        row = PhoneNumber.objects.filter(number=number, released_at=None).first()
        try:
            make_main(customer=guest, number=row.pk if row else 0, by=self.by)
        except (PhoneNumber.DoesNotExist, Customer.DoesNotExist):
            assert guest not in self.alive or self.holders.get(number) != guest
        else:
            assert Customer.objects.get(pk=guest).phone == number

    @rule(number=numbers, is_sure=yes)
    def release(self, number: str, is_sure: bool) -> None:
        row = PhoneNumber.objects.filter(number=number, released_at=None).first()
        if row is None:
            assert number not in self.holders
            return
        try:
            release_number(customer=row.customer_id, number=row.pk, by=self.by, is_sure=is_sure)
        except TheOnlyNumber:
            assert list(self.holders.values()).count(row.customer_id) == 1 and not is_sure
        else:
            del self.holders[number]

    @rule(guest=guests, number=numbers)
    def correct(self, guest: int, number: str) -> None:
        customer = Customer.objects.get(pk=guest)
        if guest not in self.alive or customer.phone == number:
            return
        old, customer.phone = customer.phone, number
        try:
            update_customer(customer=customer, changed=["phone"], seen=customer.updated_at, by=self.by)
        except Taken:
            assert self.holders[number] != guest
        else:
            if number not in self.holders and old:
                del self.holders[old]
            self.holders[number] = guest

    @rule(target=merges, kept=guests, merged=guests)
    def merge(self, kept: int, merged: int) -> Any:
        try:
            done = merge_customers(kept=kept, merged=merged, by=self.by)
        except CannotMerge:
            assert kept == merged or kept not in self.alive or merged not in self.alive
            return multiple()
        self.went_on_as[merged] = kept
        self.alive.discard(merged)
        moved = [number for number, holder in self.holders.items() if holder == merged]
        self.holders |= dict.fromkeys(moved, kept)
        return done.pk, moved

    @rule(merge=consumes(merges))
    def unmerge(self, merge: Any) -> None:
        done = Merge.objects.get(pk=merge[0])
        try:
            undo_merge(merge=done.pk, by=self.by)
        except CannotMerge:
            assert done.kept_id not in self.alive or done.merged_id in self.erased
            return
        del self.went_on_as[done.merged_id]
        self.alive.add(done.merged_id)
        # What was released and taken up again in between is the kept one's own by now.
        back = PhoneNumber.objects.filter(customer=done.merged_id, released_at=None).values_list("number", flat=True)
        assert set(back) <= set(merge[1])
        self.holders |= dict.fromkeys(back, done.merged_id)

    @rule(kept=guests, merged=guests)
    def merge_and_think_better_of_it(self, kept: int, merged: int) -> None:
        """Where both could be merged, undoing at once leaves no trace on either."""
        if kept == merged or not {kept, merged} <= self.alive:
            return
        before = _rows(kept, merged)
        undo_merge(merge=merge_customers(kept=kept, merged=merged, by=self.by).pk, by=self.by)
        assert _rows(kept, merged) == before

    @rule(target=guests, number=numbers, name=names, card=cards)
    def take_in_a_sheet(self, number: str, name: str, card: str | None) -> Any:
        is_forgotten = bool(forgetting.forgotten([number]))
        report = take_in(csv_sheet("name,phone,member_no", [name, number, card or ""]))
        row = PhoneNumber.objects.filter(number=number, released_at=None).first()
        _rows_read, created, _updated, _unchanged, rejected = counts(report)
        if rejected:
            assert is_forgotten and row is None and number not in self.holders
            return multiple()
        assert row is not None
        assert bool(created) is (number not in self.holders)
        assert created or self.holders[number] == row.customer_id
        self.holders[number] = row.customer_id
        self.alive.add(row.customer_id)
        return row.customer_id

    @rule(guest=guests)
    def erase(self, guest: int) -> None:
        customer = Customer.objects.filter(pk=guest).first()
        if customer is None:
            return
        family = Customer.objects.family(guest)
        try:
            erase_customer(customer=customer, by=self.by, cause="retention", identity="not_needed")
        except CannotErase:
            assert guest not in self.alive
            return
        self.erased |= set(family)
        self.alive -= set(family)
        self.holders = {number: holder for number, holder in self.holders.items() if holder != guest}

    @rule()
    def night_passes(self) -> None:
        find_doubles(nights.tonight())

    # --- what holds whatever they do -----------------------------------------------------------------------------

    @invariant()
    def one_living_guest_per_living_number(self) -> None:
        living = PhoneNumber.objects.filter(released_at=None)
        assert dict(living.values_list("number", "customer")) == self.holders
        assert living.filter(customer__merged_into=None, customer__erased_at=None).count() == len(self.holders)

    @invariant()
    def a_main_number_is_a_living_one_of_that_guest(self) -> None:
        mains = dict(Customer.objects.exclude(phone=None).values_list("pk", "phone"))
        assert all(self.holders[phone] == pk for pk, phone in mains.items())
        assert set(mains) == set(self.holders.values())  # who has a number has a main one

    @invariant()
    def nobody_is_lost_but_by_erasure(self) -> None:
        rows = {guest.pk: guest for guest in Customer.objects.all()}
        assert set(Customer.objects.living().values_list("pk", flat=True)) == self.alive
        assert {pk for pk, guest in rows.items() if guest.erased_at} == self.erased
        for pk, guest in rows.items():
            end = guest.goes_on_as.pk
            assert end in self.alive | self.erased
            assert pk in Customer.objects.family(end)

    @invariant()
    def flags_say_what_the_log_says(self) -> None:
        newest = Consent.objects.filter(kind="sms", customer__in=self.alive).order_by("customer", "-recorded_at", "-pk")
        for said in newest.distinct("customer").select_related("customer"):
            assert said.customer.sms_consent is (said.action == "granted")


def _rows(*guests: int) -> list[Any]:
    columns = [
        f.attname
        for f in Customer._meta.concrete_fields
        if f.attname not in {"updated_at", "pinyin", "pinyin_joined", "pinyin_initials", "name_keys"}
    ]
    numbers = PhoneNumber.objects.order_by("pk").values_list("pk", "customer", "released_at")
    return [*Customer.objects.filter(pk__in=guests).order_by("pk").values_list(*columns), *numbers]


def test_any_order_of_what_people_do_keeps_every_guest() -> None:
    House.by, House.notice = make_user("desk", "aftersales"), PrivacyNotice.objects.in_force()
    run_state_machine_as_test(
        House,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert not connection.needs_rollback

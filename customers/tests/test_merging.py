"""One guest, two records: made one without losing anything, made two again, refused where it would spoil something."""

import datetime as dt
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from customers.merging import CannotMerge, merge_customers, undo_merge
from customers.models import CareGrant, Consent, Customer, Merge, PhoneNumber, PossibleDouble
from customers.numbers import add_number, release_number
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"
# What parting two records has to bring back on both sides.
FACTS = [
    f.attname
    for f in Customer._meta.concrete_fields
    if f.attname not in {"updated_at", "name_keys", "pinyin", "pinyin_joined", "pinyin_initials"}
]


def state(*guests: Customer) -> list[Any]:
    rows = Customer.objects.filter(pk__in=[guest.pk for guest in guests]).order_by("pk").values_list(*FACTS)
    numbers = PhoneNumber.objects.order_by("pk").values_list("pk", "customer", "number", "released_at")
    return [*rows, *numbers]


def numbers_of(guest: Customer) -> list[str]:
    living = PhoneNumber.objects.filter(customer=guest, released_at=None)
    return sorted(living.values_list("number", flat=True))


def say(guest: Customer, kind: str, action: str, days_ago: int) -> None:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
    Consent.objects.create(customer=guest, kind=kind, action=action, channel="tablet", recorded_at=at)


@pytest.fixture
def kept() -> Customer:
    return make_customer(
        name="赵伟", phone=A, birthday_month=None, birthday_day=None, home_address="", work_address="南京路"
    )


@pytest.fixture
def merged(mgr2: User) -> Customer:
    guest = make_customer(
        name="赵伟",
        phone=B,
        owner=mgr2,
        birthday_year=1980,
        birthday_calendar="lunar",
        birthday_is_leap=True,
        work_address="淮海路",
        member_no="V100",
        member_since=dt.date(2021, 5, 1),
        likes_drinks="麦卡伦",
        notes="靠窗",
        is_key_account=True,
        contact_every_days=14,
        needs_check=["birthday_year", "name"],
        last_seen_night=dt.date(2026, 11, 1),
    )
    add_number(customer=guest.pk, number=C, by=mgr2)
    return guest


def test_desk_merges_two_and_everything_of_both_is_with_the_kept(
    kept: Customer, merged: Customer, desk_user: User, mgr2: User
) -> None:
    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user, reason="same person at the door")

    kept.refresh_from_db()
    merged.refresh_from_db()
    assert numbers_of(kept) == [A, B, C] and kept.phone == A
    assert (merged.phone, merged.merged_into, numbers_of(merged)) == (None, kept, [])
    assert kept.birthday and (kept.birthday.month, kept.birthday.year, kept.birthday.is_leap) == (5, 1980, True)
    assert (kept.home_address, kept.work_address) == ("黄浦区南京东路1号", "南京路")
    assert (kept.member_no, kept.member_since, merged.member_no) == ("V100", dt.date(2021, 5, 1), None)
    assert (kept.owner, kept.likes_drinks, kept.notes) == (mgr2, "麦卡伦", "靠窗")
    assert (kept.is_key_account, kept.contact_every_days, kept.needs_check) == (True, 14, ["birthday_year"])
    assert kept.last_seen_night == dt.date(2026, 11, 1)
    assert (done.kept, done.merged, done.merged_by, done.reason) == (kept, merged, desk_user, "same person at the door")
    assert Customer.objects.family(kept.pk) == [kept.pk, merged.pk]


def test_record_of_a_merge_holds_no_personal_data(kept: Customer, merged: Customer, desk_user: User) -> None:
    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    kept.refresh_from_db()
    written = repr(done.moved) + repr([e.pgh_context for e in kept.events.all()] + [str(kept.events.count())])
    birth_year = ("(1980", "'1980", ": 1980")  # keys are numbers too
    for word in ("赵", A[3:], B[3:], "V100", "黄浦", "麦卡伦", "靠窗", *birth_year):
        assert word not in written


def test_merge_and_undo_leave_both_as_they_were(kept: Customer, merged: Customer, desk_user: User) -> None:
    before = state(kept, merged)
    for _again in range(2):
        done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
        assert state(kept, merged) != before
        undo_merge(merge=done.pk, by=desk_user)
        assert state(kept, merged) == before
    assert Merge.objects.filter(undone_by=desk_user).count() == 2


def test_a_kept_guest_without_number_gets_the_mergeds_main_one_and_gives_it_back(
    kept: Customer, merged: Customer, desk_user: User
) -> None:
    release_number(customer=kept.pk, number=kept.numbers.get().pk, by=desk_user, is_sure=True)
    before = state(kept, merged)

    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    kept.refresh_from_db()
    assert kept.phone == B

    undo_merge(merge=done.pk, by=desk_user)
    assert state(kept, merged) == before


def test_undo_leaves_what_was_changed_since(kept: Customer, merged: Customer, desk_user: User) -> None:
    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    kept.refresh_from_db()
    kept.member_no, kept.home_address, kept.likes_drinks = "V200", "新华路", "麦卡伦"
    kept.save()
    release_number(customer=kept.pk, number=PhoneNumber.objects.get(number=B).pk, by=desk_user)
    somebody = make_customer(phone=B)

    undo_merge(merge=done.pk, by=desk_user)

    kept.refresh_from_db()
    merged.refresh_from_db()
    assert (kept.member_no, kept.home_address, kept.likes_drinks) == ("V200", "新华路", "")
    assert merged.member_no is None and merged.home_address == "黄浦区南京东路1号"
    assert (numbers_of(kept), numbers_of(merged), numbers_of(somebody)) == ([A], [C], [B])
    assert merged.phone == C


def test_notes_of_both_are_kept_and_parted_again(desk_user: User) -> None:
    kept, merged = make_customer(notes="靠窗"), make_customer(notes="不吃辣")
    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    kept.refresh_from_db()
    assert kept.notes == "靠窗\n不吃辣"

    undo_merge(merge=done.pk, by=desk_user)
    kept.refresh_from_db()
    assert kept.notes == "靠窗"


@pytest.mark.parametrize(
    ("mine", "theirs", "holds"),
    [
        ([("granted", 9)], [("withdrawn", 3)], False),
        ([("granted", 3)], [("withdrawn", 9)], True),
        ([("withdrawn", 9)], [("granted", 3)], True),
        ([("refused", 3)], [("granted", 9)], False),
        ([], [("granted", 3)], True),
        ([("granted", 3)], [], True),
    ],
)
def test_what_the_guest_said_last_to_either_holds_and_is_undone(
    desk_user: User, mine: list[Any], theirs: list[Any], holds: bool
) -> None:
    kept = make_customer(sms_consent="granted" in dict(mine))
    merged = make_customer(sms_consent="granted" in dict(theirs))
    for guest, said in ((kept, mine), (merged, theirs)):
        for action, days_ago in said:
            say(guest, "sms", action, days_ago)
    before = kept.sms_consent

    for _again in range(2):  # what a merge logs is no word of the guest's: the second one comes to the same
        done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
        kept.refresh_from_db()
        assert kept.sms_consent is holds
        newest = Consent.objects.filter(customer=kept).order_by("-recorded_at", "-pk").first()
        assert newest is None or (newest.action == "granted") is holds

        undo_merge(merge=done.pk, by=desk_user)
        kept.refresh_from_db()
        assert kept.sms_consent is before


def test_undo_leaves_a_consent_that_was_given_since(desk_user: User) -> None:
    kept, merged = make_customer(sms_consent=True), make_customer()
    say(kept, "sms", "granted", 9)
    say(merged, "sms", "withdrawn", 3)
    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    say(kept, "sms", "refused", -1)

    undo_merge(merge=done.pk, by=desk_user)

    kept.refresh_from_db()
    assert kept.sms_consent is False


def test_who_cares_for_the_one_tonight_cares_for_the_guest(
    kept: Customer, merged: Customer, mgr1: User, desk_user: User
) -> None:
    CareGrant.objects.create(customer=merged, user=mgr1, night=nights.tonight())
    merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    assert Customer.objects.editable_by(mgr1).filter(pk=kept.pk).exists()


def test_a_chain_of_merges_is_one_family_and_comes_apart_from_its_end(desk_user: User) -> None:
    one, two, three = (make_customer() for _n in range(3))
    first = merge_customers(kept=two.pk, merged=one.pk, by=desk_user)
    second = merge_customers(kept=three.pk, merged=two.pk, by=desk_user)
    one.refresh_from_db()

    assert one.goes_on_as == three
    assert sorted(Customer.objects.family(three.pk)) == [one.pk, two.pk, three.pk]
    assert len(numbers_of(three)) == 3
    with pytest.raises(CannotMerge, match="undo that merge first"):
        undo_merge(merge=first.pk, by=desk_user)

    undo_merge(merge=second.pk, by=desk_user)
    undo_merge(merge=first.pk, by=desk_user)
    assert [len(numbers_of(guest)) for guest in (one, two, three)] == [1, 1, 1]


def test_what_would_make_no_sense_is_refused_in_words(desk_user: User) -> None:
    one, two, three = (make_customer() for _n in range(3))
    erased = make_customer()
    PhoneNumber.objects.filter(customer=erased).delete()
    Customer.objects.filter(pk=erased.pk).update(
        phone=None, home_address="", erased_at=dt.datetime.now(dt.UTC), name="—"
    )
    merge_customers(kept=two.pk, merged=one.pk, by=desk_user)
    refused = {
        (three.pk, three.pk): "with themselves",
        (three.pk, 10**9): "not on file",
        (three.pk, erased.pk): "erased",
        (erased.pk, three.pk): "erased",
        (three.pk, one.pk): "merged already",
        (one.pk, three.pk): "merged already",
        (one.pk, two.pk): "merged already",
    }
    for (kept, merged), words in refused.items():
        with pytest.raises(CannotMerge, match=words):
            merge_customers(kept=kept, merged=merged, by=desk_user)
    assert Merge.objects.count() == 1


def test_undo_is_refused_twice_for_nothing_and_for_the_erased(desk_user: User) -> None:
    one, two = make_customer(), make_customer()
    done = merge_customers(kept=two.pk, merged=one.pk, by=desk_user)
    Customer.objects.filter(pk=one.pk).update(home_address="", erased_at=dt.datetime.now(dt.UTC))
    with pytest.raises(CannotMerge, match="erased"):
        undo_merge(merge=done.pk, by=desk_user)
    Customer.objects.filter(pk=one.pk).update(erased_at=None)

    undo_merge(merge=done.pk, by=desk_user)
    with pytest.raises(CannotMerge, match="undone already"):
        undo_merge(merge=done.pk, by=desk_user)
    with pytest.raises(CannotMerge, match="no such merge"):
        undo_merge(merge=10**9, by=desk_user)


def test_a_pair_found_by_the_desk_is_settled_by_the_merge_and_open_again_after_undoing(desk_user: User) -> None:
    one, two = make_customer(), make_customer()
    pair = PossibleDouble.objects.create(first=one, second=two, reasons=["birthday"])

    done = merge_customers(kept=two.pk, merged=one.pk, by=desk_user)
    pair.refresh_from_db()
    assert (pair.state, pair.settled_by) == ("merged", desk_user)

    undo_merge(merge=done.pk, by=desk_user)
    pair.refresh_from_db()
    assert (pair.state, pair.settled_by, pair.settled_at) == ("open", None, None)


def test_a_merged_record_always_names_the_end_of_the_chain(desk_user: User) -> None:
    first, second, third, fourth = (make_customer() for _n in range(4))
    merge_customers(kept=second.pk, merged=first.pk, by=desk_user)
    done = merge_customers(kept=third.pk, merged=second.pk, by=desk_user)
    last = merge_customers(kept=fourth.pk, merged=third.pk, by=desk_user)

    def goes_on(*guests: Customer) -> list[int | None]:
        return [Customer.objects.get(pk=guest.pk).merged_into_id for guest in guests]

    assert goes_on(first, second, third) == [fourth.pk] * 3
    undo_merge(merge=last.pk, by=desk_user)
    assert goes_on(first, second, third) == [third.pk, third.pk, None]
    undo_merge(merge=done.pk, by=desk_user)
    assert goes_on(first, second) == [second.pk, None]


def test_the_database_flattens_a_chain_whoever_writes_it() -> None:
    first, second, third = (make_customer() for _n in range(3))
    Customer.objects.filter(pk=first.pk).update(phone=None, merged_into=second.pk)
    Customer.objects.filter(pk=second.pk).update(phone=None, merged_into=third.pk)
    fourth = make_customer()
    Customer.objects.filter(pk=fourth.pk).update(phone=None, merged_into=first.pk)
    keys = [first.pk, second.pk, fourth.pk]
    assert set(Customer.objects.filter(pk__in=keys).values_list("merged_into", flat=True)) == {third.pk}


def test_chains_from_before_are_flat_after_the_migration(database_owner: None) -> None:
    first, second, third = (make_customer() for _n in range(3))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER USER")
        Customer.objects.filter(pk=first.pk).update(phone=None, merged_into=second.pk)
        Customer.objects.filter(pk=second.pk).update(phone=None, merged_into=third.pk)
        cursor.execute("ALTER TABLE customers_customer ENABLE TRIGGER USER")
        cursor.execute(import_module("customers.migrations.0009_flatten_merges").FLATTEN)
    merged = Customer.objects.filter(pk__in=[first.pk, second.pk])
    assert set(merged.values_list("merged_into", flat=True)) == {third.pk}

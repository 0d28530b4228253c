"""The list of guests: its pages, its filters, the filters that the office keeps; masked where it is not the reader's."""

import datetime as dt
from typing import Any

import pytest
from django.http import QueryDict

from customers.filters import NOT_SEEN_FOR, SEEN, Filters
from customers.models import Customer, MembershipTier, SavedFilter
from customers.querysets import PAGE_SIZE
from customers.tests.factories import make_customer
from staff.models import User
from vipdesk import nights

pytestmark = pytest.mark.django_db
WHOLE = "138 1655 2203"
DAY = dt.timedelta(days=1)


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name="赵伟", phone="+8613816552203", owner=mgr1)


def tier(code: str) -> MembershipTier:
    return MembershipTier.objects.get(code=code)


def shown(client: Any, **asked: Any) -> list[str]:
    """Names in the list, for filters in the address."""
    return sorted(row.name for row in client.get("/customers/", asked).context["rows"])


# --- the list ------------------------------------------------------------------------------------------------------


def test_list_masks_numbers_that_are_not_the_readers_own(
    guest: Customer, mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    assert WHOLE in signed_in(mgr1).get("/customers/").content.decode()
    for other in (mgr2, ops):
        page = signed_in(other).get("/customers/").content.decode()
        assert WHOLE not in page and "138****2203" in page


def test_pages_follow_each_other_without_gap_or_double(mgr1: User, signed_in: Any) -> None:
    at = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)
    made = [make_customer(captured_at=at - dt.timedelta(minutes=n // 3)) for n in range(PAGE_SIZE * 2 + 7)]
    client, seen, after = signed_in(mgr1), [], ""
    for _ in range(4):
        context = client.post("/customers/", {"after": after}).context
        seen += [row.pk for row in context["rows"]]
        after = context["after"]
        if not after:
            break

    assert sorted(seen) == sorted(c.pk for c in made) and len(set(seen)) == len(seen)


@pytest.mark.parametrize("after", ["x", "1-", "-1", "9" * 16 + "-" + "9" * 18, "9" * 99 + "-1", "\x00", "-9-9"])
def test_a_place_that_is_none_is_answered_plainly(guest: Customer, mgr1: User, signed_in: Any, after: str) -> None:
    assert signed_in(mgr1).post("/customers/", {"after": after}).status_code == 200


def test_list_costs_few_statements_and_counts_nothing(
    mgr1: User, ops: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(PAGE_SIZE + 5):
        make_customer(owner=mgr1, tier=tier("gold"))
    saved = SavedFilter.objects.create(name="gold", query={"tier": "1"}, created_by=ops)
    chosen = {"tier": str(tier("gold").pk), "owner": str(mgr1.pk), "seen": "not90", "key": "overdue"}
    for user in (mgr1, ops):
        client = signed_in(user)
        client.get("/customers/")
        for ask in (
            lambda client=client: client.get("/customers/"),
            lambda client=client: client.get("/customers/", chosen),
            lambda client=client: client.get("/customers/", {"saved": saved.pk}),
            lambda client=client: client.post("/customers/", {"q": "ouyang", **chosen}),
            lambda client=client: client.post("/customers/", {"q": "ouyang"}, HTTP_HX_REQUEST="true"),
        ):
            with django_assert_max_num_queries(6) as sent:
                assert ask().status_code == 200
            assert "COUNT(" not in str(sent.captured_queries)


def test_what_is_typed_stands_in_no_address(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client = signed_in(mgr1)
    assert len(client.get("/customers/", {"q": "钱"}).context["rows"]) == 1

    answer = client.post("/customers/", {"q": "zhao", "seen": "never"}, HTTP_HX_REQUEST="true")

    assert answer["HX-Replace-Url"] == "/customers/?seen=never"
    assert "<html" not in answer.content.decode() and "赵伟" in answer.content.decode()


def test_merged_and_erased_guests_are_not_listed(guest: Customer, mgr1: User, signed_in: Any) -> None:
    make_customer(name="合并", phone=None, merged_into=guest)
    make_customer(name="删除", phone=None, home_address="", erased_at=guest.captured_at)
    assert shown(signed_in(mgr1)) == ["赵伟"]


# --- filters -------------------------------------------------------------------------------------------------------


def test_each_filter_shows_whom_it_says(mgr1: User, mgr2: User, ops: User, signed_in: Any) -> None:
    tonight, long_ago = nights.tonight(), dt.datetime(2020, 5, 1, 13, tzinfo=dt.UTC)
    known: dict[str, Any] = {"captured_at": long_ago, "last_seen_night": tonight - 40 * DAY, "sms_consent": True}
    make_customer(name="gold", tier=tier("gold"), owner=mgr2, **known)
    make_customer(name="regular", tier=tier("regular"), owner=mgr2, **known)
    make_customer(name="mine", owner=mgr1, **known)
    make_customer(name="may", owner=mgr2, birthday_month=5, **known)
    make_customer(name="lunar", owner=mgr2, birthday_month=5, birthday_calendar="lunar", **known)
    Customer.objects.exclude(name__in=["may", "lunar"]).update(birthday_month=6)
    make_customer(name="tonight", birthday_month=7, **known | {"last_seen_night": tonight})
    make_customer(name="week", birthday_month=7, **known | {"last_seen_night": tonight - 7 * DAY})
    make_customer(name="lapsed", birthday_month=7, **known | {"last_seen_night": tonight - 91 * DAY})
    make_customer(name="never", birthday_month=7, **known | {"last_seen_night": None})
    make_customer(name="new", birthday_month=7, sms_consent=True)
    make_customer(name="silent", birthday_month=7, **known | {"sms_consent": False})
    make_customer(name="gap", birthday_month=None, birthday_day=None, **known)
    key = {"is_key_account": True, "contact_every_days": 14, "birthday_month": 7, **known}
    make_customer(name="late", last_contact_night=tonight - 15 * DAY, **key)
    make_customer(name="due", last_contact_night=tonight - 14 * DAY, **key)
    vip = [t.code for t in MembershipTier.objects.filter(is_vip=True)]
    client = signed_in(ops)

    assert shown(client, tier=tier("gold").pk) == ["gold"]
    assert shown(client, tier="vip") == (["gold"] if "gold" in vip else [])
    assert "gold" not in shown(client, tier="none") and "mine" in shown(client, tier="none")
    assert shown(client, owner=mgr2.pk) == ["gold", "lunar", "may", "regular"]
    assert not {"gold", "mine"} & set(shown(client, owner="none")) and "late" in shown(client, owner="none")
    assert shown(client, birthday="solar-5") == ["may"]
    assert shown(client, birthday="lunar-5") == ["lunar"]
    assert shown(client, seen="7") == ["tonight"]
    assert shown(client, seen="30") == ["tonight", "week"]
    assert shown(client, seen="not90") == ["lapsed", "never"]
    assert shown(client, seen="not365") == ["never"]
    assert shown(client, seen="never") == ["never", "new"]
    assert shown(client, no_consent="1") == ["silent"]
    assert shown(client, incomplete="1") == ["gap"]
    assert shown(client, key="yes") == ["due", "late"]
    assert shown(client, key="overdue") == ["late"]
    assert shown(client, owner=mgr2.pk, birthday="solar-6", tier="vip") == shown(client, tier="vip")
    assert shown(signed_in(mgr1), mine="1") == ["mine"]
    assert len(shown(client)) == 14


def test_seen_and_not_seen_for_long_are_never_true_of_one_guest(mgr1: User) -> None:
    tonight = nights.tonight()
    for days in (0, 29, 30, 90, 91, 400, None):
        seen = None if days is None else tonight - days * DAY
        make_customer(last_seen_night=seen, captured_at=dt.datetime(2019, 3, 1, 13, tzinfo=dt.UTC))

    def keys(choice: str) -> set[int]:
        return set(Filters(seen=choice).apply(Customer.objects.all(), mgr1).values_list("pk", flat=True))

    for choice in NOT_SEEN_FOR:
        assert not keys("30") & keys(choice)
    assert keys("7") <= keys("30") and keys("not365") <= keys("not180") <= keys("not90")


def test_search_and_filters_hold_together(guest: Customer, mgr1: User, signed_in: Any) -> None:
    make_customer(name="赵敏", tier=tier("gold"))
    make_customer(name="钱多", tier=tier("gold"))

    rows = signed_in(mgr1).post("/customers/", {"q": "zhao", "tier": tier("gold").pk}).context["rows"]

    assert [row.name for row in rows] == ["赵敏"]


def test_a_filter_is_taken_away_alone_and_all_at_once(guest: Customer, mgr1: User, signed_in: Any) -> None:
    client, chosen = signed_in(mgr1), {"q": "赵", "tier": "none", "seen": "never"}
    page = client.post("/customers/", chosen).content.decode()
    assert "never seen since capture" in page and "no tier" in page and 'value="seen"' in page

    without = client.post("/customers/", chosen | {"drop": "seen"}, HTTP_HX_REQUEST="true")
    assert without.context["filters"] == Filters(tier="none") and without.context["typed"] == "赵"
    assert 'hx-swap-oob="innerHTML:#filter-fields"' in without.content.decode()
    assert not client.post("/customers/", chosen | {"drop": "all"}).context["filters"]
    assert client.post("/customers/", chosen | {"drop": "nonsense"}).context["filters"] == Filters.from_data(chosen)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"tier": "x", "owner": "-1", "birthday": "solar-13", "seen": "8", "no_consent": "yes", "key": "no"},
        {"tier": "9" * 19, "owner": "٣", "birthday": "lunar-0", "mine": "on", "incomplete": ["1"], "key": {"a": 1}},
        {"q": "赵", "tier": None, "owner": 0, "vip": "1", "seen": "\x00", "birthday": "\ud800"},
    ],
)
def test_filters_that_make_no_sense_count_as_not_chosen(data: dict[str, Any], mgr1: User) -> None:
    found = Filters.from_data(data)
    assert not found and found.as_query() == {} and found.in_words() == []


def test_filters_come_back_from_what_they_say() -> None:
    chosen = Filters(tier="none", owner="7", birthday="lunar-12", seen="not180", no_consent="1", key="overdue")
    address = QueryDict(mutable=True)
    address.update(chosen.as_query())
    assert Filters.from_data(address) == Filters.from_data(chosen.as_query()) == chosen
    assert chosen.without("owner").owner == "" and chosen.without("__class__") == chosen


def test_filters_say_in_words_what_they_hold(mgr1: User) -> None:
    gone = Filters(tier="99999", owner="99999")
    assert gone.in_words() == ["#99999", "with #99999"]
    assert Filters(tier=str(tier("gold").pk), owner=str(mgr1.pk)).in_words() == [str(tier("gold")), "with 林静"]
    for choice in SEEN:
        assert len(Filters(seen=choice, birthday="lunar-8", tier="vip", key="yes").in_words()) == 4


def test_a_filter_for_a_tier_or_person_that_is_gone_finds_nobody(guest: Customer, mgr1: User, signed_in: Any) -> None:
    answer = signed_in(mgr1).get("/customers/", {"tier": "999999999999999999", "owner": "99999"})
    assert answer.status_code == 200 and answer.context["rows"] == []
    assert "Nobody is all of this" in answer.content.decode()


# --- saved filters -------------------------------------------------------------------------------------------------


def test_office_saves_applies_and_deletes_a_filter(guest: Customer, ops: User, desk_user: User, signed_in: Any) -> None:
    client = signed_in(ops)
    make_customer(name="金卡", tier=tier("gold"))
    chosen = {"tier": str(tier("gold").pk), "seen": "never"}

    answer = client.post("/customers/filters/", {"name": " 金卡 没来过 ", "q": "赵伟", "mine": "1", **chosen})

    saved = SavedFilter.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/customers/?saved={saved.pk}"
    assert (saved.name, saved.query, saved.created_by) == ("金卡 没来过", chosen, ops)
    theirs = signed_in(desk_user)
    assert shown(theirs, saved=saved.pk) == ["金卡"]
    assert "Delete this filter" in theirs.get("/customers/", {"saved": saved.pk}).content.decode()

    assert theirs.post(f"/customers/filters/{saved.pk}/delete/").status_code == 302
    assert not SavedFilter.objects.exists()
    assert theirs.post(f"/customers/filters/{saved.pk}/delete/").status_code == 404
    assert shown(theirs, saved=saved.pk) == ["赵伟", "金卡"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("\u202e\u200b", "This field is required."),
        ("x" * 41, "at most 40 characters"),
        ("x" * 10_000, "at most 40 characters"),
        ("taken", "Another filter has this name."),
        (" taken ", "Another filter has this name."),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
@pytest.mark.parametrize("is_htmx", [False, True])
def test_a_bad_name_of_a_filter_is_answered_at_the_field(
    ops: User, signed_in: Any, name: str, says: str, is_htmx: bool
) -> None:
    SavedFilter.objects.create(name="taken", query={"seen": "7"}, created_by=ops)
    headers = {"HTTP_HX_REQUEST": "true"} if is_htmx else {}

    answer = signed_in(ops).post("/customers/filters/", {"name": name, "seen": "never"}, **headers)

    page = answer.content.decode()
    assert answer.status_code == 422 and says in page and "is-invalid" in page
    assert ("<html" in page) is not is_htmx and 'name="seen" value="never"' in page
    assert SavedFilter.objects.count() == 1


def test_no_filter_at_all_is_not_saved(ops: User, signed_in: Any) -> None:
    answer = signed_in(ops).post("/customers/filters/", {"name": "all", "q": "赵"})
    assert answer.status_code == 422 and "Choose a filter first" in answer.content.decode()


def test_saved_filters_are_changed_by_post_only(ops: User, signed_in: Any) -> None:
    saved = SavedFilter.objects.create(name="x", query={"seen": "7"}, created_by=ops)
    client = signed_in(ops)
    assert client.get("/customers/filters/").status_code == 405
    assert client.get(f"/customers/filters/{saved.pk}/delete/").status_code == 405
    assert SavedFilter.objects.exists()


def test_managers_neither_see_nor_apply_what_the_office_saved(
    guest: Customer, mgr1: User, ops: User, signed_in: Any
) -> None:
    saved = SavedFilter.objects.create(name="for the office", query={"seen": "7"}, created_by=ops)
    client = signed_in(mgr1)
    assert shown(client, saved=saved.pk) == ["赵伟"]
    assert "for the office" not in client.get("/customers/").content.decode()


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "0", "1.5"])
def test_a_saved_filter_that_is_none_shows_everybody(guest: Customer, ops: User, signed_in: Any, key: str) -> None:
    assert shown(signed_in(ops), saved=key) == ["赵伟"]


# --- names nobody has read -----------------------------------------------------------------------------------------


def test_sweep_reads_the_names_that_nobody_read_and_is_done(guest: Customer, django_assert_num_queries: Any) -> None:
    from customers.jobs import sweep_unread_names
    from customers.unread import read_names

    for n in range(5):
        make_customer(name=f"曾{n}")
    Customer.objects.update(pinyin=None)
    changes, stamps = guest.events.count(), set(Customer.objects.values_list("updated_at", flat=True))

    assert read_names(at_once=2, seconds=0.0) == 0
    assert read_names(at_once=4) == 6
    assert set(Customer.objects.values_list("pinyin", flat=True)) == {"zhao wei", *(f"zeng {n}" for n in range(5))}
    assert guest.events.count() == changes
    assert set(Customer.objects.values_list("updated_at", flat=True)) == stamps
    with django_assert_num_queries(3):  # one, in a savepoint of this test
        sweep_unread_names()

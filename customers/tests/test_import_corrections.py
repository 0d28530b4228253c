"""An import never undoes people: what somebody corrected stays, and nobody is taken over by another's row."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from customers.intake.importing import Report
from customers.merging import merge_customers
from customers.models import Consent, Customer
from customers.services import update_customer
from customers.tests.factories import make_customer
from customers.tests.sheets import counts, csv_sheet, faults, take_in, warned
from staff.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.servers]

NOW = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
HEADER = "name,phone,birthday,calendar,home_address,work_address,tier,member_no,owner,sms_consent,call_consent,notes"
FULL = {
    "name": "张伟错",
    "phone": "13816554701",
    "birthday": "1990-01-02",
    "home_address": "上海市试验路47号",
    "work_address": "试验大厦",
    "tier": "金卡",
    "member_no": "V47",
    "sms_consent": "否",
    "call_consent": "是",
    "notes": "靠窗",
}


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def take(*rows: dict[str, str], **how: Any) -> Report:
    return take_in(csv_sheet(HEADER, *([row.get(name, "") for name in HEADER.split(",")] for row in rows)), **how)


def the_guest(phone: str = "+8613816554701") -> Customer:
    return Customer.objects.living().with_number(phone).get()


def correct(by: User, **values: Any) -> None:
    guest = the_guest()
    for name, value in values.items():
        setattr(guest, name, value)
    update_customer(customer=guest, changed=list(values), seen=guest.updated_at, by=by)


CORRECTIONS = [
    ("name", {"name": "张伟"}, "张伟", "张伟错"),
    ("birthday", {"birthday_month": 3, "birthday_day": 4}, "4 March 1990", "2 January 1990"),
    ("home_address", {"home_address": "改过的路1号"}, "改过的路1号", "上海市试验路47号"),
    ("work_address", {"work_address": "改过的大厦"}, "改过的大厦", "试验大厦"),
    ("member_no", {"member_no": "V48"}, "V48", "V47"),
    ("notes", {"notes": "不靠窗"}, "不靠窗", "靠窗"),
]


@pytest.mark.parametrize(("field", "values", "kept", "sheet"), CORRECTIONS, ids=[case[0] for case in CORRECTIONS])
def test_corrected_value_stays_and_the_warning_shows_both(
    mgr1: User, field: str, values: dict[str, Any], kept: str, sheet: str
) -> None:
    take(FULL)
    correct(mgr1, **values)
    before = Customer.objects.values().get()

    report = take(FULL)

    assert counts(report) == (1, 0, 0, 1, 0)
    assert Customer.objects.values().get() == before
    [message] = [line.message for line in report.warnings if line.field == field]
    assert kept in message and sheet in message


def test_correction_of_everything_survives_the_same_file_and_the_next_one(mgr1: User) -> None:
    """Case 47, with another sheet after it that knows no more than the first."""
    take(FULL)
    correct(mgr1, name="张伟", birthday_year=1991, home_address="改过的路1号", tier=None)
    before = Customer.objects.values().get()
    for sheet in (FULL, FULL | {"home_address": "又一条路3号"}):
        report = take(sheet)
        assert counts(report) == (1, 0, 0, 1, 0)
        assert Customer.objects.values().get() == before
    assert warned(report, "tier") == [2]  # taken out by hand stays out


def test_value_that_no_person_corrected_is_updated(mgr1: User) -> None:
    take(FULL)
    correct(mgr1, home_address="改过的路1号")
    assert counts(take(FULL | {"work_address": "新大厦", "home_address": ""})) == (1, 0, 1, 0, 0)
    assert (the_guest().work_address, the_guest().home_address) == ("新大厦", "改过的路1号")


def test_import_after_import_still_updates() -> None:
    take(FULL)
    take(FULL | {"home_address": "第二张表"})
    assert counts(take(FULL | {"home_address": "第三张表"})) == (1, 0, 1, 0, 0)


def test_correction_back_to_what_the_sheet_says_is_no_quarrel(mgr1: User) -> None:
    take(FULL)
    correct(mgr1, name="张伟")
    correct(mgr1, name="张伟错")
    assert take(FULL).warnings == []


def test_owner_taken_away_by_hand_does_not_come_back(mgr1: User, ops: User) -> None:
    take(FULL | {"owner": "mgr1"})
    correct(ops, owner=None)
    report = take(FULL | {"owner": "mgr1"})
    assert (counts(report), warned(report, "owner")) == ((1, 0, 0, 1, 0), [2])
    assert the_guest().owner is None


def test_yes_that_the_guest_gave_at_the_desk_is_not_withdrawn_by_the_sheet_of_before(mgr1: User) -> None:
    take(FULL)
    correct(mgr1, sms_consent=True)
    report = take(FULL)
    assert (counts(report), warned(report, "sms_consent")) == ((1, 0, 0, 1, 0), [2])
    assert the_guest().sms_consent
    assert Consent.objects.filter(action=Consent.Action.WITHDRAWN).count() == 0


def test_no_that_no_sheet_said_before_counts_whoever_said_yes(mgr1: User) -> None:
    take(FULL | {"sms_consent": ""})
    correct(mgr1, sms_consent=True)
    assert counts(take(FULL)) == (1, 0, 1, 0, 0)
    assert not the_guest().sms_consent


def test_consent_withdrawn_at_the_desk_is_not_brought_back(mgr1: User) -> None:
    """Case 24."""
    take(FULL | {"sms_consent": "是"})
    correct(mgr1, sms_consent=False)
    report = take(FULL | {"sms_consent": "是"})
    assert (counts(report), warned(report, "sms_consent")) == ((1, 0, 0, 1, 0), [2])


def test_corrections_of_many_guests_are_read_at_once(mgr1: User, django_assert_max_num_queries: Any) -> None:
    rows = [FULL | {"phone": f"138165548{n:02d}", "member_no": f"V{n}"} for n in range(60)]
    take(*rows)
    Customer.objects.update(name="张伟")
    with django_assert_max_num_queries(14):
        report = take(*rows)
    assert counts(report) == (60, 0, 0, 60, 0)
    assert len(warned(report, "name")) == 60


# --- merges --------------------------------------------------------------------------------------------------------


def merged_pair(mgr1: User, *, kept: int = 0, **second: str) -> tuple[dict[str, str], dict[str, str]]:
    """Two rows of a sheet whose guests were made one."""
    rows = FULL, FULL | {"phone": "13816554702", "name": "张玮", "member_no": "", "notes": "右边"} | second
    take(*rows)
    keys = [the_guest(f"+86{row['phone']}").pk for row in rows]
    merge_customers(kept=keys[kept], merged=keys[1 - kept], by=mgr1)
    return rows


@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0,), (1,)])
def test_old_sheet_changes_nothing_after_a_merge(mgr1: User, kept: int, order: tuple[int, ...]) -> None:
    rows = merged_pair(mgr1, kept=kept, birthday="", home_address="别处2号")
    before = list(Customer.objects.order_by("pk").values())
    report = take(*(rows[at] for at in order))
    assert (report.created, report.updated) == (0, 0)
    assert list(Customer.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0,), (1,)])
def test_merge_of_a_no_and_a_yes_stays_a_no(mgr1: User, kept: int, order: tuple[int, ...]) -> None:
    """Case 46."""
    rows = FULL | {"sms_consent": "是"}, FULL | {"phone": "13816554702", "member_no": "", "sms_consent": "是"}
    take(*rows)
    correct(mgr1, sms_consent=False)
    keys = [the_guest(f"+86{row['phone']}").pk for row in rows]
    merge_customers(kept=keys[kept], merged=keys[1 - kept], by=mgr1)
    assert not the_guest().sms_consent
    take(*(rows[at] for at in order))
    assert not the_guest().sms_consent


def test_new_sheet_still_updates_a_merged_guest(mgr1: User) -> None:
    rows = merged_pair(mgr1)
    assert counts(take(rows[0] | {"work_address": "新大厦"})) == (1, 0, 1, 0, 0)


# --- somebody else -------------------------------------------------------------------------------------------------


FIRST = {"name": "骆听雨", "phone": "13816550811", "birthday": "1980-03-02", "home_address": "8号", "sms_consent": "是"}
SECOND = FIRST | {"name": "裴念星", "birthday": "1982-07-09", "sms_consent": "否"}


@pytest.mark.parametrize("dry_run", [False, True])
def test_two_people_with_one_phone_are_not_mixed_up(dry_run: bool) -> None:
    """Cases 08b and 08c."""
    take(FIRST)
    before = Customer.objects.values().get()
    report = take(SECOND, dry_run=dry_run)
    assert (counts(report), faults(report)) == ((1, 0, 0, 0, 1), [(2, "phone")])
    assert "骆*" in report.errors[0].message and "骆听雨" not in report.errors[0].message
    assert Customer.objects.values().get() == before
    assert Consent.objects.filter(action=Consent.Action.WITHDRAWN).count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "骆听雪"},
        {"birthday": "1982-07-09"},
        {"name": "骆小姐", "birthday": "1982-07-09"},
        {"name": "Luo Tingyu", "birthday": "1982-07-09"},
        {"name": "裴念星", "birthday": ""},
        {"name": "裴念星", "birthday": "农历正月十六", "calendar": ""},
    ],
)
def test_another_name_or_another_birthday_alone_is_a_correction(change: dict[str, str]) -> None:
    """The last one is the same day by the moon, of 1980, without its year: nobody can tell, and so it is refused."""
    take(FIRST)
    report = take(FIRST | change)
    assert counts(report)[4] == (1 if "calendar" in change else 0)


def test_one_birthday_in_two_calendars_is_one_birthday() -> None:
    take(FIRST)
    report = take(FIRST | {"name": "裴念星", "birthday": "1980年正月十六", "calendar": "lunar"})
    assert report.rejected == 0


def test_refused_row_leaves_the_guest_to_their_other_number(mgr1: User) -> None:
    from customers.numbers import add_number

    take(FIRST)
    add_number(customer=the_guest("+8613816550811").pk, number="+8613816550812", by=mgr1)
    report = take(SECOND, FIRST | {"phone": "13816550812", "home_address": "新址"})
    assert counts(report) == (2, 0, 1, 0, 1)


# --- what an update replaces ---------------------------------------------------------------------------------------


def test_trial_run_shows_what_each_update_replaces() -> None:
    make_customer(name="张伟", phone="+8613816554701", home_address="旧址", birthday_month=5, birthday_day=17)
    report = take(FULL, dry_run=True)
    replaced = {line.field: (line.before, line.after) for line in report.replaced}
    assert replaced["name"] == ("张伟", "张伟错")
    assert replaced["home_address"] == ("旧址", "上海市试验路47号")
    assert replaced["birthday"] == ("17 May", "2 January 1990")
    assert replaced["tier"] == ("", "Gold")
    assert all(line.row == 2 for line in report.replaced)
    assert the_guest().name == "张伟"

"""Rules of the evening about a guest's record: an address that is none, a number of one digit, who becomes a VIP."""

import datetime as dt
import importlib
import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from customers.addresses import clean_address
from customers.captured import told_after
from customers.evening import night_columns
from customers.intake.importing import import_customers
from customers.models import Customer, MembershipTier
from customers.phones import is_one_digit
from customers.sheets import sheet_of
from customers.tests.factories import capture_data, make_customer
from staff.models import User
from vipdesk import nights
from vipdesk.held import HeldSubmission
from vipdesk.tests.sealed import entry, message

pytestmark = pytest.mark.django_db
NEW = "/customers/new/"
NOTHING = ["。", "无", "-", "不详", "——", "。。。", " 无 ", "N/A", "1", "家", "　"]


def answered(answer: Any) -> list[str]:
    return re.findall(r'name="sure"\s+value="([^"]+)"', answer.content.decode())


def state(client: Client, kept: dict[str, str]) -> str:
    answer = client.post("/offline/entries/", message(kept), content_type="application/json")
    return str(answer.json()["answers"][0]["state"])


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", NOTHING)
def test_an_address_that_says_nothing_is_refused_at_the_capture_with_what_was_typed(
    mgr1: User, signed_in: Any, typed: str
) -> None:
    answer = signed_in(mgr1).post(NEW, capture_data(home_address=typed, work_address="", name="王芳"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "王芳" in page and not Customer.objects.exists()
    assert "is needed" in page.lower() or "two addresses" in page


def test_one_beside_a_real_one_is_kept_empty(mgr1: User, signed_in: Any) -> None:
    answer = signed_in(mgr1).post(NEW, capture_data(home_address="无", work_address="南京东路1号"))
    assert answer.status_code == 303
    assert Customer.objects.values_list("home_address", "work_address").get() == ("", "南京东路1号")


@pytest.mark.parametrize("real", ["5号", "No. 7", "南京东路1号", "无锡市中山路", "不详街3号"])
def test_a_short_address_is_one(real: str) -> None:
    assert clean_address(real) == real


def test_records_without_an_address_count_nowhere(mgr1: User, signed_in: Any) -> None:
    night, now = nights.tonight(), dt.datetime.now(dt.UTC)
    kept = make_customer(owner=mgr1)
    make_customer(owner=mgr1, home_address="")
    sheet = f"姓名,电话,家庭住址,客服经理,采集时间\n王芳,13816550031,。,mgr1,{now.astimezone():%Y-%m-%d %H:%M}\n"
    import_customers(data=sheet.encode(), filename="a.csv")
    assert Customer.objects.filter(captured_by=mgr1, night=night).count() == 3
    assert Customer.objects.captured_by_manager(mgr1, night).count() == 1
    assert {part.tally.counted for part in sheet_of(night).parts if part.manager == mgr1} == {1}
    assert night_columns(night)[mgr1.pk]["New guests"].text == "1 / 10"
    assert told_after(guest=kept, number=str(kept.phone), by=mgr1, night=night).count == 1
    client = signed_in(mgr1)
    assert "guest 2 of 10" in client.get(NEW).content.decode()
    assert re.search(r"1<small> / 10</small>", client.get("/tonight/").content.decode())


def test_what_stands_there_already_becomes_empty_and_the_word_stays_in_history(mgr1: User) -> None:
    words = {make_customer(owner=mgr1, home_address=word).pk for word in NOTHING}
    real = {make_customer(owner=mgr1, home_address=word).pk for word in ("5号", "无锡市中山路", "南京东路1号")}
    migration = importlib.import_module("customers.migrations.0007_addresses_that_say_nothing")
    with connection.schema_editor() as editor:
        migration.empty(apps, editor)
    left = set(Customer.objects.exclude(home_address="").values_list("pk", flat=True))
    assert left == real
    assert Customer.objects.captured_by_manager(mgr1, nights.tonight()).count() == len(real)
    history: Any = apps.get_model("customers", "CustomerEvent")
    assert set(history.objects.values_list("pgh_obj_id", flat=True)) == words


# --- a number of one digit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "is_it"),
    [
        ("+8613333333333", True),
        ("+8618888888888", True),
        ("+8613333333334", False),
        ("+8613900000000", False),
        ("+85266666666", True),
        ("+85291234567", False),
    ],
)
def test_which_numbers_are_of_one_digit(number: str, is_it: bool) -> None:
    assert is_one_digit(number) is is_it


def test_a_capture_of_one_is_confirmed_once_before_it_is_taken(mgr1: User, signed_in: Any) -> None:
    client, form = signed_in(mgr1), capture_data(phone="13333333333", name="王芳")
    answer = client.post(NEW, form)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Is this the guest&#x27;s number?" in page and "王芳" in page
    assert not Customer.objects.exists()
    (token,) = answered(answer)
    assert "13333333333" not in token
    assert client.post(NEW, form | {"phone": "15555555555", "sure": token}).status_code == 422
    assert client.post(NEW, form | {"sure": token}).status_code == 303
    assert Customer.objects.get().phone == "+8613333333333"


@pytest.mark.django_db(transaction=True)
def test_one_typed_without_network_is_held_until_its_author_confirms_it(
    mgr1: User, signed_in: Any, furnished: None
) -> None:
    client, form = signed_in(mgr1), capture_data(phone="13333333333")
    kept = entry("mgr1", "capture", form)
    assert state(client, kept) == state(client, kept) == "held"
    waiting = HeldSubmission.objects.get()
    (token,) = answered(client.get(f"{NEW}?held={waiting.pk}"))
    mended = capture_data(phone="13333333333") | {"held": str(waiting.pk), "sure": token}
    assert client.post(NEW, mended).status_code == 303
    assert Customer.objects.get().captured_at == waiting.happened_at
    confirmed = entry("mgr1", "capture", capture_data(phone="18888888888") | {"sure": "phone:0"})
    assert state(client, confirmed) == "held"


# --- who becomes a VIP -----------------------------------------------------------------------------------------------


@pytest.fixture
def vip() -> MembershipTier:
    return MembershipTier.objects.filter(is_vip=True).order_by("rank")[0]


def edited(client: Client, guest: Customer, **changes: Any) -> Any:
    form = client.get(f"/customers/{guest.pk}/edit/").context["form"]
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in (values | changes).items() if value not in (None, False, [])}
    return client.post(f"/customers/{guest.pk}/edit/", sent)


def test_a_manager_raises_a_guest_to_vip_only_with_a_member_number(
    mgr1: User, signed_in: Any, vip: MembershipTier
) -> None:
    guest, client = make_customer(owner=mgr1), signed_in(mgr1)
    answer = edited(client, guest, tier=vip.pk)
    assert answer.status_code == 422 and "A VIP tier needs the member number" in answer.content.decode()
    assert edited(client, guest, tier=vip.pk, member_no="VIP0012").status_code == 302
    guest.refresh_from_db()
    assert guest.tier == vip


def test_operations_raise_anybody_and_a_vip_of_before_is_still_corrected(
    mgr1: User, ops: User, signed_in: Any, vip: MembershipTier
) -> None:
    guest, old = make_customer(owner=mgr1), make_customer(owner=mgr1, tier=vip)
    assert edited(signed_in(ops), guest, tier=vip.pk).status_code == 302
    assert edited(signed_in(mgr1), old, notes="爱安静").status_code == 302
    assert Customer.objects.filter(tier=vip).count() == 2


def test_an_import_of_aftersales_leaves_the_tier_out_without_a_member_number(
    ops: User, desk_user: User, vip: MembershipTier
) -> None:
    known = make_customer(phone="+8613816550033")
    sheet = (
        "姓名,电话,会员等级,会员号\n"
        f"王芳,13816550031,{vip.name},\n李明,13816550032,{vip.name},VIP0099\n{known.name},13816550033,{vip.name},\n"
    ).encode()
    report = import_customers(data=sheet, filename="a.csv", user=desk_user)
    assert (report.created, report.rejected) == (2, 0)
    assert [line.row for line in report.warnings if line.field == "tier"] == [2, 4]
    assert list(Customer.objects.filter(tier=vip).values_list("name", flat=True)) == ["李明"]
    again = import_customers(data=sheet, filename="a.csv", user=desk_user)
    assert again.unchanged == 3
    assert import_customers(data=sheet, filename="a.csv", user=ops).updated == 2
    assert Customer.objects.filter(tier=vip).count() == 3


def test_a_capture_takes_no_tier(mgr1: User, signed_in: Any, vip: MembershipTier) -> None:
    assert signed_in(mgr1).post(NEW, capture_data() | {"tier": vip.pk}).status_code == 303
    assert Customer.objects.get().tier is None

"""Text whose bytes were read as another encoding's: refused in a name, told elsewhere, in every importer."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from customers.models import Customer
from customers.tests.sheets import counts
from staff.models import User
from vipdesk.sheets.broken_text import is_broken
from vipdesk.tests.importers import BOTTLES, CHARGES, CUSTOMERS, FIELD, SURVEYS, Importer, furnish
from visits.models import StoredBottle

BROKEN = ["上海市试\ufffd\ufffd31号", "锟斤拷锟斤拷路8号", "烫烫烫烫", "屯屯屯", "上海市〓路", "寮犱紵", "涓婃捣甯傝瘯楠岃矾8鍙?",
          "å¼\xa0ä¼Ÿ", "ä¸Šæµ·", "锘垮鍚�"]  # fmt: skip
GOOD = ["张伟", "王䶮", "䶮总", "𠮷野家明", "联通", "上海市静安区试验路8号", "喜欢🎤；要靠窗", "真的吗？？下次再说", "Seán O'Connor",
        "Nguyễn Thị Ánh", "Zoë", "□是 □否", "阿不都热依木·买买提", "", "ascii?", "烫头发"]  # fmt: skip


@pytest.fixture(autouse=True)
def november() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def venue(mgr1: User) -> None:
    furnish()


@pytest.mark.parametrize("text", BROKEN)
def test_broken_text_is_known(text: str) -> None:
    assert is_broken(text)


@pytest.mark.parametrize("text", GOOD)
def test_good_text_is_left_alone(text: str) -> None:
    assert not is_broken(text)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=12))
def test_name_read_as_gbk_is_broken_and_the_name_is_not(name: str) -> None:
    try:
        misread = name.encode().decode("gb18030")
    except UnicodeDecodeError:
        misread = name.encode().decode("gb18030", "replace")
    everyday = [c for c in misread if c == "\ufffd" or not _is_in_gb2312(c)]
    assert not everyday or is_broken(misread)


def _is_in_gb2312(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize("text", ["\ufffd明", "锟斤拷", "寮犱紵"])
@pytest.mark.usefixtures("venue")
def test_broken_name_refuses_its_row(text: str) -> None:
    for make in (CUSTOMERS.csv, CUSTOMERS.xlsx):
        report = CUSTOMERS.take(make(CUSTOMERS.row(name=text)))
        assert counts(report) == (1, 0, 0, 0, 1) and "broken on the way" in report.errors[0].message


@pytest.mark.usefixtures("venue")
@pytest.mark.parametrize(
    ("importer", "column"),
    [(CUSTOMERS, "home_address"), (CUSTOMERS, "notes"), (CUSTOMERS, "member_no"), (BOTTLES, "product"),
     (BOTTLES, "locker"), (SURVEYS, "comment")],
    ids=lambda value: value.name if isinstance(value, Importer) else value,
)  # fmt: skip
def test_broken_text_elsewhere_is_a_warning(importer: Importer, column: str) -> None:
    report = importer.take(importer.csv(importer.row(**{column: "试\ufffd31"})))
    assert report.created == 1
    assert [line.field for line in report.warnings if "broken on the way" in line.message] == [column]
    if column in ("home_address", "notes"):
        assert column in Customer.objects.exclude(name="赵伟").get().needs_check


@pytest.mark.usefixtures("venue")
@pytest.mark.parametrize(
    ("importer", "column"),
    [(BOTTLES, "bottle_no"), (CHARGES, "bill_no"), (CHARGES, "room"), (CHARGES, "manager"), (SURVEYS, "room"),
     (SURVEYS, "manager"), (SURVEYS, "client_id")],
    ids=lambda value: value.name if isinstance(value, Importer) else value,
)  # fmt: skip
def test_broken_identifier_refuses_its_row(importer: Importer, column: str) -> None:
    report = importer.take(importer.csv(importer.row(**{column: "88\ufffd1"})))
    assert [line.field for line in report.errors] == [column]


@pytest.mark.usefixtures("venue")
def test_broken_text_never_replaces_what_is_on_file() -> None:
    CUSTOMERS.take(CUSTOMERS.csv(CUSTOMERS.row(notes="靠窗")))
    BOTTLES.take(BOTTLES.csv(BOTTLES.row()))
    broken = CUSTOMERS.row(home_address="南京东\ufffd1号", notes="靠\ufffd")
    assert CUSTOMERS.take(CUSTOMERS.csv(broken)).unchanged == 1
    assert BOTTLES.take(BOTTLES.csv(BOTTLES.row(product="麦\ufffd"))).unchanged == 1
    guest = Customer.objects.exclude(name="赵伟").get()
    assert (guest.home_address, guest.notes) == ("南京东路1号", "靠窗")
    assert StoredBottle.objects.get().product == "麦芽"


@pytest.mark.usefixtures("venue")
@pytest.mark.parametrize("name", ["30-broken-bytes-gb.csv", "30-broken-bytes-utf8.csv"])
def test_30_broken_bytes(name: str) -> None:
    report = CUSTOMERS.take((FIELD / name).read_bytes())
    assert [(line.row, line.field) for line in report.errors] == [(2, "name")]
    assert report.created == (1 if name.endswith("gb.csv") else 0)

"""Finding anyone: by characters, by sound, by number, by card; whatever is typed is answered plainly."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers import pinyin, searching
from customers.models import Customer, PhoneNumber
from customers.querysets import PAGE_SIZE
from customers.tests.factories import make_customer
from staff.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.servers]


def found(typed: str) -> list[str]:
    """Names of those whom `typed` means."""
    return sorted(guest.name for guest in Customer.objects.living().newest(PAGE_SIZE, typed=typed))


FORM = "application/x-www-form-urlencoded"


def as_sent(typed: str) -> str:
    """The body that a browser, or somebody who means harm, sends for it."""
    return urlencode({"q": typed}, errors="surrogatepass")


@pytest.fixture
def house() -> None:
    names = "张伟,张伟强,赵小明,曾国强,单雪梅,欧阳子涵,吕安,陆安,王莉,李宁,阿里木·买买提,解晓东,Anna Lee"
    for name in names.split(","):
        make_customer(name=name)


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("涵", "欧阳子涵"),
        ("阳子", "欧阳子涵"),
        ("欧阳子", "欧阳子涵"),
        ("涵 欧", "欧阳子涵"),
        ("买买提", "阿里木·买买提"),
        ("zhang w", "张伟 张伟强"),
        ("zhang wei", "张伟 张伟强"),
        ("zhangwei", "张伟 张伟强"),
        ("zhangweiq", "张伟强"),
        ("wei zhang", "张伟 张伟强"),
        ("Zhāng Wěi", "张伟 张伟强"),
        ("ｚｈａｎｇ ｗ", "张伟 张伟强"),
        ("zhang'w", "张伟 张伟强"),
        ("zw", "张伟 张伟强"),
        ("zwq", "张伟强"),
        ("wq", "张伟强"),
        ("weiqiang", "张伟强"),
        ("xiaoming", "赵小明"),
        ("张wei", "张伟 张伟强"),
        ("张w", "张伟 张伟强"),
        ("zeng", "曾国强"),
        ("ceng", ""),
        ("shan", "单雪梅"),
        ("dan", ""),
        ("xie", "解晓东"),
        ("ouyang", "欧阳子涵"),
        ("oy", "欧阳子涵"),
        ("ouyangzihan", "欧阳子涵"),
        ("lv", "吕安"),
        ("lü", "吕安"),
        ("lǚ an", "吕安"),
        ("lyu", "吕安"),
        ("lu", "吕安 陆安"),
        ("lvan", "吕安"),
        ("anna", "Anna Lee"),
        ("lee anna", "Anna Lee"),
        ("anna l", "Anna Lee"),
        ("z w", "张伟 张伟强"),
        ("张 w", ""),
        ("nna", "Anna Lee"),
        ("al", "Anna Lee 阿里木·买买提"),
        ("伟赵", ""),
        ("zhang li", ""),
        ("hanzi", ""),
    ],
)
def test_reader_finds_a_guest_by_characters_and_by_sound(house: None, typed: str, finds: str) -> None:
    wanted = finds.replace("Anna Lee", "Anna_Lee").split()
    assert found(typed) == sorted(name.replace("_", " ") for name in wanted)


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("2203", True),
        ("16552203", False),
        ("203", False),
        ("52203", False),
        ("3816552203", False),
        ("13816552203", True),
        ("138 1655 2203", True),
        ("138-1655-2203", True),
        ("１３８１６５５２２０３", True),
        ("+8613816552203", True),
        ("+86 138-1655-2203", True),
        ("(+86) 138 1655 2203", True),
        ("86 138 1655 2203", True),
        ("0086 13816552203", True),
        ("013816552203", True),
        ("1381655", False),
        ("1381655220", False),
        ("+86 138", False),
        ("+861381655220", False),
        ("+2203", False),
        ("008613816552203", True),
        ("00861381655220", False),
        ("8613816552203", True),
        ("861381655220", False),
        ("+1", False),
        ("+99", False),
        ("8888", False),
        ("1655", False),
        ("2204", False),
        ("赵 2203", True),
        ("zhao 138 1655 2203", True),
        ("钱 2203", False),
        ("V-1234", True),
        ("v-1234", True),
        ("80012345", True),
        ("8001 2345", True),
        ("80012346", False),
    ],
)
def test_reader_finds_a_guest_by_any_number_of_theirs(typed: str, finds: bool) -> None:
    make_customer(name="赵伟", phone="+8613816552203", member_no="V-1234")
    if typed.startswith("80"):
        Customer.objects.update(member_no="80012345")
    assert found(typed) == (["赵伟"] if finds else [])


def test_four_noughts_are_the_end_of_a_number_and_a_country_needs_more_digits() -> None:
    make_customer(name="赵伟", phone="+8613812340000")
    make_customer(name="钱进", phone="+85261234567")

    assert found("0000") == ["赵伟"]
    assert found("0085261234567") == ["钱进"]
    assert found("00852612") == found("00000000") == []


def test_reader_finds_by_a_second_number_and_not_by_one_that_was_released() -> None:
    guest = make_customer(name="赵伟", phone="+8613816552203")
    PhoneNumber.objects.create(customer=guest, number="+85291234567")
    PhoneNumber.objects.create(customer=guest, number="+8613900008765", released_at=timezone.now())

    assert found("+85291234567") == found("85291234567") == found("91234567") == found("2203") == ["赵伟"]
    assert found("8765") == found("13900008765") == found("+852") == []


def test_number_from_elsewhere_is_found_whole_alone_since_its_mask_shows_fewer_digits() -> None:
    make_customer(name="赵伟", phone="+85291234567")
    make_customer(name="佐藤", phone="+819012345678")
    assert found("4567") == found("5678") == found("567") == []
    assert found("09012345678") == found("+81 90 1234 5678") == ["佐藤"]


def test_reader_finds_a_guest_once_however_many_numbers_match() -> None:
    guest = make_customer(name="赵伟", phone="+8613816552203")
    PhoneNumber.objects.create(customer=guest, number="+8613916552203")
    assert found("2203") == ["赵伟"]


def test_merged_and_erased_guests_are_found_by_nothing() -> None:
    kept = make_customer(name="赵伟", phone="+8613816552203")
    make_customer(name="赵伟伟", phone=None, merged_into=kept)
    make_customer(name="赵明伟", phone=None, home_address="", erased_at=timezone.now())
    for typed in ("", "赵", "zhao", "zww", "zhaowei"):
        assert set(found(typed)) <= {"赵伟"}, typed


@pytest.mark.parametrize(
    "typed",
    [
        "%",
        "_",
        "\\",
        "'; DROP TABLE customers_customer; --",
        '"',
        "😀",
        "赵" * 5000,
        "qian " * 2000,
        "1 " * 5000,
        " ".join("abcdefghij" * 10),
        " ".join("赵钱孙李" * 25),
        "+" * 10_000,
        "+" + "9" * 200,
        "9" * 10_000,
        "00",
        "0000",
        "٠١٢٣٤٥٦٧",
        "²³¹²",
        "()",
        "-.-",
        "a\udc80b",
        "u:" * 40,
        "\ufeff王x",
    ],
)
def test_whatever_is_typed_is_answered_plainly(mgr1: User, signed_in: Any, typed: str) -> None:
    make_customer(name="赵伟", phone="+8613816552203")

    assert found(typed) == []
    answer = signed_in(mgr1).post("/customers/", as_sent(typed), FORM, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200 and "Nobody found" in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "   ", "\x00", "\u202e", "\u200b\u200f", "\t\r\n"])
def test_who_types_nothing_that_shows_sees_the_newest(mgr1: User, signed_in: Any, typed: str) -> None:
    make_customer(name="赵伟")

    assert found(typed) == ["赵伟"]
    answer = signed_in(mgr1).post("/customers/", as_sent(typed), FORM)
    assert answer.status_code == 200 and "赵伟" in answer.content.decode()


def test_invisible_marks_pasted_with_a_name_do_not_hide_the_guest() -> None:
    make_customer(name="赵伟")
    assert found("\ud800") == found("\ud800赵") == ["赵伟"]
    assert found("\u202e赵\u200b伟\u202c") == found("\ufeff赵\x00伟") == ["赵伟"]


def test_more_words_than_say_anything_are_left_aside(house: None) -> None:
    words = searching.condition(" ".join(["张"] * 500))
    assert str(words).count("name_keys") <= 2 * searching.MOST_WORDS


def test_pages_of_a_search_follow_each_other_without_gap_or_double() -> None:
    at = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)
    made = [make_customer(name=f"王{n}", captured_at=at - dt.timedelta(minutes=n // 3)) for n in range(25)]
    make_customer(name="李", captured_at=at)
    seen: list[int] = []
    after = ""
    while rows := Customer.objects.living().newest(7, typed="王", after=after):
        seen += [row.pk for row in rows]
        after = rows[-1].place

    newest_first = sorted(made, key=lambda guest: (guest.captured_at, guest.pk), reverse=True)
    assert seen == [guest.pk for guest in newest_first]


def test_the_same_is_found_whether_the_newest_are_enough_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    at = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)
    for n in range(40):
        make_customer(name="王芳" if n % 4 else "李娜", captured_at=at - dt.timedelta(minutes=n))
    found = {}
    for walk in (0, 5, 12, 30, 4_000):
        monkeypatch.setattr("customers.querysets.WALK", walk)
        found[walk] = [guest.pk for guest in Customer.objects.living().newest(8, typed="li")]
    assert len(found[0]) == 8 and all(pks == found[0] for pks in found.values())


# --- however it is written, the name is read -----------------------------------------------------------------------


def test_guest_captured_corrected_or_imported_is_found_by_how_the_name_sounds(mgr1: User, signed_in: Any) -> None:
    from customers.intake.importing import import_customers
    from customers.tests.factories import capture_data

    client = signed_in(mgr1)
    client.post("/customers/new/", capture_data(name="曾小贤", phone="13800000001"))
    guest = Customer.objects.get()
    assert guest.pinyin == "zeng xiao xian"

    import_customers(data="name,phone\n曾大贤,13800000001\n单小雪,13800000002\n".encode(), filename="x.csv")
    assert set(Customer.objects.values_list("pinyin", flat=True)) == {"shan xiao xue", "zeng da xian"}

    Customer.objects.filter(pk=guest.pk).update(pinyin=None)
    import_customers(data="name,phone,notes\n曾大贤,13800000001,常客\n".encode(), filename="y.csv")
    guest.refresh_from_db()
    assert guest.pinyin == "zeng da xian"


def test_guest_whose_name_is_corrected_is_found_by_the_new_one(mgr1: User, signed_in: Any) -> None:
    guest = make_customer(name="张伟", owner=mgr1)
    facts = {
        "name": "单伟",
        "phone": guest.phone,
        "birthday_calendar": "solar",
        "birthday_month": 5,
        "birthday_day": 17,
        "home_address": guest.home_address,
        "version": guest.updated_at.isoformat(),
    }
    assert signed_in(mgr1).post(f"/customers/{guest.pk}/edit/", facts).status_code == 302
    assert found("shanw") == ["单伟"] and found("zhang") == []


def test_demo_guests_are_found_by_how_their_names_sound() -> None:
    from django.core.management import call_command

    call_command("load_demo", customers=300, nights=2, verbosity=0)
    rows = list(Customer.objects.values_list("name", "pinyin"))
    assert len(rows) >= 300 and all(sound == pinyin.read(name) for name, sound in rows)


# --- any name, any part of it --------------------------------------------------------------------------------------

_POOL = [*"张王李赵曾单吕欧阳诸葛尉迟子涵小明伟强芳娜安莉悦仇", "Anna", "lee", "阿里木·买买提", "O'Neil", "β", "Ünal"]


class AnyPartFinds(TestCase):
    @settings(max_examples=60)
    @given(data=st.data(), parts=st.lists(st.sampled_from(_POOL), min_size=1, max_size=5))
    def test_any_part_of_a_name_or_of_its_sound_finds_the_guest(self, data: st.DataObject, parts: list[str]) -> None:
        name = "".join(parts)
        guest = make_customer(name=name)
        sound = guest.pinyin or ""
        joined, initials = sound.replace(" ", ""), "".join(word[0] for word in sound.split())
        typed = [name[slice(*_part(data, len(name)))]]
        if sound:
            typed += [joined[: 1 + data.draw(st.integers(0, len(joined) - 1))], initials, sound]
            typed += [word for word in sound.split()[1:8] if len(word) > 1]
        for text in typed:
            assert guest in Customer.objects.newest(PAGE_SIZE, typed=text), (name, text)


def _part(data: st.DataObject, length: int) -> tuple[int, int]:
    start = data.draw(st.integers(0, length - 1))
    return start, start + 1 + data.draw(st.integers(0, length - start - 1))


def test_database_cuts_names_as_the_search_does() -> None:
    for name in ("欧阳子涵", "Anna Lee", "Ünal β", "阿里木·买买提", "a"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT customers_name_keys(%s, NULL)", [name])
            keys = set(cursor.fetchone()[0])
        assert set(searching.grams(name)) <= keys


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("阿里木•买买提", "阿里木·买买提"),  # on file since before the dots were one
        ("阿里木・买买提", "阿里木买买提"),
        ("Müller", "muller"),
        ("Muller", "Müller"),
        ("Lü Wei", "lv w"),
        ("Lü Wei", "lü"),
        ("Łukasz Đặng", "lukasz dang"),
        ("Jose", "José"),
        ("𠮷野", "𠮷野"),
    ],
)
def test_dots_and_accents_mean_nothing_on_file_or_typed(kept: str, typed: str) -> None:
    make_customer(name=kept)
    make_customer(name="欧阳子涵")
    assert found(typed) == [kept]

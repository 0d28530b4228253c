"""Capture and list beside their bare references."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.test import override_settings

from bench import bare
from bench.calls import Browser, compare, statements
from bench.table import Row
from customers.models import Customer
from staff.models import User
from vipdesk.database_roles import as_owner

_numbers = itertools.count()
OURS = "staff.backends.RoleBackend"


def rows() -> Iterator[Row]:
    """The pages' rows of the table."""
    with as_owner() as owner, owner.schema_editor() as editor:
        editor.create_model(bare.BareGuest)
    with override_settings(
        ROOT_URLCONF="bench.bare", AUTHENTICATION_BACKENDS=[OURS, bare.BACKEND], LOOKUPS_A_NIGHT=1_000_000
    ):
        user = User.objects.get(username="mgr1")
        desk = Browser(user, backend=OURS)
        plain = Browser(user, backend=bare.BACKEND, middleware=bare.MIDDLEWARE)
        yield from _capture(desk, plain)
        yield from _list(desk, plain)


def _capture(desk: Browser, plain: Browser) -> Iterator[Row]:
    def ours() -> None:
        _expect(200, desk.ask("/customers/new/", _guest(), HTTP_HX_REQUEST="true"))

    def against(url: str) -> Callable[[], None]:
        return lambda: _expect(302, plain.ask(url, _guest()))

    count = statements(ours)
    yield Row("capture, statements", count, None, "≤ 8", count <= 8, "statements")
    for name, url in (("one INSERT", "/bare/insert/"), ("a ModelForm", "/bare/form/")):
        mine, other = compare(ours, against(url))
        # The aim names the bare view of one INSERT; the other tells how much of the way a form would cost anybody.
        aim = 1.5 if url == "/bare/insert/" else None
        yield Row.ratio(f"capture ÷ {name}", mine, other, aim, "ms CPU")


def _list(desk: Browser, plain: Browser) -> Iterator[Row]:
    def reference() -> None:
        _expect(200, plain.ask("/bare/guests/"))

    for name, call in searches(desk).items():
        count = statements(call)
        yield Row(f"{name}, statements", count, None, "≤ 6", count <= 6, "statements")
        yield Row.ratio(f"{name} ÷ bare list", *compare(call, reference), 2.0, "ms CPU")


def searches(desk: Browser) -> dict[str, Callable[[], None]]:
    """The list, and each way to find a guest as one types, for somebody common enough to be there in any number."""

    def search(typed: str) -> Callable[[], None]:
        return lambda: _expect(200, desk.ask("/customers/", {"q": typed}, HTTP_HX_REQUEST="true"))

    number = str(Customer.objects.exclude(phone=None).values_list("phone", flat=True)[0])[-11:]
    typed = {"name": "子涵", "pinyin": "zhang w", "initials": "zw", "number": number, "last digits": number[-4:]}
    found = {f"search by {how}": search(words) for how, words in typed.items()}
    return {"list": lambda: _expect(200, desk.ask("/customers/")), **found}


def _guest() -> dict[str, Any]:
    number = next(_numbers)
    return {
        "name": "司马明",
        "phone": f"199{number:08d}",
        "birthday_month": 6,
        "birthday_day": 3,
        "birthday_year": 1988,
        "birthday_calendar": "solar",
        "home_address": "徐汇区漕溪北路18号",
        "work_address": "",
        "consent": "on",
        "sms_consent": "on",
        "source": "朋友介绍",
        "notes": "喜欢安静一点的位置",
        "client_id": uuid.uuid4(),
    }


def _expect(wanted: int, status: int) -> None:
    if status != wanted:
        raise RuntimeError(f"answered {status} instead of {wanted}: this would be measured wrongly")

"""How the list is answered among many: each search and each filter from an index, by few statements."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, TestCase

from customers.models import Customer, MembershipTier
from staff.models import User

pytestmark = pytest.mark.servers

GUESTS = 30_000
# One for each way to be found, with common, rare and absent ones; what stands in braces is filled from the venue.
SEARCHES = [
    "",
    *("王", "伟", "龘"),
    *("子涵", "欧阳", "龘靐"),
    *("欧阳子涵", "王子涵", "龘靐齉"),
    *("w", "wang", "li", "ouy", "zzzz"),
    *("zhangwei", "zhang wei", "zhang w", "wei zhang", "lü", "lu"),
    *("zw", "oyzh", "qqqq"),
    *("xiaoming", "zihan", "xm"),
    *("王 李", "伟 强", "wang li", "王wei"),
    *("{tail}", "0000", "999999"),
    *("{whole}", "+86 {whole}", "{head}", "+8613812", "+1", "13000000000"),
    *("{member_no}", "V000"),
    *("王 {tail}", "wang {whole}"),
]
FILTERS: list[dict[str, str]] = [
    *({"tier": value} for value in ("{tier}", "none", "vip")),
    *({"owner": value} for value in ("{owner}", "none")),
    *({"birthday": value} for value in ("solar-5", "lunar-12")),
    *({"seen": value} for value in ("7", "30", "not90", "not180", "not365", "never")),
    {"no_consent": "1"},
    {"incomplete": "1"},
    {"key": "yes"},
    {"key": "overdue"},
    {"mine": "1"},
    {"tier": "none", "key": "yes"},
    {"owner": "none", "birthday": "lunar-12", "incomplete": "1"},
]


class AmongMany(TestCase):
    facts: dict[str, str]
    staff: list[User]

    @classmethod
    def setUpTestData(cls) -> None:
        call_command("load_demo", customers=GUESTS, nights=7, stdout=StringIO(), stderr=StringIO())
        guest = Customer.objects.exclude(member_no=None).latest("pk")
        phone = str(guest.phone)
        owner, tier = User.objects.get(username="mgr1"), MembershipTier.objects.latest("rank")
        cls.facts = {"tail": phone[-4:], "whole": phone[3:], "head": phone[3:10], "member_no": str(guest.member_no)}
        cls.facts |= {"owner": str(owner.pk), "tier": str(tier.pk)}
        cls.staff = [owner, User.objects.get(username="ops")]

    def test_every_search_is_answered_from_an_index(self) -> None:
        for typed in SEARCHES:
            self.look({"q": typed})

    def test_every_filter_is_answered_from_an_index(self) -> None:
        for chosen in FILTERS:
            self.look(chosen)

    def test_search_and_filter_together_are_answered_from_indexes(self) -> None:
        for chosen in FILTERS:
            for typed in ("王", "zhang w", "{tail}", "欧阳"):
                self.look({"q": typed, **chosen})

    def test_pages_further_on_are_answered_from_an_index(self) -> None:
        for down in (100, GUESTS // 2):
            place = Customer.objects.order_by("-captured_at")[down].place
            for typed in ("", "王", "欧阳", "zhangwei", "zhang w", "zw", "{tail}"):
                self.look({"q": typed, "after": place})

    def look(self, asked: dict[str, str]) -> None:
        data = {name: value.format(**self.facts) for name, value in asked.items()}
        for user in self.staff:
            with self.subTest(asked=asked, user=user.username):
                client = Client()
                client.force_login(user, backend="staff.backends.RoleBackend")
                with watched() as sent:
                    assert client.post("/customers/", data).status_code == 200
                assert len(sent) <= 6, [sql for sql, _params in sent]
                for sql, params in sent:
                    assert not reads_everybody(sql, params), plan(sql, params)


def reads_everybody(sql: str, params: Any) -> bool:
    if "customers_customer" not in sql:
        return False
    return bool(re.search(r"Seq Scan on (customers_customer|customers_phonenumber)\b", plan(sql, params)))


def plan(sql: str, params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


@contextmanager
def watched() -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE")):
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent

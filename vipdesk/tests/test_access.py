"""The access table: every address × everybody (DOMAIN.md, "Who sees what"). No address stands outside it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from customers.models import Customer, CustomerImport
from customers.tests.factories import make_customer
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from vipdesk import nights

pytestmark = pytest.mark.django_db

LOGIN = "login"  # redirected to the login page
WHO = ("nobody", "owner", "other", "operations", "aftersales", "superuser")

# name: (method, arguments, answers of nobody, the owner, another manager, operations, after-sales, a superuser)
TABLE: dict[str, tuple[str, tuple[str, ...], tuple[Any, ...]]] = {
    "healthz": ("get", (), (200, 200, 200, 200, 200, 200)),
    "readyz": ("get", (), (200, 200, 200, 200, 200, 200)),
    "favicon": ("get", (), (302, 302, 302, 302, 302, 302)),
    "staff:home": ("get", (), (LOGIN, 302, 302, 302, 302, 302)),
    "staff:login": ("get", (), (200, 302, 302, 302, 302, 302)),
    "staff:logout": ("post", (), (302, 302, 302, 302, 302, 302)),
    "staff:language": ("post", (), (302, 302, 302, 302, 302, 302)),
    "staff:theme": ("post", (), (LOGIN, 302, 302, 302, 302, 302)),
    "staff:password": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "customers:tonight": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:hand_in": ("post", (), (LOGIN, 404, 404, 403, 403, 403)),
    "customers:list": ("get", (), (LOGIN, 200, 200, 200, 200, 200)),
    "customers:new": ("get", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:lookup": ("post", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:birthday": ("post", (), (LOGIN, 200, 200, 403, 403, 403)),
    "customers:page": ("get", ("guest",), (LOGIN, 200, 200, 200, 200, 200)),
    "customers:edit": ("get", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:reveal": ("post", ("guest",), (LOGIN, 200, 404, 200, 200, 200)),
    "customers:imports": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:import": ("get", ("import",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:import_confirm": ("post", ("import",), (LOGIN, 403, 403, 302, 302, 302)),
    "customers:import_progress": ("get", ("import",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:import_report": ("get", ("import",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:intake": ("get", (), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:night": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:decide": ("post", ("night",), (LOGIN, 403, 403, 422, 422, 422)),
    "customers:night_print": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:night_xlsx": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
    "customers:night_csv": ("get", ("night",), (LOGIN, 403, 403, 200, 200, 200)),
}


@pytest.fixture
def people(mgr1: User, mgr2: User, ops: User, desk_user: User) -> dict[str, User | None]:
    chief = make_user("admin", None, is_superuser=True, is_staff=True)
    return dict(zip(WHO, (None, mgr1, mgr2, ops, desk_user, chief), strict=True))


@pytest.fixture
def things(people: dict[str, User]) -> dict[str, Any]:
    guest = make_customer(owner=people["owner"])
    upload = CustomerImport.objects.create(
        created_by=people["aftersales"],
        filename="x.csv",
        content_sha256="0" * 64,
        status="done",
        report={"rows": 0, "errors": [], "warnings": []},
    )
    return {"guest": guest.pk, "import": upload.pk, "night": nights.tonight()}


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user, backend="staff.backends.RoleBackend")
    return client


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("who", WHO)
def test_everybody_gets_what_the_table_says(
    name: str, who: str, people: dict[str, User], things: dict[str, Any]
) -> None:
    method, arguments, answers = TABLE[name]
    url = reverse(name, args=[things[a] for a in arguments])

    answer = getattr(client_of(people[who]), method)(url)

    wanted = answers[WHO.index(who)]
    if wanted == LOGIN:
        assert answer.status_code == 302 and answer["Location"].startswith(reverse("staff:login"))
    else:
        assert answer.status_code == wanted


@pytest.mark.parametrize("name", [n for n, (_m, _a, answers) in TABLE.items() if answers[0] == LOGIN])
def test_htmx_of_somebody_signed_out_is_401_so_that_the_page_keeps_what_was_typed(
    name: str, things: dict[str, Any]
) -> None:
    method, arguments, _ = TABLE[name]
    url = reverse(name, args=[things[a] for a in arguments])
    assert getattr(Client(), method)(url, HTTP_HX_REQUEST="true").status_code == 401


def test_every_address_stands_in_the_table() -> None:
    names = {name for name in _names(get_resolver()) if not name.startswith("admin:")}
    assert names == set(TABLE)


def _names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _names(pattern, inner)


ADMIN = sorted({name for name in _names(get_resolver()) if name.startswith("admin:")})


@pytest.mark.parametrize("who", ["nobody", "owner", "aftersales"])
def test_the_admin_is_closed_to_everybody_but_operations(who: str, people: dict[str, User]) -> None:
    client = client_of(people[who])
    for name in ADMIN:
        if name in {"admin:login", "admin:logout", "admin:jsi18n"}:
            continue
        for arguments in ([], [1], ["app"], [1, 1]):
            try:
                url = reverse(name, args=arguments)
            except NoReverseMatch:
                continue  # these arguments do not fit
            assert client.get(url).status_code in (302, 403, 404), url
            assert client.post(url).status_code in (302, 403, 404, 405), url


@pytest.mark.parametrize("who", WHO)
def test_pages_of_the_signed_in_are_never_stored(who: str, people: dict[str, User], things: dict[str, Any]) -> None:
    if who == "nobody":
        return
    for name, (method, arguments, answers) in TABLE.items():
        if answers[WHO.index(who)] == 200 and name not in {"healthz", "readyz"}:
            answer = getattr(client_of(people[who]), method)(reverse(name, args=[things[a] for a in arguments]))
            assert "no-store" in answer["Cache-Control"], name


def test_no_number_stands_on_a_page_for_whom_it_is_not(people: dict[str, User], things: dict[str, Any]) -> None:
    number = Customer.objects.get(pk=things["guest"]).phone[3:]  # type: ignore[index]
    for who in ("other", "operations", "aftersales", "superuser"):
        for url in ("/customers/", f"/customers/{things['guest']}/"):
            page = client_of(people[who]).get(url).content.decode().replace(" ", "")
            assert number not in page, (who, url)


def test_roles_are_what_the_groups_say(people: dict[str, User]) -> None:
    assert people["owner"].roles == {roles.MANAGER}
    assert people["superuser"].has_role(roles.OPERATIONS) and not people["superuser"].has_role(roles.MANAGER)

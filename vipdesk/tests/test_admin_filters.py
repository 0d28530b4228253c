"""Lists of the admin are filtered by what they offer and by nothing else: an address asks about no other column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Field, Model
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse

from customers.tests.factories import make_customer
from staff.models import User
from staff.tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::RuntimeWarning")]

LOOKUPS = ("", "__exact", "__regex", "__iregex", "__startswith", "__contains", "__gt", "__in", "__range", "__isnull")
REGISTERED = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
HIDDEN = {"password", "pin", "token_digest", "code_digest", "phone", "host_phone", "guest_phone", "number"}


def paths(model: type[Model], deep: int = 3) -> Iterator[str]:
    """Each column, those of what it belongs to, and of what belongs to it, so many steps away."""
    for field in model._meta.get_fields():
        yield field.name
        if deep > 1 and field.is_relation and field.related_model not in (None, model):
            near: Any = field.related_model
            yield from (f"{field.name}__{further}" for further in paths(near, deep - 1 if _is_own(field) else 1))


def _is_own(field: Any) -> bool:
    return isinstance(field, Field) and not field.many_to_many


def _root(item: Any) -> str:
    """The column or the parameter that one item of `list_filter` is about."""
    if isinstance(item, str):
        return item
    return str(getattr(item, "parameter_name", "") or item[0])


def as_superuser() -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = make_user("root", is_superuser=True, is_staff=True)
    return request


def offered(admin_of: ModelAdmin[Any], request: HttpRequest) -> set[str]:
    """Every parameter that its filters themselves say they take."""
    changes = admin_of.get_changelist_instance(request)
    return {name for spec in changes.get_filters(request)[0] for name in spec.expected_parameters() if name}


@pytest.mark.parametrize(("model", "admin_of"), REGISTERED, ids=[model._meta.label for model, _admin in REGISTERED])
def test_every_list_allows_the_parameters_of_its_filters_and_no_other(
    model: type[Model], admin_of: ModelAdmin[Any], furnished: None
) -> None:
    request = as_superuser()
    takes = offered(admin_of, request)
    refused = [name for name in takes if not admin_of.lookup_allowed(name, "1", request)]
    assert refused == [], "a filter of the list would answer 400"

    roots = [_root(item) for item in admin_of.get_list_filter(request)]
    for path in paths(model):
        for name in (f"{path}{lookup}" for lookup in LOOKUPS):
            if admin_of.lookup_allowed(name, "1", request):
                assert re.sub("(__id)?(__exact)?$|__isnull$|__isempty$", "", name) in roots, f"{name} is no filter"
                assert not HIDDEN & set(path.split("__")), name


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("staff_user", "password__regex=^pbkdf2"),
        ("staff_user", "pin__regex=^p"),
        ("staff_user", "groups__name=operations"),
        ("staff_user", "customers__phone__startswith=%2B86138"),
        ("customers_customer", "phone__startswith=%2B86138"),
        ("customers_customer", "numbers__number__startswith=%2B86138"),
        ("customers_customer", "owner__password__regex=^p"),
        ("customers_accesslog", "customer__phone__startswith=%2B86138"),
        ("visits_reservation", "guest_phone__contains=1655"),
        ("visits_party", "host_phone__contains=1655"),
        ("targets_till", "token_digest__startswith=a"),
    ],
)
def test_address_that_asks_about_a_hidden_column_is_answered_400(
    page: str, asked: str, ops: User, signed_in: Any
) -> None:
    make_customer(phone="+8613816552203")
    root = make_user("root", is_superuser=True, is_staff=True)
    for user in (ops, root):
        answer = signed_in(user).get(f"{reverse(f'admin:{page}_changelist')}?{asked}")
        assert answer.status_code == 400 or (user == ops and answer.status_code == 403)

"""Tags of guests: chosen by who looks after them and by operations; they go along with a merge and back."""

from typing import Any

import pytest
from django.test import Client

from customers.erasing import erase_customer
from customers.merging import merge_customers, undo_merge
from customers.models import Customer, GuestTag, Tag
from customers.tags import on_offer, set_tags
from customers.tests.factories import make_customer
from staff.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def wine() -> Tag:
    return Tag.objects.create(name="爱红酒", name_en="red wine")


@pytest.fixture
def dinners() -> Tag:
    return Tag.objects.create(name="公司宴请")


def names(guest: Customer) -> set[str]:
    return set(GuestTag.objects.filter(customer=guest).values_list("tag__name", flat=True))


def test_the_owner_and_operations_choose_and_another_manager_does_not(
    wine: Tag, dinners: Tag, mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    guest = make_customer(owner=mgr1)
    address = f"/customers/{guest.pk}/tags/"
    tablet: Client = signed_in(mgr1)
    assert tablet.post(address, {"tags": [wine.pk]}).status_code == 302
    assert "red wine" in tablet.get(f"/customers/{guest.pk}/").content.decode()
    answer = signed_in(ops).post(address, {"tags": [wine.pk, dinners.pk]}, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200 and "公司宴请" in answer.content.decode()
    assert signed_in(mgr2).post(address, {"tags": []}).status_code == 404
    assert {(one.tag.name, one.added_by) for one in GuestTag.objects.select_related("tag", "added_by")} == {
        ("爱红酒", mgr1),
        ("公司宴请", ops),
    }
    tablet.post(address, {"tags": [dinners.pk]})
    assert names(guest) == {"公司宴请"}
    assert tablet.post(address, {"tags": [9999]}, HTTP_HX_REQUEST="true").status_code == 422


def test_what_is_not_offered_any_more_stays_with_who_has_it(wine: Tag, dinners: Tag, mgr1: User) -> None:
    guest, other = make_customer(owner=mgr1), make_customer(owner=mgr1)
    set_tags(customer=guest, tags=[wine], by=mgr1)
    Tag.objects.update(is_offered=False)
    assert list(on_offer(guest)) == [wine] and not on_offer(other).exists()


def test_tags_go_along_with_a_merge_and_back(wine: Tag, dinners: Tag, mgr1: User, desk_user: User) -> None:
    kept, merged = make_customer(owner=mgr1), make_customer(owner=mgr1)
    set_tags(customer=kept, tags=[wine], by=mgr1)
    set_tags(customer=merged, tags=[wine, dinners], by=mgr1)
    done = merge_customers(kept=kept.pk, merged=merged.pk, by=desk_user)
    assert names(kept) == {"爱红酒", "公司宴请"}
    undo_merge(merge=done.pk, by=desk_user)
    assert (names(kept), names(merged)) == ({"爱红酒"}, {"爱红酒", "公司宴请"})


def test_an_erased_guest_has_none(wine: Tag, mgr1: User, desk_user: User) -> None:
    guest = make_customer(owner=mgr1)
    set_tags(customer=guest, tags=[wine], by=mgr1)
    erase_customer(customer=guest, by=desk_user, cause="retention", identity="not_needed")
    assert not GuestTag.objects.exists() and Tag.objects.exists()


def test_operations_write_tags_in_the_admin(ops: User, signed_in: Any) -> None:
    office = signed_in(ops)
    assert office.post("/admin/customers/tag/add/", {"name": "爱红酒", "is_offered": "on"}).status_code == 302
    again = office.post("/admin/customers/tag/add/", {"name": "爱红酒", "is_offered": "on"})
    assert again.status_code == 200 and Tag.objects.count() == 1
    assert office.get("/admin/customers/tag/").status_code == 200

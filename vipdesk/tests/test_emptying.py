"""The database between two tests that commit: empty, with every trigger in its place."""

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError

from customers.models import Customer
from customers.tests.factories import make_customer
from staff.models import User
from targets.models import Charge
from targets.tests.bills import make_charge
from vipdesk.tests import emptying

pytestmark = pytest.mark.django_db(transaction=True)


def test_whatever_forbids_deleting_is_emptied_too_and_forbids_it_again(mgr1: User) -> None:
    for _round in range(2):
        make_customer()
        make_charge()
        with pytest.raises(DatabaseError):
            Charge.objects.all().delete()
        assert emptying.empty()
        assert not (Charge.objects.exists() or Customer.objects.exists() or User.objects.exists())
    assert Permission.objects.exists()


def test_many_rows_are_left_to_a_flush(mgr1: User) -> None:
    User.objects.bulk_create(User(username=f"person{n}") for n in range(300))
    assert not emptying.empty()
    assert User.objects.count() == 301

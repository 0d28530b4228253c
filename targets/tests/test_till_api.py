"""Tills: who may send, what each row is answered, and that a till which repeats itself changes nothing."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client, TestCase
from django.urls import reverse

from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from targets import tills
from targets.bills.answering import MOST_ROWS
from targets.bills.columns import COLUMNS
from targets.choices import ChargeKind, Payment
from targets.models import Charge, Till
from visits.models import Party, PartySpend
from visits.seating import close_party
from visits.tests.factories import make_party, make_room

pytestmark = pytest.mark.venue_zone

NOW = dt.datetime(2026, 11, 24, 14, tzinfo=dt.UTC)  # 22:00 at the venue
BILL = {
    "bill_no": "B1",
    "kind": "room",
    "amount": "880.00",
    "paid_at": "2026-11-24T21:30",
    "manager": "mgr1",
    "room": "888",
    "payment": "wechat",
}


@time_machine.travel(NOW, tick=False)
class Tills(TestCase):
    till: Till
    token: str
    manager: User
    party: Party

    @classmethod
    def setUpTestData(cls) -> None:
        ops, cls.manager = make_user("ops", roles.OPERATIONS), make_user("mgr1")
        cls.till, cls.token = tills.add_till(name="Front desk", by=ops)
        cls.party = make_party(by=cls.manager, room=make_room("888"), now=NOW - dt.timedelta(hours=2))

    def send(self, said: Any, name: str = "charges", token: str | None = None) -> Any:
        body = said if isinstance(said, str) else json.dumps(said)
        headers = {"Authorization": f"Bearer {token or self.token}"}
        client = Client(enforce_csrf_checks=True)
        return client.post(reverse(f"targets:api_{name}"), body, content_type="application/json", headers=headers)

    def statuses(self, said: Any, name: str = "charges") -> list[str]:
        answer = self.send(said, name)
        assert answer.status_code == 200, answer.content
        return [one["status"] for one in json.loads(answer.content)["results"]]

    def test_till_that_repeats_each_request_five_times_leaves_each_bill_once(self) -> None:
        many = [
            BILL,
            BILL | {"bill_no": "B2", "room": None},
            {"bill_no": "R1", "refund_of": "B1", "amount": "-80.00", "paid_at": "2026-11-24T21:40"},
        ]
        answers = [self.statuses(many) for _again in range(5)]
        assert answers == [["created"] * 3] + [["unchanged"] * 3] * 4
        assert Charge.objects.count() == 3 and Charge.objects.total() == Decimal("1680.00")
        assert (
            Charge.objects.get(bill_no="B1").party == self.party and Charge.objects.get(bill_no="B1").source == "till"
        )

    def test_one_bill_is_answered_with_its_number_and_what_was_made_of_it(self) -> None:
        said = json.loads(self.send(BILL).content)
        assert (said["rows"], said["created"], said["results"][0]["bill_no"]) == (1, 1, "B1")
        assert said["results"][0]["warnings"][0]["field"] == "manager"  # a walk-in is nobody's yet

    def test_rows_that_cannot_be_are_named_and_the_others_kept(self) -> None:
        rows = [
            BILL | {"amount": 10.005},
            BILL | {"bill_no": "B2", "amount": 1280.5},
            BILL | {"bill_no": "B3", "table": "9"},
            BILL | {"bill_no": "B4", "payment": ["cash"]},
        ]
        said = json.loads(self.send({"rows": rows}).content)
        assert [one["status"] for one in said["results"]] == ["rejected", "created", "rejected", "rejected"]
        assert [one["errors"][0]["field"] for one in said["results"] if "errors" in one] == [
            "amount",
            "table",
            "payment",
        ]
        assert Charge.objects.get().amount == Decimal("1280.50")

    def test_number_with_other_content_is_rejected(self) -> None:
        self.send(BILL)
        assert self.statuses(BILL | {"amount": "881.00"}) == ["rejected"]

    def test_amount_never_passes_through_a_float(self) -> None:
        self.send(json.dumps(BILL).replace('"880.00"', "99999999999.99"))
        assert Charge.objects.get().amount == Decimal("99999999999.99")

    def test_nobody_without_a_living_token_sends(self) -> None:
        assert self.send(BILL, token="x").status_code == 401
        assert Client().post(reverse("targets:api_charges"), BILL, content_type="application/json").status_code == 401
        tills.revoke(till=self.till)
        assert self.send(BILL).status_code == 401
        token = tills.renew_token(till=self.till)
        assert self.send(BILL).status_code == 401 and self.send(BILL, token=token).status_code == 200

    def test_only_the_hash_of_a_token_is_kept(self) -> None:
        self.till.refresh_from_db()
        assert self.token not in str(vars(self.till)) and len(self.token) >= 40

    def test_what_is_no_json_of_ours_is_400(self) -> None:
        for body in ("", "{", "[]", "[1]", "5", "null", '{"rows": {}}', "[" * 5000):
            assert self.send(body).status_code == 400, body
        assert self.send([BILL] * (MOST_ROWS + 1)).status_code == 400

    # --- what rooms have spent so far ------------------------------------------------------------------------------

    def test_room_s_total_is_kept_with_its_party_once(self) -> None:
        total = {"room": "888", "amount": "860.00"}
        assert [self.statuses(total, "interim") for _again in range(5)] == [["created"]] + [["unchanged"]] * 4
        assert self.statuses([total | {"amount": 990}], "interim") == ["created"]
        spends = PartySpend.objects.filter(party=self.party)
        assert [f"{spend.amount} {spend.origin}" for spend in spends] == ["990.00 till", "860.00 till"]

    def test_total_of_an_empty_room_is_rejected(self) -> None:
        make_room("601")
        assert (
            self.statuses([{"room": "601", "amount": "5"}, {"room": "999", "amount": "5"}, {"amount": "5"}], "interim")
            == ["rejected"] * 3
        )
        close_party(party=self.party, by=self.manager)
        assert self.statuses({"room": "888", "amount": "5", "at": "2026-11-24T21:00"}, "interim") == ["rejected"]

    # --- the description -------------------------------------------------------------------------------------------

    def test_description_says_what_the_code_does(self) -> None:
        said = json.loads(Client().get(reverse("targets:api_description")).content)
        assert set(said["paths"]) == {reverse("targets:api_charges"), reverse("targets:api_interim")}
        columns = said["components"]["schemas"]["Charge"]["properties"]
        assert set(columns) == set(COLUMNS)
        assert columns["kind"]["enum"] == ChargeKind.values and columns["payment"]["enum"] == Payment.values
        for path in said["paths"].values():
            assert set(path["post"]["responses"]) == {"200", "400", "401"}

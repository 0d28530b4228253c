"""The guest's own page: who gets in and until when, one answer a phone, and that nothing bad is stored."""

import datetime as dt
import gzip
import logging
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from customers.choices import Origin
from customers.models import Consent, Customer
from customers.tests.factories import make_customer
from feedback import guest_limits, guest_links
from feedback.models import Complaint, GuestTry, Survey
from staff.models import User
from staff.tests.factories import make_user
from visits import seating
from visits.models import Party, Room
from visits.tests.factories import make_party, make_room

EVENING = dt.datetime(2026, 11, 20, 14, tzinfo=dt.UTC)  # Friday, 22:00 at the venue
NOON = dt.datetime(2026, 11, 21, 4, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


class GuestPage(TestCase):
    mgr1: User
    room: Room
    party: Party
    code: str

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(EVENING, tick=False):
            cls.mgr1, cls.room = make_user("mgr1"), make_room("888")
            cls.party = make_party(by=cls.mgr1, room=cls.room, now=timezone.now(), people=3)
            cls.code = guest_links.code_of(cls.room)

    def setUp(self) -> None:
        self.clock = time_machine.travel(EVENING + HOUR, tick=False)
        self.clock.start()
        self.addCleanup(self.clock.stop)
        self.token = guest_links.mint(self.party, timezone.now())

    @property
    def url(self) -> str:
        return f"/g/{self.token}/"

    def phone(self) -> Client:
        """A phone that has opened the link."""
        client = Client()
        assert client.get(self.url).status_code == 200
        return client

    def answers(self, **said: Any) -> dict[str, Any]:
        usual = {"overall": "4", "sound": "2", "client_id": str(uuid.uuid4())}
        return {key: value for key, value in (usual | said).items() if value is not None}

    # --- the link --------------------------------------------------------------------------------------------------

    def test_the_code_on_the_card_leads_to_the_party_that_sits_there(self) -> None:
        answer = Client().get(f"/g/{self.code}/")
        assert (answer.status_code, answer["Location"]) == (302, self.url)

    def test_a_party_that_left_counts_for_two_hours_and_then_the_room_is_nobodys(self) -> None:
        seating.close_party(party=self.party, by=self.mgr1)
        for later, status in ((dt.timedelta(minutes=119), 302), (2 * HOUR, 200)):
            with time_machine.travel(EVENING + HOUR + later, tick=False):
                page = Client().get(f"/g/{self.code}/")
                assert page.status_code == status
        html = page.content.decode()
        assert f"/g/{self.code}/details/" in html and f"/g/{self.code}/silence/" in html
        assert 'name="overall"' not in html

    def test_the_next_party_of_the_room_gets_its_own_token(self) -> None:
        seating.close_party(party=self.party, by=self.mgr1)
        party = make_party(by=self.mgr1, room=self.room, now=timezone.now())
        assert guest_links.open_link(Client().get(f"/g/{self.code}/")["Location"][3:-1]).party == party

    @pytest.mark.venue_zone
    def test_a_token_is_good_until_the_next_noon(self) -> None:
        with time_machine.travel(NOON - dt.timedelta(seconds=1), tick=False):
            assert Client().get(self.url).status_code == 200
        with time_machine.travel(NOON, tick=False):
            assert Client().get(self.url).status_code == Client().post(self.url, self.answers()).status_code == 410
        assert not Survey.objects.exists()

    def test_a_tampered_token_is_refused_logged_without_itself_and_nothing_is_stored(self) -> None:
        other = make_party(by=self.mgr1, room=make_room(), now=timezone.now())
        signature = self.token.partition(".")[2]
        forged = f"{guest_links.mint(other, timezone.now()).partition('.')[0]}.{signature}"
        longer = f"{self.party.pk:x}-ffffffff.{signature}"
        for token in (forged, longer, self.token[:-1], self.token + "x", "nonsense", "a.b", "..", "x" * 5000):
            with self.subTest(token=token[:30]), self.assertLogs(level=logging.WARNING) as logs:
                for page in ("", "details/", "silence/"):
                    assert Client().get(f"/g/{token}/{page}").status_code == 404
                assert Client().post(f"/g/{token}/", self.answers()).status_code == 404
                assert token not in "".join(logs.output) and len(logs.output) == 4
        assert not Survey.objects.exists()

    def test_a_new_code_makes_the_old_cards_void(self) -> None:
        guest_links.renew_code(self.room)
        assert Client().get(f"/g/{self.code}/").status_code == 404

    def test_nothing_of_the_page_is_kept_or_told_to_other_sites(self) -> None:
        page = Client().get(self.url)
        assert "no-store" in page["Cache-Control"] and "private" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin" and "noindex" in page["X-Robots-Tag"]
        cookie = page.cookies["guest"]
        assert cookie["path"] == "/g/" and cookie["httponly"] and cookie["samesite"] == "Lax"

    def test_the_page_speaks_the_phones_language(self) -> None:
        for header, lang in (("zh-CN,zh;q=0.9,en;q=0.5", "zh-hans"), ("en-GB", "en"), ("fr-FR", "en")):
            page = Client().get(self.url, HTTP_ACCEPT_LANGUAGE=header).content.decode()
            assert f'<html lang="{lang}">' in page

    def test_the_whole_page_stays_below_60_kb_and_has_no_script(self) -> None:
        for path in (self.url, f"{self.url}details/", f"{self.url}silence/"):
            html = Client().get(path).content
            sheets = re.findall(rb'href="/static/(css/[^"]+)"', html)
            whole = len(html) + sum(
                len(Path(settings.BASE_DIR, "static", name.decode()).read_bytes()) for name in sheets
            )
            assert whole < 30_000 and len(gzip.compress(html)) < 8_000
            assert b"<script" not in html and b"style=" not in html and html.count(b"checked") == 0

    # --- answering -------------------------------------------------------------------------------------------------

    def test_a_guest_answers_and_is_thanked_also_when_they_come_back(self) -> None:
        phone = self.phone()
        answer = phone.post(self.url, self.answers(recommend="10", comment="好"), follow=True)
        assert answer.status_code == 200 and "Your answer has arrived" in answer.content.decode()
        survey = Survey.objects.get()
        assert (survey.channel, survey.party, survey.room, survey.customer, survey.night) == (
            "qr", self.party, self.room, None, dt.date(2026, 11, 20),
        )  # fmt: skip
        again = phone.get(self.url).content.decode()
        assert 'name="overall"' not in again

    def test_a_1_opens_a_complaint(self) -> None:
        self.phone().post(self.url, self.answers(overall="1", comment="没人理"))
        assert Complaint.objects.get().survey == Survey.objects.get()

    def test_one_answer_a_phone_and_a_lost_answer_may_be_sent_again(self) -> None:
        phone, said = self.phone(), self.answers()
        assert phone.post(self.url, said).status_code == phone.post(self.url, said).status_code == 303
        assert phone.post(self.url, self.answers(overall="5")).status_code == 409
        assert phone.post(self.url, said | {"overall": "5"}).status_code == 409
        assert self.phone().post(self.url, self.answers()).status_code == 303
        assert Survey.objects.count() == 2

    def test_no_more_phones_answer_than_the_party_has_people_twice_over(self) -> None:
        answers = [self.phone().post(self.url, self.answers()).status_code for _n in range(8)]
        assert answers == [303] * 6 + [409] * 2 and Survey.objects.count() == 6

    def test_without_the_phones_mark_nothing_is_stored(self) -> None:
        assert Client().post(self.url, self.answers()).status_code == 422
        marked = Client()
        marked.cookies["guest"] = "no uuid"
        assert marked.post(self.url, self.answers()).status_code == 422
        assert not Survey.objects.exists()

    def test_what_cannot_be_is_refused_and_nothing_stored(self) -> None:
        phone = self.phone()
        for status, said in (
            (422, {"overall": None}),
            (422, {"overall": "9"}),
            (422, {"overall": "5; DROP"}),
            (422, {"sound": "6"}),
            (422, {"recommend": "-1"}),
            (422, {"comment": "长" * 1001}),
            (422, {"comment": "a\x00b"}),
            (404, {"party": str(self.party.pk + 1)}),
            (413, {"comment": "x" * 10_000_000}),
        ):
            with self.subTest(said=str(said)[:40]):
                assert phone.post(self.url, self.answers(**said)).status_code == status
        assert phone.post(f"/g/{self.code}/", self.answers()).status_code == 404
        assert not Survey.objects.exists()

    def test_a_form_from_elsewhere_is_refused(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.get(self.url)
        assert strict.post(self.url, self.answers()).status_code == 403

    def test_too_many_from_one_link_or_one_address_wait(self) -> None:
        phone = self.phone()
        with override_settings(GUEST_LIMITS={"token": 2, "address": 3}):
            assert [phone.post(self.url, {}).status_code for _n in range(3)] == [422, 422, 429]
            assert phone.post(f"/g/{self.code}/silence/", {}).status_code == 429, "the house's fourth"
            with time_machine.travel(EVENING + HOUR + guest_limits.STRETCH, tick=False):
                assert phone.post(self.url, {}).status_code == 422
        keys = set(GuestTry.objects.values_list("key", flat=True))
        assert not any(self.token in key or "127.0.0.1" in key for key in keys)
        assert guest_limits.forget_tries(EVENING + 30 * HOUR) > 0 and not GuestTry.objects.exists()

    # --- own details -----------------------------------------------------------------------------------------------

    def details(self, **said: Any) -> Any:
        usual = {
            "name": "钱小米",
            "phone": "13800001111",
            "consent": "on",
            "sms_consent": "on",
            "client_id": uuid.uuid4(),
        }
        return Client().post(f"/g/{self.code}/details/", {k: v for k, v in (usual | said).items() if v is not None})

    def test_a_guest_enters_themselves_onto_the_nights_sheet_and_counts_for_nobody(self) -> None:
        assert self.details(birthday_month="8", birthday_day="15", birthday_calendar="lunar").status_code == 303
        guest = Customer.objects.get()
        assert (guest.origin, guest.captured_by, guest.owner, guest.source) == (Origin.SELF, None, None, "QR 888")
        assert (guest.night, guest.birthday_calendar, guest.is_incomplete) == (dt.date(2026, 11, 20), "lunar", True)
        said = dict(Consent.objects.values_list("kind", "action"))
        assert said == {"notice": "granted", "sms": "granted", "call": "refused"}
        assert set(Consent.objects.values_list("channel", flat=True)) == {"self"}

    def test_without_consent_or_with_a_wrong_number_nothing_is_kept(self) -> None:
        for said in ({"consent": None}, {"phone": "12345"}, {"name": ""}, {"birthday_month": "13"}):
            assert self.details(**said).status_code == 422
        assert not Customer.objects.exists()

    def test_a_number_on_file_is_thanked_alike_and_changes_nothing(self) -> None:
        guest = make_customer(name="赵伟", phone="+8613800001111", owner=self.mgr1)
        new, known = self.details(phone="13800002222"), self.details(name="别人", home_address="别处")
        assert (new.status_code, new["Location"]) == (known.status_code, known["Location"])
        before = guest.name, guest.home_address, guest.sms_consent
        guest.refresh_from_db()
        assert (guest.name, guest.home_address, guest.sms_consent) == before

    def test_the_same_details_sent_twice_are_one_guest(self) -> None:
        key = uuid.uuid4()
        assert self.details(client_id=key).status_code == self.details(client_id=key).status_code == 303
        assert Customer.objects.count() == 1

    # --- no more messages ------------------------------------------------------------------------------------------

    def silence(self, token: str = "", **said: Any) -> Any:
        return Client().post(f"/g/{token or self.code}/silence/", {"phone": "138 0000 1111"} | said)

    def test_a_guest_asks_for_no_more_messages_and_it_stands_in_their_consents(self) -> None:
        guest = make_customer(phone="+8613800001111", sms_consent=True, call_consent=True)
        assert self.silence().status_code == 303
        guest.refresh_from_db()
        assert (guest.sms_consent, guest.call_consent) == (False, True)
        assert list(Consent.objects.values_list("kind", "action", "channel")) == [("sms", "withdrawn", "self")]
        assert self.silence(self.token, calls="on").status_code == 303
        guest.refresh_from_db()
        assert not guest.call_consent

    def test_nobody_learns_whose_number_is_on_file(self) -> None:
        make_customer(phone="+8613800001111", sms_consent=True)
        known, unknown = self.silence(), self.silence(phone="13900009999")
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.django_db
def test_a_code_is_made_once_and_long_enough() -> None:
    room = make_room()
    code = guest_links.code_of(room)
    assert guest_links.code_of(room) == code and len(code) >= 16 and "." not in code

"""A survey on the tablet: taken in once, on its party's night, with the complaint that a low score opens."""

import datetime as dt
import uuid
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import InternalError, transaction
from django.test import Client, TestCase
from django.utils import timezone

from customers.erasing import erase_customer, person_behind
from customers.models import Customer
from customers.tests.factories import make_customer
from feedback.models import Complaint, Survey
from feedback.survey_personal_data import SURVEYS
from feedback.tests.factories import make_survey
from staff import roles
from staff.models import User
from staff.tests.factories import make_user
from vipdesk.models import Submission
from visits.models import Party, PartyGuest
from visits.tests.factories import make_party, make_room

URL = "/feedback/surveys/new/"
EVENING = dt.datetime(2026, 11, 20, 14, tzinfo=dt.UTC)  # Friday, 22:00 at the venue


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="staff.backends.RoleBackend")
    return client


class Screens(TestCase):
    mgr1: User
    mgr2: User
    ops: User
    guest: Customer
    party: Party

    @classmethod
    def setUpTestData(cls) -> None:
        with time_machine.travel(EVENING, tick=False):
            cls.mgr1, cls.mgr2 = make_user("mgr1"), make_user("mgr2")
            cls.ops = make_user("ops", roles.OPERATIONS)
            cls.guest = make_customer(name="赵伟", owner=cls.mgr1, call_consent=True)
            cls.party = make_party(by=cls.mgr1, room=make_room("888"), now=timezone.now(), customer=cls.guest)

    def setUp(self) -> None:
        travelling = time_machine.travel(EVENING + dt.timedelta(hours=1), tick=False)
        travelling.start()
        self.addCleanup(travelling.stop)
        self.client = signed_in(self.mgr1)

    def answers(self, **said: Any) -> dict[str, Any]:
        usual = {"party": self.party.pk, "overall": "4", "sound": "2", "client_id": str(uuid.uuid4())}
        return {key: value for key, value in (usual | said).items() if value is not None}

    def send(self, **said: Any) -> Any:
        return self.client.post(URL, self.answers(**said))

    # --- taking in -------------------------------------------------------------------------------------------------

    def test_a_manager_asks_in_a_room_and_the_answer_belongs_to_its_party(self) -> None:
        answer = self.send(recommend="9", comment="音响太响", customer=self.guest.pk)
        assert (answer.status_code, answer["Location"]) == (303, f"/visits/parties/{self.party.pk}/")
        survey = Survey.objects.get()
        assert (survey.party, survey.customer, survey.manager, str(survey.room)) == (
            self.party,
            self.guest,
            self.mgr1,
            "888",
        )
        assert (survey.channel, survey.night, survey.overall, survey.sound, survey.service, survey.recommend) == (
            "tablet", dt.date(2026, 11, 20), 4, 2, None, 9,
        )  # fmt: skip
        assert not Complaint.objects.exists()

    def test_the_same_form_sent_twice_is_one_answer_and_another_under_its_uuid_is_refused(self) -> None:
        said = self.answers()
        first, again = self.client.post(URL, said), self.client.post(URL, said)
        assert first["Desk-Receipt"] == again["Desk-Receipt"] == said["client_id"]
        assert self.client.post(URL, said | {"overall": "1"}).status_code == 409
        assert Survey.objects.get().overall == 4

    def test_a_low_score_and_a_wish_for_contact_each_open_one_complaint(self) -> None:
        self.send(overall="2")
        self.send(overall="5", wants_contact="on")
        self.send(overall="3")
        assert set(Complaint.objects.values_list("survey__overall", flat=True)) == {2, 5}

    def test_where_the_complaint_cannot_be_opened_nothing_is_stored(self) -> None:
        self.client.raise_request_exception = False
        with mock.patch("feedback.complaints.open_from_survey", side_effect=RuntimeError):
            assert self.send(overall="1").status_code == 500
        assert not Survey.objects.exists() and not Submission.objects.filter(kind="survey").exists()

    def test_one_answer_per_guest_and_party(self) -> None:
        assert self.send(customer=self.guest.pk).status_code == 303
        refused = self.send(customer=self.guest.pk)
        assert refused.status_code == 422 and "customer" in refused.context["form"].errors
        assert self.send().status_code == 303, "others of the party may answer too"
        assert Survey.objects.count() == 2

    def test_after_midnight_and_after_closing_the_answer_stays_on_the_partys_night(self) -> None:
        with time_machine.travel(EVENING + dt.timedelta(hours=17), tick=False):  # Saturday 15:00
            assert signed_in(self.mgr1).post(URL, self.answers()).status_code == 303
        assert Survey.objects.get().night == dt.date(2026, 11, 20)

    def test_a_guest_on_the_telephone_answers_without_a_party(self) -> None:
        answer = self.send(party=None, customer=self.guest.pk)
        assert answer.status_code == 303, answer.context["form"].errors
        survey = Survey.objects.get()
        assert (survey.channel, survey.party, survey.customer) == ("call", None, self.guest)

    def test_what_cannot_be_is_refused_at_its_field_and_nothing_stored(self) -> None:
        stranger, gone = make_customer(), make_customer(phone=None, home_address="", erased_at=EVENING)
        for field, said in (
            ("overall", {"overall": None}),
            ("overall", {"overall": "6"}),
            ("overall", {"overall": "４"}),
            ("sound", {"sound": "0"}),
            ("recommend", {"recommend": "11"}),
            ("comment", {"comment": "长" * 1001}),
            ("party", {"party": None}),
            ("customer", {"customer": stranger.pk}),
        ):
            with self.subTest(field=field):
                answer = self.send(**said)
                assert answer.status_code == 422 and field in answer.context["form"].errors
        assert self.send(party=None, customer=gone.pk).status_code == 404
        assert self.send(party=10**12, customer="").status_code == 422
        assert not Survey.objects.exists()

    def test_what_a_guest_wrote_is_shown_as_text(self) -> None:
        self.send(comment="<script>alert(1)</script><b>好</b>")
        page = self.client.get("/feedback/surveys/").content.decode()
        assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;好" in page

    # --- looking ---------------------------------------------------------------------------------------------------

    def test_nothing_is_chosen_beforehand(self) -> None:
        page = self.client.get(URL, {"party": self.party.pk})
        html = page.content.decode()
        assert f'name="party" value="{self.party.pk}"' in html and "赵伟" in html
        assert html.count(" checked") == 1, "“not said” alone"
        assert len(html) < 60_000

    def test_a_manager_reads_their_own_answers_and_operations_all(self) -> None:
        make_survey(5, manager=self.mgr1, comment="一号的")
        make_survey(2, manager=self.mgr2, comment="二号的")
        make_survey(3, party=self.party, comment="这一桌的")
        mine = self.client.get("/feedback/surveys/").content.decode()
        assert "一号的" in mine and "这一桌的" in mine and "二号的" not in mine
        assert "二号的" in signed_in(self.ops).get("/feedback/surveys/").content.decode()

    def test_a_card_says_how_many_and_shows_what_this_reader_may_read(self) -> None:
        make_survey(5, manager=self.mgr2, party=self.party, customer=self.guest, comment="秘密")
        card = f"/feedback/parties/{self.party.pk}/surveys/"
        assert "秘密" not in self.client.get(card).content.decode()
        assert "秘密" in signed_in(self.mgr2).get(card).content.decode()
        of_guest = f"/feedback/guests/{self.guest.pk}/surveys/"
        assert "秘密" in self.client.get(of_guest).content.decode(), "their own manager's guest"
        assert "秘密" not in signed_in(make_user("mgr3")).get(of_guest).content.decode()

    # --- the law ---------------------------------------------------------------------------------------------------

    def test_an_answer_is_never_changed_or_deleted(self) -> None:
        survey = make_survey(1)
        for change in (lambda: Survey.objects.update(overall=5), survey.delete):
            with pytest.raises(InternalError), transaction.atomic():
                change()

    def test_an_erased_guest_keeps_the_scores_and_loses_the_words(self) -> None:
        number = str(self.guest.phone)[3:]
        PartyGuest.objects.create(party=self.party, customer=make_customer(), added_by=self.mgr1)
        own = make_survey(2, customer=self.guest, party=self.party, comment="我的秘密", device=uuid.uuid4())
        beside = make_survey(4, party=self.party, comment="和赵伟一起来的")
        elsewhere = make_survey(4, comment=f"打 {number} 找我")
        said = SURVEYS.collect(person_behind(self.guest))
        assert "我的秘密" in str(list(said))

        erase_customer(customer=self.guest, by=self.ops, cause="retention", identity="not_needed")

        for survey in (own, beside, elsewhere):
            survey.refresh_from_db()
        assert (own.overall, own.comment, own.device) == (2, "", None)
        assert "赵伟" not in beside.comment and "一起来的" in beside.comment
        assert number not in elsewhere.comment

"""What managers must do for a campaign (D5): given once, however often somebody presses; followed from the campaign."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from outreach import campaign_tasks
from outreach.campaign_tasks import CannotGive, give_campaign_task
from outreach.models import Campaign
from outreach.tests.sms_factories import make_campaign
from staff.floor import assignments
from staff.models import Task, TaskFor, User
from vipdesk import nights

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def office(ops: User, signed_in: Any) -> Client:
    return signed_in(ops)


@pytest.fixture
def campaign() -> Campaign:
    return make_campaign(managers_do="到店当面送果盘。")


def typed(**fields: Any) -> dict[str, Any]:
    tomorrow = nights.tonight() + dt.timedelta(days=1)
    usual = {"title": "周五欢唱", "detail": "到店当面送果盘。", "night": tomorrow.isoformat(), "clock": "20:00"}
    return usual | {"everybody": "on", "client_id": str(uuid.uuid4())} | fields


def task(by: User) -> Task:
    return Task(title="周五欢唱", due_at=timezone.now() + dt.timedelta(days=1), given_by=by)


def address(campaign: Campaign) -> str:
    return f"/outreach/campaigns/{campaign.pk}/task/"


def test_operations_give_it_to_everybody_on_duty_and_see_who_has_read_and_done_it(
    office: Client, campaign: Campaign, mgr1: User, mgr2: User, signed_in: Any
) -> None:
    page = office.get(address(campaign)).content.decode()
    assert "到店当面送果盘。" in page and address(campaign) in page
    answer = office.post(address(campaign), typed())
    assert (answer.status_code, answer["Location"]) == (302, address(campaign))
    campaign.refresh_from_db()
    assert set(TaskFor.objects.filter(task=campaign.task).values_list("user", flat=True)) == {mgr1.pk, mgr2.pk}

    tablet = signed_in(mgr1)
    assert "到店当面送果盘。" in tablet.get("/floor/tasks/mine/").content.decode()
    tablet.post(f"/floor/tasks/{campaign.task_id}/read/")
    tablet.post(f"/floor/tasks/{campaign.task_id}/done/", {"answer": "送了三盘"})

    page = office.get(address(campaign)).content.decode()
    assert "1 of 2 have read it, 1 have done it" in page and "送了三盘" in page and "not read yet" in page
    assert "1 of 2 have read it" in office.get(f"/admin/outreach/campaign/{campaign.pk}/change/").content.decode()


def test_to_some_by_name(office: Client, campaign: Campaign, mgr1: User, mgr2: User) -> None:
    office.post(address(campaign), typed(everybody="", people=[mgr2.pk]))
    assert TaskFor.objects.get().user == mgr2


def test_pressing_again_gives_it_once(office: Client, campaign: Campaign, mgr1: User) -> None:
    form = typed()
    assert [office.post(address(campaign), form, **HTMX).status_code for _ in range(2)] == [200, 200]
    assert office.post(address(campaign), typed()).status_code == 200  # shows who has it
    assert Task.objects.count() == TaskFor.objects.count() == 1


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_given(
    office: Client, campaign: Campaign, mgr1: User
) -> None:
    answer = office.post(address(campaign), typed(title="", night="2020-01-01"), **HTMX)
    assert answer.status_code == 422 and {"title", "night"} <= set(answer.context["form"].errors)
    assert address(campaign) in answer.content.decode()  # the next try goes to the campaign, too
    assert not Task.objects.exists()


def test_one_that_is_not_approved_has_none(office: Client, mgr1: User, ops: User) -> None:
    draft = make_campaign(approved_at=None)
    assert "Not approved yet" in office.post(address(draft), typed()).content.decode()
    with pytest.raises(CannotGive, match="is not approved"):
        give_campaign_task(campaign=draft, task=task(ops), to=[mgr1])
    assert not Task.objects.exists()


def test_one_that_was_withdrawn_may_be_given_anew(office: Client, campaign: Campaign, mgr1: User) -> None:
    office.post(address(campaign), typed())
    campaign.refresh_from_db()
    first = campaign.task
    assert first is not None
    assignments.withdraw_task(task=first)
    office.post(address(campaign), typed())
    campaign.refresh_from_db()
    assert campaign.task != first and campaign_tasks.is_given(campaign)


def test_approving_in_the_admin_shows_the_way_there(office: Client, mgr1: User) -> None:
    draft = make_campaign(approved_at=None, managers_do="送果盘")
    answer = office.post(
        "/admin/outreach/campaign/", {"action": "approve", "_selected_action": [draft.pk]}, follow=True
    )
    assert "Give managers their task" in answer.content.decode() and address(draft) in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_two_of_operations_pressing_at_once_give_it_once(ops: User, mgr1: User) -> None:
    for _ in range(6):
        campaign = make_campaign()
        gate, refused = threading.Barrier(2), []

        def give(campaign: Campaign = campaign, gate: Any = gate, refused: Any = refused) -> None:
            gate.wait()
            try:
                give_campaign_task(campaign=campaign, task=task(ops), to=[mgr1])
            except CannotGive as why:
                refused.append(why)
            finally:
                connection.close()

        threads = [threading.Thread(target=give) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        campaign.refresh_from_db()
        assert len(refused) == 1 and campaign.task is not None
    assert Task.objects.count() == 6

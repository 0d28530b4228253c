"""A capture that came in late of a number on file is kept beside the guest and settled once by after-sales (D1)."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers import forgetting, late
from customers.erasing import erase_customer
from customers.forms.capture import CaptureForm
from customers.late import SettledAlready, keep_capture_note, settle_capture_note
from customers.merging import merge_customers, undo_merge
from customers.models import AccessLog, CaptureNote, Consent, Customer, PrivacyNotice
from customers.services import Agreement, ChangedMeanwhile, capture_customer
from customers.tests.factories import capture_data, change, make_customer, make_late
from staff.models import User
from staff.tests.factories import confirmed
from vipdesk import nights

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 27, 14, 41, tzinfo=dt.UTC)  # 22:41 at the venue
ADDRESS = "徐汇区衡山路7号"


@pytest.fixture(autouse=True)
def later() -> Any:
    with time_machine.travel(AT + dt.timedelta(hours=3), tick=True):
        yield


@pytest.fixture
def guest(mgr1: User) -> Customer:
    return make_customer(name="赵伟", owner=mgr1, phone="+8613816552203", work_address="", notes="坐窗边")


@pytest.fixture
def desk(desk_user: User, signed_in: Any) -> Client:
    return signed_in(desk_user)


def settle(note: CaptureNote, by: User, *names: str, **facts: Any) -> CaptureNote:
    return settle_capture_note(note=note.pk, by=by, take_over=list(names), **facts)


def sent(desk: Client, note: CaptureNote, action: str, *names: str) -> Any:
    seen = note.guest.updated_at.isoformat()
    return desk.post(f"/customers/late/{note.pk}/", {"action": action, "take": list(names), "seen": seen})


# --- kept ----------------------------------------------------------------------------------------------------------


def test_a_capture_form_whose_number_is_taken_is_kept_once_with_all_that_was_typed(guest: Customer, mgr2: User) -> None:
    data = capture_data(name="赵小伟", phone="138 1655 2203", work_address=ADDRESS, source="朋友", notes="爱麦卡伦")
    form = CaptureForm(data, notice=PrivacyNotice.objects.in_force())
    assert form.is_valid()
    said = {"facts": form.cleaned_data, "agreement": form.agreement(), "client_id": form.cleaned_data["client_id"]}

    note = keep_capture_note(customer=guest, by=mgr2, at=AT, **said)
    again = keep_capture_note(customer=guest, by=mgr2, at=AT, **said)

    assert again == note and CaptureNote.objects.count() == 1 and Customer.objects.count() == 1
    assert (note.customer, note.captured_by, note.captured_at, note.night) == (guest, mgr2, AT, dt.date(2026, 11, 27))
    assert note.notice == form.notice and note.received_at > AT
    note.refresh_from_db()
    assert note.content == {
        "phone": "+8613816552203", "name": "赵小伟", "home_address": "徐汇区漕溪北路18号", "work_address": ADDRESS,
        "notes": "爱麦卡伦", "source": "朋友", "birthday_month": 6, "birthday_day": 3, "birthday_year": 1988,
        "birthday_calendar": "solar", "birthday_is_leap": False, "sms_consent": True, "call_consent": False,
    }  # fmt: skip


def test_a_capture_after_midnight_belongs_to_the_evening_it_was_made_on(guest: Customer, mgr2: User) -> None:
    note = make_late(guest, by=mgr2, at=AT + dt.timedelta(hours=2))
    assert note.night == dt.date(2026, 11, 27)


def test_a_capture_of_a_merged_guest_stands_with_who_goes_on_and_parts_with_them(
    guest: Customer, mgr1: User, mgr2: User, desk_user: User
) -> None:
    note = make_late(guest, by=mgr2, work_address=ADDRESS)
    kept = make_customer(name="赵伟", owner=mgr1, work_address="")
    done = merge_customers(kept=kept.pk, merged=guest.pk, by=desk_user)
    onto_merged = make_late(Customer.objects.get(pk=guest.pk), by=mgr2)
    assert onto_merged.customer == kept and CaptureNote.objects.get(pk=note.pk).guest == kept

    settle(note, desk_user, "work_address")

    kept.refresh_from_db()
    guest.refresh_from_db()
    assert (kept.work_address, guest.work_address) == (ADDRESS, "")
    undo_merge(merge=done.pk, by=desk_user)
    assert CaptureNote.objects.get(pk=note.pk).guest == guest


def test_a_capture_of_an_erased_guests_number_is_refused_for_it_is_free(
    guest: Customer, mgr2: User, desk_user: User
) -> None:
    erase_customer(customer=guest, by=desk_user, identity="in_person", requested_on=nights.tonight())
    guest.refresh_from_db()
    with pytest.raises(Customer.DoesNotExist):
        make_late(guest, by=mgr2)
    facts = {"name": "赵伟", "phone": "+8613816552203", "birthday_month": 5, "birthday_day": 1, "home_address": "1"}
    agreement = Agreement(notice=PrivacyNotice.objects.in_force(), sms=False, call=False)
    assert capture_customer(customer=Customer(**facts), agreement=agreement, by=mgr2, at=AT).pk


# --- settled -------------------------------------------------------------------------------------------------------


def test_what_is_chosen_goes_into_the_record_with_history_and_the_rest_stays(
    guest: Customer, mgr2: User, desk_user: User
) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟", birthday_day=18, work_address=ADDRESS, home_address="不取的")

    done = settle(note, desk_user, "name", "birthday", "work_address")

    guest.refresh_from_db()
    assert (guest.name, guest.birthday_day, guest.work_address) == ("赵小伟", 18, ADDRESS)
    assert guest.home_address == "黄浦区南京东路1号" and guest.pinyin == "zhao xiao wei"
    assert (done.how, done.settled_by, done.taken_over) == (
        "taken_over",
        desk_user,
        ["name", "birthday", "work_address"],
    )
    before = guest.events.order_by("-pgh_id").first()
    assert (before.name, before.birthday_day) == ("赵伟", 17)
    assert before.pgh_context["user"] == desk_user.pk and "高强" in before.pgh_context["reason"]


def test_notes_are_added_below_and_a_confirmed_guess_is_no_guess_any_more(
    guest: Customer, mgr2: User, desk_user: User
) -> None:
    change(guest, desk_user, needs_check=["birthday_year", "home_address"])
    note = make_late(guest, by=mgr2, notes="爱麦卡伦", birthday_year=1990)

    settle(note, desk_user, "notes", "birthday")

    guest.refresh_from_db()
    assert guest.notes == "坐窗边\n爱麦卡伦" and guest.needs_check == ["home_address"]


def test_what_says_the_same_is_not_on_offer(guest: Customer, mgr2: User) -> None:
    change(guest, mgr2, birthday_year=1988, sms_consent=True)
    same = make_late(guest, by=mgr2, birthday_year=None, notes="窗边", home_address="", sms=True)
    assert late.on_offer(same, guest) == []


def test_left_as_it_is_changes_nothing_of_the_guest(guest: Customer, mgr2: User, desk_user: User) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟")
    seen = guest.updated_at
    assert settle(note, desk_user).how == "left"
    guest.refresh_from_db()
    assert (guest.name, guest.updated_at) == ("赵伟", seen) and not guest.events.exists()


def test_a_yes_is_logged_at_its_own_time_by_who_heard_it(guest: Customer, mgr2: User, desk_user: User) -> None:
    forgetting.forget(["+8613816552203"])
    note = make_late(guest, by=mgr2, at=AT, sms=True, call=True)

    settle(note, desk_user, "sms_consent")

    guest.refresh_from_db()
    assert (guest.sms_consent, guest.call_consent) == (True, False)
    said = Consent.objects.get(customer=guest)
    assert (said.kind, said.action, said.recorded_at, said.recorded_by) == ("sms", "granted", AT, mgr2)
    assert said.notice == note.notice and said.channel == "tablet"
    assert forgetting.forgotten(["+8613816552203"]) == set()


def test_a_yes_older_than_the_guests_last_word_is_not_on_offer(guest: Customer, mgr2: User, desk_user: User) -> None:
    note = make_late(guest, by=mgr2, at=AT, sms=True)
    change(guest, mgr2, sms_consent=True)
    change(guest, mgr2, sms_consent=False)

    assert late.on_offer(note, guest) == []
    assert "said otherwise" in next(line.why_not for line in late.lines(note, guest) if line.why_not)
    with pytest.raises(ChangedMeanwhile):
        settle(note, desk_user, "sms_consent")
    assert CaptureNote.objects.get().settled_at is None


@pytest.mark.parametrize("name", ["phone", "source", "owner_id", "home_address", ""])
def test_what_is_not_on_offer_is_refused(guest: Customer, mgr2: User, desk_user: User, name: str) -> None:
    note = make_late(guest, by=mgr2, source="朋友")
    with pytest.raises(ChangedMeanwhile):
        settle(note, desk_user, name)


def test_a_note_is_settled_once(guest: Customer, mgr2: User, desk_user: User, ops: User) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟")
    settle(note, desk_user)
    with pytest.raises(SettledAlready) as already:
        settle(note, ops, "name")
    guest.refresh_from_db()
    assert already.value.note.settled_by == desk_user and guest.name == "赵伟"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("furnished")
def test_of_two_clerks_who_settle_at_once_one_wins(guest: Customer, mgr2: User, desk_user: User, ops: User) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟", work_address=ADDRESS)
    told: list[object] = []
    start = threading.Barrier(2)

    def work(by: User, name: str) -> None:
        start.wait()
        try:
            told.append(settle(note, by, name).settled_by)
        except SettledAlready as already:
            told.append(already)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=one) for one in ((desk_user, "name"), (ops, "work_address"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [winner] = [one for one in told if isinstance(one, User)]
    [loser] = [one for one in told if isinstance(one, SettledAlready)]
    guest.refresh_from_db()
    assert loser.note.settled_by == winner == CaptureNote.objects.get().settled_by
    assert [guest.name == "赵小伟", guest.work_address == ADDRESS].count(True) == 1


# --- on screen -----------------------------------------------------------------------------------------------------


def test_desk_finds_it_on_the_intake_home_and_settles_it(
    desk: Client, guest: Customer, mgr2: User, desk_user: User
) -> None:
    assert "/customers/late/" not in desk.get("/intake/").content.decode()
    note = make_late(guest, by=mgr2, at=AT, name="赵小伟", work_address=ADDRESS)
    assert "/customers/late/" in desk.get("/intake/").content.decode()
    listed = desk.get("/customers/late/").content.decode()
    assert f"/customers/late/{note.pk}/" in listed and "138****2203" in listed and "Work address" in listed
    assert ADDRESS not in listed and "16552203" not in listed

    page = desk.get(f"/customers/late/{note.pk}/").content.decode()

    assert ADDRESS in page and "16552203" not in page.replace(" ", "")
    assert 'value="work_address" checked' in page  # fills a blank
    assert 'value="name">' in page  # would replace what is on file
    assert AccessLog.objects.get().user == desk_user

    answer = sent(desk, note, "take", "work_address")
    assert (answer.status_code, answer["Location"]) == (302, "/customers/late/")
    assert "Taken over: Work address." in desk.get("/customers/late/").content.decode()
    guest.refresh_from_db()
    assert (guest.work_address, guest.name) == (ADDRESS, "赵伟")


def test_desk_who_comes_second_is_told_who_was_first(desk: Client, guest: Customer, mgr2: User, ops: User) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟")
    settle(note, ops, "name")

    answer = sent(desk, note, "leave")

    page = answer.content.decode()
    assert answer.status_code == 409 and "周岚" in page and "Taken over: Name." in page and "not saved" in page
    assert CaptureNote.objects.get().how == "taken_over"


def test_a_guest_changed_meanwhile_is_looked_at_again(desk: Client, guest: Customer, mgr1: User, mgr2: User) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟")
    seen = guest.updated_at.isoformat()
    change(guest, mgr1, name="赵大伟")
    url = f"/customers/late/{note.pk}/"

    answer = desk.post(url, {"action": "take", "take": "name", "seen": seen})

    assert answer["Location"] == url and "changed this guest meanwhile" in desk.get(url).content.decode()
    guest.refresh_from_db()
    assert guest.name == "赵大伟"


@pytest.mark.parametrize(
    "fields",
    [{}, {"action": "take"}, {"action": "x", "take": "name"}, {"action": "take", "take": "phone"}, {"seen": "x"}],
)
def test_a_form_filled_in_wrongly_is_shown_again(
    desk: Client, guest: Customer, mgr2: User, fields: dict[str, str]
) -> None:
    note = make_late(guest, by=mgr2, name="赵小伟")
    answer = desk.post(f"/customers/late/{note.pk}/", {"seen": timezone.now().isoformat(), **fields})
    assert answer.status_code == 422 and CaptureNote.objects.get().settled_at is None


def test_on_the_guests_page_author_owner_and_office_see_it_and_nobody_else(
    guest: Customer, mgr1: User, mgr2: User, desk_user: User, signed_in: Any
) -> None:
    make_late(guest, by=mgr2, at=AT, work_address=ADDRESS)
    url = f"/customers/{guest.pk}/"

    assert "Your capture of" in (theirs := signed_in(mgr2).get(url).content.decode()) and ADDRESS not in theirs
    assert "captured this number as well" in signed_in(mgr1).get(url).content.decode()
    assert "Compare" in signed_in(desk_user).get(url).content.decode()

    mgr3 = User.objects.create_user("mgr3")
    mgr3.groups.set(mgr2.groups.all())
    assert "apture" not in signed_in(mgr3).get(url).content.decode().split("<main")[1].split("Captured")[0]

    settle(CaptureNote.objects.get(), desk_user)
    assert "Your capture of" not in signed_in(mgr2).get(url).content.decode()


# --- the guest's rights --------------------------------------------------------------------------------------------


def test_the_guests_copy_holds_it_and_erasing_empties_it(
    desk: Client, guest: Customer, mgr2: User, desk_user: User
) -> None:
    note = make_late(guest, by=mgr2, work_address=ADDRESS)
    copied = confirmed(desk).post(
        f"/customers/{guest.pk}/copy/", {"identity": "in_person", "language": "en", "format": "html"}
    )
    assert ADDRESS in copied.content.decode() and "Captured once more" in copied.content.decode()

    erase_customer(customer=guest, by=desk_user, identity="in_person", requested_on=nights.tonight())

    note.refresh_from_db()
    assert note.content == {} and not CaptureNote.objects.to_settle().exists()
    assert desk.get(f"/customers/late/{note.pk}/").status_code == 404
    assert "No late capture waits" in desk.get("/customers/late/").content.decode()
    with pytest.raises(ChangedMeanwhile):
        settle(note, desk_user)


def test_the_number_of_an_erased_guest_goes_from_the_notes_of_others(
    guest: Customer, mgr1: User, mgr2: User, desk_user: User
) -> None:
    note = make_late(make_customer(owner=mgr1), by=mgr2, notes="丈夫 138-1655-2203")
    erase_customer(customer=guest, by=desk_user, identity="in_person", requested_on=nights.tonight())
    note.refresh_from_db()
    assert note.content["notes"] == "丈夫 —"


def test_a_client_id_is_kept_once_by_the_database(guest: Customer, mgr2: User) -> None:
    constraint = CaptureNote._meta.get_field("client_id")
    assert constraint.unique and isinstance(make_late(guest, by=mgr2).client_id, uuid.UUID)

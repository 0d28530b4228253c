"""What a tablet kept without a network comes in once, by whoever typed it, at the time it was typed (promises.md)."""

import base64
import datetime as dt
import json
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from customers.models import CaptureNote, Customer
from customers.tests.factories import capture_data, make_customer
from feedback.models import Survey
from staff.models import TabletQueue, User
from staff.offline import pages, queues
from vipdesk import sealing
from vipdesk.held import HeldSubmission
from vipdesk.submissions import Submission, SubmissionConflict
from vipdesk.tests.sealed import entry, make_held, message, seal
from visits.models import RoomVisit
from visits.tests.factories import make_party, make_room

ENTRIES = "/offline/entries/"
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
pytestmark = pytest.mark.django_db


def post(client: Client, body: dict[str, Any] | str) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(ENTRIES, text, content_type="application/json")


def states(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["state"] for one in answer.json()["answers"]]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# --- a guest, a visit, an answer --------------------------------------------------------------------------------------


def test_a_guest_typed_before_midnight_and_sent_after_it_belongs_to_the_night_it_was_typed_in(
    mgr1: User, signed_in: Any
) -> None:
    guest = capture_data()
    with time_machine.travel(at("2026-11-28T13:30"), tick=False):  # the next night has begun
        sealed = entry("mgr1", "capture", guest, at=at("2026-11-28T00:40"))
        assert states(post(signed_in(mgr1), message(sealed))) == ["taken"]
    made = Customer.objects.get(client_id=guest["client_id"])
    assert (made.captured_by, str(made.night)) == (mgr1, "2026-11-27")
    assert made.captured_at == at("2026-11-28T00:40") and made.received_at == at("2026-11-28T13:30")


def test_the_same_forms_sent_again_change_nothing_and_are_receipted_again(mgr1: User, signed_in: Any) -> None:
    sent = message(*(entry("mgr1", "capture", capture_data()) for _n in range(5)))
    client = signed_in(mgr1)
    assert states(post(client, sent)) == states(post(client, sent)) == ["taken"] * 5
    assert Customer.objects.count() == 5


def test_a_form_whose_answer_was_lost_online_is_the_same_form_when_the_queue_sends_it(
    mgr1: User, signed_in: Any
) -> None:
    client, guest = signed_in(mgr1), capture_data()
    assert client.post("/customers/new/", guest).status_code == 303
    assert states(post(client, message(entry("mgr1", "capture", guest)))) == ["taken"]
    assert Customer.objects.count() == 1 and not SubmissionConflict.objects.exists()


@pytest.mark.parametrize("kind", ["visit", "survey"])
def test_visits_and_answers_of_the_queue_are_the_same_as_those_of_the_screen(
    mgr1: User, signed_in: Any, kind: str
) -> None:
    party = make_party(by=mgr1, room=make_room(), now=timezone.now(), customer=make_customer())
    fields = {"party": party.pk, "client_id": str(uuid.uuid4())}
    fields |= {"mood": "", "met": party.customer_id} if kind == "visit" else {"overall": "4", "comment": "好"}
    url = f"/visits/parties/{party.pk}/visit/" if kind == "visit" else "/feedback/surveys/new/"
    client = signed_in(mgr1)
    assert client.post(url, fields).status_code == 303
    assert states(post(client, message(entry("mgr1", kind, fields)))) == ["taken"]
    assert (RoomVisit if kind == "visit" else Survey).objects.count() == 1


def test_a_visit_to_a_party_that_left_meanwhile_counts_for_when_it_was_made(mgr1: User, signed_in: Any) -> None:
    party = make_party(by=mgr1, room=make_room(), now=timezone.now() - dt.timedelta(minutes=50))
    party.closed_at = timezone.now() - dt.timedelta(minutes=10)
    party.save()
    made = timezone.now() - dt.timedelta(minutes=20)
    in_time = entry("mgr1", "visit", {"party": party.pk}, at=made)
    too_late = entry("mgr1", "visit", {"party": party.pk}, at=timezone.now() - dt.timedelta(minutes=5))
    assert states(post(signed_in(mgr1), message(in_time, too_late))) == ["taken", "held"]
    assert abs(RoomVisit.objects.get().at - made) < dt.timedelta(seconds=1)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("/customers/new/", capture_data(phone="12")),
        ("/visits/new/", {"client_id": str(uuid.uuid4()), "party": "0"}),
        ("/feedback/surveys/new/", {"client_id": str(uuid.uuid4()), "overall": "9"}),
    ],
    ids=["capture", "visit", "survey"],
)
def test_a_refusal_of_the_desk_carries_its_receipt_and_being_signed_out_carries_none(
    mgr1: User, desk_user: User, signed_in: Any, url: str, wrong: dict[str, Any]
) -> None:
    refused = signed_in(mgr1).post(url, wrong, headers={"HX-Request": "true"})
    assert (refused.status_code, refused["Desk-Receipt"]) == (422, wrong["client_id"])
    for client, status in ((Client(), 401), (signed_in(desk_user), 403)):
        answer = client.post(url, wrong, headers={"HX-Request": "true"})
        assert answer.status_code == status and "Desk-Receipt" not in answer and "Desk-Whose" in answer
    strange = signed_in(mgr1).post(url, wrong | {"client_id": "x\r\nSet-Cookie: a=b"})
    assert strange.status_code == 422 and "Desk-Receipt" not in strange


# --- the clock ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "clock", "typed"),
    [
        (0, "22:41", "22:41"),
        (-3 * 3600_000, "01:41", "22:41"),  # three hours fast, as it was last measured
        (None, "01:41", "22:41"),  # never measured before: as far off as it is at sending
        (0, "23:59", "23:00"),  # what it says cannot be: it never lies ahead
    ],
)
def test_the_tablets_clock_is_corrected(mgr1: User, signed_in: Any, off: int | None, clock: str, typed: str) -> None:
    now, guest = at("2026-11-27T23:00"), capture_data()
    on_tablet = at(f"2026-11-{28 if clock < '12' else 27}T{clock}")
    with time_machine.travel(now, tick=False):
        sealed = entry("mgr1", "capture", guest, at=on_tablet, off=off)
        sent_at = (now + dt.timedelta(hours=3)).timestamp() * 1000
        assert states(post(signed_in(mgr1), message(sealed, now=sent_at))) == ["taken"]
    assert Customer.objects.get().captured_at == at(f"2026-11-27T{typed}")


def test_what_is_older_than_three_days_waits_for_operations_who_let_it_in_at_its_own_time(
    mgr1: User, ops: User, signed_in: Any
) -> None:
    typed = timezone.now() - dt.timedelta(hours=73)
    guest = capture_data()
    assert states(post(signed_in(mgr1), message(entry("mgr1", "capture", guest, at=typed)))) == ["held"]
    held = HeldSubmission.objects.get()
    assert held.why == "too_old" and not Customer.objects.exists()
    assert "waits for operations" in signed_in(mgr1).get("/offline/held/").content.decode()
    assert signed_in(ops).post(reverse("staff:held_let_in", args=[held.pk])).status_code == 302
    made = Customer.objects.get()
    assert made.captured_by == mgr1 and abs(made.captured_at - typed) < dt.timedelta(seconds=1)
    assert signed_in(ops).post(reverse("staff:held_let_in", args=[held.pk])).status_code == 404
    assert Customer.objects.count() == 1


# --- what is not right ---------------------------------------------------------------------------------------------------


def test_a_wrong_form_is_held_with_a_receipt_and_its_author_mends_it_at_its_own_time(
    mgr1: User, mgr2: User, signed_in: Any
) -> None:
    typed = timezone.now() - dt.timedelta(hours=1)
    wrong = capture_data(birthday_month="2", birthday_day="30", name="司马明")
    sent = message(entry("mgr1", "capture", wrong, at=typed))
    client = signed_in(mgr1)
    assert states(post(client, sent)) == states(post(client, sent)) == ["held"]
    held = HeldSubmission.objects.get()
    assert not Customer.objects.exists() and Submission.objects.get(pk=wrong["client_id"]).receipt
    assert "1 form to mend" in client.get("/tonight/").content.decode()

    page = client.get(f"/customers/new/?held={held.pk}").content.decode()
    assert "司马明" in page and "is-invalid" in page
    assert "司马明" not in signed_in(mgr2).get(f"/customers/new/?held={held.pk}").content.decode(), "not theirs"

    right = wrong | {"birthday_day": "28", "client_id": str(uuid.uuid4()), "held": str(held.pk)}
    assert client.post("/customers/new/", right).status_code == 303
    made = Customer.objects.get()
    assert abs(made.captured_at - typed) < dt.timedelta(seconds=1)
    held.refresh_from_db()
    assert (held.outcome, held.settled_by) == ("mended", mgr1)
    assert "to mend" not in client.get("/tonight/").content.decode()


@pytest.mark.parametrize("kind", ["visit", "survey"])
def test_a_held_visit_and_a_held_answer_are_mended_on_their_own_screens(mgr1: User, signed_in: Any, kind: str) -> None:
    last_night = timezone.now() - dt.timedelta(hours=24)
    party = make_party(by=mgr1, room=make_room(), now=last_night)
    party.closed_at = last_night + dt.timedelta(hours=1)
    party.save()
    client = signed_in(mgr1)
    typed: dict[str, Any] = {"opinion": "音响太响"} if kind == "visit" else {"comment": "音响太响"}
    made = last_night + dt.timedelta(minutes=30)
    assert states(post(client, message(entry("mgr1", kind, typed, at=made)))) == ["held"]
    held = HeldSubmission.objects.get()
    url = {"visit": "/visits/new/", "survey": "/feedback/surveys/new/"}[kind]
    page = client.get(f"{url}?held={held.pk}").content.decode()
    assert "音响太响" in page and "Which room?" in page and str(held.pk) in page
    assert f'name="party" value="{party.pk}"' in page, "the rooms of that night can be chosen"
    whole = typed | {"party": party.pk, "overall": "5", "held": str(held.pk), "client_id": str(uuid.uuid4())}
    assert client.post(url, whole).status_code == 303
    assert HeldSubmission.objects.get().outcome == "mended"
    assert (RoomVisit if kind == "visit" else Survey).objects.count() == 1


def test_a_held_form_is_put_aside_and_stays_on_file(mgr1: User, signed_in: Any) -> None:
    held = make_held(mgr1, name="司马明")
    client = signed_in(mgr1)
    assert client.post(reverse("staff:held_drop", args=[held.pk])).status_code == 302
    assert client.post(reverse("staff:held_drop", args=[held.pk])).status_code == 404
    held.refresh_from_db()
    assert held.outcome == "dropped" and "司马明" in json.loads(held.fields)[0]


def test_a_number_on_file_makes_a_note_on_its_guest_and_no_second_guest(mgr1: User, mgr2: User, signed_in: Any) -> None:
    known = make_customer(owner=mgr2, phone="+8613811112222", name="周子昂")
    typed = capture_data(phone="13811112222", name="周先生")
    assert states(post(signed_in(mgr1), message(entry("mgr1", "capture", typed)))) == ["taken"]
    note = CaptureNote.objects.get()
    assert (note.customer, note.captured_by, str(note.client_id)) == (known, mgr1, typed["client_id"])
    assert Customer.objects.count() == 1 and not HeldSubmission.objects.exists()


def test_other_content_under_one_uuid_is_kept_for_a_person(mgr1: User, signed_in: Any) -> None:
    client, guest = signed_in(mgr1), capture_data()
    client.post("/customers/new/", guest)
    other = guest | {"name": "欧阳子涵"}
    assert states(post(client, message(entry("mgr1", "capture", other)))) == ["conflict"]
    assert SubmissionConflict.objects.count() == 1


def test_a_form_that_is_held_already_leads_to_where_it_is_mended_when_the_screen_sends_it_too(
    mgr1: User, signed_in: Any
) -> None:
    client, old = signed_in(mgr1), capture_data()
    typed = timezone.now() - dt.timedelta(hours=100)
    post(client, message(entry("mgr1", "capture", old, at=typed)))
    answer = client.post("/customers/new/", old)
    assert (answer.status_code, answer["Location"], answer["Desk-Receipt"]) == (303, "/offline/held/", old["client_id"])


# --- who brings it -------------------------------------------------------------------------------------------------------


def test_another_managers_form_stays_on_the_tablet(mgr1: User, mgr2: User, signed_in: Any) -> None:
    sealed = entry("mgr1", "capture", capture_data())
    assert states(post(signed_in(mgr2), message(sealed))) == ["foreign"]
    assert not Customer.objects.exists() and not Submission.objects.exists()


def test_only_managers_bring_forms_and_the_signed_out_are_told_so(ops: User, signed_in: Any) -> None:
    assert post(Client(), message()).status_code == 401
    assert post(signed_in(ops), message()).status_code == 403


def test_a_form_needs_the_token_of_the_session_there_is_now(mgr1: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mgr1, backend="staff.backends.RoleBackend")
    body = json.dumps(message(entry("mgr1", "capture", capture_data())))
    assert strict.post(ENTRIES, body, content_type="application/json").status_code == 403
    token = strict.get("/offline/session/").json()["token"]
    said = strict.post(ENTRIES, body, content_type="application/json", headers={"X-CSRFToken": token})
    assert states(said) == ["taken"]


@pytest.mark.parametrize(
    "body",
    ["", "null", "[]", "{}", '{"device": "x"}', json.dumps(message() | {"entries": [{"id": "1", "sealed": ""}]}),
     json.dumps(message() | {"now": "soon"}), json.dumps(message() | {"waiting": [{"user": "mgr1"}]})],
    ids=["empty", "null", "list", "no-fields", "device", "entry", "now", "waiting"],  # a message holds a random UUID
)  # fmt: skip
def test_nonsense_is_refused_and_nothing_is_written(mgr1: User, signed_in: Any, body: str) -> None:
    assert post(signed_in(mgr1), body).status_code == 400
    assert not Submission.objects.exists() and not TabletQueue.objects.exists()


def test_what_cannot_be_opened_stays_on_the_tablet_and_holds_nothing_back(mgr1: User, signed_in: Any) -> None:
    good, other = entry("mgr1", "capture", capture_data()), entry("mgr1", "capture", capture_data())
    head, *rest = entry("mgr1", "capture", capture_data())["sealed"].split(".")
    changed = {"id": str(uuid.uuid4()), "sealed": ".".join([head, *rest[:-1], rest[-1][::-1]])}
    swapped = {"id": str(uuid.uuid4()), "sealed": other["sealed"]}
    noise = [{"id": str(uuid.uuid4()), "sealed": text} for text in ("", ".", "a.b.c.d.e", "null", "é" * 40)]
    empty = {"id": str(uuid.uuid4()), "sealed": seal({"kind": "capture"})}
    said = states(post(signed_in(mgr1), message(changed, swapped, *noise, empty, good)))
    assert said == ["unreadable"] * 8 + ["taken"]


@pytest.mark.parametrize(
    ("at", "off", "state"),
    [
        (2.5e14, 2.5e14, "held"),
        (-6.2e13, -6e13, "unreadable"),
        (1e12, -1.5e12, "unreadable"),
        (1e12, 1e300, "unreadable"),
    ],
)
def test_a_clock_of_no_calendar_is_no_fault(mgr1: User, signed_in: Any, at: float, off: float, state: str) -> None:
    client_id = str(uuid.uuid4())
    said = {"client_id": client_id, "kind": "capture", "user": "mgr1", "at": at, "off": off, "fields": []}
    assert states(post(signed_in(mgr1), message({"id": client_id, "sealed": seal(said)}))) == [state]


def test_an_old_key_opens_until_it_is_taken_away_and_tablets_seal_with_the_new_one(mgr1: User, signed_in: Any) -> None:
    old, new = sealing.make_key(), sealing.make_key()
    client = signed_in(mgr1)
    with override_settings(OFFLINE_KEYS=[old]):
        typed = entry("mgr1", "capture", capture_data())
        again = entry("mgr1", "capture", capture_data())
        first = client.get("/offline/session/").json()["key"]
    with override_settings(OFFLINE_KEYS=[new, old]):
        key = client.get("/offline/session/").json()["key"]
        assert key["kid"] == sealing.key_ids()[0] != first["kid"]
        assert not {"d", "p", "q"} & key.keys(), "nothing private leaves the desk"
        assert states(post(client, message(typed))) == ["taken"]
    with override_settings(OFFLINE_KEYS=[new]):
        assert states(post(client, message(again))) == ["unreadable"]


def test_a_key_is_one_line_for_the_environment() -> None:
    made = sealing.make_key()
    assert made.split() == [made] and "," not in made
    assert base64.b64decode(made, validate=True)


# --- what tablets say of their queues ------------------------------------------------------------------------------------


def waits(user: str, count: int, since: dt.datetime, key: str = "k") -> dict[str, Any]:
    return {"user": user, "count": count, "since": since.isoformat(), "keys": [key]}


def test_operations_see_which_tablet_holds_unsent_forms_since_when(
    mgr1: User, mgr2: User, ops: User, signed_in: Any
) -> None:
    since = timezone.now() - dt.timedelta(minutes=50)
    device = str(uuid.uuid4())
    body = message(device=device, waiting=[waits("mgr1", 3, since, "abc"), waits("mgr2", 1, since)])
    post(signed_in(mgr2), body)
    page = signed_in(ops).get("/tablets/").content.decode()
    assert "Put it back" in page, "neither key is one of the desk's"
    assert "3 forms" in page and "林静" in page and "高强" in page
    assert queues.keys_awaited(TabletQueue.objects.all()) == {"abc", "k"}
    tonight = signed_in(mgr1).get("/tonight/").content.decode()
    assert "3 forms of yours are unsent" in tonight
    post(signed_in(mgr1), message(device=device))
    assert "3 forms" not in signed_in(ops).get("/tablets/").content.decode()
    assert TabletQueue.objects.count() == 1


def test_a_tablet_that_never_held_anything_leaves_no_row(mgr1: User, signed_in: Any) -> None:
    post(signed_in(mgr1), message())
    assert not TabletQueue.objects.exists()


# --- what tablets keep to show ---------------------------------------------------------------------------------------------


def test_only_the_nights_own_screens_may_be_kept_and_only_for_whoever_they_were_made_for(
    mgr1: User, ops: User, signed_in: Any
) -> None:
    client = signed_in(mgr1)
    for url in pages.ahead():
        kept = client.get(url)
        assert (kept[pages.KEEPS], kept["Desk-Whose"]) == (str(mgr1.pk), str(mgr1.pk)), url
        assert float(kept[pages.UNTIL]) > timezone.now().timestamp()
        assert pages.KEEPS not in client.get(url, {"party": "1"}), "nothing chosen on it"
        assert pages.KEEPS not in client.get(url, headers={"HX-Request": "true"})
    guest = make_customer(owner=mgr1)
    for url in (f"/customers/{guest.pk}/", "/customers/", "/targets/", "/visits/reservations/"):
        assert pages.KEEPS not in client.get(url), url
    assert pages.KEEPS not in signed_in(ops).get("/offline/")
    assert Client().get("/login/")["Desk-Whose"] == "0"


def test_the_service_worker_is_a_script_that_is_always_asked_for_anew() -> None:
    script = Client().get("/sw.js")
    assert script["Content-Type"].startswith("text/javascript") and script["Cache-Control"] == "no-cache"
    assert "js/queue.js" in script.content.decode()


def test_invisible_characters_of_a_kept_form_are_dropped_taken_in_or_held(mgr1: User, signed_in: Any) -> None:
    with time_machine.travel(at("2026-11-28T00:40"), tick=False):
        guest = capture_data() | {"phone": "\u206813816552203\u2069", "name": "王\u200b芳", "notes": "靠\ufffc窗"}
        wrong = capture_data() | {"phone": "12", "name": "李\u200b明"}
        answer = post(signed_in(mgr1), message(entry("mgr1", "capture", guest), entry("mgr1", "capture", wrong)))
    assert states(answer) == ["taken", "held"]
    found = Customer.objects.get()
    assert (found.phone, found.name, found.notes) == ("+8613816552203", "王芳", "靠窗")
    assert "李明" in HeldSubmission.objects.get().typed()["name"]

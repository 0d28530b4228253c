"""Tablets: enrolled by a code that works once and not for long, and dead the moment they are revoked."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from staff import tablets
from staff.models import Tablet, TabletSession, User
from staff.tests.factories import PASSWORD, PIN, give_pin, make_tablet, make_user, pin_url
from staff.views import doors

CODE = re.compile(r'id="code"[^>]*>([a-z2-9]{4}-[a-z2-9]{4})<')


def shown_code(answer) -> str:
    found = CODE.search(answer.content.decode())
    assert found
    return found[1]


# --- enrolling -----------------------------------------------------------------------------------------------------


def test_operations_add_a_tablet_and_its_browser_is_enrolled_by_the_code(ops, mgr1, signed_in):
    give_pin(mgr1)
    office, browser = signed_in(ops), Client()
    code = shown_code(office.post("/tablets/", {"name": "Hall 1"}))
    assert code not in office.get("/tablets/").content.decode()
    assert "Enrol this tablet" in browser.get("/login/").content.decode()

    answer = browser.post("/tablet/enrol/", {"code": f" {code.upper().replace('-', ' ')} "})

    tablet = Tablet.objects.get()
    cookie = answer.cookies["desk_tablet"]
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and int(cookie["max-age"]) > 300 * 24 * 3600
    assert len(cookie.value) == 43 and cookie.value not in (tablet.token_digest, code)
    assert (tablet.added_by, tablet.code_digest) == (ops, "")
    assert "林静" in browser.get("/login/").content.decode()
    assert "enrolled" in office.get("/tablets/").content.decode()


def test_cookie_of_a_tablet_goes_over_https_only_where_the_desk_does(ops, settings):
    settings.SESSION_COOKIE_SECURE = True
    _tablet, code = tablets.add_tablet(name="Hall 1", by=ops)
    assert Client().post("/tablet/enrol/", {"code": code}).cookies["desk_tablet"]["secure"]


def test_code_in_clear_stands_nowhere_in_the_database(ops):
    tablet, code = tablets.add_tablet(name="Hall 1", by=ops)
    row = str(Tablet.objects.filter(pk=tablet.pk).values().get())
    assert code not in row and code.replace("-", "") not in row


def test_code_works_once_and_ten_minutes(ops, time_machine):
    _one, used = tablets.add_tablet(name="Hall 1", by=ops)
    tablets.enrol(code=used)
    _two, late = tablets.add_tablet(name="Hall 2", by=ops)
    time_machine.move_to(timezone.now() + timedelta(minutes=10, seconds=1))
    for code in (used, late, "", "????", "x" * 20, "abcd-efgh"):
        with pytest.raises(tablets.WrongCode):
            tablets.enrol(code=code)


def test_operations_give_a_new_code_and_the_one_before_is_dead(ops, signed_in):
    tablet, first = tablets.add_tablet(name="Hall 1", by=ops)
    code = shown_code(signed_in(ops).post(f"/tablets/{tablet.pk}/code/"))
    with pytest.raises(tablets.WrongCode):
        tablets.enrol(code=first)
    assert tablets.enrol(code=code)[0] == tablet


def test_tablet_enrolled_again_closes_what_its_old_token_opened(ops, mgr1):
    tablet, old = make_tablet(by=ops)
    old.post(pin_url(give_pin(mgr1)), {"pin": PIN})
    code = tablets.renew_code(tablet=tablet)
    assert old.get("/tonight/").status_code == 200  # until the code is used

    tablets.enrol(code=code)

    assert old.get("/tonight/").status_code == 302
    assert old.post(pin_url(mgr1), {"pin": PIN}).status_code == 422


def test_somebody_signed_in_is_signed_out_by_enrolling(ops, signed_in):
    _tablet, code = tablets.add_tablet(name="Hall 1", by=ops)
    browser = signed_in(ops)
    assert browser.post("/tablet/enrol/", {"code": code}).status_code == 302
    assert "/login/" in browser.get("/tablets/")["Location"]


@pytest.mark.parametrize("code", ["zzzz-zzzz", "wrong", "1234567890123456789"])
def test_wrong_code_is_told_at_the_field(db, code):
    answer = Client().post("/tablet/enrol/", {"code": code})
    assert answer.status_code == 422
    assert "is-invalid" in answer.content.decode() and "desk_tablet" not in answer.cookies


def test_five_wrong_codes_from_one_address_and_it_waits_while_others_enrol_and_sign_in(ops, mgr1):
    _tablet, code = tablets.add_tablet(name="Hall 1", by=ops)
    thief = Client(REMOTE_ADDR="10.0.0.9")
    codes = [thief.post("/tablet/enrol/", {"code": f"wrong{n}"}).status_code for n in range(10)]
    assert codes == [422] * 4 + [429] * 6
    locked = thief.post("/tablet/enrol/", {"code": code})
    assert locked.status_code == 429 and "Too many wrong codes" in locked.content.decode()
    assert "wrong1" not in str(list(AccessAttempt.objects.values()))
    assert thief.post("/login/", {"username": "mgr1", "password": PASSWORD}).status_code == 302
    assert Client().post("/tablet/enrol/", {"code": code}).status_code == 302


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "Hall 1"])
def test_operations_adding_a_tablet_badly_are_told_at_the_field(ops, signed_in, name):
    tablets.add_tablet(name="Hall 1", by=ops)
    answer = signed_in(ops).post("/tablets/", {"name": name})
    assert answer.status_code == 422 and "is-invalid" in answer.content.decode()
    assert Tablet.objects.count() == 1


# --- revoking ------------------------------------------------------------------------------------------------------


def test_revoked_tablet_opens_nothing_and_everybody_on_it_is_out_at_once(ops, mgr1, mgr2, signed_in):
    tablet, hall = make_tablet(by=ops)
    _other, bar = make_tablet("Bar", by=ops)
    give_pin(mgr1)
    hall.post(pin_url(mgr1), {"pin": PIN})
    bar.post(pin_url(mgr1), {"pin": PIN})
    elsewhere, tab = signed_in(mgr2), Client()
    tab.cookies["desk_tablet"] = hall.cookies["desk_tablet"].value
    tab.post("/login/", {"username": "mgr2", "password": PASSWORD})
    assert [one.get("/tonight/").status_code for one in (hall, tab, bar, elsewhere)] == [200] * 4

    office = signed_in(ops)
    assert office.get(f"/tablets/{tablet.pk}/revoke/").status_code == 200
    assert Tablet.objects.get(pk=tablet.pk).revoked_at is None
    assert office.post(f"/tablets/{tablet.pk}/revoke/").status_code == 302

    assert [one.get("/tonight/").status_code for one in (hall, tab, bar, elsewhere)] == [302, 302, 200, 200]
    assert hall.get("/tonight/", HTTP_HX_REQUEST="true").status_code == 401
    assert hall.post(pin_url(mgr1), {"pin": PIN}).status_code == 422
    assert "林静" not in hall.get("/login/").content.decode()
    assert hall.post("/login/", {"username": "mgr1", "password": PASSWORD}).status_code == 302  # a browser like any
    revoked = Tablet.objects.get(pk=tablet.pk)
    assert (revoked.revoked_by, revoked.token_digest) == (ops, None)
    for path in ("revoke", "code"):
        assert office.post(f"/tablets/{tablet.pk}/{path}/").status_code == 404


def test_code_of_a_revoked_tablet_is_dead(ops):
    tablet, code = tablets.add_tablet(name="Hall 1", by=ops)
    tablets.revoke(tablet=tablet, by=ops)
    with pytest.raises(tablets.WrongCode):
        tablets.enrol(code=code)
    tablets.renew_code(tablet=tablet)
    assert Tablet.objects.get().code_digest == ""


def test_session_opened_while_its_tablet_is_revoked_does_not_live(ops, mgr1, monkeypatch):
    tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    note = tablets.note_session

    def revoked_first(**facts):
        tablets.revoke(tablet=tablet, by=ops)
        return note(**facts)

    monkeypatch.setattr(tablets, "note_session", revoked_first)
    answer = browser.post(pin_url(mgr1), {"pin": PIN})
    assert (answer.status_code, answer["Location"]) == (302, "/login/")
    assert browser.get("/tonight/").status_code == 302
    assert not Session.objects.exists() and not TabletSession.objects.exists()


def test_new_password_on_a_tablet_changes_the_session_and_revoking_still_ends_it(ops, mgr1):
    tablet, browser = make_tablet(by=ops)
    browser.post("/login/", {"username": "mgr1", "password": PASSWORD})
    key = browser.session.session_key
    chosen = {"old_password": PASSWORD, "new_password1": "mine alone 42", "new_password2": "mine alone 42"}
    browser.post("/password/", chosen)
    assert browser.session.session_key != key and browser.get("/tonight/").status_code == 200

    tablets.revoke(tablet=tablet, by=ops)

    assert browser.get("/tonight/").status_code == 302


def test_sessions_that_are_over_are_not_kept_in_the_tablets_book(ops, mgr1):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    for _evening in range(3):
        browser.post(pin_url(mgr1), {"pin": PIN})
        browser.post("/logout/")
    browser.post(pin_url(mgr1), {"pin": PIN})
    assert list(TabletSession.objects.values_list("session_key", "user")) == [(browser.session.session_key, mgr1.pk)]


# --- the screen ----------------------------------------------------------------------------------------------------


def test_operations_see_who_used_which_tablet_last_in_few_statements(
    ops, mgr1, signed_in, django_assert_max_num_queries
):
    for n in range(12):
        make_tablet(f"Hall {n:02}", by=ops)
    _bar, browser = make_tablet("Bar", by=ops)
    browser.post(pin_url(give_pin(mgr1)), {"pin": PIN})
    office = signed_in(ops)
    office.get("/tablets/")
    with django_assert_max_num_queries(4):  # session, person, tablets, what waits on them
        page = office.get("/tablets/").content.decode()
    assert "林静" in page and "Hall 11" in page


def test_operations_find_the_tablets_from_the_admin(ops, signed_in):
    assert 'href="/tablets/"' in signed_in(ops).get("/admin/").content.decode()


def test_tiles_show_who_may_come_in_the_last_one_first(ops, mgr1, mgr2):
    _tablet, browser = make_tablet(by=ops)
    assert "Login name" in browser.get("/login/").content.decode()  # nobody has a PIN yet
    for user in (mgr1, mgr2, make_user("mgr3", display_name="何欣")):
        give_pin(user)
    give_pin(make_user("away", display_name="苏曼", is_on_leave=True))
    browser.post(pin_url(mgr2), {"pin": PIN})
    browser.post("/logout/")

    page = browser.get("/login/?next=/customers/new/").content.decode()

    assert page.index("高强") < page.index("林静") < page.index("何欣") and "苏曼" not in page
    assert page.count('/?next=/customers/new/" data-door-link') == 1  # where the last one was is nobody else's
    assert "Login name" in browser.get("/login/?by=password").content.decode()


def test_password_form_knows_who_comes_from_the_pad_and_bears_nonsense(ops, mgr1):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    assert 'value="mgr1"' in browser.get(f"/login/?by=password&who={mgr1.pk}").content.decode()
    assert 'value="mgr1"' not in Client().get(f"/login/?by=password&who={mgr1.pk}").content.decode()
    for nonsense in (ops.pk, "9" * 5000, "-1", "１", "x", "%00", ""):
        page = browser.get("/login/", {"by": "password", "who": nonsense})
        assert page.status_code == 200 and 'value="ops"' not in page.content.decode()


def test_pad_sends_on_to_pages_of_ours_only(ops, mgr1):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    for target, wanted in (
        ("/customers/new/", "/customers/new/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
    ):
        assert browser.post(pin_url(mgr1), {"pin": PIN, "next": target})["Location"] == wanted
        browser.post("/logout/")


def test_of_two_operators_who_add_one_name_at_one_moment_one_is_told(ops: User) -> None:
    tablets.add_tablet(name="Hall 1", by=ops)
    with pytest.raises(tablets.NameTaken):
        tablets.add_tablet(name="Hall 1", by=ops)
    assert Tablet.objects.count() == 1


def test_a_tablet_enrolled_before_its_cookie_had_a_prefix_stays_enrolled(ops, mgr1, monkeypatch):
    _tablet, browser = make_tablet(by=ops)
    monkeypatch.setattr(doors, "TABLET_COOKIE", "__Host-desk_tablet")
    answer = browser.post(pin_url(give_pin(mgr1)), {"pin": PIN})
    assert answer.status_code == 302
    assert answer.cookies["__Host-desk_tablet"].value == browser.cookies["desk_tablet"].value

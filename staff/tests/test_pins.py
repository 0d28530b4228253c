"""The PIN: what may be one, and that guessing it ends after five, however many guess at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from staff import pins
from staff.backends import PinBackend
from staff.models import FloorUser, PinTries, User
from staff.tests.factories import PASSWORD, PIN, give_pin, make_tablet, make_user, pin_url

LOCKED = "Sign in with your password; the PIN opens again after that."


class CountedHasher(MD5PasswordHasher):
    """Every look at a hash, counted where it happens."""

    algorithm = "counted"
    looks = 0

    def verify(self, password: str, encoded: str) -> bool:
        CountedHasher.looks += 1
        return super().verify(password, encoded)


@pytest.fixture
def counted(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher", *settings.PASSWORD_HASHERS]
    CountedHasher.looks = 0
    return CountedHasher


# --- what may be a PIN ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["246813", " 246813 ", "２４６８１３"])
def test_six_digits_are_understood_in_any_width(text):
    assert pins.normalise(text) == "246813"


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "12345a", "12 456", "一二三四五六", "٢٤٦٨١٣", "\0" * 6, "9" * 10_000]
)
def test_anything_else_is_refused(text):
    with pytest.raises(pins.BadPin) as bad:
        pins.normalise(text)
    assert not bad.value.is_guessable


@pytest.mark.parametrize(
    "pin", ["000000", "777777", "123456", "654321", "890123", "246802", "135791", "121212", "123123"]
)
def test_what_others_try_first_is_refused(pin):
    with pytest.raises(pins.BadPin) as bad:
        pins.check_strength(pin)
    assert bad.value.is_guessable


@pytest.mark.parametrize("pin", ["246810", "198811", "880517", "112233", "100000"])
def test_birthdays_and_the_like_pass(pin):
    pins.check_strength(pin)


# --- choosing it ---------------------------------------------------------------------------------------------------


def chosen(pin: str = PIN, **changes: str) -> dict[str, str]:
    return {"password": PASSWORD, "pin": pin, "again": pin} | changes


def test_manager_chooses_changes_and_removes_a_pin(mgr1, signed_in):
    client = signed_in(mgr1)
    assert client.post("/pin/", chosen()).status_code == 302
    kept = User.objects.get(pk=mgr1.pk).pin
    assert kept and PIN not in kept

    assert client.post("/pin/", chosen("880517")).status_code == 302
    assert User.objects.get(pk=mgr1.pk).pin not in ("", kept)

    assert client.get("/pin/remove/").status_code == 405
    assert client.post("/pin/remove/").status_code == 302
    assert User.objects.get(pk=mgr1.pk).pin == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"password": "not mine"}, "This is not your password."),
        ({"pin": "123456", "again": "123456"}, "This is what others try first."),
        ({"pin": "12345", "again": "12345"}, "A PIN has six digits."),
        ({"again": "880517"}, "These are not the same six digits."),
        ({"pin": "", "again": ""}, "A PIN has six digits."),
    ],
)
def test_manager_choosing_badly_is_told_at_the_field(mgr1, signed_in, changes, words):
    answer = signed_in(mgr1).post("/pin/", chosen(**changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert User.objects.get(pk=mgr1.pk).pin == ""


def test_somebody_trying_passwords_at_the_pin_is_locked_as_at_the_door_and_no_pin_is_kept(mgr1, signed_in):
    client = signed_in(mgr1)
    codes = [client.post("/pin/", chosen(password="guess")).status_code for _try in range(6)]
    assert codes == [422] * 4 + [429] * 2
    assert client.post("/pin/", chosen()).status_code == 429
    kept = str(list(AccessAttempt.objects.values_list("post_data", "get_data")))
    assert AccessAttempt.objects.count() == 1
    assert PIN not in kept and "guess" not in kept


def test_after_sales_and_operations_have_no_pin(ops, desk_user, signed_in):
    for user in (ops, desk_user):
        assert signed_in(user).get("/pin/").status_code == 403


# --- trying it -----------------------------------------------------------------------------------------------------


def test_manager_with_the_right_pin_comes_in(mgr1, ops):
    _tablet, browser = make_tablet(by=ops)
    answer = browser.post(pin_url(give_pin(mgr1)), {"pin": PIN})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert browser.get("/tonight/").status_code == 200


def test_manager_with_wrong_pins_is_told_how_many_are_left_then_needs_the_password(mgr1, ops):
    tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    for left in (4, 3, 2):
        page = browser.post(pin_url(mgr1), {"pin": "000000"})
        assert page.status_code == 422
        assert f"Wrong PIN, {left} tries left." in page.content.decode()
    assert "Wrong PIN, 1 try left." in browser.post(pin_url(mgr1), {"pin": "000000"}).content.decode()
    assert LOCKED in browser.post(pin_url(mgr1), {"pin": "000000"}).content.decode()

    right = browser.post(pin_url(mgr1), {"pin": PIN})
    assert right.status_code == 422 and LOCKED in right.content.decode()
    assert 'value="mgr1"' in right.content.decode()

    browser.post("/login/", {"username": "mgr1", "password": PASSWORD})
    browser.post("/logout/")
    assert PinTries.objects.get(user=mgr1, tablet=tablet).tries == 0
    assert browser.post(pin_url(mgr1), {"pin": PIN}).status_code == 302


def test_a_password_elsewhere_opens_no_pin_on_the_tablet_where_it_is_locked(mgr1, mgr2, ops):
    _one, hall = make_tablet("Hall 1", by=ops)
    _other, bar = make_tablet("Bar", by=ops)
    give_pin(mgr1)
    give_pin(mgr2)
    for _try in range(5):
        hall.post(pin_url(mgr1), {"pin": "000000"})
    bar.post("/login/", {"username": "mgr1", "password": PASSWORD})
    Client().post("/login/", {"username": "mgr1", "password": PASSWORD})
    hall.post("/login/", {"username": "mgr2", "password": PASSWORD})
    hall.post("/logout/")

    assert LOCKED in hall.post(pin_url(mgr1), {"pin": PIN}).content.decode()
    bar.post("/logout/")
    assert bar.post(pin_url(mgr1), {"pin": PIN}).status_code == 302
    assert hall.post(pin_url(mgr2), {"pin": PIN}).status_code == 302


def test_what_is_no_pin_takes_no_try(mgr1, ops):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    for text in ("", "12345", "x" * 10_000, "１２３", "%00", "🌙🌙🌙🌙🌙🌙"):
        assert browser.post(pin_url(mgr1), {"pin": text}).status_code == 422
    assert not PinTries.objects.exists()


def test_the_right_pin_forgets_the_wrong_ones_and_a_new_pin_starts_afresh(mgr1, ops):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    for _round in range(3):
        for _try in range(4):
            browser.post(pin_url(mgr1), {"pin": "000000"})
        assert browser.post(pin_url(mgr1), {"pin": PIN}).status_code == 302
        browser.post("/logout/")
    for _try in range(5):
        browser.post(pin_url(mgr1), {"pin": "000000"})
    give_pin(mgr1, "880517")
    assert browser.post(pin_url(mgr1), {"pin": "880517"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_ten_thousand_guesses_at_once_five_are_evaluated(counted):
    ops, mgr1, mgr2 = make_user("ops", "operations"), make_user("mgr1"), make_user("mgr2")
    (hall, _), (bar, _) = make_tablet("Hall", by=ops), make_tablet("Bar", by=ops)
    for user in (mgr1, mgr2):
        give_pin(user)
    person = PinBackend().get_user(mgr1.pk)
    assert person is not None

    def guess(n: int) -> int:
        evaluated = 0
        for at in range(n * 200, (n + 1) * 200):
            try:
                pins.try_pin(person=person, tablet=hall, pin=f"{at + 300_000:06}")  # the right one is not among them
            except pins.WrongPin:
                evaluated += 1
            except pins.PinLocked:
                pass
        connection.close()
        return evaluated

    with ThreadPoolExecutor(50) as threads:
        assert sum(threads.map(guess, range(50))) == 5
    assert counted.looks == 5
    assert PinTries.objects.get(user=mgr1, tablet=hall).tries == 5

    with pytest.raises(pins.PinLocked):
        pins.try_pin(person=person, tablet=hall, pin=PIN)
    pins.try_pin(person=person, tablet=bar, pin=PIN)
    other = PinBackend().get_user(mgr2.pk)
    assert other is not None
    pins.try_pin(person=other, tablet=hall, pin=PIN)
    assert counted.looks == 7


@pytest.mark.django_db(transaction=True)
def test_of_fifty_guesses_sent_at_once_five_are_evaluated(counted):
    mgr1 = make_user("mgr1")
    _hall, browser = make_tablet(by=make_user("ops", "operations"))
    give_pin(mgr1)
    cookies = browser.cookies.output(attrs=[], header="").strip()

    def post(n: int) -> int:
        answer = Client(HTTP_COOKIE=cookies).post(pin_url(mgr1), {"pin": f"{900_000 + n}"})
        connection.close()
        return answer.status_code

    counted.looks = 0
    with ThreadPoolExecutor(50) as threads:
        assert set(threads.map(post, range(50))) == {422}
    assert counted.looks == 5


def test_a_try_is_taken_before_the_pin_is_looked_at(mgr1, ops, monkeypatch):
    tablet, _browser = make_tablet(by=ops)
    person = FloorUser.objects.with_roles().get(pk=give_pin(mgr1).pk)

    def died(*_args: object) -> bool:
        raise MemoryError

    monkeypatch.setattr(pins, "check_password", died)
    with pytest.raises(MemoryError):
        pins.try_pin(person=person, tablet=tablet, pin="000000")
    assert PinTries.objects.get().tries == 1


# --- refused in the same words -------------------------------------------------------------------------------------


def test_whom_no_pin_opens_the_desk_for_hears_the_same_words(mgr1, ops, desk_user):
    give_pin(mgr1)
    _tablet, browser = make_tablet(by=ops)
    leaver = give_pin(make_user("gone", is_active=False))
    away = give_pin(make_user("away", is_on_leave=True))
    fresh = give_pin(make_user("fresh", must_change_password=True))
    without = make_user("without")
    said = set()
    for pk in (leaver.pk, away.pk, fresh.pk, without.pk, give_pin(desk_user).pk, ops.pk, 10**12, 10**25):
        answer = browser.post(f"/login/pin/{pk}/", {"pin": PIN})
        assert answer.status_code == 422
        said.add(answer.content.decode().partition('role="alert"')[2].partition("</div>")[0])
    assert len(said) == 1
    unknown = Client()
    unknown.cookies["desk_tablet"] = "x" * 43
    for browser in (Client(), unknown):
        answer = browser.post(pin_url(mgr1), {"pin": PIN})
        assert answer.status_code == 422 and said.pop() in answer.content.decode()
        said = {answer.content.decode().partition('role="alert"')[2].partition("</div>")[0]}
    assert not PinTries.objects.exists()


def test_a_hash_out_of_the_database_is_no_token(mgr1, ops):
    tablet, _browser = make_tablet(by=ops)
    give_pin(mgr1)
    thief = Client()
    thief.cookies["desk_tablet"] = str(tablet.token_digest)
    assert thief.post(pin_url(mgr1), {"pin": PIN}).status_code == 422
    assert "mgr1" not in thief.get("/login/").content.decode()


# --- passwords beside it -------------------------------------------------------------------------------------------


def test_twenty_wrong_passwords_from_the_houses_address_lock_that_login_alone(mgr1, mgr2, ops):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    codes = [Client().post("/login/", {"username": "mgr1", "password": f"guess {n}"}).status_code for n in range(20)]
    assert codes == [200] * 4 + [429] * 16
    assert Client().post("/login/", {"username": "mgr1", "password": PASSWORD}).status_code == 429
    for user in (mgr2, ops):
        assert Client().post("/login/", {"username": user.username, "password": PASSWORD}).status_code == 302
    assert browser.post(pin_url(mgr1), {"pin": PIN}).status_code == 302  # the PIN is another door


def test_a_right_pin_forgives_no_wrong_password(mgr1, ops):
    _tablet, browser = make_tablet(by=ops)
    give_pin(mgr1)
    for _try in range(4):
        Client().post("/login/", {"username": "mgr1", "password": "guess"})
    assert browser.post(pin_url(mgr1), {"pin": PIN}).status_code == 302
    assert Client().post("/login/", {"username": "mgr1", "password": "guess"}).status_code == 429

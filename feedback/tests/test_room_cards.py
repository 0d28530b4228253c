"""The cards on the tables: a picture that phones read as the room's own address, for operations alone."""

import re
from collections.abc import Callable

import pytest
import segno
from django.conf import settings
from django.test import Client

from feedback import guest_links
from feedback.models import RoomCode
from staff.models import User
from visits.tests.factories import make_room

pytestmark = pytest.mark.django_db
URL = "/feedback/cards/"
SignIn = Callable[[User], Client]


def test_codes_are_made_by_a_post_once_and_each_card_is_printed(ops: User, signed_in: SignIn) -> None:
    rooms, client = [make_room("601"), make_room("602"), make_room("603", is_in_service=False)], signed_in(ops)
    assert "2 rooms have no code yet" in client.get(URL).content.decode() and not RoomCode.objects.exists()
    client.post(f"{URL}codes/")
    codes = set(RoomCode.objects.values_list("code", flat=True))
    client.post(f"{URL}codes/")
    assert len(codes) == 2 and set(RoomCode.objects.values_list("code", flat=True)) == codes
    page = client.get(URL).content.decode()
    assert page.count('class="qr"') == 2
    assert client.get(URL, {"room": "602"}).content.decode().count('class="qr"') == 1
    assert rooms[2].number not in re.findall(r"<h2>(\d+)</h2>", page)


def test_a_picture_says_the_rooms_address(ops: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    room, drawn = make_room("888"), []

    code = guest_links.code_of(room)
    draw = segno.make

    def make(said: str, **how: object) -> segno.QRCode:
        drawn.append(said)
        return draw(said, **how)

    monkeypatch.setattr(segno, "make", make)
    signed_in(ops).get(URL)
    assert drawn == [f"{settings.SITE_URL}/g/{code}/"]


def test_a_new_code_takes_the_old_cards_out_of_use(ops: User, signed_in: SignIn) -> None:
    room = make_room("888")
    code = guest_links.code_of(room)
    answer = signed_in(ops).post(f"{URL}{room.pk}/renew/")
    assert answer["Location"] == f"{URL}?room=888"
    assert Client().get(f"/g/{code}/").status_code == 404
    assert Client().get(f"/g/{guest_links.code_of(room)}/").status_code == 200

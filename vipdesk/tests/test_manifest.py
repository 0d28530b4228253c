"""The desk installs on a tablet's home screen: its manifest, icons and policy."""

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db
PLAIN = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def manifest(language: str = "en") -> dict[str, Any]:
    answer = Client().get("/manifest.webmanifest", headers={"accept-language": language})
    assert answer["Content-Type"] == "application/manifest+json"
    found: dict[str, Any] = json.loads(answer.content)
    return found


def pixels(path: Path) -> tuple[int, int]:
    """Width and height as a PNG's first block has them."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:])
    return width, height


@pytest.mark.parametrize("storages", [settings.STORAGES, settings.STORAGES | PLAIN])
def test_every_icon_is_there_in_the_size_it_says(storages: dict[str, Any]) -> None:
    with override_settings(STORAGES=storages):
        icons = manifest()["icons"]
    assert {(icon["sizes"], icon["purpose"]) for icon in icons} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")
    }  # fmt: skip
    for icon in icons:
        name = re.sub(r"\.[0-9a-f]{12}\.", ".", icon["src"]).removeprefix(f"/{settings.STATIC_URL.strip('/')}/")
        path = finders.find(name)
        assert path, icon["src"]
        assert "x".join(map(str, pixels(Path(path)))) == icon["sizes"]


def test_it_opens_by_itself_in_both_orientations_and_in_the_readers_language() -> None:
    said = manifest()
    assert (said["start_url"], said["scope"], said["display"], said["orientation"]) == ("/", "/", "standalone", "any")
    assert [one["url"] for one in said["shortcuts"]] == ["/customers/new/", "/tonight/"]
    assert (said["lang"], manifest("zh-CN")["lang"]) == ("en", "zh-hans")
    assert manifest("zh-CN")["shortcuts"][1]["name"] != said["shortcuts"][1]["name"]
    css = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
    assert f"--ink: {said['background_color']};" in css and said["theme_color"] == said["background_color"]


def test_every_screen_names_it_and_the_policy_lets_it_in() -> None:
    answer = Client().get("/login/")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in answer.content.decode()
    assert "manifest-src 'self'" in answer["Content-Security-Policy"]

"""The look of the desk, as far as it can be read from its files: contrast, weight, what a template may hold."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OURS = [path for path in TEMPLATES if path.relative_to(ROOT / "templates").parts[0] not in ("admin", "unfold")]
# What the desk shows, unlike a guest's own copy: a file that is handed out, and has to stand alone.
SERVED = [path for path in OURS if path.name != "copy_file.html"]
SHEETS = [f"css/{name}.css" for name in ("tokens", "desk", "parts", "forms")]
SHELL = ["vendor/bootstrap-*.min.css", "vendor/htmx-*.min.js", *SHEETS, "js/shell.js", "icons/desk.svg"]


def theme_tokens(theme: str) -> dict[str, str]:
    """The colours written down for one theme: {"ink": "#0e1014", …}."""
    css = (STATIC / "css/tokens.css").read_text()
    block = re.search(rf'\[data-bs-theme="{theme}"\][^{{]*{{\s*color-scheme: {theme};(.*?)}}', css, re.S)
    assert block
    found = re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", block[1])
    return {name: "#" + "".join(digit * (6 // len(value)) for digit in value) for name, value in found}


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_reader_meets_words_at_four_and_a_half_to_one_on_every_ground(theme: str) -> None:
    tokens = theme_tokens(theme)
    for voice in ("text", "muted", "faint", "gold", "teal", "coral", "blue"):
        for ground in ("ink", "surface", "raised"):
            assert contrast(tokens[voice], tokens[ground]) >= 4.5, (voice, ground)
    assert contrast(tokens["gold-ink"], tokens["gold-fill"]) >= 4.5
    assert contrast(tokens["gold-ink"], tokens["gold-hover"]) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_reader_meets_controls_and_rings_at_three_to_one(theme: str) -> None:
    tokens = theme_tokens(theme)
    for line in ("edge", "gold-line"):
        for ground in ("surface", "raised"):
            assert contrast(tokens[line], tokens[ground]) >= 3, (line, ground)


def test_both_themes_name_the_same_tokens() -> None:
    assert theme_tokens("dark").keys() == theme_tokens("light").keys()


@pytest.mark.parametrize("path", [path for path in (STATIC / "css").iterdir() if path.stem not in ("tokens", "print")])
def test_sheets_write_no_colour_of_their_own(path: Path) -> None:
    # The page on a guest's own phone loads no other sheet: it names its colours once, at the head of its own.
    named = "--" if path.stem == "guest-phone" else "--color-"
    css = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    declarations = [line for line in re.findall(r"([\w-]+:[^;{}]*);", css) if not line.startswith(named)]
    assert declarations
    assert not [line for line in declarations if re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", line)]


@pytest.mark.parametrize("path", SERVED, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_that_the_content_policy_refuses(path: Path) -> None:
    text = re.sub(r"\{%.*?%\}", "", path.read_text())  # `{% with one=… %}` is no handler
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=(?!=)|javascript:|hx-on|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text), "no address of another host"


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons/desk.svg").read_text()))
    named = {name for path in TEMPLATES for name in re.findall(r"desk\.svg' %}#([\w-]+)", path.read_text())}
    assert named <= drawn
    assert named, "the pattern finds none: has the way to name an icon changed?"


def test_vendored_files_carry_their_licence_and_point_nowhere() -> None:
    vendored = [path for path in (STATIC / "vendor").iterdir() if path.suffix in (".js", ".css")]
    assert vendored
    for path in vendored:
        assert "sourceMappingURL" not in path.read_text()
        stem = path.name.removesuffix(path.suffix).removesuffix(".min")
        assert (STATIC / f"vendor/{stem}.LICENSE.txt").exists(), path.name


def test_first_visit_downloads_a_light_shell() -> None:
    files = [path for pattern in SHELL for path in STATIC.glob(pattern)]
    assert len(files) == len(SHELL)
    weight = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    assert weight <= 70_000, "promises.md allows 120 kB; what is not needed stays out"

"""What stands to be translated, and the catalogue of its Chinese. Needs no gettext: Babel reads code and catalogue.

`manage.py messages` brings the catalogue up to date; a check fails while a string of ours has no Chinese.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

LANGUAGE = "zh_Hans"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": None,
    "pgettext_lazy": None,
}
_SKIPPED = {"tests", "migrations", "bench", ".venv", ".run", "node_modules"}


def catalogue_path() -> Path:
    return Path(settings.BASE_DIR) / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def read_catalogue() -> Catalog:
    with catalogue_path().open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def extract() -> Catalog:
    """Every string of ours that is marked for translation, with the places where it stands."""
    found = Catalog(locale=LANGUAGE, project="vipdesk", fuzzy=False)
    for path in _sources():
        name = path.relative_to(settings.BASE_DIR).as_posix()
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            # Django turns a template into something like Python; left-aligned it is Python enough to be read.
            text = "\n".join(line.lstrip() for line in templatize(text, origin=name).split("\n"))
        for line, function, message, _comments in extract_python(io.BytesIO(text.encode()), KEYWORDS, [], {}):
            if message:
                context, said = _context(function, message)
                found.add(_singular_or_pair(said), locations=[(name, line)], context=context)
    return found


def update() -> Catalog:
    """The catalogue with what is new in the code and without what is gone, written back; what it had is kept."""
    catalogue = read_catalogue() if catalogue_path().exists() else Catalog(locale=LANGUAGE, project="vipdesk")
    catalogue.update(extract(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy, catalogue.header_comment = False, "# Simplified Chinese of the desk."
    catalogue_path().parent.mkdir(parents=True, exist_ok=True)
    with catalogue_path().open("wb") as file:
        write_po(file, catalogue, width=120, sort_by_file=True, include_lineno=False)
    return catalogue


def untranslated() -> list[str]:
    """Strings of the code that the catalogue has no finished Chinese for."""
    catalogue = read_catalogue()
    missing = []
    for message in extract():
        have = catalogue.get(message.id, message.context) if message.id else None
        if message.id and (have is None or have.fuzzy or not all(as_tuple(have.string))):
            missing.append(as_tuple(message.id)[0])
    return missing


def _sources() -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    for path in sorted([*base.rglob("*.py"), *base.rglob("*.html")]):
        if not _SKIPPED.intersection(path.relative_to(base).parts):
            yield path


def _context(function: Any, message: Any) -> tuple[str | None, Any]:
    """What tells two strings of the same words apart, where it is said, and the string."""
    return (message[0], message[1]) if function.startswith("pgettext") else (None, message)


def _singular_or_pair(message: object) -> str | tuple[str, str]:
    parts = [part for part in as_tuple(message) if part]
    return (parts[0], parts[1]) if len(parts) > 1 else parts[0]


def as_tuple(value: object) -> tuple[str, ...]:
    """Babel's strings, plural or not, as one shape."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)  # type: ignore[return-value]

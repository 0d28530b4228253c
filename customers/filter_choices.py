"""What the list's panel of filters offers: tiers, people, saved filters, all in one statement, and its options."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers import filters
from customers.choices import Calendar
from customers.filters import Filters
from staff import roles

# Written out, since three models through one UNION cost the list more in Django than in the database.
_ALL = """
SELECT 'tier', id, CASE WHEN %(is_chinese)s THEN name ELSE name_en END AS name, '', -rank AS place
FROM customers_membershiptier
UNION ALL
SELECT 'person', u.id, coalesce(nullif(u.display_name, ''), u.username), '', 0
FROM staff_user u JOIN staff_user_groups m ON m.user_id = u.id JOIN auth_group g ON g.id = m.group_id
WHERE u.is_active AND g.name = %(managers)s
UNION ALL
SELECT 'saved', id, name, query::text, 0 FROM customers_savedfilter WHERE %(with_saved)s
ORDER BY place, name
"""


class Choice(NamedTuple):
    value: str
    words: str


class Saved(NamedTuple):
    """A saved filter: its key, its name, what it holds."""

    pk: int
    name: str
    filters: Filters


@dataclass
class Offer:
    """Names by key, and what was saved."""

    tiers: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    saved: list[Saved] = field(default_factory=list)

    def chips(self, chosen: Filters) -> list[Choice]:
        """What is chosen: field and words."""
        return [Choice(*pair) for pair in chosen.said(self.tiers, self.people).items()]

    def options(self, chosen: Filters) -> dict[str, SafeString]:
        """The options of each select of the panel, by its field."""
        tiers = [Choice(filters.VIP, "VIP"), *_by_key(self.tiers), Choice(filters.NONE, _("no tier"))]
        people = [*_by_key(self.people), Choice(filters.NONE, _("nobody"))]
        fixed = _fixed_options(get_language() or "", chosen.birthday, chosen.seen, chosen.key)
        return fixed | {"tier": _options(tiers, chosen.tier), "owner": _options(people, chosen.owner)}


def offer(*, with_saved: bool) -> Offer:
    """The tiers, highest first, the active managers, and, for whom they are there, the saved filters."""
    is_chinese = (get_language() or "").startswith("zh")
    made = Offer()
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"is_chinese": is_chinese, "managers": roles.MANAGER, "with_saved": with_saved})
        for kind, pk, name, query, _place in cursor.fetchall():
            if kind == "saved":
                made.saved.append(Saved(pk, name, Filters.from_data(json.loads(query))))
            else:
                (made.tiers if kind == "tier" else made.people)[pk] = name
    return made


@lru_cache(maxsize=512)
def _fixed_options(language: str, birthday: str, seen: str, key: str) -> dict[str, SafeString]:
    """Those of the selects that know their choices by themselves, in the `language` on screen."""
    keys = [Choice(filters.KEY, _("key accounts")), Choice(filters.OVERDUE, _("key accounts, contact overdue"))]
    return {
        "birthday": format_html_join(
            "", '<optgroup label="{}">{}</optgroup>', ((c.label, _options(_months(c), birthday)) for c in Calendar)
        ),
        "seen": _options([Choice(value, filters.seen_words(value)) for value in filters.SEEN], seen),
        "key": _options(keys, key),
    }


def _months(calendar: Calendar) -> list[Choice]:
    return [Choice(f"{calendar.value}-{n}", filters.month_words(calendar.value, n)) for n in range(1, 13)]


def _options(choices: Iterable[Choice], chosen: str) -> SafeString:
    marked = ((value, " selected" if value == chosen else "", words) for value, words in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', marked)


def _by_key(names: dict[int, str]) -> list[Choice]:
    return [Choice(str(pk), name) for pk, name in names.items()]

"""What somebody typed into the search box, as conditions that indexes answer: words of a name, how it sounds, digits.

All words hold together. A word of Chinese is part of the name, whatever dot stands between its parts, or none; one of
Latin letters is part of it too, or its pinyin from the first syllable on, or whole syllables further in, or initials;
accents mean nothing; any word with a digit in it may be a member number.

Digits are a whole number or the `SHOWN_TAIL` last ones that a masked number shows, nothing between: any other part
would rebuild what the mask hides, one digit a search. Among the reader's own guests, whose numbers they see, more
digits are also the end of a number or, from `SHORTEST_HEAD` on, its beginning.
"""

import re
import unicodedata
from functools import reduce
from itertools import groupby
from operator import and_, or_
from typing import TYPE_CHECKING

from django.db.models import CharField, F, Func, Q, Value
from django.db.models.lookups import IContains

from customers import phones, pinyin
from customers.names import DOTS, HAN
from vipdesk.invisible import drop_all_invisible

if TYPE_CHECKING:
    from staff.models import User

LONGEST = 80
MOST_WORDS = 8  # more say no more about one person
SHOWN_TAIL = 4
SHORTEST_HEAD = 7  # fewer are the beginning of too many numbers to be what is meant
_UNSEEN = {"Cc", "Cf", "Cs"}
_NUMBERISH = re.compile(r"[0-9()+.\-]*[0-9][0-9()+.\-]*")
_SOUND = re.compile(rf"[^\W_\u2e80-\u33ff{HAN}]+")  # letters of an alphabet, and digits
_MIXED = re.compile(rf"(?=.*[a-z])(?=.*[{HAN}])", re.DOTALL)
_HAN = re.compile(rf"[{HAN}]+")
_DOT = re.compile(rf"[{DOTS}]+|(?<=[{HAN}])\.(?=[{HAN}])")
SHORTEST_UNDOTTED = 4  # characters of a name of several parts: 尼玛·次仁


def tidy(typed: str) -> str:
    """As names are kept: full width narrowed, blanks single, nothing invisible, no more than `LONGEST` characters."""
    narrow = unicodedata.normalize("NFKC", drop_all_invisible(typed[: 4 * LONGEST]))
    shown = "".join(c for c in narrow if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return " ".join(shown.split())[:LONGEST].rstrip()


def condition(typed: str, *, reader: "User | None" = None) -> Q:
    """Who is meant; everybody where nothing was typed. `reader`: among whose own guests parts of a number count."""
    words = _words(tidy(typed))
    if len(words) < 2:
        return _word(words[0], reader) if words else Q()
    # A single letter beside other words is the beginning of a syllable ("zhang w"), not of another surname; it comes
    # first, since hardly anybody's name holds one and the rest need not be looked at then.
    in_order = sorted(words, key=len)
    all_hold = reduce(and_, (_named(word) if len(word) == 1 else _word(word, reader) for word in in_order))
    is_spoken = not any(map(_digits, words)) and all(map(sounds, words))
    return all_hold | _heard("".join(words), is_whole=_are_whole(words)) if is_spoken else all_hold


def _are_whole(words: list[str]) -> bool:
    """Whether they can be syllables further in, or initials; "xiao m" is neither."""
    return len({len(word) == 1 for word in words}) == 1


def means_few(typed: str) -> bool:
    """Whether it holds something so telling, digits or three characters of a name, that few can be meant."""
    return any(
        len(_digits(word)) >= SHOWN_TAIL or len(_HAN.sub("", word)) <= len(word) - 3 for word in _words(tidy(typed))
    )


def asks_by_number(typed: str) -> bool:
    """Whether it may find a guest by their number whoever asks: a whole number, or what the mask shows of one."""
    return any(_is_tail(word) or _whole(word) for word in _words(tidy(typed)))


def whole_numbers(typed: str) -> list[str]:
    """The whole numbers among what was typed, as E.164."""
    return [number for word in _words(tidy(typed)) for number in _whole(word)]


def has_digits(typed: str) -> bool:
    """Whether it holds as many digits as may be a part of a number."""
    return any(len(_digits(word)) > 2 for word in _words(tidy(typed)))


def _words(text: str) -> list[str]:
    """The words, a number in groups ("138 1655 2203") as one."""
    found: list[str] = []
    for is_number, group in groupby(text.split(), key=lambda word: bool(_NUMBERISH.fullmatch(word))):
        parts = list(group)
        found += ["".join(parts)] if is_number else parts
    return found[:MOST_WORDS]


def _digits(word: str) -> str:
    return re.sub("[^0-9]", "", word) if _NUMBERISH.fullmatch(word) else ""


def _is_tail(word: str) -> bool:
    return len(_digits(word)) == SHOWN_TAIL and "+" not in word


def _whole(word: str) -> list[str]:
    return phones.whole_numbers(_digits(word), has_prefix="+" in word)


def _word(word: str, reader: "User | None") -> Q:
    if len(_digits(word)) >= SHOWN_TAIL:
        return _with_digits(word, reader)
    if _DOT.search(word):
        return _dotted(word)
    # Two letters are one piece of a name, which is looked for as a sound already.
    named = Q() if len(word) == 2 and sounds(word)[:1] == [word.lower()] else _named(word)
    found = named | _heard(word) | _mixed(word) | _undotted(word)
    return found | Q(member_no=word.upper()) if any(map(str.isdigit, word)) else found


# --- names ---------------------------------------------------------------------------------------------------------


def grams(text: str) -> list[str]:
    """One- and two-character pieces of `text`, as the database's `customers_name_keys` cuts a name."""
    folded = text.lower()
    return [folded] if len(folded) == 1 else sorted({folded[i : i + 2] for i in range(len(folded) - 1)})


def _named(word: str) -> Q:
    """The grams find candidates from the index; from three characters on the whole word then decides."""
    pieces = Q(name_keys__contains=grams(word))
    return pieces & Q(name__icontains=word) if len(word) > 2 else pieces


def _dotted(word: str) -> Q:
    """A name of several parts: each part finds candidates, the whole without dots then decides, so that every spelling
    of the dot finds every other."""
    parts = [part for part in _DOT.split(word) if part]
    if not parts:
        return Q(name_keys__overlap=list(DOTS))
    pieces = reduce(and_, (Q(name_keys__contains=grams(part)) for part in parts))
    return pieces & _name_without_dots("".join(parts))


def _undotted(word: str) -> Q:
    """A name of several parts typed without its dot: from its first syllable on, since no piece of two characters
    tells where the dot stands."""
    if len(word) < SHORTEST_UNDOTTED or not _HAN.fullmatch(word):
        return Q()
    heard = Q(pinyin_joined__startswith=pinyin.read(word).replace(" ", ""))
    return heard & _name_without_dots(word)


def _name_without_dots(text: str) -> Q:
    bare = Func(F("name"), Value(rf"[{DOTS}\s.]"), Value(""), Value("g"), function="regexp_replace")
    bare.output_field = CharField()
    return Q(IContains(bare, text))


def sounds(word: str) -> list[str]:
    """How a word of an alphabet's letters may stand in stored pinyin, as typed first; none for any other word.

    Tone marks and apostrophes mean nothing. ü is stored as v; people write v, ü, yu or, on passports of old, u.
    """
    plain = re.sub("['’`]", "", word.lower()).replace("u:", "v")
    if not _SOUND.fullmatch(plain):
        return []
    bare = pinyin.plain(plain)
    by_passport = re.sub("(?<=[ln])yu", "v", bare)
    return list(dict.fromkeys([plain, bare, by_passport, re.sub("(?<=[ln])u", "v", by_passport)]))


def _heard(word: str, *, is_whole: bool = True) -> Q:
    """Who sounds like it from the first syllable on; where it `is_whole`, also further in, and by initials."""
    heard = sounds(word)
    found = reduce(or_, (Q(pinyin_joined__startswith=sound) for sound in heard), Q())
    several = [sound for sound in heard if len(sound) > 1]
    if not (several and is_whole):
        return found
    # One condition on the keys: in a walk through the newest it is the dear one.
    return found | Q(name_keys__overlap=several) | Q(pinyin_initials__startswith=several[0])


def _mixed(word: str) -> Q:
    """ "张w": characters taken over from the keyboard's list, and letters still being typed."""
    if not _MIXED.match(word.lower()):
        return Q()
    pieces = [Q(name_keys__contains=grams(part)) for part in _HAN.findall(word)]
    return reduce(and_, pieces, Q(pinyin_joined__startswith=pinyin.read(word).replace(" ", "")))


# --- numbers -------------------------------------------------------------------------------------------------------


def _with_digits(word: str, reader: "User | None") -> Q:
    """Guests by numbers that are theirs now, or by their member number: one set of keys, since an OR of two tables
    would be answered by reading everybody."""
    from customers.models import Customer, PhoneNumber

    digits, living = _digits(word), PhoneNumber.objects.filter(released_at=None)
    keys = Customer.objects.filter(member_no=digits).values("pk")
    if _is_tail(word):
        # The mask of a number from elsewhere shows fewer digits (`phones.mask`).
        shown = living.filter(number_reversed__startswith=digits[::-1], number__startswith="+86")
        keys = keys.union(shown.values("customer"), all=True)
    whole = _whole(word)
    if whole:
        keys = keys.union(living.filter(number__in=whole).values("customer"), all=True)
    elif reader:
        own = living.filter(_part(digits, has_prefix="+" in word), customer__owner=reader)
        keys = keys.union(own.values("customer"), all=True)
    return Q(pk__in=keys)


def _part(digits: str, *, has_prefix: bool) -> Q:
    """The end of a number; its beginning too where that is long enough to mean few."""
    found = Q(number__in=[]) if has_prefix else Q(number_reversed__startswith=digits[::-1])
    if len(digits) >= SHORTEST_HEAD:
        found |= _begins(digits)
        # 00 before a country, as it is dialled from here; else a mainland number is meant.
        found |= _begins(digits[2:]) if digits.startswith("00") else _begins(f"86{digits}")
    return found


def _begins(digits: str) -> Q:
    """Numbers from this on to the next: a range, which the index answers in any order of letters the database has."""
    following = str(int(digits or 0) + 1).zfill(len(digits))
    if len(following) != len(digits):  # all nines
        return Q(number__gte=f"+{digits}", number__startswith=f"+{digits}")
    return Q(number__gte=f"+{digits}", number__lt=f"+{following}")

"""Telephone numbers: what is one, how it is kept (E.164), how it is shown, how it is masked.

Mainland mobiles are judged by our own rule, which never meets `phonenumbers`: it refuses ranges that are real and costs
35 µs a number. Numbers of other countries are its business (domain.md, "Facts of the trade").
"""

import re
import unicodedata
from functools import lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from vipdesk.invisible import drop_all_invisible

MAINLAND = re.compile(r"1[3-9][0-9]{9}")
_WITH_PREFIX = re.compile(r"(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})")
_ABROAD_BARE = re.compile(r"(?:852[2-9][0-9]{7}|853[68][0-9]{7}|8869[0-9]{8})")
# Mobiles as they are written at home. Korea's 010 is Beijing's land lines too, Japan's 090 those of Tacheng.
_NATIONAL_MOBILES = {
    "852": re.compile(r"[4-79][0-9]{7}"),
    "853": re.compile(r"6[0-9]{7}"),
    "886": re.compile(r"09[0-9]{8}"),
    "81": re.compile(r"0[789]0[1-9][0-9]{7}"),
    "82": re.compile(r"010[2-9][0-9]{7}"),
    "65": re.compile(r"[89][0-9]{7}"),
}
# 400 and 800 are called for little or nothing; the short ones are banks, hotlines, the operators and the police.
_SERVICE_NUMBER = re.compile(r"0?[48]00[0-9]{7}|9[56][0-9]{3,5}|1(?:1[0249]|2[02]|00[0-9]{2})")
_KEPT = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORTEST_WHOLE = 8  # digits after 00, country and number
# What stands between the digits of a number and means nothing: blanks, any dash, dots, brackets, apostrophes, arrows.
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212._·•・()\[\]{}'’‘`\"]+")
_LABEL = re.compile(
    r"^(?:手机号码?|手机|电话号码?|电话|联系电话|联系方式|本人|号码|移动电话|tel|mobile|phone|mob|cell)\s*[:.]?\s*",
    re.I,
)
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_AS_NUMBER = re.compile(r"[0-9]+\.0+|[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_MOBILE_WITHIN = re.compile(
    r"(?<![0-9+])(?:\+?\(?86\)?[\s\-]?|0086[\s\-]?)?(1[3-9][0-9](?:[\s\-.·]?[0-9]){8})(?![0-9])"
)
_ONE_DIGIT = re.compile(r"\+861(\d)\1{9}|\+(?!86)\d{1,3}?(\d)\2{7,}")
_SEVERAL = re.compile(r"[/、,;|\n\\]|\s+(?:或者?|and|or)\s+|或者?|\s{2,}")


class BadPhone(ValueError):
    """This is no number one can reach somebody by; the message says why, to the person who typed it."""


def narrow(text: str) -> str:
    """Full-width digits and signs as plain ones, without characters that nobody sees."""
    return unicodedata.normalize("NFKC", drop_all_invisible(text))


def is_one_digit(number: str) -> bool:
    """Whether a number (E.164) is one digit again and again: a mainland mobile after its first, any other after the
    code of its country."""
    return _ONE_DIGIT.fullmatch(number) is not None


def normalise(text: str) -> str:
    """The one number that `text` holds, as E.164. Raises `BadPhone`."""
    if MAINLAND.fullmatch(text):
        return f"+86{text}"
    tidy = _LABEL.sub("", narrow(text).strip().lstrip("'’‘`"))
    if _AS_NUMBER.fullmatch(tidy):
        tidy = _whole(tidy)
    digits = _BETWEEN.sub("", tidy)
    found = _WITH_PREFIX.fullmatch(digits)
    if found:
        return f"+86{found[1]}"
    if not any(c.isdecimal() for c in digits):
        raise BadPhone(_("A phone number is needed."))
    return _from_elsewhere(digits)


def whole_numbers(digits: str, *, has_prefix: bool = False) -> list[str]:
    """Every number, as E.164, that these digits may be when they are a whole one; none where they are a part.

    For searching: nothing is judged but the form. `has_prefix`: they began with a + or stand for one that did.
    """
    mainland = _WITH_PREFIX.fullmatch(digits)
    if mainland:
        return [f"+86{mainland[1]}"]
    if digits.startswith("00") and len(digits) > _SHORTEST_WHOLE:
        return whole_numbers(digits[2:], has_prefix=True)
    if has_prefix:
        return [f"+{digits}"] if _KEPT.fullmatch(f"+{digits}") and not digits.startswith("86") else []
    bare = [f"+{digits}"] if _ABROAD_BARE.fullmatch(digits) else []
    at_home = [country for country, rule in _NATIONAL_MOBILES.items() if rule.fullmatch(digits)]
    return bare + [f"+{country}{digits.removeprefix('0')}" for country in at_home]


def find(text: str) -> tuple[str, str]:
    """The first usable number in a cell that may hold more, as E.164, and what else stands there ("" for nothing).

    For sheets only: a form asks for one number. Raises `BadPhone` where none is usable.
    """
    try:
        return normalise(text), ""
    except BadPhone as error:
        tidy = narrow(text).strip().lstrip("'’‘`")
        number, rest = _first_within(tidy)
        if number is None:
            raise error
    return number, rest


def _first_within(tidy: str) -> tuple[str | None, str]:
    found = _MOBILE_WITHIN.search(tidy)
    if found:
        return normalise(found[1]), _leftover(tidy[: found.start()] + " " + tidy[found.end() :])
    parts = [part for part in _SEVERAL.split(tidy) if part.strip()]
    for place, part in enumerate(parts if len(parts) > 1 else []):
        try:
            return normalise(part), _leftover(" ".join(parts[:place] + parts[place + 1 :]))
        except BadPhone:
            continue
    return None, ""


def _leftover(text: str) -> str:
    """What stands beside a number, without its label; brackets stay where they belong to the words."""
    bare = " ".join(text.split()).strip(" /、,;|\\:-")
    wrapped = _IN_BRACKETS.fullmatch(bare)
    bare = wrapped[1] if wrapped else bare
    if any(bare.count(left) != bare.count(right) for left, right in ("()", "[]")):
        bare = bare.strip("()[]")
    return _LABEL.sub("", bare).strip(" /、,;|\\:-")


def _whole(text: str) -> str:
    """A spreadsheet's own writing of a whole number: 13816552203.0, 1.3816552203E+10."""
    mantissa, _sign, exponent = text.lower().replace("+", "").partition("e")
    if not exponent:
        return mantissa.partition(".")[0]
    whole, _point, fraction = mantissa.partition(".")
    # Fewer digits than the number has: the sheet rounded what it shows, and the rest is gone.
    if len(fraction.rstrip("0")) < 8 or len(fraction) > int(exponent):
        raise BadPhone(
            _("The spreadsheet shortened this number (%(text)s). Look it up and type it as text.") % {"text": text}
        )
    return whole + fraction.ljust(int(exponent), "0")


def _from_elsewhere(digits: str) -> str:
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif _ABROAD_BARE.fullmatch(digits):
        digits = "+" + digits
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise BadPhone(_("This is not a phone number."))
    if not digits.startswith("+") or digits.startswith("+86"):
        raise BadPhone(_why_not_mainland(digits))
    return _judge(digits)


def _why_not_mainland(digits: str) -> str:
    bare = digits.removeprefix("+86")
    if _SERVICE_NUMBER.fullmatch(bare):
        return _("This is a service number, not a person's.")
    if not digits.startswith("+86") and (places := _mobile_elsewhere(bare)):
        said = {"places": _(", ").join(places)}
        return _("A mobile number of another place needs its prefix: %(places)s. Land lines are not taken.") % said
    if bare.startswith("0") and len(bare) in (10, 11, 12):
        return _("A mobile number is needed, this is a land line.")
    if bare.startswith("1") and len(bare) != 11:
        return _("A mainland mobile number has 11 digits, this one has %(count)d.") % {"count": len(bare)}
    return _("A mainland mobile number has 11 digits and starts with 13 to 19; others need + and the country.")


def _mobile_elsewhere(digits: str) -> list[str]:
    """Places where these digits are a mobile's as people there write them, without the country; with its prefix."""
    names = {
        "852": pgettext("phone prefix", "Hong Kong +852"),
        "853": pgettext("phone prefix", "Macau +853"),
        "886": pgettext("phone prefix", "Taiwan +886"),
        "81": pgettext("phone prefix", "Japan +81"),
        "82": pgettext("phone prefix", "Korea +82"),
        "65": pgettext("phone prefix", "Singapore +65"),
    }
    return [names[country] for country, rule in _NATIONAL_MOBILES.items() if rule.fullmatch(digits)]


@lru_cache(maxsize=4096)
def _judge(number: str) -> str:
    import phonenumbers  # 30 ms to load, and most houses see a foreign number twice a week

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        raise BadPhone(_("This country's prefix does not exist.")) from None
    national = str(parsed.national_number)
    kept = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if len(set(national)) == 1 or not phonenumbers.is_valid_number(parsed) or not _KEPT.fullmatch(kept):
        raise BadPhone(_("There is no such number in that country."))
    why = _why_not_a_persons(phonenumbers.number_type(parsed))
    if why:
        raise BadPhone(why)
    return kept


def _why_not_a_persons(kind: int) -> str:
    """Why nobody has a number of this kind in their pocket; "" for mobiles, and where a country does not tell."""
    from phonenumbers import PhoneNumberType as Kind

    said = {
        Kind.FIXED_LINE: _("A mobile number is needed, this is a land line."),
        Kind.TOLL_FREE: _("This is a toll-free number, not a person's."),
        Kind.PREMIUM_RATE: _("This is a premium-rate number, not a person's."),
        Kind.SHARED_COST: _("This is a service number, not a person's."),
        Kind.UAN: _("This is a service number, not a person's."),
        Kind.VOICEMAIL: _("This is a service number, not a person's."),
        Kind.PAGER: _("This is a pager, which takes no calls."),
    }
    return said.get(kind, "")


def mask(e164: str) -> str:
    """138****5678, and +852****567 for other countries: enough to know the number again, too little to ring it."""
    if e164.startswith("+86"):
        return f"{e164[3:6]}****{e164[-4:]}"
    return f"{e164[:4]}****{e164[-3:] if len(e164) > 10 else e164[-2:]}" if e164 else ""


def display(e164: str) -> str:
    """138 1655 2203, and +852 9123 4567 for other countries."""
    if e164.startswith("+86") and len(e164) == 14:
        return f"{e164[3:6]} {e164[6:10]} {e164[10:]}"
    return _in_groups(e164) if e164 else ""


@lru_cache(maxsize=4096)
def _in_groups(e164: str) -> str:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)

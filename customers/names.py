"""What counts as a person's name: written form, and whether it is a surname alone (李总, 陈小姐)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from vipdesk.invisible import drop_all_invisible

LONGEST = 80
_NOT_A_NAME = {
    "不详",
    "不明",
    "不知道",
    "不清楚",
    "不愿透露",
    "待补",
    "待定",
    "暂无",
    "未填",
    "未提供",
    "空白",
    "匿名",
    "无",
    "未知",
    "没有",
    "保密",
    "测试",
    "客人",
    "顾客",
    "先生",
    "女士",
    "小姐",
    "test",
    "unknown",
    "none",
    "n/a",
    "na",
}
# Chinese characters, those outside the basic plane (𠮷) among them.
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# The dots between the parts of a name (阿不都热依木·买买提) as keyboards, fonts and sheets write them, NFKC done.
DOTS = "·•・‧∙⋅●ꞏ⸱"
# Letters with a stroke, which Unicode does not take for a letter with an accent.
_STROKES = str.maketrans({"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "æ": "ae", "œ": "oe"})
_DOT_BETWEEN = re.compile(rf"(?<=\w)\s*[{DOTS}]+\s*(?=\w)|(?<=[{HAN}])\s*\.\s*(?=[{HAN}])")
_NOT_IN_KEY = re.compile(rf"[\s.,。'’‘`{DOTS}-]+")
_TITLES = "总|小姐|先生|女士|太太|老板|经理|董|哥|姐|老师|医生|主任|局长|书记"
_SURNAME_AND_TITLE = re.compile(rf"^[{HAN}]{{1,2}}(?:{_TITLES})$")
_NICKNAME = re.compile(rf"^[老小阿][{HAN}]$")
_TRAILING_TITLE = re.compile(r"\s*[（(](先生|女士|小姐|男|女)[)）]\s*$")
_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}])\s+(?=[{HAN}])")
_ONE_HAN = re.compile(f"[{HAN}]")
_REPEATED_HAN = re.compile(rf"([{HAN}])\1\1")
_COMBINING = re.compile("[\u0300-\u036f]")
_ENGLISH_TITLE = re.compile(r"^(mr|mrs|ms|miss|dr)\.?\s+\w+$", re.IGNORECASE)


class BadName(ValueError):
    """This is no name; the message says why, to the person who typed it."""


@dataclass(frozen=True)
class Name:
    """A name as it is kept. `is_partial`: a surname with a title, for the manager to complete; `is_doubtful`: one
    character three times (圆圆圆), which may be a name, for the manager to check."""

    text: str
    is_partial: bool
    title: str = ""
    is_doubtful: bool = False


def read_name(text: str) -> Name:
    """Tidy a typed name: full width narrowed, blanks between characters dropped, a trailing （先生） taken off.

    The dots between the parts of a name become `·`. Raises `BadName` for what is none: no letter in it, one letter over
    and over, a word for "unknown".
    """
    tidy = _tidy(text)
    found = _TRAILING_TITLE.search(tidy)
    title = found[1] if found else ""
    tidy = tidy[: found.start()].strip() if found else tidy
    _refuse_non_names(tidy)
    is_partial = any(rule.match(tidy) for rule in (_SURNAME_AND_TITLE, _NICKNAME, _ENGLISH_TITLE)) or bool(
        _ONE_HAN.fullmatch(tidy)
    )
    return Name(tidy, is_partial, title, is_doubtful=bool(_REPEATED_HAN.fullmatch(tidy)))


@lru_cache(maxsize=65_536)
def key(name: str) -> str:
    """What makes two spellings one name: without accents, dots, blanks and the case of letters."""
    return _NOT_IN_KEY.sub("", unaccented(unicodedata.normalize("NFKC", name)))


def unaccented(text: str) -> str:
    """In lower case, the letters of an alphabet without their accents and strokes: Seán as sean, Nguyễn as nguyen."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    bare = _COMBINING.sub("", unicodedata.normalize("NFD", folded.translate(_STROKES)))
    return unicodedata.normalize("NFC", bare)


def masked(name: str) -> str:
    """赵*: enough to know somebody again, too little to know who it is."""
    return f"{name[:1]}*"


def _tidy(text: str) -> str:
    narrow = drop_all_invisible(unicodedata.normalize("NFKC", text))
    shown = narrow if narrow.isprintable() else "".join(c for c in narrow if unicodedata.category(c) != "Cc")
    return _DOT_BETWEEN.sub("·", _BETWEEN_HAN.sub("", " ".join(shown.split())))


def _refuse_non_names(tidy: str) -> None:
    if not tidy:
        raise BadName(_("A name is needed."))
    if len(tidy) > LONGEST:
        raise BadName(_("A name of at most %(longest)d characters, please.") % {"longest": LONGEST})
    letters = [c for c in tidy if c.isalpha()]
    if not letters:
        raise BadName(_("A name has letters in it."))
    if any(c.isdecimal() for c in tidy) and len(letters) < 2:
        raise BadName(_("This does not look like a name."))
    is_repeated = len(letters) > 2 and len(set(letters)) == 1
    if tidy.casefold() in _NOT_A_NAME or (is_repeated and not _REPEATED_HAN.fullmatch(tidy)):
        raise BadName(_("This does not look like a name."))

"""What counts as a person's name: written form, and whether it is a surname alone (李总, 陈小姐)."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

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
_TITLES = "总|小姐|先生|女士|太太|老板|经理|董|哥|姐|老师|医生|主任|局长|书记"
_SURNAME_AND_TITLE = re.compile(rf"^[\u4e00-\u9fff]{{1,2}}(?:{_TITLES})$")
_NICKNAME = re.compile(r"^[老小阿][\u4e00-\u9fff]$")
_TRAILING_TITLE = re.compile(r"\s*[（(](先生|女士|小姐|男|女)[)）]\s*$")
_BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_ENGLISH_TITLE = re.compile(r"^(mr|mrs|ms|miss|dr)\.?\s+\w+$", re.IGNORECASE)


class BadName(ValueError):
    """This is no name; the message says why, to the person who typed it."""


@dataclass(frozen=True)
class Name:
    """A name as it is kept. `is_partial`: a surname with a title, for the manager to complete."""

    text: str
    is_partial: bool
    title: str = ""


def read_name(text: str) -> Name:
    """Tidy a typed name: full width narrowed, blanks between characters dropped, a trailing （先生） taken off.

    Raises `BadName` for what is none: no letter in it, one letter over and over, a word for "unknown".
    """
    tidy = _tidy(text)
    found = _TRAILING_TITLE.search(tidy)
    title = found[1] if found else ""
    tidy = tidy[: found.start()].strip() if found else tidy
    _refuse_non_names(tidy)
    is_partial = any(rule.match(tidy) for rule in (_SURNAME_AND_TITLE, _NICKNAME, _ENGLISH_TITLE)) or _is_one_han(tidy)
    return Name(tidy, is_partial, title)


def masked(name: str) -> str:
    """赵*: enough to know somebody again, too little to know who it is."""
    return f"{name[:1]}*"


def _tidy(text: str) -> str:
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in {"Cc", "Cf"})
    return _BETWEEN_HAN.sub("", " ".join(shown.split()))


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
    if tidy.casefold() in _NOT_A_NAME or (len(letters) > 2 and len(set(letters)) == 1):
        raise BadName(_("This does not look like a name."))


def _is_one_han(tidy: str) -> bool:
    return len(tidy) == 1 and "\u4e00" <= tidy <= "\u9fff"

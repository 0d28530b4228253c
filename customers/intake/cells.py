"""What one cell of a sheet says: its words tidied, blanks known for blanks, yes and no in every form of writing."""

import datetime as dt
import re
import unicodedata
from functools import lru_cache

from vipdesk.invisible import drop_all_invisible, drop_invisible

Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

BLANK_WORDS = frozenset((
    "无", "不详", "待补", "暂无", "没有", "未知", "未填", "未填写", "未提供", "未登记", "未留", "不知道", "不清楚",
    "不明", "不记得", "不愿透露", "不愿意透露", "不愿提供", "不提供", "保密", "待定", "待填", "待核实", "待确认",
    "空", "空白", "缺", "缺失", "略", "none", "null", "nil", "nan", "unknown", "tbd", "tba", "n/a", "na", "#n/a",
    "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!",
))  # fmt: skip
_YES = frozenset((
    "是", "同意", "愿意", "可以", "可", "接受", "允许", "有", "好", "行", "对", "真", "已同意", "yes", "y", "true",
    "t", "ok", "agree", "agreed", "1", "√", "✓", "✔", "☑", "✅", "v",
))  # fmt: skip
_NO = frozenset((
    "否", "不同意", "不愿意", "不可以", "不可", "不接受", "不允许", "不行", "不要", "拒绝", "不", "不是", "假",
    "未同意", "no", "n", "false", "f", "disagree", "refused", "0", "×", "✗", "✘", "✕", "❌", "x",
))  # fmt: skip
DITTO = frozenset({"同上", "〃", "″", "''", '"', "ditto", "do."})

LONGEST_DITTO = 12  # with blanks around it
BLANKS = " \n\xa0\u3000"
GUARDED = "=+-@\t\r＝＋－＠"
_OTHER_SCRIPT = str.maketrans(
    "電話曆歷會員號級備註採時間來簡訊聯絡碼機單稱職務紀錄農陰陽閏臘歲業經寶貴賓類別現庭處顧點聖誕國慶節舊"
    "臺鑽銀記訪冊檔開發許絕擾請給總計頁簽審責負製導紹薦關愛習慣屬龍馬雞豬詳補確認無沒銷營專專實嗎對從長戶",
    "电话历历会员号级备注采时间来简讯联络码机单称职务纪录农阴阳闰腊岁业经宝贵宾类别现庭处顾点圣诞国庆节旧"
    "台钻银记访册档开发许绝扰请给总计页签审责负制导绍荐关爱习惯属龙马鸡猪详补确认无没销营专专实吗对从长户",
)


def narrow(text: str) -> str:
    """Full width as half width, and the traditional form of the words that sheets use as the simplified one."""
    return unicodedata.normalize("NFKC", drop_all_invisible(text)).translate(_OTHER_SCRIPT).replace("短讯", "短信")


def words(cell: Cell) -> str:
    """A cell as tidied text; "" where it says nothing. A spreadsheet's whole numbers lose their `.0`."""
    if isinstance(cell, str):
        return tidy(unguard(cell))
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    return str(cell)


def tidy(text: str) -> str:
    """Without characters nobody can see, and without blanks at the ends; line breaks and emoji stay whole."""
    shown = drop_invisible(text)
    if shown.isprintable():
        return shown.strip()
    breaks = shown.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in breaks if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs", "Co"}).strip()


def one_line(text: str) -> str:
    return " ".join(text.split())


def is_ditto(text: str) -> bool:
    """Whether a cell repeats what stands above it."""
    return len(text) <= LONGEST_DITTO and text.strip(BLANKS).casefold() in DITTO


def unguard(text: str) -> str:
    """Take off the apostrophe that our own export (`guard`) put before a text that would be read as something else."""
    return text[1:] if len(text) > 1 and text[0] == "'" and _is_special(text[1:]) else text


def guard(text: str) -> str:
    """Keep a text from being read as a formula (promises.md, "Spreadsheet cells"), by a spreadsheet or by our own
    import, or as a word for what stands above it; a + before digits only is none. `copying` says the same in SQL."""
    if not text or text.strip(BLANKS) == "'" or not _is_special(text):  # '' would be read as a ditto
        return text
    return text if text[0] == "+" and text[1:].isascii() and text[1:].isdecimal() else f"'{text}"


def _is_special(text: str) -> bool:
    return text[0] in GUARDED or text[0] == "'" or is_ditto(text) or text.lstrip(f"{BLANKS}\t\r").startswith('="')


def is_blank(text: str) -> bool:
    """Nothing, only strokes and question marks, or a word for nothing: 无, 不详, 待补, N/A."""
    if not text:
        return True
    bare = narrow(text).strip(" -_/\\|.,;:—–?*~()[]、。…·'\"〇○").casefold()
    return (
        not bare or bare in BLANK_WORDS or (len(bare) < 7 and bare.startswith(("待补", "待客", "暂无", "暂未", "暂缺")))
    )


def content(cell: Cell) -> str:
    """The words of a cell, "" where they are one for nothing."""
    if isinstance(cell, str):
        return _content(cell)
    text = words(cell)
    return "" if is_blank(text) else text


@lru_cache(maxsize=16_384)
def _content(cell: str) -> str:
    text = words(cell)
    return "" if is_blank(text) else text


def yes_or_no(cell: Cell) -> bool | None:
    """True, False, or None where the cell is blank. Raises `ValueError` for words that are neither."""
    if isinstance(cell, bool):
        return cell
    text = narrow(words(cell)).strip(" .。!'").casefold()
    if text in _NO:
        return False
    if text in _YES:
        return True
    if is_blank(text):
        return None
    raise ValueError(text)


# --- refusals in words ---------------------------------------------------------------------------------------------

_NOT = (
    r"(?:不要|不用|不必|不需要?|不想|不愿意?|不许|不准|不能|不可以?|不喜欢|不希望|不方便|不接受?|不接听|不让|不打|不得|不收|"
    r"请勿|切勿|勿|别|莫|拒绝|拒接|拒|谢绝|禁止|严禁|停止|免)"
)
_NOT_FORGET = r"(?!.{0,2}忘)"
# Compiled where they are first looked for, which the child process that parses files never does.
_NO_CALL = (
    rf"{_NOT}{_NOT_FORGET}\s*(?:(?!短信|微信|发)[^,。;!?\s，；！？]){{0,6}}?(?:电话|致电|来电|去电|电联|通话|语音|手机)"
    rf"|{_NOT}.{{0,3}}短信(?:和|或|、|/|及|与).{{0,3}}(?:电话|来电)"
    r"|(?:电话|来电|致电|手机)[^,。;\n，；]{0,3}(?:勿扰|免扰|勿|别打|不接|不要|拒接|免打)"
    r"|(?:do\s*n[o']?t|don['’]?t|never|no)\s+(?:be\s+)?(?:phone|call|ring|telephone)"
    r"|no\s+(?:phone\s+)?calls?"
)
_NO_SMS = (
    rf"{_NOT}{_NOT_FORGET}[^,。;!?\n，；！？]{{0,6}}?(?:短信|群发|推销|广告|营销)|{_NOT}(?:再)?[发收](?:送|到)?(?:信息|消息|讯息)|退订"
    r"|短信[^,。;\n，；]{0,3}(?:勿|别发|不要|不收|拒收|免)"
    r"|(?:do\s*n[o']?t|don['’]?t|never)\s+(?:text|sms|message)|no\s+(?:sms|texts?|text\s+messages?)\b|unsubscribe"
)
_LEAVE_ALONE = (
    r"(?<!电话)(?<!来电)(?:勿|别|莫|请勿|不要|免|不得|不想被?|不愿被?|谢绝|拒绝|禁止)(?:再|随便|经常|总是)?(?:打扰|骚扰|扰|联系|联络|回访|推销)"
    r"|do\s*n[o']?t\s+(?:contact|disturb)|don['’]?t\s+(?:contact|disturb)|no\s+contact"
)


@lru_cache(maxsize=4_096)
def refuses_calls(notes: str) -> bool:
    """Whether the notes ask not to be rung up: 不要打电话, 勿扰. 晚上10点后联系 does not."""
    text = narrow(notes)
    return bool(re.search(_NO_CALL, text, re.I) or re.search(_LEAVE_ALONE, text, re.I))


@lru_cache(maxsize=4_096)
def refuses_sms(notes: str) -> bool:
    """Whether the notes ask for no messages: 不要发短信, 勿扰."""
    text = narrow(notes)
    return bool(re.search(_NO_SMS, text, re.I) or re.search(_LEAVE_ALONE, text, re.I))

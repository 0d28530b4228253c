"""Which column is which: the headers that houses give their sheets, and the row of a sheet that holds them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from customers.intake.cells import Cell, narrow, words

SEARCHED_ROWS = 10
# The contract's own headers: what our sheets are written with, in either language, in this order.
OUR_HEADERS = {
    "name": "姓名",
    "phone": "电话",
    "birthday": "生日",
    "calendar": "历法",
    "home_address": "家庭住址",
    "work_address": "工作地址",
    "tier": "会员等级",
    "member_no": "会员号",
    "owner": "客服经理",
    "captured_at": "采集时间",
    "sms_consent": "短信同意",
    "call_consent": "电话同意",
    "source": "来源",
    "notes": "备注",
}
_EXACT = {re.sub(r"[\W_]+", "", name): name for name in OUR_HEADERS} | {
    said: name for name, said in OUR_HEADERS.items()
}
IGNORED = ""

_MANAGER = "客服|客户|服务|销售|营销|业务|大堂|vip|专属|跟进|负责|所属|归属|接待|维护|值班"
# Tried in this order on a header without blanks and signs; the first that fits decides. IGNORED names a column that
# looks like one of ours and is not: the staff's own number, a stored-value card, a marriage date.
_RULES: list[tuple[str, re.Pattern[str]]] = [
    (field_name, re.compile(rule))
    for field_name, rule in (
        (
            IGNORED,
            r"身份证|证件|银行|储值|余额|微信号|^微信$|qq|邮箱|email|车牌|职务|职位|职业|行业|性别|生肖|星座|婚|入会|开卡|办卡|有效期|到期|出生地|籍贯|memberssince|membersince",
        ),
        (
            IGNORED,
            r"经理.*(电话|手机|号码|签)|(配偶|家属|紧急|子女|孩子|太太|爱人|推荐人|介绍人).*(电话|手机|姓名|生日)",
        ),
        ("sms_consent", r"短信|sms|textconsent"),
        ("call_consent", r"(电话|来电|致电|回访|call|phone).*(同意|许可|授权|意愿|允许|接受|consent|allowed|ok$)"),
        ("call_consent", r"(同意|可否|是否|能否|愿意|允许|接受|接听).*(电话|来电|致电|回访|call)"),
        (
            "owner",
            rf"^({_MANAGER})?(客服)?(经理|专员|管家)(姓名|名字|账号|工号|用户名|username)?$|^({_MANAGER})+(经理|专员|管家|主管)",
        ),
        (
            "owner",
            r"(^|account|service|vip)manager$|^owner(username)?$|^(负责|归属|维护|所属|跟进)人$",
        ),
        (
            "owner",
            r"^(负责|专属|归属|所属|跟进|服务|接待|维护|营销|vip)?(客服|业务员|营销员|销售员?)(人员|姓名|名字|账号|工号)?$",
        ),
        ("calendar", r"历法|历别|calendar|是否农历|阴阳历|^[公农阴阳]历?[或和]?[农公阳阴]历?$|生日类型|^历$|^农历$"),
        (
            "captured_at",
            r"(采集|登记|录入|填表|填写|建档|收集|记录|来访|到店|到访|注册|营业|capture|record|regist|visit|creat|enter).*(日期|时间|日|date|time|at|on|ed)$|^(日期|时间|日期时间|年月日|date|time|datetime|night|when)$",
        ),
        ("birthday", r"生日|出生|诞辰|birth|^dob$|bday"),
        (
            "phone",
            r"手机|电话|联系方式|联系号码|联络方式|^联系$|^联络$|^号码$|座机|固话|mobile|phone|^tel|cell|^contact(no|number|info)?$",
        ),
        ("member_card", r"(等级|级别|类型).*卡号|卡号.*(等级|级别|类型)"),
        (
            "member_no",
            r"(会员|vip|贵宾|卡)卡?(号|编号|no$|number|id$|num)|^卡号|member(ship)?(card)?(no|number|id|num)|^card(no|number|id)?$",
        ),
        ("member_card", r"^(会员|vip|贵宾)卡?(信息)?$|^会员卡$|^member(ship)?(card)?$"),
        (
            "tier",
            r"(会员|vip|客户|卡|贵宾|member(ship)?).*(等级|级别|类型|类别|种类|tier|level|grade|type|class)|^(等级|级别|卡别|卡种|卡类|卡型|tier|level|grade)",
        ),
        ("work_address", r"工作|单位|公司|企业|办公|^work|company|employer|office|business"),
        (
            "name",
            r"姓名|名字|大名|称呼|称谓|尊称|(客户|客人|顾客|贵宾|会员|宾客)名|^(客户|客人|顾客|宾客|贵宾|vip客户|姓|名|name|guest|client|customer|first|last|family|given)$|(full|guest|customer|client|first|last|family|given|sur)names?$|^names?$|^nameof",
        ),
        ("home_address", r"住址|地址|住宅|居住|家住|小区|住所|现住|户籍|家庭住|^家庭$|^住$|address|^home|residen"),
        ("source", r"来源|渠道|如何|得知|客源|介绍人|推荐人|source|channel|referr|howdid"),
        (
            "notes",
            r"备注|备考|说明|附注|注释|备忘|特殊|要求|喜好|偏好|爱好|习惯|忌|^注$|^其他|remark|note|comment|memo|preference|^other",
        ),
        ("name", r"^联系人(姓名)?$|^contact(person|name)$"),
    )
]
_DECORATION = re.compile(r"必填|选填|可选|可不填|请填写|required|optional|按身份证")
_LUNAR, _SOLAR = re.compile(r"农历|阴历|旧历|lunar"), re.compile(r"公历|阳历|新历|solar")


class Column(NamedTuple):
    """A column of the sheet that means something: its place, its field, its title, and the calendar its title names."""

    at: int
    field: str
    title: str
    calendar: str = ""


class Header(NamedTuple):
    """The header as found: the fields' columns, in order, and the titles that mean nothing to us."""

    columns: tuple[Column, ...]
    unknown: tuple[str, ...] = ()

    def of(self, name: str) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.field == name)

    @property
    def is_usable(self) -> bool:
        return bool(self.of("name") and self.of("phone"))


def field_of(title: str) -> str | None:
    """The field that a header names; "" where it is certainly none of ours, None where it says nothing to us."""
    plain = re.sub(r"[\W_]+", "", narrow(title).casefold())
    if plain in _EXACT:
        return _EXACT[plain]
    plain = _DECORATION.sub("", plain)
    return next((name for name, rule in _RULES if rule.search(plain)), None) if 0 < len(plain) <= 40 else None


def read_header(row: Sequence[Cell], below: Sequence[Cell] = ()) -> Header:
    """What the cells of a row mean as headers; `below` is a second line of them under merged ones, if there is one."""
    columns, unknown, above = [], [], ""
    for at in range(max(len(row), len(below))):
        title, sub = _title(row, at), _title(below, at)
        above = title or above
        found = field_of(sub) or field_of(above + sub) if sub else field_of(title)
        if found:
            columns.append(Column(at, found, sub or title, _calendar(above + sub)))
        elif title or sub:
            unknown.append(sub or title)
    return Header(_without_double_names(columns), tuple(unknown))


def _title(row: Sequence[Cell], at: int) -> str:
    cell = row[at] if at < len(row) else None
    return " ".join(words(cell).split()) if isinstance(cell, str) else ""


def _calendar(title: str) -> str:
    plain = narrow(title).casefold()
    is_lunar, is_solar = bool(_LUNAR.search(plain)), bool(_SOLAR.search(plain))
    return "" if is_lunar == is_solar else "lunar" if is_lunar else "solar"


def _without_double_names(columns: list[Column]) -> tuple[Column, ...]:
    """姓 and 名 belong together; of 客户姓名 and 联系人 or 称谓 only one is the guest's name."""
    of_name = [c for c in columns if c.field == "name"]
    if len(of_name) == 2 and all(_is_half(c.title) for c in of_name):
        return tuple(columns)
    surest = next(
        (c for c in of_name if _NAME_ITSELF.search(narrow(c.title).casefold())), of_name[0] if of_name else None
    )
    return tuple(c for c in columns if c.field != "name" or c is surest)


_NAME_ITSELF = re.compile(r"姓\s*名|名字|大名|^(full|guest|customer|client)?\s*name$")


def _is_half(title: str) -> bool:
    return bool(re.fullmatch(r"姓|名|(first|last|family|given|sur)[\s_]*(name)?", narrow(title).strip().casefold()))


def find_header(rows: Sequence[Sequence[Cell]]) -> tuple[int, int, Header] | None:
    """Where in the first rows the header stands: its place, how many lines it takes, and its meaning.

    Of several candidates the one that says most; None where no row names both a name and a phone.
    """
    best: tuple[int, int, Header] | None = None
    for at, row in enumerate(rows[:SEARCHED_ROWS]):
        header = read_header(row)
        if header.is_usable and (best is None or _fields(header) > _fields(best[2])):
            best = (at, 1, header)
        below = rows[at + 1] if at + 1 < len(rows) else ()
        # Under a title that spans the sheet stand the headers themselves, under several headers their parts.
        if _fields(header) >= 3 and _is_second_line(below):
            header = read_header(row, below)
            if header.is_usable and (best is None or _fields(header) >= _fields(best[2])):
                best = (at, 2, header)
    return best


def count_columns(rows: Sequence[Sequence[Cell]]) -> int:
    """How many columns the header in these rows names; 0 where there is none."""
    found = find_header(rows)
    return len(found[2].columns) if found else 0


def _fields(header: Header) -> int:
    return len({column.field for column in header.columns})


def _is_second_line(row: Sequence[Cell]) -> bool:
    """Nothing but short header words: no data row looks like that."""
    titles = [_title(row, at) for at in range(len(row))]
    said = [title for title in titles if title]
    has_others = any(not isinstance(cell, str) and cell is not None for cell in row)
    return bool(said) and not has_others and all(t in _PARTS or bool(field_of(t)) for t in said)


_PARTS = {
    "家庭",
    "单位",
    "公司",
    "住宅",
    "公历",
    "农历",
    "阳历",
    "阴历",
    "手机",
    "微信",
    "等级",
    "卡号",
    "电话",
    "短信",
}


def repeats(header: Header, row: Sequence[Cell]) -> bool:
    """Whether a row further down is the header again, as printed sheets have it on every page."""
    name = header.of("name")[0]
    if _title(row, name.at) != name.title:
        return False
    said = [(column.title, _title(row, column.at)) for column in header.columns]
    same = sum(title == text for title, text in said)
    return same >= 2 and same * 2 > sum(bool(text) for _title_, text in said)

"""Columns of a sheet of bottles, by the headers that houses give them (contract.md, `import_bottles`).

Imports nothing of Django: the child process that parses files looks here too.
"""

import re
from collections.abc import Sequence

from customers.intake import cells
from customers.intake.headers import SEARCHED_ROWS
from vipdesk.sheets.cells import Row

# The contract's own columns.
COLUMNS = (
    "bottle_no", "phone", "product", "category", "is_opened", "stored_on", "expires_on", "remaining", "locker",
)  # fmt: skip
_EXACT = {name.replace("_", ""): name for name in COLUMNS}
# Tried in this order on a header without blanks and signs; the first that fits decides.
_RULES = [
    (name, re.compile(rule))
    for name, rule in (
        ("phone", r"手机|电话|联系方式|phone|mobile|^tel|^cell"),
        ("expires_on", r"到期|过期|有效期|失效|截止|保质|expir|validuntil|gooduntil"),
        ("locker", r"柜|库位|位置|格|货架|locker|cabinet|shelf|location"),
        ("remaining", r"剩|余量|余酒|存量|水位|remain|^left$|^level$"),
        ("is_opened", r"(是否|已)开(封|瓶|启)?|^开(封|瓶)(否|状态)?$|^(is)?open(ed)?$"),
        ("stored_on", r"(存|寄|入).*(日|时间|date)|^(日期|存酒时间)$|^(stored|deposit).*(on|at|date)?$"),
        ("bottle_no", r"^(存酒?|寄存|酒|瓶)(单|卡|瓶|水)?(编?号码?|编码)$|^编号$|bottle(no|number|id|code)|^bottle$"),
        ("category", r"类|category|^kind$|^type$"),
        ("product", r"酒名|品名|品种|名称|酒水|酒品|产品|商品|品牌|product|^item$|^name$|^wine$|^brand$"),
    )
]


def count_columns(rows: Sequence[Row]) -> int:
    """How many columns the header in these rows names; 0 where there is none."""
    at = header_at(rows)
    return 0 if at is None else len(read_titles(rows[at])[0])


def header_at(rows: Sequence[Row]) -> int | None:
    """Of several candidates the one that says most."""
    found = [
        (len(columns), -at) for at, row in enumerate(rows[:SEARCHED_ROWS]) if _is_header(columns := read_titles(row)[0])
    ]
    return -max(found)[1] if found else None


def _is_header(columns: dict[str, int]) -> bool:
    return "bottle_no" in columns and "phone" in columns


def read_titles(row: Row) -> tuple[dict[str, int], list[str]]:
    """Where each field stands, and the titles that name none; the first of two columns of one field counts."""
    columns: dict[str, int] = {}
    unknown = []
    for at, cell in enumerate(row):
        title = cells.one_line(cells.words(cell)) if isinstance(cell, str) else ""
        name = _field_of(title)
        if name and name not in columns:
            columns[name] = at
        elif title:
            unknown.append(title)
    return columns, unknown


def _field_of(title: str) -> str:
    plain = re.sub(r"[\W_]+", "", cells.narrow(title).casefold())
    if not 0 < len(plain) <= 30:
        return ""
    return _EXACT.get(plain) or next((name for name, rule in _RULES if rule.search(plain)), "")

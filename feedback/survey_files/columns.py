"""Columns of a sheet of answers, by the headers that a house gives them (contract.md, `import_surveys`).

Imports nothing of Django: the child process that parses files looks here too.
"""

import re
from collections.abc import Sequence

from customers.intake import cells
from customers.intake.headers import SEARCHED_ROWS
from vipdesk.sheets.cells import Row

# The contract's own columns, with what a Chinese sheet calls them.
COLUMNS = {
    "client_id": "编号 问卷编号 答卷编号",
    "submitted_at": "提交时间 填写时间 调查时间 时间",
    "manager": "客服经理 客户经理 经理",
    "room": "包厢 包厢号 房号 包间",
    "phone": "电话 手机 手机号 手机号码 联系电话",
    "overall": "总体 总体满意度 总评 总分",
    "service": "服务",
    "sound": "音响 音响效果",
    "food_drink": "酒水餐饮 酒水 餐饮 出品",
    "environment": "环境",
    "value": "性价比 价格",
    "recommend": "推荐 推荐意愿",
    "comment": "意见 建议 评语 意见建议 备注",
    "channel": "渠道 方式",
}
_NEEDED = {"client_id", "submitted_at", "overall"}
_FIELD = {name.replace("_", ""): name for name in COLUMNS} | {
    title: name for name, titles in COLUMNS.items() for title in titles.split()
}


def count_columns(rows: Sequence[Row]) -> int:
    """How many columns the header in these rows names; 0 where there is none."""
    at = header_at(rows)
    return 0 if at is None else len(read_titles(rows[at])[0])


def header_at(rows: Sequence[Row]) -> int | None:
    return next((at for at, row in enumerate(rows[:SEARCHED_ROWS]) if read_titles(row)[0].keys() >= _NEEDED), None)


def read_titles(row: Row) -> tuple[dict[str, int], list[str]]:
    """Where each field stands, and the titles that name none; the first of two columns of one field counts."""
    columns: dict[str, int] = {}
    unknown = []
    for at, cell in enumerate(row):
        title = cells.one_line(cells.words(cell)) if isinstance(cell, str) else ""
        name = _FIELD.get(re.sub(r"[\W_]+", "", cells.narrow(title).casefold()), "")
        if name and name not in columns:
            columns[name] = at
        elif title:
            unknown.append(title)
    return columns, unknown

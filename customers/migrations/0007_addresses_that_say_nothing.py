"""Addresses that say nothing (。, 无, -, 不详) become empty, as forms and imports keep them from now on.

The words are those that `customers.addresses` knew at this time. What stood there before stays in the guest's history.
"""

from django.db import migrations

_BARE = r"lower(btrim(translate(normalize({column}, NFKC), '　', ' '), E' \n\t-_/\\|.,;:—–?*~()[]、。…·''\"〇○！!'))"
_WORDS = (
    "无", "不详", "待补", "暂无", "没有", "未知", "未填", "未填写", "未提供", "未登记", "未留", "不知道", "不清楚",
    "不明", "不记得", "不愿透露", "不愿意透露", "不愿提供", "不提供", "保密", "待定", "待填", "待核实", "待确认",
    "空", "空白", "缺", "缺失", "略", "none", "null", "nil", "nan", "unknown", "tbd", "tba", "n/a", "na", "#n/a",
)  # fmt: skip


def empty(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for column in ("home_address", "work_address"):
            bare = _BARE.format(column=column)
            cursor.execute(
                f"""
                UPDATE customers_customer SET {column} = ''
                WHERE {column} <> '' AND length({column}) <= 16 AND (length({bare}) < 2 OR {bare} = ANY(%s))
                """,
                [list(_WORDS)],
            )


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_sheet_shown"), ("pghistory", "0007_auto_20250421_0444")]

    operations = [migrations.RunPython(empty, migrations.RunPython.noop, elidable=True)]

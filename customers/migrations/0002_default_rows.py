"""The rows that every venue starts with: four membership tiers and the first privacy notice. Operations edit both."""

import datetime as dt

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TIERS = [
    ("regular", "普通", "Regular", 0, False),
    ("silver", "银卡", "Silver", 10, False),
    ("gold", "金卡", "Gold", 20, True),
    ("diamond", "钻石卡", "Diamond", 30, True),
]

NOTICE = """我们会记录您的姓名、生日、电话和住址，用于会员服务、订房、存酒和生日关怀，只有本店员工因工作需要才能看到。
未经您同意，我们不会给您发送营销短信或拨打营销电话，也不会把您的信息提供给他人。
您可以随时要求查看、更正或删除您的信息，或撤回同意：请告诉任何一位客服经理，或联系售后服务部。"""

NOTICE_EN = """We keep your name, birthday, phone number and address for membership, reservations, stored bottles and birthday
greetings. Only our own staff see them, and only where their work needs it.
Without your consent we send no offers by SMS, make no marketing calls, and give your details to nobody.
You may ask at any time to see, correct or erase what we hold, or withdraw your consent: tell any service manager, or ask
the after-sales desk."""


def add_default_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    Tier = apps.get_model("customers", "MembershipTier")
    names = ("code", "name", "name_en", "rank", "is_vip")
    Tier.objects.bulk_create([Tier(**dict(zip(names, row, strict=True))) for row in TIERS], ignore_conflicts=True)
    Notice = apps.get_model("customers", "PrivacyNotice")
    first_day = dt.date(2021, 11, 1)  # the day the law came into force
    notice = Notice(version=1, effective_from=first_day, text=NOTICE, text_en=NOTICE_EN)
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunPython(add_default_rows, migrations.RunPython.noop)]

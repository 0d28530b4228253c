"""The main numbers of guests who stood here before numbers had a table of their own."""

from django.db import migrations

ENTER = """
INSERT INTO customers_phonenumber (customer_id, number, since)
SELECT id, phone, received_at FROM customers_customer WHERE phone IS NOT NULL
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_for_life")]

    operations = [migrations.RunSQL(ENTER, migrations.RunSQL.noop)]

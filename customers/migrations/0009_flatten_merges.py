from django.db import migrations

FLATTEN = """
WITH RECURSIVE up (start, id) AS (
    SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL
    UNION
    SELECT up.start, c.merged_into_id FROM up JOIN customers_customer c ON c.id = up.id
    WHERE c.merged_into_id IS NOT NULL
)
UPDATE customers_customer merged SET merged_into_id = up.id
FROM up JOIN customers_customer living ON living.id = up.id AND living.merged_into_id IS NULL
WHERE merged.id = up.start AND merged.merged_into_id <> up.id
"""


class Migration(migrations.Migration):
    """Each merged record names the end of its chain. Backwards nothing changes: the table of merges knows the steps."""

    # An update writes history, whose function comes with pghistory.
    dependencies = [("customers", "0008_merge_into_living"), ("pghistory", "0007_auto_20250421_0444")]

    operations = [migrations.RunSQL(FLATTEN, migrations.RunSQL.noop)]

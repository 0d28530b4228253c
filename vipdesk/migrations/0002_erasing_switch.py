"""The switch that lets an erasure write append-only rows, out of the reach of the application's role.

The schema is granted to nobody. Both functions that write into it run as its owner, with a fixed search path; what may
stand in it is checked by a trigger of the app that holds the people.
"""

from django.db import migrations

FORWARD = """
CREATE SCHEMA vipdesk_guard;
CREATE TABLE vipdesk_guard.erasing (transaction xid8 PRIMARY KEY, keys bigint[] NOT NULL);

CREATE FUNCTION public.vipdesk_begin_erasing(keys bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SET CONSTRAINTS ALL DEFERRED; -- as they are at first; the proof of the erasure is written at its end
    INSERT INTO vipdesk_guard.erasing (transaction, keys) VALUES (pg_current_xact_id(), keys)
$$;

CREATE FUNCTION public.vipdesk_end_erasing() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM vipdesk_guard.erasing WHERE transaction = pg_current_xact_id()
$$;

CREATE FUNCTION public.vipdesk_erased_keys() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT keys FROM vipdesk_guard.erasing WHERE transaction = pg_current_xact_id_if_assigned()
$$;
COMMENT ON FUNCTION public.vipdesk_erased_keys() IS
    'Whom this transaction erases, by the keys of their records; NULL: it erases nobody.';

-- ANALYZE belongs to the owner of a table before PostgreSQL 17; it changes no row.
CREATE FUNCTION public.vipdesk_analyze(VARIADIC tables regclass[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one regclass;
BEGIN
    FOREACH one IN ARRAY tables LOOP
        EXECUTE format('ANALYZE %s', one);
    END LOOP;
END
$$;
"""
BACKWARD = """
DROP FUNCTION public.vipdesk_analyze(regclass[]);
DROP FUNCTION public.vipdesk_erased_keys();
DROP FUNCTION public.vipdesk_end_erasing();
DROP FUNCTION public.vipdesk_begin_erasing(bigint[]);
DROP SCHEMA vipdesk_guard CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("vipdesk", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

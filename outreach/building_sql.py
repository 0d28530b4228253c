"""The statement behind a night's call list; `outreach.building` gives it its facts.

merged       where the record of a merged guest goes on: what is known of them stays with that record
occasion     every reason in the window, of guests one may call: living, with a number, who agreed to calls
due          those that nobody has been reached about in the last seven nights, by a number nobody found wrong; NOT IN,
             of what is never NULL, is hashed, where an anti join on a CTE may loop
             (a bottle's guest is looked up by key, in the order of keys, for which OFFSET 0 stands: the planner would
             rather read everybody)
standing     one row a guest: the nearest of each kind, and whether the last list left them over
dealt        who calls: the owner, or, in turn, everybody who is here
"""

BUILD = """
WITH merged (id, root) AS (
    SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL
),
kept AS (
    SELECT * FROM unnest(%(kept_on)s::date[], %(kept_calendar)s::text[], %(kept_month)s::int[],
                         %(kept_day)s::int[], %(kept_leap)s::bool[]) AS k ("on", calendar, month, day, is_leap)
),
member_day AS (
    SELECT * FROM unnest(%(member_on)s::date[], %(member_tier)s::bigint[]) AS d ("on", tier_id)
),
wrong AS MATERIALIZED (
    SELECT DISTINCT n.customer_id, n.number FROM outreach_call w JOIN customers_phonenumber n USING (customer_id)
    WHERE w.outcome = %(wrong)s AND n.released_at IS NULL AND w.at >= n.since
),
reached AS MATERIALIZED (
    SELECT DISTINCT coalesce(m.root, call.customer_id) AS customer_id, r.kind::text AS kind, r."on"
    FROM outreach_call call JOIN outreach_callreason r ON r.entry_id = call.entry_id
    LEFT JOIN merged m ON m.id = call.customer_id
    WHERE call.night >= %(reached_since)s AND call.night < %(night)s AND call.outcome = ANY(%(reached)s)
),
bottle AS (
    SELECT DISTINCT coalesce(m.root, b.customer_id) AS customer_id, b.expires_on
    FROM visits_storedbottle b LEFT JOIN merged m ON m.id = b.customer_id
    WHERE b.remaining > 0 AND b.expires_on BETWEEN %(night)s AND %(bottles_until)s
),
occasion AS (
    SELECT c.id AS customer_id, c.phone, c.owner_id, c.last_seen_night, 'birthday' AS kind, k."on", k.calendar
    FROM kept k JOIN customers_customer c
      ON c.birthday_month = k.month AND c.birthday_day = k.day AND c.birthday_calendar = k.calendar
     AND (k.calendar = 'solar' OR c.birthday_is_leap = k.is_leap)
    WHERE c.call_consent AND c.phone IS NOT NULL AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    UNION ALL
    SELECT c.id, c.phone, c.owner_id, c.last_seen_night, 'bottle', b.expires_on, ''
    FROM (SELECT * FROM bottle ORDER BY customer_id) b CROSS JOIN LATERAL (
        SELECT g.id, g.phone, g.owner_id, g.last_seen_night FROM customers_customer g
        WHERE g.id = b.customer_id AND g.call_consent AND g.phone IS NOT NULL AND g.merged_into_id IS NULL
          AND g.erased_at IS NULL OFFSET 0) c
    UNION ALL
    SELECT c.id, c.phone, c.owner_id, c.last_seen_night, 'member_day', d."on", ''
    FROM member_day d JOIN customers_customer c ON d.tier_id IS NULL OR c.tier_id = d.tier_id
    WHERE c.call_consent AND c.phone IS NOT NULL AND c.merged_into_id IS NULL AND c.erased_at IS NULL
),
due AS MATERIALIZED (
    SELECT o.customer_id, o.kind, o."on", o.calendar, o.owner_id, o.last_seen_night FROM occasion o
    WHERE (o.customer_id, o.kind, o."on") NOT IN (SELECT customer_id, kind, "on" FROM reached)
      AND (o.customer_id, o.phone) NOT IN (SELECT customer_id, number FROM wrong)
),
waiting AS (
    SELECT DISTINCT coalesce(m.root, l.customer_id) AS customer_id
    FROM (
        SELECT customer_id FROM outreach_callleftover WHERE call_list_id = %(last)s
        UNION ALL
        SELECT e.customer_id FROM outreach_calllistentry e
        WHERE e.call_list_id = %(last)s AND NOT EXISTS (
            SELECT FROM outreach_call call WHERE call.entry_id = e.id AND call.outcome = ANY(%(reached)s)
            AND call.night < %(night)s)
    ) l LEFT JOIN merged m ON m.id = l.customer_id
),
standing AS (
    SELECT d.customer_id, d.owner_id, d.last_seen_night,
           min(d."on") FILTER (WHERE d.kind = 'birthday') AS birthday_on,
           min(d."on") FILTER (WHERE d.kind = 'bottle') AS expires_on,
           bool_or(w.customer_id IS NOT NULL) AS is_carried
    FROM due d LEFT JOIN waiting w ON w.customer_id = d.customer_id
    GROUP BY d.customer_id, d.owner_id, d.last_seen_night
),
caller AS (
    SELECT * FROM unnest(%(callers)s::bigint[]) WITH ORDINALITY AS c (manager_id, turn)
),
ordered AS (
    SELECT s.customer_id, s.is_carried, own.manager_id AS owned_by, row_number() OVER nearest AS rank,
           count(*) FILTER (WHERE own.manager_id IS NULL) OVER (nearest ROWS UNBOUNDED PRECEDING) AS nth
    FROM standing s LEFT JOIN caller own ON own.manager_id = s.owner_id
    WINDOW nearest AS (ORDER BY NOT is_carried, birthday_on NULLS LAST, expires_on NULLS LAST,
                                last_seen_night NULLS FIRST, customer_id)
),
dealt AS (
    SELECT o.customer_id, o.is_carried, o.rank, coalesce(o.owned_by, c.manager_id) AS manager_id
    FROM ordered o LEFT JOIN caller c
      ON o.owned_by IS NULL AND c.turn = 1 + (o.nth - 1) %% cardinality(%(callers)s::bigint[])
),
placed AS MATERIALIZED (
    SELECT d.*, row_number() OVER (PARTITION BY manager_id ORDER BY rank) <= %(most)s AS is_listed FROM dealt d
),
entry AS (
    INSERT INTO outreach_calllistentry (call_list_id, customer_id, manager_id, place, is_carried)
    SELECT %(list)s, customer_id, manager_id, row_number() OVER (ORDER BY rank), is_carried
    FROM placed WHERE is_listed ORDER BY rank
    RETURNING id, customer_id, manager_id
),
reason AS (
    INSERT INTO outreach_callreason (entry_id, kind, "on", calendar)
    SELECT e.id, d.kind, d."on", d.calendar FROM entry e JOIN due d ON d.customer_id = e.customer_id
),
left_over AS (
    INSERT INTO outreach_callleftover (call_list_id, customer_id)
    SELECT %(list)s, customer_id FROM placed WHERE NOT is_listed ORDER BY customer_id
),
care AS (
    INSERT INTO customers_caregrant (customer_id, user_id, night, origin)
    SELECT customer_id, manager_id, %(night)s, 'calls' FROM entry
    ON CONFLICT (user_id, night, customer_id) DO UPDATE SET origin = 'calls', ended_at = NULL
)
SELECT count(*) FILTER (WHERE is_listed), count(*) FILTER (WHERE NOT is_listed) FROM placed
"""

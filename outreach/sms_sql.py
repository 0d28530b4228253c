# ruff: noqa: S608  put together from the constants here alone; every value is a parameter
"""The statements behind text messages; `sms_planning`, `sms_sending` and `sms_results` give them their facts.

What they say of a guest stands in one place: `_REASON`, used when a batch is planned and again when a message is
claimed. The moment is the parameter `now`: leases, expiry and what the rest of the desk writes go by one clock."""

# Needs `c` (the guest), `withdrew`, `is_wrong` and `is_near` (all boolean) in scope.
_REASON = """
    CASE WHEN c.erased_at IS NOT NULL OR {withdrew} THEN 'opted_out'
         WHEN NOT c.sms_consent THEN 'no_consent'
         WHEN c.merged_into_id IS NOT NULL OR c.phone IS NULL OR {is_wrong}
              OR (c.phone LIKE '+86%%' AND c.phone !~ '^\\+861[3-9][0-9]{{9}}$') THEN 'bad_number'
         WHEN {is_near} THEN 'gap'
         ELSE '' END
"""

# Numbers that a caller found to be somebody else's, while the guest has them still.
_WRONG = """
    SELECT DISTINCT w.customer_id, n.number
    FROM outreach_call w JOIN customers_phonenumber n ON n.customer_id = w.customer_id
    WHERE w.outcome = %(wrong)s AND n.released_at IS NULL AND w.at >= n.since
"""

# merged     where the record of a merged guest goes on
# near       who was, or may have been, written to so lately that the gap does not allow it; by guest and by number
# withdrew   who agreed once and took it back
# tagged     who has any of the campaign's tags
# audience   whom the campaign is for, and why somebody of them gets nothing
PLAN = f"""
INSERT INTO outreach_smsmessage (batch_id, customer_id, state, reason, segments, updated_at)
WITH merged (id, root) AS (
    SELECT id, merged_into_id FROM customers_customer WHERE merged_into_id IS NOT NULL
),
near AS MATERIALIZED (
    SELECT DISTINCT coalesce(g.root, m.customer_id) AS customer_id
    FROM outreach_smsbatch b JOIN outreach_smsmessage m ON m.batch_id = b.id
    LEFT JOIN merged g ON g.id = m.customer_id
    WHERE b.night > %(gap_after)s AND b.id <> %(batch)s AND m.state = ANY(%(may_have)s)
),
near_number AS MATERIALIZED (
    SELECT DISTINCT number FROM outreach_smsattempt
    WHERE night > %(gap_after)s AND number <> '' AND state = ANY(%(live)s)
),
withdrew AS MATERIALIZED (
    SELECT DISTINCT customer_id FROM customers_consent WHERE kind = 'sms' AND action = 'withdrawn'
),
wrong AS MATERIALIZED ({_WRONG}),
kept AS MATERIALIZED (
    SELECT * FROM unnest(%(kept_calendar)s::text[], %(kept_month)s::int[], %(kept_day)s::int[], %(kept_leap)s::bool[])
        AS k (calendar, month, day, is_leap)
),
tagged AS MATERIALIZED (
    SELECT DISTINCT customer_id FROM customers_guesttag WHERE tag_id = ANY(%(tags)s)
),
audience AS (
    SELECT c.id, c.phone, {
    _REASON.format(
        withdrew="(NOT c.sms_consent AND w.customer_id IS NOT NULL)",
        is_wrong="x.number IS NOT NULL",
        is_near="(r.customer_id IS NOT NULL OR q.number IS NOT NULL)",
    )
} AS reason
    FROM customers_customer c
    LEFT JOIN withdrew w ON w.customer_id = c.id
    LEFT JOIN wrong x ON x.customer_id = c.id AND x.number = c.phone
    LEFT JOIN tagged t ON t.customer_id = c.id
    LEFT JOIN near r ON r.customer_id = c.id
    LEFT JOIN near_number q ON q.number = c.phone
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
      AND (c.sms_consent OR w.customer_id IS NOT NULL OR %(counts_unasked)s)
      AND (%(tiers)s::bigint[] = '{{}}' OR c.tier_id = ANY(%(tiers)s))
      AND (%(owners)s::bigint[] = '{{}}' OR c.owner_id = ANY(%(owners)s))
      AND (%(tags)s::bigint[] = '{{}}' OR t.customer_id IS NOT NULL)
      AND (%(seen_since)s::date IS NULL OR c.last_seen_night >= %(seen_since)s)
      AND (%(unseen_since)s::date IS NULL OR c.last_seen_night IS NULL OR c.last_seen_night <= %(unseen_since)s)
      AND (NOT %(by_birthday)s OR EXISTS (
          SELECT FROM kept k WHERE k.calendar = c.birthday_calendar AND k.month = c.birthday_month
          AND k.day = c.birthday_day AND (k.calendar = 'solar' OR k.is_leap = c.birthday_is_leap)))
)
SELECT %(batch)s, a.id, CASE WHEN a.reason = '' THEN 'queued' ELSE 'skipped' END, a.reason,
       CASE WHEN %(parts_en)s > 0 AND a.phone !~ %(reads_chinese)s THEN %(parts_en)s ELSE %(parts_zh)s END, %(now)s
FROM audience a ORDER BY a.id
"""

# The same question without writing anything, for a campaign's page.
COUNT = PLAN.replace(
    "INSERT INTO outreach_smsmessage (batch_id, customer_id, state, reason, segments, updated_at)\n", ""
).split("SELECT %(batch)s, a.id")[0] + (
    "SELECT a.reason, count(*), coalesce(sum(CASE WHEN %(parts_en)s > 0 AND a.phone !~ %(reads_chinese)s "
    "THEN %(parts_en)s ELSE %(parts_zh)s END), 0) FROM audience a GROUP BY a.reason"
)

CLAIM = """
WITH picked AS (
    SELECT id FROM outreach_smsmessage WHERE batch_id = %(batch)s AND state = 'queued'
    ORDER BY id LIMIT %(chunk)s FOR UPDATE SKIP LOCKED
)
UPDATE outreach_smsmessage m
SET state = 'sending', claim = %(claim)s, lease_until = %(lease_until)s, updated_at = %(now)s
FROM picked WHERE m.id = picked.id
RETURNING m.id
"""

_NEAR_NOW = """(
    EXISTS (
        SELECT FROM outreach_smsbatch b2 JOIN outreach_smsmessage m2 ON m2.batch_id = b2.id
        WHERE m2.customer_id = c.id AND b2.night > %(gap_after)s AND b2.id <> %(batch)s
          AND m2.state = ANY(%(may_have)s))
    OR EXISTS (
        SELECT FROM outreach_smsattempt a2
        WHERE a2.number = c.phone AND a2.night > %(gap_after)s AND a2.state = ANY(%(live)s) AND a2.number <> ''))
"""

# Somebody's last word is the log's, whatever the flag on the guest's row says.
_SAID_LAST = """(
    SELECT k.action = 'withdrawn' FROM customers_consent k WHERE k.customer_id = c.id AND k.kind = 'sms'
    ORDER BY k.id DESC LIMIT 1)
"""

JUDGE = f"""
SELECT m.id, c.phone, {
    _REASON.format(
        withdrew=f"coalesce({_SAID_LAST}, false)",
        is_wrong=(
            "EXISTS (SELECT FROM outreach_call w JOIN customers_phonenumber n ON n.customer_id = w.customer_id "
            "WHERE w.customer_id = c.id AND n.number = c.phone AND w.outcome = %(wrong)s "
            "AND n.released_at IS NULL AND w.at >= n.since)"
        ),
        is_near=_NEAR_NOW,
    )
} AS reason
FROM outreach_smsmessage m JOIN customers_customer c ON c.id = m.customer_id
WHERE m.id = ANY(%(messages)s) AND m.claim = %(claim)s
ORDER BY m.id
"""

LEAVE_OUT = """
UPDATE outreach_smsmessage m
SET state = 'skipped', reason = out.reason, claim = NULL, lease_until = NULL, updated_at = %(now)s
FROM unnest(%(messages)s::bigint[], %(reasons)s::text[]) AS out (id, reason)
WHERE m.id = out.id AND m.state = 'sending' AND m.claim = %(claim)s
"""

# Erasing locks the guest, the sweep the message. What another has locked is left to the next handful: a sender that
# holds several guests waits for none, so that no two can wait for each other.
LOCK = """
SELECT m.id FROM outreach_smsmessage m JOIN customers_customer c ON c.id = m.customer_id
WHERE m.id = ANY(%(messages)s) AND m.state = 'sending' AND m.claim = %(claim)s AND m.lease_until > %(ends_after)s
FOR NO KEY UPDATE OF m, c SKIP LOCKED
"""

# A statement of its own after the lock: it sees what was committed before.
TRY = f"""
INSERT INTO outreach_smsattempt
    (id, message_id, n, state, gateway, number, night, provider_id, answer, started_at, updated_at)
SELECT t.attempt, m.id, coalesce((SELECT max(n) FROM outreach_smsattempt WHERE message_id = m.id), 0) + 1,
       'sending', %(gateway)s, c.phone, b.night, '', '', %(now)s, %(now)s
FROM unnest(%(messages)s::bigint[], %(numbers)s::text[], %(attempts)s::uuid[]) AS t (message, number, attempt)
JOIN outreach_smsmessage m ON m.id = t.message
JOIN outreach_smsbatch b ON b.id = m.batch_id
JOIN customers_customer c ON c.id = m.customer_id
WHERE m.state = 'sending' AND m.claim = %(claim)s
  AND b.state = 'sending' AND (b.expires_at IS NULL OR b.expires_at > %(now)s)
  AND c.phone = t.number AND c.sms_consent AND c.erased_at IS NULL AND c.merged_into_id IS NULL
  AND NOT coalesce({_SAID_LAST}, false) AND NOT {_NEAR_NOW}
  AND NOT EXISTS (SELECT FROM outreach_smsattempt l WHERE l.message_id = m.id AND l.state = ANY(%(live)s))
RETURNING id
"""

RELEASE = """
UPDATE outreach_smsmessage SET state = 'queued', claim = NULL, lease_until = NULL, updated_at = %(now)s
WHERE claim = %(claim)s AND state = 'sending' AND id = ANY(%(messages)s) AND NOT EXISTS (
    SELECT FROM outreach_smsattempt a WHERE a.message_id = outreach_smsmessage.id AND a.state = ANY(%(live)s))
"""

# Answers or a receipt: both rows of each advance together, or neither.
ADVANCE = """
WITH told AS (
    SELECT * FROM unnest(%(attempts)s::uuid[], %(answers)s::text[], %(provider_ids)s::text[])
        AS t (attempt, answer, provider_id)
),
tried AS (
    UPDATE outreach_smsattempt a
    SET state = %(attempt_to)s, answer = told.answer, updated_at = %(now)s,
        provider_id = CASE WHEN told.provider_id = '' THEN a.provider_id ELSE told.provider_id END
    FROM told
    WHERE a.id = told.attempt AND a.state = ANY(%(attempt_from)s) AND NOT EXISTS (
        SELECT FROM outreach_smsattempt other
        WHERE other.message_id = a.message_id AND other.id <> a.id AND other.state = ANY(%(live)s))
    RETURNING a.message_id
)
UPDATE outreach_smsmessage m
SET state = %(message_to)s, claim = NULL, lease_until = NULL, updated_at = %(now)s
FROM tried WHERE m.id = tried.message_id AND m.state = ANY(%(message_from)s)
"""

# A lease that ended: whoever was being called about is unknown, who was only held goes back.
RECOVER = """
WITH over AS (
    SELECT id FROM outreach_smsmessage WHERE state = 'sending' AND lease_until <= %(now)s
    ORDER BY id FOR UPDATE SKIP LOCKED
),
tried AS (
    UPDATE outreach_smsattempt a SET state = 'unknown', answer = 'lease', updated_at = %(now)s
    FROM over WHERE a.message_id = over.id AND a.state = 'sending' RETURNING a.message_id
)
UPDATE outreach_smsmessage m
SET state = CASE WHEN EXISTS (SELECT FROM tried t WHERE t.message_id = m.id) THEN 'unknown' ELSE 'queued' END,
    claim = NULL, lease_until = NULL, updated_at = %(now)s
FROM over WHERE m.id = over.id
"""

EXPIRE = """
UPDATE outreach_smsmessage m SET state = 'expired', updated_at = %(now)s
FROM outreach_smsbatch b
WHERE b.id = m.batch_id AND m.state = 'queued'
  AND (b.state IN ('stopped', 'expired') OR (b.expires_at <= %(now)s AND b.state <> 'waiting'))
"""

"""What the database itself refuses to the ledger, one look at each statement's rows: a closed month, a refund that its
bill does not bear, a correction that changes more than who gets the money."""

import pgtrigger

from vipdesk.locks import Lock

_GUARD = """
    -- The month's lock of targets.months: a closing that is under way is waited for, and then seen.
    PERFORM pg_advisory_xact_lock_shared({locks},
            extract(year FROM m.month)::int * 12 + extract(month FROM m.month)::int)
        FROM (SELECT DISTINCT booked_month AS month FROM new_rows ORDER BY 1) m;
    IF EXISTS (SELECT FROM new_rows n JOIN targets_monthclosing c ON c.month = n.booked_month) THEN
        RAISE EXCEPTION 'ledger: a closed month takes no more rows' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM new_rows n WHERE n.booked_month < date_trunc('month', n.night::timestamp)) THEN
        RAISE EXCEPTION 'ledger: booked before its night' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM new_rows n WHERE n.refund_of_id IS NOT NULL AND n.corrects_id IS NULL) THEN
        -- Whoever refunds the same bill at the same time waits here, and then sees this refund.
        PERFORM FROM targets_charge b WHERE b.id IN (SELECT n.refund_of_id FROM new_rows n)
            ORDER BY b.id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT FROM (SELECT DISTINCT refund_of_id AS id FROM new_rows WHERE corrects_id IS NULL) n
            JOIN targets_charge b ON b.id = n.id
            LEFT JOIN targets_charge r ON r.refund_of_id = b.id AND r.corrects_id IS NULL
            GROUP BY b.id
            HAVING b.refund_of_id IS NOT NULL OR b.entry <> 'bill' OR b.amount + sum(r.amount) < 0
                OR bool_or(r.kind <> b.kind OR r.payment <> b.payment)
        ) THEN
            RAISE EXCEPTION 'ledger: no such refund of this bill' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    -- Asked first: of many bills and no correction, joining them would read the whole ledger.
    IF EXISTS (SELECT FROM new_rows n WHERE n.corrects_id IS NOT NULL) AND EXISTS (
        SELECT FROM new_rows n JOIN targets_charge c ON c.id = n.corrects_id
        WHERE n.amount <> CASE n.entry WHEN 'reversal' THEN -c.amount ELSE c.amount END
            OR n.entry = 'reversal' AND n.manager_id IS DISTINCT FROM c.manager_id
            OR c.entry = 'reversal'
            OR (n.night, n.paid_at, n.bill_no, n.kind, n.payment) <> (c.night, c.paid_at, c.bill_no, c.kind, c.payment)
            OR n.refund_of_id IS DISTINCT FROM c.refund_of_id
    ) THEN
        RAISE EXCEPTION 'ledger: a correction changes whose a row is and nothing else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


def ledger_guard() -> pgtrigger.Trigger:
    """By statement and not by row, which would halve COPY."""
    return pgtrigger.Trigger(
        name="ledger_guard",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=pgtrigger.Func(_GUARD.replace("{locks}", str(Lock.MONTH.value))),
    )

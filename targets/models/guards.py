"""Triggers that keep what a closed month was computed from as it was (promises.md, "Every yuan is explained")."""

import pgtrigger


def closed_month_guard() -> pgtrigger.Trigger:
    """Refuses to write, change or take out a row whose `month` is closed."""
    return pgtrigger.Trigger(
        name="closed_month",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=pgtrigger.Func("""
            IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM targets_monthclosing WHERE month = OLD.month) THEN
                RAISE EXCEPTION 'month % is closed', to_char(OLD.month, 'YYYY-MM');
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            IF EXISTS (SELECT 1 FROM targets_monthclosing WHERE month = NEW.month) THEN
                RAISE EXCEPTION 'month % is closed', to_char(NEW.month, 'YYYY-MM');
            END IF;
            RETURN NEW;
        """),
    )


def used_plan_guard() -> pgtrigger.Trigger:
    """On a plan: refuses to change its terms, withdraw it or take it out once a month was closed by it. That it is a
    sample may still be confirmed."""
    return pgtrigger.Trigger(
        name="used_plan",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=pgtrigger.Func("""
            IF EXISTS (SELECT 1 FROM targets_monthclosing WHERE plan_id = OLD.id) THEN
                IF TG_OP = 'DELETE' OR (OLD.code, OLD.effective_from, OLD.floor, OLD.card_rate,
                                        OLD.card_paid_rooms_count, OLD.min_party_spend, OLD.withdrawn_at)
                    IS DISTINCT FROM (NEW.code, NEW.effective_from, NEW.floor, NEW.card_rate,
                                      NEW.card_paid_rooms_count, NEW.min_party_spend, NEW.withdrawn_at) THEN
                    RAISE EXCEPTION 'plan % was used by a closed month', OLD.code;
                END IF;
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """),
    )


def used_plan_part_guard() -> pgtrigger.Trigger:
    """The same on the tiers and bands of a plan, new ones included."""
    return pgtrigger.Trigger(
        name="used_plan",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=pgtrigger.Func("""
            IF TG_OP <> 'INSERT' AND EXISTS (SELECT 1 FROM targets_monthclosing WHERE plan_id = OLD.plan_id) THEN
                RAISE EXCEPTION 'the plan was used by a closed month';
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            IF EXISTS (SELECT 1 FROM targets_monthclosing WHERE plan_id = NEW.plan_id) THEN
                RAISE EXCEPTION 'the plan was used by a closed month';
            END IF;
            RETURN NEW;
        """),
    )

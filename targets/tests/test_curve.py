"""The drawing of what a plan brings: from nothing to the top, never down, and the amounts beside it worked out."""

from decimal import Decimal

from targets import curve
from targets.plan_files import plan_from
from targets.tests.factories import SAMPLE, written

TERMS = plan_from(SAMPLE).terms


def test_the_line_runs_from_corner_to_corner_and_never_falls():
    drawn = curve.curve_of(TERMS)
    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert points[0] == (0.0, 240.0) and points[-1] == (640.0, 0.0)
    assert points == sorted(points, key=lambda at: (at[0], -at[1]))
    assert (drawn.widest, drawn.highest) == (Decimal(150_000), Decimal("6500.00"))
    assert [mark.amount for mark in drawn.across] == [50_000, 80_000, 120_000]


def test_amounts_are_worked_out_at_every_edge():
    assert [(str(one.rooms), str(one.earned.own)) for one in curve.worked(TERMS)] == [
        ("50000.00", "0.00"),
        ("60000.00", "800.00"),
        ("75000.00", "1950.00"),
        ("80000.00", "2100.00"),
        ("120000.00", "4100.00"),
        ("150000", "6500.00"),
    ]


def test_a_plan_that_brings_nothing_is_drawn_all_the_same():
    terms = plan_from(written(tiers=[{"over": "50000.00", "rate": "0"}], bonus=[])).terms
    assert curve.curve_of(terms).points.endswith("640.0,240.0")

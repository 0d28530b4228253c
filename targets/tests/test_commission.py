"""What sales bring: worked examples by hand, and what must hold for every plan and every month (S6 S7)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets import commission
from targets.commission import Bonus, Gifts, Sale, Terms, Tier, Totals, add_up, earned

D = Decimal
SAMPLE = Terms(
    floor=D("50000.00"),
    tiers=(Tier(D("50000.00"), D("0.03")), Tier(D("80000.00"), D("0.05")), Tier(D("120000.00"), D("0.08"))),
    card_rate=D("0.01"),
    bonus=(Bonus(D("1.20"), D("500.00")), Bonus(D("1.50"), D("1200.00"))),
    min_party_spend=D("800.00"),
    gifts=(Gifts(D("0.80"), 10), Gifts(D("1.00"), 20), Gifts(D("1.50"), 30)),
)


def month(rooms: str, cards: str = "0", target: str = "50000.00", terms: Terms = SAMPLE) -> commission.Earned:
    return earned(terms, target=D(target), totals=Totals(D(rooms), D(cards)))


# rooms, cards, target: commission of each slice, of cards, bonus, fruit plates, all together
BY_HAND = [
    ("0.00", "0.00", "50000.00", ("0.00", "0.00", "0.00"), "0.00", "0.00", 0, "0.00"),
    ("50000.00", "0.00", "50000.00", ("0.00", "0.00", "0.00"), "0.00", "0.00", 20, "0.00"),
    ("39999.99", "0.00", "50000.00", ("0.00", "0.00", "0.00"), "0.00", "0.00", 0, "0.00"),
    ("40000.00", "0.00", "50000.00", ("0.00", "0.00", "0.00"), "0.00", "0.00", 10, "0.00"),
    ("50000.16", "0.00", "50000.00", ("0.00", "0.00", "0.00"), "0.00", "0.00", 20, "0.00"),
    ("50000.17", "0.00", "50000.00", ("0.01", "0.00", "0.00"), "0.00", "0.00", 20, "0.01"),
    ("80000.00", "0.00", "50000.00", ("900.00", "0.00", "0.00"), "0.00", "1200.00", 30, "2100.00"),
    ("80000.01", "0.00", "50000.00", ("900.00", "0.00", "0.00"), "0.00", "1200.00", 30, "2100.00"),
    ("131000.00", "20000.00", "50000.00", ("900.00", "2000.00", "880.00"), "200.00", "1200.00", 30, "5180.00"),
    ("59999.99", "0.00", "50000.00", ("300.00", "0.00", "0.00"), "0.00", "0.00", 20, "300.00"),
    ("60000.00", "0.00", "50000.00", ("300.00", "0.00", "0.00"), "0.00", "500.00", 20, "800.00"),
    # A target below the floor: the bonus is earned without any commission.
    ("30000.00", "0.00", "20000.00", ("0.00", "0.00", "0.00"), "0.00", "1200.00", 30, "1200.00"),
    # A target above: commission without a bonus.
    ("90000.00", "0.00", "100000.00", ("900.00", "500.00", "0.00"), "0.00", "0.00", 10, "1400.00"),
    # Cards alone: no floor, the ordinary rate; half a fen rounds up.
    ("0.00", "100.50", "50000.00", ("0.00", "0.00", "0.00"), "1.01", "0.00", 0, "1.01"),
    ("0.00", "100.49", "50000.00", ("0.00", "0.00", "0.00"), "1.00", "0.00", 0, "1.00"),
    # More refunded than sold: nothing, and no debt.
    ("-100.00", "-5000.00", "50000.00", ("0.00", "0.00", "0.00"), "0.00", "0.00", 0, "0.00"),
    ("60000.00", "-5000.00", "50000.00", ("300.00", "0.00", "0.00"), "0.00", "500.00", 20, "800.00"),
]


@pytest.mark.parametrize(("rooms", "cards", "target", "slices", "of_cards", "bonus", "plates", "own"), BY_HAND)
def test_a_month_brings_what_was_computed_by_hand(rooms, cards, target, slices, of_cards, bonus, plates, own):
    it = month(rooms, cards, target)
    assert tuple(str(one.commission) for one in it.slices) == slices
    assert (str(it.card_commission), str(it.bonus), it.plates, str(it.own)) == (of_cards, bonus, plates, own)


def test_a_bonus_needs_more_than_the_target_even_where_its_band_is_below_it():
    terms = replace(SAMPLE, bonus=(Bonus(D("0.90"), D("100.00")), Bonus(D("1.00"), D("200.00"))))
    assert month("50000.00", terms=terms).bonus == 0
    assert month("50000.01", terms=terms).bonus == D("200.00")


def test_a_third_of_the_target_is_compared_exactly():
    terms = replace(SAMPLE, bonus=(Bonus(D("1.3333"), D("10.00")), Bonus(D("1.3334"), D("20.00"))))
    it = month("40000.00", target="30000.00", terms=terms)
    assert (it.completion, it.bonus) == (Fraction(4, 3), D("10.00"))


def test_each_slice_says_where_it_lies_and_what_is_in_it():
    last = month("131000.00").slices[-1]
    assert (last.over, last.up_to, last.rate, last.amount) == (D("120000.00"), None, D("0.08"), D("11000.00"))
    assert [one.amount for one in month("60000.00").slices] == [D("10000.00"), 0, 0]


def test_rooms_paid_with_a_card_count_where_the_plan_says_so_and_cards_never_as_rooms():
    sales = [Sale("room", D("100.00"), "stored_value"), Sale("room", D("50.00"), "cash"), Sale("card", D("900.00"))]
    assert add_up(sales) == Totals(D("150.00"), D("900.00"))
    assert add_up(sales, card_paid_rooms_count=False) == Totals(D("50.00"), D("900.00"))
    assert add_up([]) == Totals(D("0.00"), D("0.00"))


@pytest.mark.parametrize(
    ("completion", "printed"),
    [
        (Fraction(131, 50), "2.62"),
        (Fraction(4, 3), "1.3333"),
        (Fraction(11_999_999, 10_000_000), "1.1999"),
        (Fraction(1), "1"),
        (Fraction(10), "10"),
        (Fraction(0), "0"),
        (Fraction(-1, 100_000), "0"),
        (Fraction(-1, 8), "-0.125"),
    ],
)
def test_completion_is_cut_off_never_rounded_up(completion, printed):
    assert commission.print_completion(completion) == printed


@pytest.mark.parametrize(
    ("rate", "printed"), [("0.0300", "0.03"), ("0.1", "0.10"), ("0.0250", "0.025"), ("0", "0.00"), ("1", "1.00")]
)
def test_a_rate_is_printed_with_two_places_at_least(rate, printed):
    assert commission.print_rate(D(rate)) == printed


def test_what_the_next_thousand_brings():
    def brings(rooms: str) -> Decimal:
        return commission.brings(SAMPLE, target=D("50000.00"), totals=Totals(D(rooms)), more=D("1000.00"))

    assert (brings("10000.00"), brings("51000.00"), brings("79500.00")) == (D(0), D("30.00"), D("40.00"))
    assert brings("59000.00") == D("530.00"), "the bonus is due at 60,000"


def test_the_next_edge_is_a_tier_the_target_or_a_bonus():
    def edge(rooms: str, target: str = "50000.00") -> Decimal | None:
        return commission.next_edge(SAMPLE, target=D(target), room_total=D(rooms))

    assert [edge(at) for at in ("0", "50000", "60000", "80000", "119999.99")] == [50000, 60000, 75000, 120000, 120000]
    assert edge("120000") is None
    assert edge("20000", "33333.33") == D("33333.33") and edge("33333.33", "33333.33") == D("40000.00")


# --- what always holds -----------------------------------------------------------------------------------------------


def yuan(lowest: int = 0, highest: int = 1_000_000) -> st.SearchStrategy[Decimal]:
    return st.integers(lowest * 100, highest * 100).map(lambda fen: D(fen) / 100)


rates = st.integers(0, 10_000).map(lambda share: D(share) / 10_000)
completions = st.lists(st.integers(0, 30_000), max_size=4, unique=True).map(
    lambda found: [D(one) / 10_000 for one in sorted(found)]
)


@st.composite
def plans(draw: st.DrawFn) -> Terms:
    floor = draw(yuan(1, 100_000))
    steps = draw(st.lists(yuan(1, 50_000), max_size=3))
    overs = [floor]
    for step in steps:
        overs.append(overs[-1] + step)
    bonuses = draw(completions)
    amounts = sorted(draw(st.lists(yuan(0, 5_000), min_size=len(bonuses), max_size=len(bonuses))))
    gifts = draw(completions)
    plates = sorted(draw(st.lists(st.integers(0, 50), min_size=len(gifts), max_size=len(gifts))))
    return Terms(
        floor=floor,
        tiers=tuple(Tier(over, draw(rates)) for over in overs),
        card_rate=draw(rates),
        card_paid_rooms_count=draw(st.booleans()),
        bonus=tuple(map(Bonus, bonuses, amounts)),
        gifts=tuple(map(Gifts, gifts, plates)),
    )


targets_of_a_month = yuan(1, 200_000)
totals_of_a_month = st.builds(Totals, yuan(-50_000, 500_000), yuan(-50_000, 500_000))
sales = st.lists(
    st.builds(Sale, st.sampled_from(["room", "card"]), yuan(-9_000, 9_000), st.sampled_from(["cash", "stored_value"]))
)
some_plans, some_sales = plans(), sales


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, totals_of_a_month)
def test_nothing_is_ever_negative(terms, target, totals):
    it = earned(terms, target=target, totals=totals)
    lines = [it.card_commission, it.bonus, it.room_commission, it.own, *(one.commission for one in it.slices)]
    assert min(lines) >= 0 and it.plates >= 0 and all(one.amount >= 0 for one in it.slices)
    assert all(line == line.quantize(D("0.01")) for line in lines), "whole fen"


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, totals_of_a_month, yuan(0, 100_000), yuan(0, 100_000))
def test_selling_more_never_brings_less(terms, target, totals, rooms, cards):
    before = earned(terms, target=target, totals=totals)
    after = earned(terms, target=target, totals=totals.plus(Totals(rooms, cards)))
    assert after.own >= before.own and after.plates >= before.plates
    assert commission.brings(terms, target=target, totals=totals, more=rooms) >= 0


@settings(max_examples=200)
@given(some_plans, st.data())
def test_at_an_edge_commission_has_no_step_but_rounding(terms, data):
    """A fen more is worth its slice's rate, a fen at most; each line may round by half a fen on either side."""
    edge = data.draw(st.sampled_from([tier.over for tier in terms.tiers]))
    at = [earned(terms, target=terms.floor, totals=Totals(edge + D(fen) / 100)).room_commission for fen in (-1, 0, 1)]
    assert 0 <= at[1] - at[0] <= D("0.02") and 0 <= at[2] - at[1] <= D("0.02")


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, totals_of_a_month)
def test_slices_add_up_to_what_lies_above_the_floor(terms, target, totals):
    it = earned(terms, target=target, totals=totals)
    assert sum(one.amount for one in it.slices) == max(totals.rooms - terms.floor, 0)
    exact = sum(Fraction(one.amount) * Fraction(one.rate) for one in it.slices)
    assert abs(Fraction(it.room_commission) - exact) <= Fraction(len(it.slices), 200)
    assert it.own == sum((one.commission for one in it.slices), D(0)) + it.card_commission + it.bonus


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, st.data())
def test_below_the_floor_rooms_bring_no_commission(terms, target, data):
    rooms = data.draw(yuan(-1_000, int(terms.floor)).map(lambda amount: min(amount, terms.floor)))
    assert earned(terms, target=target, totals=Totals(rooms)).room_commission == 0


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, totals_of_a_month)
def test_a_bonus_is_one_band_above_the_target(terms, target, totals):
    it = earned(terms, target=target, totals=totals)
    if totals.rooms <= target:
        assert it.bonus == 0
    else:
        reached = [band.amount for band in terms.bonus if band.completion * target <= totals.rooms]
        assert it.bonus == (reached[-1] if reached else 0)


@settings(max_examples=200)
@given(some_plans, some_sales, st.randoms(use_true_random=False))
def test_the_order_of_charges_does_not_matter(terms, charges, chance):
    shuffled = list(charges)
    chance.shuffle(shuffled)
    counts = {"card_paid_rooms_count": terms.card_paid_rooms_count}
    assert add_up(charges, **counts) == add_up(shuffled, **counts)


@settings(max_examples=200)
@given(some_plans, some_sales, st.data())
def test_a_refund_and_the_same_charge_again_are_as_if_nothing_had_happened(terms, charges, data):
    counts = {"card_paid_rooms_count": terms.card_paid_rooms_count}
    one = data.draw(st.sampled_from(charges)) if charges else Sale("room", D("12.34"), "cash")
    there_and_back = [*charges, replace(one, amount=-one.amount), one]
    before, after = (
        earned(terms, target=terms.floor, totals=add_up(them, **counts)) for them in (charges, there_and_back)
    )
    assert before == after


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, totals_of_a_month)
def test_completion_is_never_printed_above_what_was_reached(terms, target, totals):
    printed = Fraction(D(commission.print_completion(commission.completion_of(totals.rooms, target))))
    assert printed <= max(Fraction(totals.rooms) / Fraction(target), Fraction(0)) or totals.rooms < 0


@settings(max_examples=200)
@given(some_plans, targets_of_a_month, totals_of_a_month)
def test_between_here_and_the_next_edge_each_yuan_is_worth_the_same(terms, target, totals):
    edge = commission.next_edge(terms, target=target, room_total=totals.rooms)
    assert edge is None or edge > totals.rooms
    last = edge - D("0.01") if edge is not None else totals.rooms + 100_000
    first = totals.rooms + D("0.01") if totals.rooms == target else totals.rooms  # a bonus needs more than the target
    here, there = (earned(terms, target=target, totals=Totals(rooms)) for rooms in (first, max(first, last)))
    assert here.bonus == there.bonus
    assert sum(one.amount > 0 for one in there.slices) <= sum(one.amount > 0 for one in here.slices) + 1

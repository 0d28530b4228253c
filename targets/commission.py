"""What sales bring: the one place where money is computed (S6 S7 A5; contract.md, "Commission plan" and "Statement").

Pure functions on Decimal: no model, no clock, no I/O. Amounts are yuan with two places. Tiers are marginal: each yuan
of the month's room total earns the rate of the slice it lies in, nothing below the first tier. Each line is rounded
half-up to 0.01, totals are sums of lines. Completion is compared exactly, and cut off only where it is printed.

Where refunds exceed what was sold, a month's total is negative. Its commission is nothing, of rooms and of cards alike,
never less: nobody owes the house commission that another month may have paid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
ROOM, CARD, STORED_VALUE = "room", "card", "stored_value"


@dataclass(frozen=True)
class Tier:
    """Above `over` each yuan earns `rate`, until the next tier begins."""

    over: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Bonus:
    completion: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Gifts:
    completion: Decimal
    plates: int


@dataclass(frozen=True)
class Terms:
    """A plan's terms; tiers and bands rise."""

    floor: Decimal
    tiers: tuple[Tier, ...]
    card_rate: Decimal
    card_paid_rooms_count: bool = True
    bonus: tuple[Bonus, ...] = ()
    min_party_spend: Decimal = ZERO
    gifts: tuple[Gifts, ...] = ()


@dataclass(frozen=True)
class Sale:
    """A charge, or charges of one kind and payment added up; refunds are negative."""

    kind: str
    amount: Decimal
    payment: str = ""


@dataclass(frozen=True)
class Totals:
    """What a month's sales come to: of rooms, as far as they count, and of cards."""

    rooms: Decimal = ZERO
    cards: Decimal = ZERO

    def plus(self, other: "Totals") -> "Totals":
        return Totals(self.rooms + other.rooms, self.cards + other.cards)


@dataclass(frozen=True)
class Slice:
    """The part of the room total between `over` and `up_to` (None: no end), and what it earned."""

    over: Decimal
    up_to: Decimal | None
    rate: Decimal
    amount: Decimal
    commission: Decimal


@dataclass(frozen=True)
class Earned:
    """A month's own figures, before adjustments of other months."""

    target: Decimal
    totals: Totals
    slices: tuple[Slice, ...]
    card_commission: Decimal
    bonus: Decimal
    plates: int

    @property
    def room_commission(self) -> Decimal:
        return sum((one.commission for one in self.slices), ZERO)

    @property
    def own(self) -> Decimal:
        """What the month itself is worth."""
        return self.room_commission + self.card_commission + self.bonus

    @property
    def completion(self) -> Fraction:
        return completion_of(self.totals.rooms, self.target)


def earned(terms: Terms, *, target: Decimal, totals: Totals) -> Earned:
    """What a month's totals bring; `target` is positive."""
    completion = completion_of(totals.rooms, target)
    return Earned(
        target=target,
        totals=totals,
        slices=slices_of(terms.tiers, totals.rooms),
        card_commission=to_cents(max(totals.cards, ZERO) * terms.card_rate),
        bonus=bonus_of(terms.bonus, completion) if totals.rooms > target else ZERO,
        plates=plates_of(terms.gifts, completion),
    )


def add_up(sales: Iterable[Sale], *, card_paid_rooms_count: bool = True) -> Totals:
    """Totals of sales. A card's sale never counts as a room; a room paid with a card counts where the plan says so."""
    rooms = cards = ZERO
    for sale in sales:
        if sale.kind == CARD:
            cards += sale.amount
        elif card_paid_rooms_count or sale.payment != STORED_VALUE:
            rooms += sale.amount
    return Totals(rooms, cards)


def slices_of(tiers: Iterable[Tier], total: Decimal) -> tuple[Slice, ...]:
    """The room total cut at the tiers' edges: every tier, those not reached with nothing in them."""
    tiers = tuple(tiers)
    ends = [*(higher.over for _lower, higher in pairwise(tiers)), None]
    return tuple(_slice(tier, up_to, total) for tier, up_to in zip(tiers, ends, strict=True))


def _slice(tier: Tier, up_to: Decimal | None, total: Decimal) -> Slice:
    reached = total if up_to is None else min(total, up_to)
    amount = max(reached - tier.over, ZERO)
    return Slice(tier.over, up_to, tier.rate, amount, to_cents(amount * tier.rate))


def completion_of(room_total: Decimal, target: Decimal) -> Fraction:
    """Room total ÷ target, exactly: a third of a target is no decimal fraction."""
    return Fraction(room_total) / Fraction(target)


def bonus_of(bands: Iterable[Bonus], completion: Fraction) -> Decimal:
    """The highest band reached, once. Whether the target was exceeded is asked before."""
    reached = [band.amount for band in bands if Fraction(band.completion) <= completion]
    return reached[-1] if reached else ZERO


def plates_of(bands: Iterable[Gifts], completion: Fraction) -> int:
    """Next month's fruit plates: the highest band reached."""
    reached = [band.plates for band in bands if Fraction(band.completion) <= completion]
    return reached[-1] if reached else 0


def to_cents(amount: Decimal) -> Decimal:
    """Half-up to 0.01."""
    return amount.quantize(CENT, ROUND_HALF_UP)


# --- what a month still could bring -----------------------------------------------------------------------------------


def brings(terms: Terms, *, target: Decimal, totals: Totals, more: Decimal) -> Decimal:
    """What `more` yuan of room sales would add to what the month is worth now."""
    before = earned(terms, target=target, totals=totals).own
    return earned(terms, target=target, totals=totals.plus(Totals(rooms=more))).own - before


def next_edge(terms: Terms, *, target: Decimal, room_total: Decimal) -> Decimal | None:
    """The next room total at which something changes: a tier begins, the target is reached, a bonus is due."""
    bonuses = (to_cents_up(band.completion * target) for band in terms.bonus)
    edges = {target, *(tier.over for tier in terms.tiers), *bonuses}
    return min((edge for edge in edges if edge > room_total), default=None)


def to_cents_up(amount: Decimal) -> Decimal:
    """The first whole cent at or above `amount`."""
    cents = amount.quantize(CENT, ROUND_DOWN)
    return cents if cents >= amount else cents + CENT


# --- as the contract prints it ----------------------------------------------------------------------------------------


def print_money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def print_rate(rate: Decimal) -> str:
    """With two places at least: 0.03, 0.10, 0.025."""
    text = f"{rate:f}".rstrip("0") if "." in f"{rate:f}" else f"{rate:f}."
    whole, _point, places = text.partition(".")
    return f"{whole}.{places:0<2}"


def print_completion(completion: Fraction) -> str:
    """Four places at most, cut off, without trailing zeros: never rounded up to a band that was not reached."""
    cut = Fraction(int(completion * 10_000), 10_000)  # int() cuts towards zero
    text = f"{Decimal(cut.numerator) / Decimal(cut.denominator):.4f}".rstrip("0").rstrip(".")
    return text if text != "-0" else "0"

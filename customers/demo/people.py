"""Invented guests: names, numbers, birthdays, addresses and tastes as a house in Shanghai would have them on file."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from customers.demo import words

BLOCK = 1000  # guests drawn together; a block's facts do not depend on how many are asked for
BIRTH_YEARS = range(1956, 2001)  # all of age in the first year of the venue
FIRST_EARLY_NIGHT, EARLY_NIGHTS = dt.date(2019, 3, 1), 1760  # up to 24 December 2023

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Seven of ten agree to SMS, and never fewer than six of ten in any number of guests from the first on.
_SMS = (True, True, False, True, True, False, True, True, False, True)
_NUMBERS, _NUMBER_STEP, _NUMBER_START = 7 * 10**9, 4_326_237_917, 591_283_404
_CARDS, _CARD_STEP, _CARD_START = 10**7, 6_180_339, 2_718_281
_SPARE_NUMBERS = 10**9  # tried further on where a number is on file already
_SECOND_NUMBERS = 35 * 10**8  # whence the second numbers of guests are taken: nobody's first one stands there
MOST = 10**7  # guests a venue may have
# A few guests were taken in twice, one digit of the number mistyped: so many before and after the record that tells.
TWICE_EVERY, TWICE_BACK = 75, 45


class Person(NamedTuple):
    """What is known of a guest, whoever captured them.

    `gap` is what somebody forgot to ask for: "", "birthday" or "address". `twin` is the number in the venue of the same
    person's other record, where there are two.
    """

    name: str
    is_partial: bool
    birthday: tuple[int, int, int | None, str, bool]
    home: str
    work: str
    tier: str
    tastes: tuple[str, str, str, str]
    notes: str
    sms: bool
    call: bool
    source: str
    gap: str
    early_night: dt.date
    twin: int | None = None


def people(seed: int, start: int, stop: int) -> Iterator[Person]:
    """Guests number `start` up to `stop` of the venue that `seed` makes."""
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        first = block * BLOCK
        drawn = _block(draws(seed, "people", block))
        if block == 0:
            _double(drawn)
        yield from drawn[max(start - first, 0) : stop - first]


def draws(seed: int, *what: object) -> random.Random:
    """Draws for one thing alone: what is drawn elsewhere does not move them."""
    return random.Random("/".join(map(str, (seed, *what))))  # noqa: S311  invented facts, not secrets


def phone(number: int) -> str:
    """A mobile number of guest `number` as E.164: a step through all 7 * 10^9 there are, so that none comes twice."""
    return f"+86{13_000_000_000 + (number * _NUMBER_STEP + _NUMBER_START) % _NUMBERS}"


def free_phone(number: int, taken: set[str]) -> str:
    """The same, past numbers which real guests hold."""
    while (found := phone(number)) in taken:
        number += _SPARE_NUMBERS
    return found


def second_phone(number: int, taken: set[str]) -> str:
    """Another number of guest `number`."""
    return free_phone(number + _SECOND_NUMBERS, taken)


def mistyped_phone(number: int, taken: set[str]) -> str:
    """The number of guest `number` with one digit wrong, so that nobody else has it."""
    right = free_phone(number, taken)
    wrong = (f"{right[:-place]}{digit}{right[len(right) - place + 1 :]}" for place in (2, 3, 4) for digit in range(10))
    return next(found for found in wrong if found != right and found not in taken and not _is_drawn(found))


def _is_drawn(found: str) -> bool:
    """Whether some guest of a venue may have this number."""
    number = (int(found[3:]) - 13_000_000_000 - _NUMBER_START) * pow(_NUMBER_STEP, -1, _NUMBERS) % _NUMBERS
    return number % _SPARE_NUMBERS < MOST or (number - _SECOND_NUMBERS) % _SPARE_NUMBERS < MOST


def member_no(number: int) -> str:
    """A card number of guest `number`, eight digits, none twice among ten million guests."""
    return f"8{(number * _CARD_STEP + _CARD_START) % _CARDS:07d}"


def _weighted(rng: random.Random, weighted: Sequence[tuple[str, int]]) -> list[str]:
    return rng.choices([word for word, _ in weighted], weights=[weight for _, weight in weighted], k=BLOCK)


def _some(rng: random.Random, choices: Sequence[str], share: float) -> list[str]:
    return [word if keep < share else "" for word, keep in zip(rng.choices(choices, k=BLOCK), _draws(rng), strict=True)]


def _draws(rng: random.Random) -> list[float]:
    return [rng.random() for _n in range(BLOCK)]


def _block(rng: random.Random) -> list[Person]:
    """The columns one by one, then the people: drawing whole columns is what makes a million of them quick."""
    liked = (words.ROOMS, words.DRINKS, words.MUSIC, words.DISLIKES)
    tastes = zip(*(_some(rng, choices, 0.35) for choices in liked), strict=True)
    rows: Iterator[Any] = zip(
        _names(rng),
        _birthdays(rng),
        _addresses(rng),
        _weighted(rng, [("", 50), ("regular", 27), ("silver", 13), ("gold", 7), ("diamond", 3)]),
        tastes,
        _some(rng, words.NOTES, 0.12),
        _draws(rng),
        _weighted(rng, words.SOURCES),
        _weighted(rng, [("", 93), ("birthday", 4), ("address", 3)]),
        rng.choices(range(EARLY_NIGHTS), k=BLOCK),
        strict=True,
    )
    return [
        Person(
            name=name,
            is_partial=is_partial,
            birthday=born,
            home=home,
            work=work,
            tier=tier,
            tastes=taste,
            notes=notes,
            sms=_SMS[n % len(_SMS)],
            call=call < 0.5,
            source=source,
            gap=gap,
            early_night=FIRST_EARLY_NIGHT + dt.timedelta(days=day),
        )
        for n, ((name, is_partial), born, (home, work), tier, taste, notes, call, source, gap, day) in enumerate(rows)
    ]


def _double(drawn: list[Person]) -> None:
    for number in range(TWICE_EVERY, len(drawn), TWICE_EVERY):
        twin = drawn[number - TWICE_BACK]
        drawn[number] = drawn[number]._replace(
            name=twin.name, is_partial=twin.is_partial, birthday=twin.birthday, twin=number - TWICE_BACK
        )


def _names(rng: random.Random) -> list[tuple[str, bool]]:
    """Whole names; one in fifty a surname with a title, as managers hear it at the door."""
    given = (words.GIVEN_MEN, words.GIVEN_WOMEN)
    found = []
    for surname in _weighted(rng, words.SURNAMES):
        if rng.random() < 0.02:
            found.append((surname + rng.choice(words.TITLES), True))
        else:
            found.append((surname + rng.choice(given[rng.random() < 0.45]), False))
    return found


def _birthdays(rng: random.Random) -> list[tuple[int, int, int | None, str, bool]]:
    return [_birthday(rng) for _n in range(BLOCK)]


def _birthday(rng: random.Random) -> tuple[int, int, int | None, str, bool]:
    """A quarter lunar, a fifth without a year. Lunar days end at 29, which every month has; a leap month stands only
    where no year could contradict it, 29 February likewise."""
    month, is_lunar = rng.randint(1, 12), rng.random() < 0.25
    year = None if rng.random() < 0.2 else int(rng.triangular(BIRTH_YEARS[0], BIRTH_YEARS[-1], 1988))
    if is_lunar:
        return month, rng.randint(1, 29), year, "lunar", year is None and 2 <= month <= 10 and rng.random() < 0.1
    longest = 28 if month == 2 and year is not None else _DAYS[month - 1]
    return month, rng.randint(1, longest), year, "solar", False


def _addresses(rng: random.Random) -> list[tuple[str, str]]:
    """Home, work, or both."""
    which = rng.choices(("home", "work", "both"), cum_weights=(55, 85, 100), k=BLOCK)
    roads = zip(rng.choices(words.DISTRICTS, k=BLOCK), rng.choices(words.ROADS, k=BLOCK), strict=True)
    found = []
    for kind, number, (district, road) in zip(which, rng.choices(range(1, 999), k=BLOCK), roads, strict=True):
        home = f"{district}{road}{number}弄{number % 60 + 1}号{number % 24 + 1}0{number % 4 + 1}室"
        work = f"{district}{road}{number}号{words.OFFICES[number % 10]}{number % 30 + 1}楼"
        found.append((home if kind != "work" else "", work if kind != "home" else ""))
    return found

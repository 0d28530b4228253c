"""The demo venue's rooms and what happens in them, part by part."""

from collections.abc import Callable

from visits.demo import bottles, rooms


def load(*, customers: int, nights: int, seed: int, out: Callable[[str], None]) -> None:
    rooms.load(customers=customers, nights=nights, seed=seed, out=out)
    bottles.load(seed=seed, out=out)

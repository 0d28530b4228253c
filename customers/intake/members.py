"""Member numbers while a sheet comes in: one guest each, first come first served, and a number given up is free again.

A number that one row is refused because another guest holds it may be given up by a later row. Such rows get a second
chance at the end; without it the second run of the same sheet would change something.
"""

from collections.abc import Mapping

from customers.intake import cells
from customers.intake.cells import Cell
from vipdesk.sheets.identifiers import read_identifier


class Numbers:
    """Who holds which number: on file (`know`), and through the rows of this sheet (`claim`). Holders go by phone."""

    def __init__(self) -> None:
        self._on_file: dict[str, str] = {}
        self._claimed: dict[str, str] = {}
        self._given_up: set[str] = set()
        self._given_up_now: set[str] = set()

    def know(self, holders: Mapping[str, str]) -> None:
        """Begin the next rows, or the same ones again: the holders on file of the numbers they name."""
        self._on_file = dict(holders)
        self._given_up_now = set()

    def settle(self) -> None:
        """These rows are through: what they gave up is free from here on."""
        self._given_up |= self._given_up_now
        self._given_up_now = set()

    def claim(self, number: str, phone: str, instead_of: str) -> bool:
        """Give a number to a guest, who gives up the one they had; False where somebody else holds it.

        What is given up becomes free with the next rows only, so that no statement ever moves a number within itself.
        """
        if self._holders(number) - {phone}:
            return False
        self._claimed[number] = phone
        if instead_of:
            self._given_up_now.add(instead_of)
            if self._claimed.get(instead_of) == phone:
                del self._claimed[instead_of]
        return True

    def has_been_given_up(self, number: str) -> bool:
        return number in self._given_up

    def _holders(self, number: str) -> set[str]:
        if number in self._given_up_now:
            return {"the guest who is giving it up"}
        holders = {self._claimed.get(number), None if number in self._given_up else self._on_file.get(number)}
        return {holder for holder in holders if holder}


def as_number(text: str) -> str:
    """A member number as it is kept: narrow, on one line, in capitals."""
    return cells.one_line(cells.tidy(cells.narrow(text))).upper()


def read_number(cell: Cell) -> str:
    """The number in a cell of a file, as it is kept; "" for a blank. Raises `RewrittenNumber`."""
    return as_number(read_identifier(cell, cells.content(cell)))

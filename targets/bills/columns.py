"""Columns of a file of bills; a till's JSON has the same names (contract.md, `import_charges`).

Imports nothing of Django: the child process that parses files looks here too.
"""

from collections.abc import Sequence

COLUMNS = ("bill_no", "kind", "amount", "paid_at", "manager", "room", "payment", "refund_of")


def column_of(cell: object) -> str:
    """The column that a header cell names; "" for none."""
    name = cell.strip().casefold() if isinstance(cell, str) else ""
    return name if name in COLUMNS else ""


def count_columns(rows: Sequence[Sequence[object]]) -> int:
    """How many columns the fullest of these rows names as a header."""
    return max((sum(bool(column_of(cell)) for cell in row) for row in rows), default=0)

"""Words of the command line that several commands take: months, amounts, managers."""

import argparse
import datetime as dt
import re
from decimal import Decimal

from targets import months

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,2})?")


def month(text: str) -> dt.date:
    """A month like 2026-11, as its first day."""
    try:
        return months.parse_month(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a month like 2026-11: {text!r}") from None


def amount(text: str) -> Decimal:
    """Yuan with two places at most."""
    if not _AMOUNT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"not an amount like 60000.00: {text!r}")
    return Decimal(text)

"""Amounts in yuan as people and spreadsheets write them, as plain digits."""

import re
import unicodedata

AMOUNT = re.compile(
    r"(?P<sign>[+-]?)\s*(?:¥|CNY|RMB)?\s*(?P<sign2>[+-]?)(?P<yuan>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
    r"(?:\.(?P<fen>[0-9]+))?\s*(?:元|CNY|RMB)?"
)


def plain_amount(text: str) -> str:
    """`1,200`, `1，200`, `１，２００` and `¥1200` as `1200`; text that is no amount as it is, without spaces around it.

    A comma counts only between groups of three digits: `1,20` may mean two things and stays, for the field to refuse.
    """
    narrow = unicodedata.normalize("NFKC", text).replace("\u2212", "-").strip()
    match = AMOUNT.fullmatch(narrow.upper())
    if match is None or (match["sign"] and match["sign2"]):
        return narrow
    sign = "-" if "-" in (match["sign"], match["sign2"]) else ""
    fen = f".{match['fen']}" if match["fen"] else ""
    return f"{sign}{match['yuan'].replace(',', '')}{fen}"

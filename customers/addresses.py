"""An address that says nothing (。, 无, -, 不详) is no address: forms and imports keep it as an empty one.

So one rule holds for n/10, the sheets, what is incomplete and every export: an address is there or it is empty.
"""

from customers.intake import cells


def clean_address(text: str) -> str:
    """The address as it is kept: "" for a word that means nothing, for signs alone, and for a single character."""
    return "" if cells.is_blank(text) or sum(character.isalnum() for character in text) < 2 else text

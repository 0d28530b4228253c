"""Path converters."""

import datetime as dt


class NightConverter:
    """A night in an address, as 2026-11-20; anything that is no date does not match, and so answers 404."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()

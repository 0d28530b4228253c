"""Errors of reading files."""


class NothingToRead(Exception):
    """A file cannot be read at all; the message is one line that says why, to the person who sent it."""


class Unreadable(Exception):
    """What the child process found wrong with a file: a code, which `vipdesk.sheets.book` puts in words, and facts."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts

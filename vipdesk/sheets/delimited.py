"""CSV as houses really save it: which encoding, which delimiter, and quotes that nobody closed.

Runs in the child process and imports nothing of Django.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from vipdesk.sheets.errors import Unreadable
from vipdesk.sheets.limits import LONGEST_FIELD, MOST_COLUMNS

_DELIMITERS = ",;\t|，"
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
SEARCHED_ROWS = 10
_LOST = "\ufffd"

# How many columns a header in these first rows names, of the sort of sheet that is read; 0 where there is no header.
CountColumns = Callable[[Sequence[Sequence[str]]], int]


def csv_rows(data: bytes, count: CountColumns) -> Iterator[Sequence[str]]:
    """The records of a CSV file; encoding and delimiter are those that show the most columns. Raises `Unreadable`."""
    try:
        yield from map(_within_limits, _all_rows(data, count))
    except csv.Error as error:
        raise Unreadable("csv", error=str(error)) from error


def _within_limits(row: Sequence[str]) -> Sequence[str]:
    """A row without the empty cells at its end that some spreadsheets save, where it is long."""
    if len(row) <= MOST_COLUMNS:
        return row
    used = max((at for at, cell in enumerate(row, 1) if cell and not cell.isspace()), default=0)
    if used > MOST_COLUMNS:
        raise Unreadable("csv_columns")
    return row[:used]


def _all_rows(data: bytes, count: CountColumns) -> Iterator[Sequence[str]]:
    text = decode(data, count).replace("\x00", "")
    if text[:4].casefold() == "sep=":  # a line some spreadsheets add to name their delimiter
        text = "\n" + text.partition("\n")[2]
    delimiter = _delimiter(text, count)
    return _records(text, delimiter, fewest=max(3, count(_first_rows(text, delimiter)) - 1))


def decode(data: bytes, count: CountColumns) -> str:
    """Strict UTF-8 first: GB18030 reads UTF-8 into nonsense without complaint. Where neither fits, the one that loses
    least, so that a single broken byte costs one cell and not the file; Big5 where only that shows a header."""
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        return text if encoding == "utf-8-sig" else _or_big5(data, text, count)
    texts = [data.decode(encoding, errors="replace").removeprefix("\ufeff") for encoding in ("utf-8-sig", "gb18030")]
    return min(texts, key=lambda text: text.count(_LOST))


def _or_big5(data: bytes, text: str, count: CountColumns) -> str:
    if _has_header(text, count):
        return text
    try:
        other = data.decode("big5hkscs")
    except UnicodeDecodeError:
        return text
    return other if _has_header(other, count) else text


def _has_header(text: str, count: CountColumns) -> bool:
    return any(count(_first_rows(text, delimiter)) for delimiter in _DELIMITERS)


def _first_rows(text: str, delimiter: str) -> list[Sequence[str]]:
    lines = text[:20_000].splitlines()[: SEARCHED_ROWS + 1]
    return [row[: MOST_COLUMNS + 1] for row in csv.reader(lines, delimiter=delimiter)]


def _delimiter(text: str, count: CountColumns) -> str:
    """The one that shows the most headers; a comma where none does."""
    return max(_DELIMITERS, key=lambda delimiter: count(_first_rows(text, delimiter)))


def _records(text: str, delimiter: str, fewest: int) -> Iterator[Sequence[str]]:
    """Records as `csv` reads them, but for those whose opening quote swallowed the lines after it."""
    csv.field_size_limit(LONGEST_FIELD)
    lines: list[str] = []

    def remembered() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            lines.append(line)
            yield line

    for record in csv.reader(remembered(), delimiter=delimiter):
        if len(lines) > 1 and _swallowed(record, delimiter, fewest):
            yield from (_plain(line, delimiter) for line in lines)
        else:
            yield record
        lines.clear()


def _swallowed(record: Sequence[str], delimiter: str, fewest: int) -> bool:
    """Whether a field holds what looks like further rows: a line after its first with the delimiters of a row in it.

    Notes and comments of several lines hold a comma here and there; a row has one between each two of its columns.
    """
    broken = (cell for cell in record if "\n" in cell or "\r" in cell)
    return any(line.count(delimiter) >= fewest for cell in broken for line in cell.splitlines()[1:])


def _plain(line: str, delimiter: str) -> list[str]:
    cells = (cell.strip() for cell in line.rstrip("\r\n").split(delimiter))
    return [cell if cell.startswith("=") else cell.strip('"') for cell in cells]

"""Workbooks and CSV files made to hurt whoever parses them: small to send, large to hold."""

import functools
import io
import struct
import zipfile
from collections.abc import Iterable, Iterator

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET_NAME = "客户"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?><worksheet {_MAIN}>'


def packed(sheet: Iterable[str], strings: Iterable[str] = (f"<sst {_MAIN}/>",), *, name: str = SHEET_NAME) -> bytes:
    """A workbook of one sheet whose XML, and that of the shared strings, come piece by piece."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            f'{_RELATIONS}<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<?xml version="1.0"?><workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{_RELATIONS}<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        for part, pieces in (("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", strings)):
            with archive.open(part, "w") as file:
                for piece in pieces:
                    file.write(piece.encode())
    return stream.getvalue()


def _text(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def cell_far_away(reference: str, columns: list[str], row: list[str], *, dimension: str = "A1:H2") -> bytes:
    """A usual row, and one cell more at that place, which the sheet's dimension does not mention."""
    number = "".join(c for c in reference if c.isdigit())
    lines = (
        f'<row r="{at}">' + "".join(_text(f"{chr(65 + n)}{at}", cell) for n, cell in enumerate(cells)) + "</row>"
        for at, cells in enumerate((columns, row), 1)
    )
    far = f'<row r="{number}"><c r="{reference}"><v>1</v></c></row>'
    return packed([HEAD, f'<dimension ref="{dimension}"/><sheetData>', *lines, far, "</sheetData></worksheet>"])


@functools.cache
def huge_sheet(megabytes: int = 580) -> bytes:
    """A sheet of so many megabytes of spaces."""
    return packed([HEAD, "<sheetData>", *_spaces(megabytes), "</sheetData></worksheet>"])


@functools.cache
def lying_sheet(megabytes: int = 580) -> bytes:
    """The same, with a list of contents and a local header that say it holds 1,000 bytes."""
    data = bytearray(huge_sheet(megabytes))
    name = b"xl/worksheets/sheet1.xml"
    at = data.rfind(name)  # in the list of contents at the end
    struct.pack_into("<I", data, at - 46 + 24, 1_000)
    at = data.find(name)
    struct.pack_into("<I", data, at - 30 + 22, 1_000)
    return bytes(data)


@functools.cache
def dense_sheet(rows: int, columns: int = 10) -> bytes:
    """So many rows of numbers whose cells do not say where they stand."""
    row = "<row>" + "<c><v>1</v></c>" * columns + "</row>"
    return packed([HEAD, "<sheetData>", *(row * 1_000 for _n in range(rows // 1_000)), "</sheetData></worksheet>"])


@functools.cache
def deep_strings(depth: int = 3_000_000) -> bytes:
    """A shared string of elements within elements."""
    sheet = [HEAD, '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>']
    return packed(sheet, [f"<sst {_MAIN}><si>", "<r>" * depth, "</r>" * depth, "</si></sst>"])


@functools.cache
def huge_strings(megabytes: int = 580) -> bytes:
    sheet = [HEAD, '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>']
    return packed(sheet, [f"<sst {_MAIN}><si><t>", *_spaces(megabytes), "</t></si></sst>"])


@functools.cache
def repeated_string(kilobytes: int = 1_000, times: int = 100_000) -> bytes:
    """One long shared string that very many cells point at."""
    cells = (f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, times + 1))
    long = "x" * 1_000 * kilobytes
    return packed(
        [HEAD, "<sheetData>", *cells, "</sheetData></worksheet>"], [f"<sst {_MAIN}><si><t>{long}</t></si></sst>"]
    )


def entities() -> bytes:
    """Entities of entities (billion laughs) in a sheet."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    sheet = f'<?xml version="1.0"?><!DOCTYPE worksheet [{levels}]><worksheet {_MAIN}><sheetData>'
    return packed([sheet, '<row r="1"><c r="A1" t="str"><v>&e9;</v></c></row></sheetData></worksheet>'])


@functools.cache
def wide_csv(columns: int = 1_000_000) -> bytes:
    return b",".join(b"%d" % n for n in range(columns)) + b"\n"


def _spaces(megabytes: int) -> Iterator[str]:
    return (" " * 1_000_000 for _n in range(megabytes))

"""Text that was broken on its way into a file: bytes of one encoding read as another.

U+FFFD stands where a byte fitted nothing; 锟斤拷 is what U+FFFD turns into when it is read as GBK; 烫烫 and 屯屯 are
memory that nobody wrote; 寮犱紵 or å¼ ä¼Ÿ are a good name's UTF-8 read as GBK or as a western encoding.
"""

import re

_MARKS = re.compile("\ufffd|锟斤|斤拷|烫烫烫|屯屯屯|锘[縚匡挎]|ï»¿|ï¿½|〓")
_HAN = re.compile(r"[\u3400-\u9fff]")
_ALL_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef\u0020-\u007e]+")
_WESTERN = re.compile(r"[À-ï][\x80-\xbf\u0152-\u2122]")


# The same as GB2312 has them: to look for bytes costs least, and nearly every text is good.
_LOST, _BOM, _HOT, _HOARD, _GETA = b"\xef\xbf\xbd", b"\xef\xbb", b"\xcc\xcc\xcc\xcc", b"\xcd\xcd\xcd\xcd", b"\xa1\xfe"


def is_broken(text: str) -> bool:
    """Whether some of this text cannot be what was written."""
    if text.isascii():
        return False
    data = _encoded(text, "gb2312")
    is_everyday = data is not None
    if data is not None and not (_LOST in data or _BOM in data or _HOT in data or _HOARD in data or _GETA in data):
        return False
    if not is_everyday and _is_utf8_read_as_gbk(text):  # short everyday words may be good UTF-8 by chance
        return True
    return bool(_MARKS.search(text)) or _is_utf8_read_as_western(text)


def _is_utf8_read_as_gbk(text: str) -> bool:
    meant = _decoded(_encoded(text.rstrip("?"), "gb18030")) if _HAN.search(text) else ""
    return bool(_HAN.search(meant) and _ALL_HAN.fullmatch(meant))


def _is_utf8_read_as_western(text: str) -> bool:
    if not _WESTERN.search(text) or _HAN.search(text):
        return False
    meant = _decoded(_encoded(text, "cp1252")) or _decoded(_encoded(text, "latin-1"))
    return bool(meant and _HAN.search(meant))


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return None


def _decoded(data: bytes | None) -> str:
    """As UTF-8, of whose last character some bytes may be lost; "" where it is none."""
    for lost in range(3 if data else 0):
        try:
            return (data or b"")[: len(data or b"") - lost].decode()
        except UnicodeDecodeError:
            continue
    return ""

"""Where an HTTP/1.1 request ends: pure, incremental. It only decides when a request is whole; what it says, and whether
it is right, gunicorn's parser decides on exactly these bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

# In a WSGI environment: the server has stopped reading this body, because it is too large.
CUT = "vipdesk.body_cut"
HEAD_MAX = 32 * 1024
# Of a body, what stays in memory; the rest waits in a temporary file.
IN_MEMORY = 128 * 1024
PIECE = 64 * 1024
CHUNK_LINE_MAX = 256
TRAILERS_MAX = 8 * 1024
END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_CODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(;.*)?")


class Incoming:
    """One request as it comes in. `body_max` may be raised once the head is there and before the body is fed."""

    def __init__(self, body_max: int) -> None:
        self.body_max = body_max
        self.head = b""
        self.length: int | None = 0  # as the head declares it; None: in chunks
        self.expects_continue = False
        self.is_whole = False
        self.is_head_too_large = False
        self._started = bytearray()
        self._body: SpooledTemporaryFile[bytes] | None = None
        self._size = 0
        self._chunks = _Chunks()

    @property
    def has_started(self) -> bool:
        return bool(self._started or self.head)

    @property
    def is_body_too_large(self) -> bool:
        return self._size > self.body_max or (self.length or 0) > self.body_max

    def feed_head(self, data: bytes) -> bytes | None:
        """What follows the head, once it is there; None: more must come."""
        searched = max(0, len(self._started) - len(END_OF_HEAD) + 1)
        self._started += data
        end = self._started.find(END_OF_HEAD, searched)
        self.is_head_too_large = (end if end >= 0 else len(self._started)) > HEAD_MAX
        if end < 0 or self.is_head_too_large:
            return None
        end += len(END_OF_HEAD)
        self.head, rest = bytes(self._started[:end]), bytes(self._started[end:])
        self._started.clear()
        self._read_head()
        return rest

    def feed_body(self, data: bytes) -> bytes:
        """Puts aside what belongs to the body; what is given back belongs to the next request."""
        end = self._chunks.feed(data) if self.length is None else self.length - self._size
        self.is_whole = end is not None and end <= len(data)
        own, rest = (data, b"") if end is None else (data[:end], data[end:])
        self._size += len(own)
        if own and not self.is_body_too_large:
            self._body = self._body or SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed in close()
            self._body.write(own)
        return rest

    def pieces(self) -> Iterator[bytes]:
        """The request's bytes and no others, for the parser."""
        yield self.head
        if self._body and not self.is_body_too_large:
            self._body.seek(0)
            while piece := self._body.read(PIECE):
                yield piece

    def close(self) -> None:
        if self._body:
            self._body.close()

    def _read_head(self) -> None:
        lengths = {int(found) for found in _LENGTH.findall(self.head)}
        self.expects_continue = bool(_EXPECTS.search(self.head))
        if _CODING.search(self.head):
            self.length = None
        else:
            self.length = max(lengths, default=0)


class _Chunks:
    """Looks for the end of a body in chunks (RFC 9112, 7.1)."""

    def __init__(self) -> None:
        self._left = 0  # bytes of the chunk under way, its line end included
        self._line = bytearray()
        self._is_in_trailers = False

    def feed(self, data: bytes) -> int | None:
        """How much of `data` still belongs to the body where its end is in it; None: it goes on. What is not
        understood ends it, for the parser to refuse."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                continue
            line_end = data.find(b"\n", at)
            self._line += data[at : line_end + 1] if line_end >= 0 else data[at:]
            at = line_end + 1 if line_end >= 0 else len(data)
            if len(self._line) > (TRAILERS_MAX if self._is_in_trailers else CHUNK_LINE_MAX):
                return at
            if line_end >= 0 and self._is_last_line():
                return at
        return None

    def _is_last_line(self) -> bool:
        line = bytes(self._line).rstrip(b"\r\n")
        self._line.clear()
        if self._is_in_trailers:
            return not line
        size = _CHUNK_SIZE.fullmatch(line)
        if not size:
            return True
        self._left = int(size[1], 16)
        if self._left:
            self._left += 2
        else:
            self._is_in_trailers = True
        return False

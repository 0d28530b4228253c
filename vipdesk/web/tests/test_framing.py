"""Where a request ends, however its bytes are cut on the way."""

from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given

from vipdesk.web.framing import HEAD_MAX, Incoming

HEAD = b"POST /login/ HTTP/1.1\r\nHost: desk\r\n"
LENGTH = HEAD + b"Content-Length: 5\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
REQUESTS = [
    HEAD + b"\r\n",
    LENGTH + b"hello",
    LENGTH.replace(b"Content-Length", b"content-length") + b"\r\n\r\n!",
    CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"5;name=value\r\n0\r\n\r\n\r\nA\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\nTrailer: x\r\n\r\n",
]


def feed(data: bytes, cuts: list[int], body_max: int = 1000) -> tuple[Incoming, bytes]:
    """The request after its bytes came in these pieces, and what it did not take."""
    incoming, rest = Incoming(body_max), b""
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        piece: bytes | None = data[start:end]
        if incoming.is_whole:
            rest += data[start:end]
            continue
        if not incoming.head:
            piece = incoming.feed_head(data[start:end])
        if piece is not None:
            rest += incoming.feed_body(piece)
    return incoming, rest


@given(
    st.sampled_from(REQUESTS), st.lists(st.integers(0, 200), max_size=8), st.sampled_from([b"", b"GET / HTTP/1.1\r\n"])
)
def test_a_request_ends_where_it_says_and_the_next_ones_bytes_are_given_back(
    request: bytes, cuts: list[int], following: bytes
) -> None:
    incoming, rest = feed(request + following, cuts)
    assert incoming.is_whole
    assert (b"".join(incoming.pieces()), rest) == (request, following)


@given(st.sampled_from(REQUESTS), st.lists(st.integers(0, 200), max_size=8), st.integers(1, 200))
def test_a_request_that_lacks_a_byte_is_not_whole(request: bytes, cuts: list[int], short: int) -> None:
    incoming, _rest = feed(request[: -min(short, len(request))], cuts)
    assert not incoming.is_whole


def test_a_declared_length_above_the_limit_is_seen_before_the_body() -> None:
    incoming = Incoming(4)
    incoming.feed_head(LENGTH)
    assert incoming.is_body_too_large


def test_chunks_are_cut_at_the_limit_and_kept_nowhere() -> None:
    incoming, _rest = feed(CHUNKED + b"F\r\n" + b"x" * 15, [], body_max=10)
    assert incoming.is_body_too_large and not incoming.is_whole
    assert b"".join(incoming.pieces()) == CHUNKED


def test_a_head_that_never_ends_is_seen() -> None:
    incoming = Incoming(4)
    assert incoming.feed_head(HEAD + b"X: " + b"a" * HEAD_MAX) is None
    assert incoming.is_head_too_large


def test_chunks_that_cannot_be_understood_end_at_once_for_the_parser_to_refuse() -> None:
    incoming, _rest = feed(CHUNKED + b"nonsense\r\n", [])
    assert incoming.is_whole

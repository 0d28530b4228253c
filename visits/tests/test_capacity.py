"""How many are taken at once: against counting minute by minute."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from visits.capacity import most_at_once, overlaps

EVENING = dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC)
_minutes = st.integers(0, 40)
_spans = st.tuples(_minutes, st.integers(1, 20)).map(lambda s: (at(s[0]), at(s[0] + s[1])))


def at(minute: int) -> dt.datetime:
    return EVENING + dt.timedelta(minutes=minute)


@given(st.lists(_spans, max_size=8), _spans)
def test_most_at_once_is_what_counting_every_minute_gives(spans, during):
    minutes = [at(n) for n in range(70) if during[0] <= at(n) < during[1]]
    counted = max(sum(begin <= minute < end for begin, end in spans) for minute in minutes)
    assert most_at_once(spans, during) == counted


@given(_spans, _spans)
def test_spans_overlap_both_ways_and_not_where_one_ends_as_the_other_begins(one, other):
    assert overlaps(one, other) == overlaps(other, one)
    assert not overlaps(one, (one[1], one[1] + dt.timedelta(minutes=1)))

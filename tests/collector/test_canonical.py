from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from collector.canonical import canonical_bytes, digest, read_time, time_text
from collector.errors import CollectorError


def test_order_of_keys_does_not_matter() -> None:
    assert digest({"a": 1, "b": [2, None]}) == digest({"b": [2, None], "a": 1})


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    assert canonical_bytes({"€": "\r", "a": [True, None, -1], "1": "\x0f"}) == b'{"1":"\\u000f","a":[true,null,-1],"\xe2\x82\xac":"\\r"}'


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
)


@given(_VALUES)
def test_the_fast_way_gives_the_bytes_of_rfc_8785_whatever_the_value(value: object) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.5, {"a": [0.0]}, {"a": {1, 2}}, 2**60])
def test_what_does_not_read_the_same_everywhere_is_refused(value: object) -> None:
    with pytest.raises(CollectorError):
        canonical_bytes(value)


def test_times_are_utc_with_microseconds_both_ways() -> None:
    moment = datetime(2026, 11, 23, 15, 51, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    assert time_text(moment) == "2026-11-23T13:51:00.000007Z"
    assert read_time("2026-11-23T13:51:00.000007Z") == moment.astimezone(UTC)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(CollectorError, match="no zone"):
        time_text(datetime(2026, 11, 23))  # noqa: DTZ001 - the point of the test
    with pytest.raises(CollectorError, match="is not a time"):
        read_time("2026-11-23T13:51:00Z")

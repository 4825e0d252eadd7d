from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import CollectorError
from collector.facts import Facts, Reading, Unknown, join_path, split_path


def facts(values: dict[str, object], errors: dict[str, str] | None = None) -> Facts:
    return Facts("linux", {"name": "a"}, datetime(2026, 11, 23, tzinfo=UTC), "0.1.0", "0" * 64, values, errors or {})


def test_a_path_is_names_members_and_every() -> None:
    assert split_path("sysctl.running[kernel.dmesg_restrict]") == ("sysctl", "running", "kernel.dmesg_restrict")
    assert split_path("accounts.users.*.uid") == ("accounts", "users", "*", "uid")
    assert split_path("files[/etc/passwd].mode") == ("files", "/etc/passwd", "mode")


@pytest.mark.parametrize("text", ["", ".a", "a.", "a..b", "[a]", "a[b", "a b", "A.b", "a.[b]", "a[]", "*", "a*"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(CollectorError):
        split_path(text)


NAME = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
KEY = st.text(st.characters(exclude_characters="[]\n*", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(NAME, st.lists(NAME | KEY | st.just("*"), max_size=5))
def test_a_path_reads_back_as_it_was_written(first: str, rest: list[str]) -> None:
    assert split_path(join_path((first, *rest))) == (first, *rest)


def test_a_value_that_is_not_set_is_null_and_one_that_was_not_read_is_unknown() -> None:
    document = facts({"sshd": {"port": None}, "pam": {"deny": None}}, {"pam": "permission denied"})
    assert document.lookup("sshd.port") == [Reading("sshd.port", None)]
    assert document.lookup("pam.deny") == [Reading("pam", Unknown("permission denied"))]


def test_every_member_gives_a_reading_and_an_empty_map_gives_none() -> None:
    document = facts({"users": {"b": {"uid": 2}, "a.x": {"uid": 1}}, "none": {}}, {"users[b].uid": "odd"})
    assert document.lookup("users.*.uid") == [Reading("users[a.x].uid", 1), Reading("users.b.uid", Unknown("odd"))]
    assert document.lookup("none.*.uid") == []


def test_a_member_that_is_not_there_is_null() -> None:
    assert facts({"sysctl": {"running": {}}}).lookup("sysctl.running[kernel.panic]") == [Reading("sysctl.running[kernel.panic]", None)]


def test_a_document_reads_back_as_it_was_written() -> None:
    document = facts({"a": {"b": 1}}, {"c": "why"})
    assert Facts.from_json(document.to_json()) == document

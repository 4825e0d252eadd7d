"""Partial closure: what leaves an open item, and what keeps it whole."""

from dataclasses import replace
from datetime import date

import pytest

from poam_generator.errors import PoamError
from poam_generator.model import Item, Milestone
from poam_generator.split import split_item, split_milestones
from tests.poam_generator.builders import held, item, seen

FAIL, PASS = seen("fail", 0), seen("pass", 1)
WHOLE = item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL), held("c", FAIL, passing=PASS), awaiting="A word.")


def test_every_verified_host_leaves_in_a_draft_of_its_own_and_the_rest_stays() -> None:
    staying, leaving = split_item(WHOLE, ())
    assert [one.host for one in staying.hosts] == ["b"]
    assert [one.host for one in leaving.hosts] == ["a", "c"]
    assert (staying.id, staying.state, leaving.id, leaving.state, leaving.awaiting) == ("PA-1", "open", "", "draft", "")
    assert sorted((*staying.hosts, *leaving.hosts), key=lambda one: one.host) == list(WHOLE.hosts)


def test_only_the_named_hosts_leave() -> None:
    assert [one.host for one in split_item(WHOLE, {"c"})[1].hosts] == ["c"]


def test_milestones_go_with_the_hosts_that_they_cover_and_keep_their_original_dates() -> None:
    day, later = date(2026, 12, 1), date(2026, 12, 9)
    pilot, wave = Milestone("Pilot", later, day, hosts=("a",)), Milestone("Wave 1", day, day, hosts=("b",))
    told, verify = Milestone("Ask the vendor", day, day), Milestone("Verify", day, day, hosts=("a", "b", "c"))
    kept = split_milestones((pilot, wave, told, verify), ("a", "c"))
    assert kept == (pilot, told, replace(verify, hosts=("a", "c")))


BESIDE = held("a", FAIL, passing=PASS)


@pytest.mark.parametrize(
    ("whole", "hosts", "sentence"),
    [
        (replace(WHOLE, state="draft"), (), "PA-1 is draft and from check"),
        (replace(WHOLE, source="person"), (), "is open and from person"),
        (WHOLE, ("b",), "B of PA-1 is not verified"),
        (item("PA-1", "open", BESIDE, *(held(one, FAIL) for one in "fedb")), (*"bdef",), "B, D, E, F of PA-1 is not verified"),
        (item("PA-1", "open", BESIDE, held("b", FAIL, passing=PASS, disposition="accepted")), ("b",), "B of PA-1 is not verified"),
        (WHOLE, ("z", "x", "w", "y"), "does not hold the host 'w'"),
        (item("PA-1", "open", held("b", FAIL)), (), "nothing to split off"),
        (item("PA-1", "open", held("a", FAIL, passing=PASS)), (), "nothing to split off"),
        (item("PA-1", "open", held("a", FAIL, passing=PASS, disposition="accepted"), held("b", FAIL)), (), "nothing to split off"),
        (item("PA-1", "open", held("a", FAIL, passing=PASS), held("b", FAIL, disposition="retired")), (), "closes without its other hosts"),
    ],
)
def test_what_cannot_be_split_says_why(whole: Item, hosts: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(PoamError, match=sentence):
        split_item(whole, hosts)

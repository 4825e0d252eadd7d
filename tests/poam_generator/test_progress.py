"""How far milestones are by what scans have verified."""

from datetime import date

from poam_generator.model import Milestone
from poam_generator.progress import cover_host, follow_scan, measure_progress, standing
from tests.poam_generator.builders import held, item, seen

TODAY = date(2026, 12, 1)
FAILING, PASSING = seen("fail", 0), seen("pass", 1)


def stone(*hosts: str, done: date | None = None) -> Milestone:
    return Milestone("step", TODAY, TODAY, done, hosts)


def test_progress_counts_the_covered_hosts_and_leaves_out_those_disposed_of() -> None:
    accepted = held("c", FAILING, disposition="accepted")
    one = item("PA-1", "open", held("a", FAILING, passing=PASSING), held("b", FAILING), accepted, held("d", FAILING))
    assert str(measure_progress(stone("a", "b", "c"), standing(one.hosts))) == "1 of 2 hosts verified"


def test_a_milestone_is_done_when_every_host_it_covers_is_verified() -> None:
    one = item("PA-1", "open", held("a", FAILING, passing=PASSING), held("b", FAILING))
    pilot, wave = follow_scan([stone("a"), stone("a", "b")], standing(one.hosts), [False, False], TODAY)
    assert (pilot.done_on, wave.done_on) == (TODAY, None)


def test_a_step_of_which_no_scan_can_tell_stays_as_it_is() -> None:
    one = item("PA-1", "open", held("a", FAILING, passing=PASSING, disposition="accepted"))
    assert follow_scan([stone(), stone("a")], standing(one.hosts), [False, False], TODAY) == (stone(), stone("a"))


def test_a_milestone_is_done_no_longer_when_a_host_fails_again_unless_a_person_said_so() -> None:
    one = item("PA-1", "open", held("a", FAILING))
    by_scan, by_person = follow_scan([stone("a", done=TODAY)] * 2, standing(one.hosts), [False, True], TODAY)
    assert (by_scan.done_on, by_person.done_on) == (None, TODAY)


def test_a_host_that_joins_is_covered_by_the_verification() -> None:
    stones = [stone("a"), stone("a", "b"), stone()]
    assert cover_host(stones, held("c", FAILING)) == (stones[0], stone("a", "b", "c"), stones[2])
    assert cover_host([stone()], held("c", FAILING)) == (stone(),)


def test_nothing_changes_twice() -> None:
    one = item("PA-1", "open", held("a", FAILING, passing=PASSING))
    once = follow_scan([stone("a")], standing(one.hosts), [False], TODAY)
    assert follow_scan(once, standing(one.hosts), [False], TODAY.replace(day=9)) == once

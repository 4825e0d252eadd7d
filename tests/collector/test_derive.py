"""Ages follow from dates and the moment of an observation, whatever the host's clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.aging import Aging
from collector.bundle import Bundle, read_bundle
from collector.catalog import probes
from collector.derive import derive
from collector.facts import Facts, Unknown, Value
from collector.read import read_facts
from tests.collector.fixtures import fixtures_of, load_frames, probes_of
from tests.support.bundles import set_clock, small_bundle

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def aged(tree: dict[str, Value], errors: dict[str, str], *, since: str = "", until: str = "") -> dict[str, Value]:
    Aging(("probe",), tree, errors, NOON.date()).fill("things.*.days", since=since, until=until)
    things: dict[str, Value] = tree["things"]
    return things


@pytest.mark.parametrize(
    ("since", "days"),
    [("2026-11-20", 3), ("2026-11-23T23:59:59.000000Z", 0), ("2024-02-29", 998), ("2027-01-01", 0), (None, None)],
)
def test_the_days_since_a_date_are_never_below_zero(since: str | None, days: int | None) -> None:
    assert aged({"things": {"a": {"made": since}}}, {}, since="made")["a"]["days"] == days


@pytest.mark.parametrize(("since", "days"), [("2026-11-20", 3), ("2026-11-24", 0), ("2026-11-25", -2), ("2099-01-01", -26337)])
def test_a_date_that_nobody_can_have_reached_is_told_where_it_matters(since: str, days: int) -> None:
    tree: dict[str, Value] = {"things": {"a": {"made": since}}}
    Aging(("probe",), tree, {}, NOON.date()).fill("things.*.days", since="made", ahead=True)
    assert tree["things"] == {"a": {"made": since, "days": days}}


@pytest.mark.parametrize(("until", "days"), [("2026-12-01", 8), ("2026-11-23", 0), ("2026-11-01", -22), ("9999-12-31", 2912116)])
def test_the_days_left_go_below_zero_when_the_date_is_over(until: str, days: int) -> None:
    assert aged({"things": {"a": {"ends": until}}}, {}, until="ends")["a"]["days"] == days


def test_an_age_is_as_unknown_as_its_date() -> None:
    errors = {"probe.things.a.made": "permission denied"}
    assert aged({"things": {"a": {"made": None}, "b": {"made": "soon"}, "c": {}}}, errors, since="made")["a"]["days"] is None
    assert errors["probe.things.a.days"] == "permission denied"
    assert errors["probe.things.b.days"] == "'soon' is no date, so no age follows from it"
    assert "probe.things.c.days" not in errors


def test_what_is_not_there_has_no_age() -> None:
    assert aged({"things": None}, {}, since="made") is None
    assert aged({"things": {}}, {}, since="made") == {}


def facts_of(name: str, case: str) -> Facts:
    """The facts of one fixture, read as those of a whole bundle."""
    frames = dict(load_frames(fixtures_of("linux") / name / case, probes_of("linux")[name]).by_name)
    own = read_bundle(small_bundle()).frames
    identity = {key: own[key] for key in ("host.identity", "host.clock")}
    return read_facts(Bundle("linux", "0", "0" * 64, frames | identity, b""), NOON)


def test_a_certificate_has_the_days_left_that_the_observation_gives_it() -> None:
    facts = facts_of("keys", "written-without-openssl")
    path = "keys.certificates[/etc/ssl/certs/web.pem].days_left"
    assert facts.lookup(path)[0].value == 98
    assert derive(facts, NOON + timedelta(days=100)).lookup(path)[0].value == -2
    assert facts.lasting is not None
    assert facts.lasting.lookup(path)[0].value is None


def test_an_account_that_has_ended_by_then_is_not_judged_any_more() -> None:
    case = next(one for one in sorted((fixtures_of("linux") / "logins").iterdir()) if "gone" in (one / "wanted.json").read_text())
    facts = facts_of("logins", case.name)
    assert "gone" in facts.lasting.values["logins"]["names"]  # type: ignore[union-attr] # what read_facts gives has it
    assert "gone" not in facts.values["logins"]["names"]
    assert "gone" not in facts.values["logins"]["people"]


def test_the_clock_of_a_host_that_was_scanned_makes_nothing_younger() -> None:
    raw = set_clock(small_bundle(), 946684800)
    facts = read_facts(read_bundle(raw), NOON)
    assert facts.observed_at == NOON
    assert facts.values["host"]["clock"].startswith("2000-01-01")


def test_what_is_alike_on_two_days_is_not_taken_for_the_same() -> None:
    facts = read_facts(read_bundle(small_bundle()), NOON)
    again, later = derive(facts, NOON), derive(facts, NOON + timedelta(days=1))
    ageing = {probe.name.partition(".")[0] for probe in probes("linux") if probe.derive}
    for root in facts.marks:
        assert (facts.marks[root] == later.marks[root]) == (root not in ageing)
    assert again.values == facts.values


def test_an_unknown_subtree_has_no_ages() -> None:
    assert isinstance(facts_of("keys", "written-without-openssl").lookup("logins.people.alice.idle_days")[0].value, Unknown)

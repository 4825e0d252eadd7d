from dataclasses import replace
from datetime import UTC, datetime

import pytest

from collector.bundle import Bundle, read_bundle
from collector.canonical import digest
from collector.catalog import probes, sources
from collector.facts import Facts
from collector.memo import Memo, Parsed, frame_digests, key_of
from collector.probe import Frame, Frames, Probe, Source
from collector.read import read_facts
from collector.script import build_script
from collector.transports.local import collect_local

EARLY, LATE = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(collect_local(build_script(sources(probes("linux")))).raw)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept."""
    monkeypatch.setattr("collector.read._memo", Memo(most=0))


def changed(bundle: Bundle, name: str, **changes: object) -> Bundle:
    frame = replace(bundle.frames[name], **changes)  # type: ignore[arg-type]
    return replace(bundle, frames={**bundle.frames, name: frame})


def told(facts: Facts) -> str:
    return digest(facts.to_json())


VARIANTS: list[tuple[str, dict[str, object]]] = [
    ("host.identity", {"output": "name another\n"}),
    ("sysctl.running", {"output": "kernel.dmesg_restrict = 7\n"}),
    ("sysctl.running", {"exit_code": 1, "stderr": "sysctl: refused"}),
    ("sysctl.running", {"exit_code": 1, "stderr": "sysctl: refused otherwise"}),
    ("sshd.effective", {"exit_code": 69, "output": ""}),
    ("sshd.effective", {"exit_code": 124}),
    ("file.asked", {"arguments": ("/etc/never",)}),
    ("accounts", {"output": ""}),
]


@pytest.mark.parametrize(("name", "changes"), VARIANTS)
def test_a_host_with_one_other_frame_gets_its_own_facts_and_leaves_those_of_others_as_they_are(
    bundle: Bundle, name: str, changes: dict[str, object], request: pytest.FixtureRequest
) -> None:
    other = changed(bundle, name, **changes)
    first = read_facts(bundle, EARLY)
    before = told(first)
    second, again = read_facts(other, EARLY), read_facts(bundle, EARLY)
    request.getfixturevalue("forgetful")
    assert told(second) == told(read_facts(other, EARLY))
    assert [told(first), told(again), told(read_facts(bundle, EARLY))] == [before] * 3


def test_a_frame_that_was_not_collected_is_told_with_the_script_of_this_bundle(bundle: Bundle) -> None:
    for script in ("a" * 64, "b" * 64):
        without = {name: frame for name, frame in bundle.frames.items() if name != "sysctl.running"}
        facts = read_facts(replace(bundle, script=script, frames=without), EARLY)
        assert f"not collected by script {script[:12]}" in facts.errors["sysctl.running"]
        assert f"not collected by script {script[:12]}" not in str(read_facts(replace(bundle, script=script), EARLY).errors)


def test_time_and_name_are_those_of_each_bundle(bundle: Bundle) -> None:
    text = bundle.frames["host.identity"].output
    renamed = changed(bundle, "host.identity", output=text.replace(read_facts(bundle).host["name"], "another-host"))
    one, other = read_facts(bundle, EARLY), read_facts(renamed, LATE)
    assert (one.observed_at, other.observed_at, other.host["name"]) == (EARLY, LATE, "another-host")
    assert one.host["name"] != "another-host"


def test_marks_are_the_same_only_where_all_below_a_name_is(bundle: Bundle) -> None:
    one, same = read_facts(bundle, EARLY), read_facts(bundle, LATE)
    other = read_facts(changed(bundle, "sysctl.running", output=""), EARLY)
    ageing = {probe.name.partition(".")[0] for probe in probes("linux") if probe.derive}
    assert {name for name in one.marks if one.marks[name] != same.marks[name]} == ageing, "another day"
    assert {name for name in one.marks if one.marks[name] != other.marks[name]} == {"sysctl", "interfaces"}, "both are read of it"
    assert set(one.marks) == set(one.values)


def parsed(probe: Probe, weight: int) -> Parsed:
    return Parsed(probe, {}, {}, weight)


def test_what_was_not_asked_for_the_longest_is_given_up_first_and_what_is_too_long_is_never_kept() -> None:
    probe = Probe("thing", (), (), lambda _: {})
    memo = Memo(most=10)
    for key in "abc":
        memo.keep(key, parsed(probe, 4))
        memo.find("a", probe)
    memo.keep("long", parsed(probe, 1_000_001))
    assert [memo.find(key, probe) is not None for key in ("a", "b", "c", "long")] == [True, False, True, False]
    assert memo.find("a", replace(probe)) is None


def test_no_two_frames_that_a_parser_could_tell_apart_have_one_key() -> None:
    source = Source("thing", "")
    probe = Probe("thing", (source,), (), lambda _: {})
    plain = Frame("thing", 0, "ab", "c")
    frames = (
        plain,
        replace(plain, output="a", stderr="bc"),
        replace(plain, output="ab,", stderr="c"),
        replace(plain, exit_code=1),
        replace(plain, arguments=("ab",), output="c", stderr=""),
        replace(plain, arguments=("a", "b")),
        replace(plain, arguments=("a,b",)),
        replace(plain, volatile=True),
    )
    every = [Frames({"thing": one}, script) for one in frames for script in ("x", "y")] + [Frames({}, "x")]
    assert len({key_of(probe, one, frame_digests(one)) for one in every}) == len(every)

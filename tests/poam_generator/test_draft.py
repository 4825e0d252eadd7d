"""What a draft contains without a person."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.framework import Framework, load_framework
from checks.model import Check, Parameter, PlatformPart, Severity
from poam_generator.draft import draft_digest, urgency, write_draft
from poam_generator.eligibility import state_eligibility
from poam_generator.errors import PoamError
from poam_generator.lint import Standards, lint_entry
from poam_generator.lint.entries import entry_of
from poam_generator.model import Assignment, Draft, DraftHost, DraftSettings
from poam_generator.texts import render_text
from poam_generator.working_days import add_working_days, count_working_days, is_working_day, last_working_day
from tests.poam_generator.builders import CHECK, at, held, item, seen

TODAY = date(2026, 11, 23)
FRAMEWORK: Framework = load_framework()
LOCKOUT = Check(
    id=CHECK,
    title="Accounts lock after repeated failed logons",
    assesses={"3.1.8[b]": "member"},
    severity="medium",
    weakness="Failed logon attempts are not limited.",
    rationale="Locking an account makes online guessing impractical.",
    parameters={"max_attempts": Parameter("Failed logons", "integer", 5)},
    platforms={
        "linux": PlatformPart((), "set deny = $max_attempts in $HOME", 15),
        "windows": PlatformPart((), "Account lockout threshold = $max_attempts.", 10),
    },
)


def hosts(count: int, platform: str = "linux", group: str = "") -> list[DraftHost]:
    return [DraftHost(held(f"{platform}-{number:03}", seen("fail", number / 24)), platform, group) for number in range(count)]


def draft(*given_hosts: DraftHost, check: Check = LOCKOUT, **changes: Any) -> Draft:  # noqa: ANN401 - any setting
    return write_draft(check, FRAMEWORK, given_hosts or hosts(12), DraftSettings(**changes), TODAY)


def test_the_weakness_says_what_was_expected_and_observed_on_which_hosts() -> None:
    other = DraftHost(held("z", seen("fail", 0, observations=({"path": "pam.deny", "expected": "at least 1", "observed": None},))), "linux")
    assert draft(*hosts(2), other).weakness.splitlines() == [
        "Failed logon attempts are not limited.",
        "pam.deny: expected at least 1, observed 0 on LINUX-000, LINUX-001.",
        "pam.deny: expected at least 1, observed not set on Z.",
    ]


def test_values_that_differ_from_host_to_host_do_not_make_the_weakness_endless() -> None:
    many = [
        DraftHost(
            held(f"h{n:02}", seen("fail", n / 24, observations=({"path": "files.open", "expected": "none", "observed": n},))), "linux"
        )
        for n in range(25)
    ]
    _, *values = draft(*many).weakness.splitlines()
    assert len(values) == 11
    assert values[0] == "files.open: expected none, observed 0 on H00."
    assert values[-1].startswith("files.open: expected none, observed 15 other values on H10, H11,")
    assert values[-1].endswith("and 5 more.")


def test_a_long_list_is_told_by_its_first_members() -> None:
    shown = {"path": "files.open", "expected": "an empty list", "observed": [f"/srv/{n}" for n in range(30)]}
    weakness = draft(DraftHost(held("a", seen("fail", 0, observations=(shown,))), "linux")).weakness
    assert "observed /srv/0, /srv/1, /srv/2, /srv/3, /srv/4, /srv/5, /srv/6, /srv/7 and 22 more on A." in weakness


def test_an_observation_that_passed_is_no_part_of_the_weakness() -> None:
    good = {"path": "pam.enforced", "expected": "true", "observed": True, "status": "pass"}
    bad = {"path": "pam.deny", "expected": "at least 1", "observed": 0, "status": "fail"}
    assert "pam.enforced" not in draft(DraftHost(held("a", seen("fail", 0, observations=(good, bad))), "linux")).weakness


def test_the_draft_names_requirement_objectives_points_and_eligibility_with_its_paragraph() -> None:
    one = draft()
    assert (one.requirements, one.objectives, one.points) == (("3.1.8",), ("3.1.8[b]",), 1)
    assert one.eligibility == (
        "3.1.8 may stand on a CMMC Level 2 POA&M: its value is 1 point (32 CFR 170.21(a)(2)(ii)); "
        "the score has to be at least 88 of 110 as well (32 CFR 170.21(a)(2)(i))."
    )


@pytest.mark.parametrize(
    ("objective", "points", "sentence"),
    [
        ("3.1.1[a]", 5, "3.1.1 may not stand on a CMMC Level 2 POA&M: its value is 5 points, more than 1 (32 CFR 170.21(a)(2)(ii))."),
        ("3.1.20[a]", 1, "3.1.20 may not stand on a CMMC Level 2 POA&M: it is excluded by name (32 CFR 170.21(a)(2)(iii))."),
        ("3.12.4[a]", 0, "3.12.4 may not stand on a CMMC Level 2 POA&M: it is excluded by name (32 CFR 170.21(a)(2)(iii))."),
        ("3.5.3[a]", 5, "3.5.3 may not stand on a CMMC Level 2 POA&M: its value is 5 points, more than 1 (32 CFR 170.21(a)(2)(ii))."),
        ("3.13.11", 5, "3.13.11 may stand on a CMMC Level 2 POA&M only at its value of 3, which holds where: CUI is encrypted"),
    ],
)
def test_eligibility_follows_the_regulation(objective: str, points: int, sentence: str) -> None:
    named = objective if "[" in objective else FRAMEWORK.requirement(objective).objectives[0].id
    one = draft(check=replace(LOCKOUT, assesses={named: "supports"}))
    assert one.points == points
    assert one.eligibility.startswith(sentence)


def test_what_the_score_has_to_be_is_said_once_of_several_requirements() -> None:
    one = draft(check=replace(LOCKOUT, assesses={"3.1.8[b]": "member", "3.1.9[a]": "supports", "3.1.1[a]": "supports"}))
    assert one.eligibility.count("may stand on") == 2
    assert state_eligibility([FRAMEWORK.requirement(one) for one in ("3.1.1", "3.1.2")]).count("88") == 0
    assert one.eligibility.endswith(
        "3.1.9 may stand on a CMMC Level 2 POA&M: its value is 1 point (32 CFR 170.21(a)(2)(ii)). "
        "Where one may, the score has to be at least 88 of 110 as well (32 CFR 170.21(a)(2)(i))."
    )


def test_the_partial_value_is_at_stake_where_it_holds() -> None:
    mfa = replace(LOCKOUT, assesses={"3.5.3[a]": "member"})
    assert draft(check=mfa, partial=frozenset({"3.5.3"})).points == 3
    assert "costs 3 of 110 points" in draft(check=mfa, partial=frozenset({"3.5.3"})).impact


def test_the_impact_tells_a_check_that_proves_from_one_that_only_supports() -> None:
    assert "AC.L2-3.1.8 Unsuccessful Logon Attempts is NOT MET and costs 1 of 110 points." in draft().impact
    supporting = draft(check=replace(LOCKOUT, assesses={"3.1.8[b]": "supports"})).impact
    assert supporting.endswith(
        "It contests AC.L2-3.1.8 Unsuccessful Logon Attempts, worth 1 of 110 points; whether that is NOT MET a person decides."
    )
    several = draft(check=replace(LOCKOUT, assesses={"3.1.8[b]": "supports", "3.1.1[a]": "supports"})).impact
    assert several.endswith(
        "It contests AC.L2-3.1.1 Authorized Access Control, worth 5 of 110 points; AC.L2-3.1.8 Unsuccessful Logon Attempts, "
        "worth 1 of 110 points; whether they are NOT MET a person decides."
    )
    assert "is NOT MET and costs" not in supporting
    assert "carries no value of its own (32 CFR 170.24" in draft(check=replace(LOCKOUT, assesses={"3.12.4[a]": "supports"})).impact


def test_objectives_of_several_requirements_put_each_requirement_at_stake_once() -> None:
    both = draft(check=replace(LOCKOUT, assesses={"3.1.8[b]": "member", "3.1.1[a]": "supports", "3.1.8[a]": "supports"}))
    assert (both.requirements, both.points) == (("3.1.1", "3.1.8"), 6)


def test_the_remediation_stands_for_each_platform_with_the_organizations_values() -> None:
    mixed = draft(*hosts(2), *hosts(1, "windows"), parameters={"max_attempts": 3})
    assert mixed.remediation == {"linux": "set deny = 3 in $HOME", "windows": "Account lockout threshold = 3."}


def test_resources_and_cost_come_from_the_number_of_hosts() -> None:
    one = draft(*hosts(2), *hosts(1, "windows"), hourly_cents=9000)
    assert one.effort_minutes == 60 + 2 * 15 + 10
    assert one.cost_cents == 15000
    assert one.resources == (
        "1.7 hours of work: 60 minutes for the change request, the trial and the evidence; 2 Linux hosts at 15 minutes each; "
        "1 Windows host at 10 minutes. The team has 8 hours a week."
    )
    assert draft().cost_cents is None


def test_one_of_something_is_told_as_one_and_nothing_is_not_told() -> None:
    hour = replace(LOCKOUT, platforms={"linux": PlatformPart((), "Set it.", 60)})
    assert draft(*hosts(1), check=hour, overhead_minutes=0, hours_per_week=1).resources == (
        "1 hour of work: 1 Linux host at 60 minutes. The team has 1 hour a week."
    )


def test_the_draft_says_how_the_weakness_was_identified() -> None:
    late = DraftHost(held("a", seen("fail", 3)), "linux")
    early = DraftHost(held("b", seen("fail", 1)), "linux")
    assert draft(late, early).identified_by == f"closeout scan, check {CHECK}, first failed at 2026-11-03 02:13 UTC on B"
    assert write_draft(LOCKOUT, FRAMEWORK, [late], DraftSettings(), TODAY, "PA-0007").identified_by.endswith("; it comes back from PA-0007")


@pytest.mark.parametrize(
    ("rule", "contact"),
    [
        (Assignment("Unix team", platform="linux"), "Unix team"),
        (Assignment("AC lead", family="AC"), "AC lead"),
        (Assignment("Plant 2", group="plant-2"), "Plant 2"),
        (Assignment("Everybody"), "Everybody"),
        (Assignment("Windows team", platform="windows"), ""),
        (Assignment("IA lead", family="IA"), ""),
        (Assignment("Plant 1", group="plant-1"), ""),
    ],
)
def test_the_point_of_contact_comes_from_the_rule_that_matches(rule: Assignment, contact: str) -> None:
    assert draft(*hosts(2, group="plant-2"), assignments=(rule,)).point_of_contact == contact


def test_the_first_matching_assignment_wins_and_one_that_fits_some_hosts_only_does_not_match() -> None:
    rules = (Assignment("Unix team", platform="linux"), Assignment("Second"), Assignment("Third"))
    assert draft(*hosts(1), *hosts(1, "windows"), assignments=rules).point_of_contact == "Second"


def test_twelve_hosts_get_a_pilot_a_wave_and_a_verification_by_the_target_of_their_severity() -> None:
    one = draft()
    assert [step.title for step in one.milestones] == ["Pilot on LINUX-000, LINUX-001", "Wave 1: 10 hosts", "Verify 12 hosts by a scan"]
    assert one.scheduled_completion == one.milestones[-1].due == date(2027, 1, 22)


def test_one_or_two_hosts_need_no_pilot() -> None:
    assert [step.title for step in draft(*hosts(1)).milestones] == ["Remediate LINUX-000", "Verify 1 host by a scan"]


def test_the_pilot_tries_every_platform() -> None:
    assert draft(*hosts(20), *hosts(1, "windows")).milestones[0].title.endswith("WINDOWS-000, LINUX-001, LINUX-002")


def test_little_capacity_moves_the_completion_beyond_the_target_and_the_draft_says_why() -> None:
    slow = DraftSettings(hours_per_week=2)
    late = write_draft(LOCKOUT, FRAMEWORK, hosts(100), slow, TODAY)
    assert late.scheduled_completion > date(2027, 1, 22)
    assert "The target of severity medium (2027-01-22) cannot be met: " in late.resources


def test_a_draft_does_not_depend_on_the_order_of_its_hosts() -> None:
    assert draft(*hosts(9)) == draft(*reversed(hosts(9)))


def test_a_draft_of_no_host_or_of_a_platform_that_is_not_judged_is_refused() -> None:
    with pytest.raises(PoamError, match="at least one failing host"):
        write_draft(LOCKOUT, FRAMEWORK, [], DraftSettings(), TODAY)
    with pytest.raises(PoamError, match="does not judge 'aix'"):
        draft(*hosts(1, "aix"))


def test_a_template_with_a_value_that_nobody_gave_is_refused() -> None:
    with pytest.raises(PoamError, match=r"identified_by\.txt cannot be rendered"):
        render_text("identified_by.txt")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60),
    st.integers(0, 5),
    st.integers(0, 80),
    st.sampled_from(["low", "medium", "high"]),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=30),
)
def test_every_date_is_a_working_day_after_today_and_they_rise(  # noqa: PLR0913, PLR0917 - what a schedule depends on
    count: int, windows: int, hours: int, severity: Severity, today: date, holidays: frozenset[date]
) -> None:
    given_settings = DraftSettings(hours_per_week=max(1, hours), holidays=holidays)
    check = replace(LOCKOUT, severity=severity)
    one = write_draft(check, FRAMEWORK, [*hosts(count), *hosts(windows, "windows")], given_settings, today)
    days = [step.due for step in one.milestones]
    assert days == sorted(set(days))
    assert days[0] > today
    assert all(is_working_day(day, holidays) for day in days)
    assert all(step.due == step.original_due for step in one.milestones)
    assert one.scheduled_completion == days[-1]
    # A fresh draft is left with what only a person can say.
    fresh = entry_of(item("PA-1", "draft", held("a", seen("fail", 0))), one)
    assert {problem.kind for problem in lint_entry(fresh, Standards(today, given_settings))} == {"no_owner", "cost"}


def test_working_days_leave_out_weekends_and_holidays() -> None:
    thanksgiving = frozenset({date(2026, 11, 26)})
    assert add_working_days(date(2026, 11, 25), 1, thanksgiving) == date(2026, 11, 27)
    assert add_working_days(date(2026, 11, 27), 1, thanksgiving) == date(2026, 11, 30)
    assert add_working_days(date(2026, 11, 29), 0, thanksgiving) == date(2026, 11, 29)
    days = [date(2026, 11, day) for day in (25, 26, 29)]
    assert [last_working_day(day, thanksgiving).day for day in days] == [25, 25, 27]
    assert count_working_days(date(2026, 11, 25), date(2026, 11, 30), thanksgiving) == 2


def test_drafts_are_planned_by_severity_then_by_points_and_then_by_name() -> None:
    def check(name: str, severity: Severity, objective: str) -> Check:
        return replace(LOCKOUT, id=name, severity=severity, assesses={objective: "member"})

    checks = [
        check("a-low", "low", "3.1.1[a]"),
        check("a-medium", "medium", "3.1.1[a]"),
        check("a-one-point", "high", "3.1.8[b]"),
        check("c-one-point", "high", "3.1.8[a]"),
        check("b-three-points", "high", "3.5.3[a]"),
        check("z-five-points", "high", "3.1.1[a]"),
    ]
    ordered = sorted(checks, key=lambda one: urgency(one, FRAMEWORK, frozenset({"3.5.3"})))
    assert [one.id for one in ordered] == ["z-five-points", "b-three-points", "a-one-point", "c-one-point", "a-medium", "a-low"]


def test_holidays_without_end_are_refused() -> None:
    endless = frozenset(date.fromordinal(TODAY.toordinal() + number) for number in range(4000))
    with pytest.raises(PoamError, match="no working day"):
        add_working_days(TODAY, 1, endless)
    with pytest.raises(PoamError, match="no working day"):
        last_working_day(max(endless), endless)
    assert add_working_days(TODAY, 5220, frozenset()) == date(2046, 11, 26)


def test_more_work_than_there_are_days_is_refused_with_what_mends_it() -> None:
    with pytest.raises(PoamError, match="give the teams of the system more hours a week"):
        add_working_days(date(9999, 12, 30), 3, frozenset())


def test_an_approval_binds_to_text_and_evidence_but_not_to_progress() -> None:
    text = draft()
    one = item("PA-1", "draft", held("a", seen("fail", 0)))
    seen_digest = draft_digest(one, text)
    assert draft_digest(one, replace(text, impact="Other.")) != seen_digest
    assert draft_digest(item("PA-1", "draft", held("a", seen("fail", 1))), text) != seen_digest
    assert draft_digest(item("PA-1", "draft", held("a", seen("fail", 0)), held("b", seen("fail", 0))), text) != seen_digest
    done = replace(text, milestones=tuple(replace(step, done_on=TODAY) for step in text.milestones))
    verified = item("PA-1", "open", held("a", seen("fail", 0), passing=seen("pass", 1)), awaiting="A word.", ended_on=at(3).date())
    assert draft_digest(verified, done) == seen_digest

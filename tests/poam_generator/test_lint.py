"""Each thing that lint finds, with a case that must be found and one that must not."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from poam_generator.attestation import Evidence
from poam_generator.draft import write_draft
from poam_generator.lint import Entry, Standards, lint_entry, lint_plan
from poam_generator.lint.entries import Around, entry_of
from poam_generator.lint.model import CentralSetting
from poam_generator.lint.texts import is_vague
from poam_generator.model import Capacity, DraftSettings, Milestone
from tests.poam_generator.builders import held, item, seen
from tests.poam_generator.test_draft import FRAMEWORK, LOCKOUT, TODAY, hosts

TUESDAY, WEDNESDAY, FRIDAY = date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 4)
FINAL = Evidence("policy.pdf", "final", approved_on=date(2026, 1, 1))
GOOD = Entry(
    id="PA-1",
    state="open",
    weakness="Failed logon attempts are not limited.",
    plan={"windows": "Default Domain Policy > Account Lockout Policy > Account lockout threshold = 3"},
    owner="J. Doe",
    severity="medium",
    identified_by="closeout scan of 2026-11-02",
    completion=WEDNESDAY,
    earlier=WEDNESDAY,
    milestones=(Milestone("Set it", TUESDAY, TUESDAY), Milestone("Verify", WEDNESDAY, WEDNESDAY)),
    impact="The drawings of Plant 2 could be read by whoever guesses a password.",
    impact_edited=True,
    risk="Medium on 12 hosts.",
    residual_risk="Low once verified.",
    resources="4 hours of the Windows team.",
    cost="0 cents",
    updated_on=TODAY,
    evidence=(),
    by_scan=True,
)
STANDARDS = Standards(TODAY)
LOCKOUT_GPO = CentralSetting("LockoutBadCount", "Default Domain Policy", ("ws-014",))
LATE = date(2027, 3, 10)


def kinds(entry: Entry, standards: Standards = STANDARDS) -> list[str]:
    return [problem.kind for problem in lint_entry(entry, standards)]


def test_an_entry_that_says_everything_has_no_problem() -> None:
    assert kinds(GOOD) == []
    assert lint_plan([GOOD], STANDARDS) == []


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"plan": {"linux": "TBD"}}, "vague_plan", "There is no remediation plan for linux; write the commands"),
        ({"plan": {}}, "vague_plan", "There is no remediation plan; write"),
        ({"plan": {"all": ""}}, "vague_plan", "There is no remediation plan; write"),
        ({"plan": {"": "We will remediate this finding as soon as possible."}}, "vague_plan", "The remediation plan is vague ('We will"),
        ({"owner": " "}, "no_owner", "name a point of contact"),
        ({"completion": None}, "bad_date", "There is no scheduled completion date"),
        ({"completion": date(2026, 11, 20), "earlier": None, "milestones": None}, "bad_date", "lies in the past (2026-11-20)"),
        ({"completion": date(2026, 12, 5), "earlier": None}, "bad_date", "is not on a working day (2026-12-05)"),
        ({"completion": TUESDAY, "earlier": TUESDAY}, "bad_date", "A milestone comes after the scheduled completion"),
        ({"milestones": ()}, "no_milestones", "give at least one with its date"),
        ({"milestones": (Milestone("a", TUESDAY, TUESDAY), Milestone("b", TUESDAY, TUESDAY))}, "same_day", "give each step its own"),
        ({"milestones": (Milestone("Late", date(2026, 11, 20), TUESDAY),)}, "bad_date", "The milestone 'Late' lies in the past"),
        ({"state": "draft", "completion": date(2027, 3, 1), "earlier": None}, "too_late", "later than the target of severity medium"),
        ({"earlier": TUESDAY}, "date_moved", "The completion date 2026-12-01 became 2026-12-02 without a reason"),
        ({"updated_on": date(2026, 10, 1)}, "stale", "Nobody has said anything of it since 2026-10-01"),
        ({"state": "draft", "updated_on": date(2026, 10, 1)}, "stale", "Nobody has looked at this draft since 2026-10-01"),
        ({"impact": "N/A"}, "impact", "The impact is not stated"),
        ({"impact_edited": False}, "impact", "The impact is the unedited text of the template"),
        ({"risk": ""}, "risk", "The risk is not stated"),
        ({"residual_risk": "-"}, "residual_risk", "The residual risk is not stated"),
        ({"resources": ""}, "resources", "The resources are not stated"),
        ({"resources": "#REF!"}, "resources", "The resources are not stated"),
        ({"cost": ""}, "cost", "The cost is not stated"),
        ({"funding": ""}, "cost", "It is not said whether the cost is funded"),
        ({"identified_by": ""}, "identification", "how the weakness was identified"),
        ({"evidence": (replace(FINAL, status="draft"),)}, "evidence", "'policy.pdf' is not final"),
        ({"evidence": (replace(FINAL, name="policy DRAFT v2.pdf"),)}, "evidence", "is not final"),
        ({"evidence": (replace(FINAL, next_review=date(2026, 11, 1)),)}, "evidence", "whose review is not overdue"),
        ({"state": "done", "by_scan": False}, "evidence", "no evidence is named"),
        (
            {"plan": {"windows": "secpol.msc on ws-014: threshold = 3"}, "central": (LOCKOUT_GPO,)},
            "local_fix",
            "'Default Domain Policy' sets",
        ),
        (
            {"impact": "(The template /t/impact.txt, line 3, cannot be read: x; this is the text that closeout ships.)"},
            "template",
            "line 3, cannot be read: x; mend",
        ),
    ],
)
def test_what_must_be_found_is_found_with_the_sentence_that_mends_it(changes: dict[str, Any], kind: str, words: str) -> None:
    problems = lint_entry(replace(GOOD, **changes), STANDARDS)
    assert [problem.kind for problem in problems] == [kind]
    assert words in problems[0].sentence
    assert problems[0].entry == "PA-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": {"windows": "In the Default Domain Policy: Account lockout threshold = 3"}, "central": (LOCKOUT_GPO,)},
        {"evidence": (FINAL,)},
        {"funding": "unfunded"},
        {"evidence": (replace(FINAL, name="drafting-room-plan.pdf"),)},
        {"state": "done"},
        {"state": "done", "by_scan": False, "evidence": (FINAL,)},
        {"earlier": TUESDAY, "late_because": "change freeze until December"},
        {"updated_on": date(2026, 11, 1)},
        {"completion": LATE, "earlier": LATE},
        {"state": "draft", "completion": LATE, "earlier": LATE, "resources": "The target of severity medium cannot be met: 40 h of work."},
        {"milestones": (Milestone("Set it", date(2026, 11, 3), TUESDAY, date(2026, 11, 3)), Milestone("Verify", WEDNESDAY, WEDNESDAY))},
        dict.fromkeys(("plan", "owner", "impact", "risk", "residual_risk", "resources", "cost", "milestones", "evidence")),
        {"state": "set_aside", "impact": "", "owner": ""},
        {"state": "done", "completion": date(2026, 1, 1), "earlier": None},
    ],
)
def test_what_is_in_order_is_left_alone(changes: dict[str, Any]) -> None:
    assert kinds(replace(GOOD, **changes)) == []


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "tbd",
        "Fix it.",
        "The team will look into this and resolve the issue in the near future.",
        "Follow best practices for passwords.",
    ],
)
def test_good_intentions_are_no_plan(plan: str) -> None:
    assert is_vague(plan)


@pytest.mark.parametrize(
    "plan",
    [
        "apt-get install -y aide",
        "We will set PASS_MAX_DAYS in /etc/login.defs and verify by a scan",
        "Replace the firewall of the guest network with one that filters outgoing traffic",
        "Ask the vendor for version 4.2, and install it",
    ],
)
def test_a_plan_that_names_what_is_done_is_not_vague(plan: str) -> None:
    assert not is_vague(plan)


def test_hosts_of_a_platform_that_the_plan_says_nothing_of_are_told() -> None:
    one, text = item("PA-1", "open", held("a", seen("fail", 0))), write_draft(LOCKOUT, FRAMEWORK, hosts(2), DraftSettings(), TODAY)
    for others, found in (((), []), (("linux",), []), (("linux", "windows"), ["There is no remediation plan for windows; write the"])):
        told = [problem.sentence for problem in lint_entry(entry_of(one, text, Around(platforms=others)), STANDARDS)]
        assert [sentence[:51] for sentence in told if "remediation plan" in sentence] == [sentence[:51] for sentence in found]


def test_no_remediation_of_a_shipped_check_is_vague() -> None:
    from checks.load import load_content  # noqa: PLC0415 - read where it is needed, since it takes a second

    vague = [check.id for check in load_content().checks.values() for part in check.platforms.values() if is_vague(part.remediation)]
    assert vague == []


def test_a_date_past_the_closeout_limit_is_refused_for_what_the_clock_holds() -> None:
    # Conditional on 2026-11-01: the closeout is due by 2027-04-30, and 30 days before it is 2027-03-31.
    clock = Standards(TODAY, closeout_due=date(2027, 4, 30))
    on_time, late = date(2027, 3, 31), date(2027, 4, 1)
    assert kinds(replace(GOOD, completion=on_time, earlier=on_time), clock) == []
    problem = lint_entry(replace(GOOD, completion=late, earlier=late), clock)[0]
    assert problem.kind == "closeout_limit"
    assert problem.sentence.startswith(
        "The scheduled completion 2027-04-01 is later than 2027-03-31, which leaves 30 days for the closeout"
    )
    assert kinds(replace(GOOD, completion=late, earlier=late), replace(clock, clocked=frozenset({"PA-2"}))) == []


def many(count: int, **changes: Any) -> list[Entry]:  # noqa: ANN401 - any field
    return [replace(GOOD, id=f"PA-{n}", impact=f"Impact {n}.", plan={"": f"Set value {n} = 1"}, **changes) for n in range(count)]


def spread(entries: list[Entry]) -> list[Entry]:
    """Each on a day of its own."""
    days = [date(2026, 12, day) for day in (1, 2, 3, 4, 7, 8, 9, 10, 11)]
    return [replace(one, completion=day, earlier=day, milestones=None) for one, day in zip(entries, days, strict=False)]


def test_entries_all_due_on_one_day_are_named() -> None:
    problems = lint_plan(many(6), STANDARDS)
    assert [problem.kind for problem in problems] == ["same_day"]
    assert problems[0].sentence.startswith("6 of 6 entries are due on 2026-12-02 (PA-0, PA-1, PA-2, PA-3, PA-4 and 1 more)")
    assert lint_plan(spread(many(6)), STANDARDS) == []
    assert lint_plan(many(2), STANDARDS) == []


def test_the_same_text_in_many_entries_is_a_mere_checklist() -> None:
    alike = [replace(one, impact="CUI may be disclosed.", plan={"": "Configure GPO = 1"}) for one in spread(many(3))]
    assert [problem.kind for problem in lint_plan(alike, STANDARDS)] == ["impact", "vague_plan"]
    assert lint_plan(alike[:2], STANDARDS) == []
    generated = [replace(one, impact_edited=False) for one in alike]
    assert [(problem.entry, problem.kind) for problem in lint_plan(generated, STANDARDS)] == [
        ("PA-0", "impact"), ("PA-1", "impact"), ("PA-2", "impact"), ("", "vague_plan"),
    ]  # fmt: skip


def test_more_work_than_the_team_has_hours_is_unrealistic() -> None:
    slow = Standards(TODAY, DraftSettings(hours_per_week=5))
    busy = [replace(one, minutes=120) for one in spread(many(6))]
    # An hour a day: 6 by 2026-12-01, of which the first takes 2, and 9 by 2026-12-04, by when 8 are promised.
    assert [problem.kind for problem in lint_plan(busy, slow)] == ["overloaded"]
    assert "12 h of work are promised by 2026-12-08, and the team has 11 h until then" in lint_plan(busy, slow)[0].sentence
    more = replace(slow, settings=DraftSettings(hours_per_week=5, capacities=(Capacity(5, "AC"),)))
    assert lint_plan(busy, more) == []


def test_a_requirement_that_is_not_met_without_an_item_is_named() -> None:
    unmet = replace(STANDARDS, unmet={"3.1.8": ("PA-1",), "3.5.3": ()})
    (problem,) = lint_plan([GOOD], unmet)
    assert (problem.kind, problem.entry) == ("no_item", "")
    assert problem.sentence.startswith("3.5.3 is NOT MET and no open item is for it; every NOT MET requirement needs one")


def test_a_fresh_draft_is_left_with_what_only_a_person_can_say() -> None:
    text = write_draft(LOCKOUT, FRAMEWORK, hosts(12), DraftSettings(), TODAY)
    one = item("PA-1", "draft", *(host.host for host in hosts(12)))
    assert kinds(entry_of(one, text, Around(impact_edited=False))) == ["no_owner", "impact", "cost"]
    paid = replace(text, point_of_contact="J. Doe", cost_cents=9000)
    assert kinds(entry_of(one, paid, Around(impact_edited=True))) == ["cost"]
    done = replace(text, point_of_contact="J. Doe", cost_cents=0)
    assert kinds(entry_of(one, done, Around(impact_edited=True))) == []


def test_an_owner_stands_for_the_point_of_contact_and_verified_hosts_leave_no_work() -> None:
    text = replace(write_draft(LOCKOUT, FRAMEWORK, hosts(2), DraftSettings(), TODAY), effort_minutes=90)
    entry = entry_of(item("PA-1", "open"), text, Around(owner="rita", left=(1, 2)))
    assert (entry.owner, entry.minutes) == ("rita", 45)

import re
from collections import Counter
from pathlib import Path
from string import ascii_lowercase

import pytest

from checks.errors import ContentError
from checks.framework import Framework, ProofSet, Requirement, load_framework

SIX_NAMED = {"3.1.20", "3.1.22", "3.10.3", "3.10.4", "3.10.5", "3.12.4"}


@pytest.fixture(scope="module")
def framework() -> Framework:
    return load_framework()


def select(framework: Framework, l2_poam: str) -> list[Requirement]:
    return [requirement for requirement in framework.requirements if requirement.l2_poam == l2_poam]


# the framework that is shipped


def test_there_are_110_requirements_in_14_families_and_320_objectives(framework: Framework) -> None:
    assert (len(framework.requirements), len(framework.families), len(framework.objectives)) == (110, 14, 320)
    assert framework.maximum == 110


def test_each_family_has_its_number_of_requirements(framework: Framework) -> None:
    assert Counter(requirement.family for requirement in framework.requirements) == {
        "AC": 22, "AT": 3, "AU": 9, "CM": 9, "IA": 11, "IR": 3, "MA": 6, "MP": 9, "PS": 2, "PE": 6, "RA": 3, "CA": 4, "SC": 16, "SI": 7,
    }  # fmt: skip


def test_requirements_are_numbered_through_and_stand_in_order(framework: Framework) -> None:
    per_section = [22, 3, 9, 9, 11, 3, 6, 9, 2, 6, 3, 4, 16, 7]
    wanted = [f"3.{section}.{number}" for section, count in enumerate(per_section, 1) for number in range(1, count + 1)]
    assert [requirement.id for requirement in framework.requirements] == wanted


def test_points_sum_to_313_so_that_the_score_can_fall_to_minus_203(framework: Framework) -> None:
    assert sum(requirement.points or 0 for requirement in framework.requirements) == 313
    assert framework.minimum == -203


def test_44_requirements_are_worth_5_points_14_worth_3_and_51_worth_1(framework: Framework) -> None:
    assert Counter(requirement.points for requirement in framework.requirements) == {5: 44, 3: 14, 1: 51, None: 1}


def test_values_by_type_are_those_of_170_24(framework: Framework) -> None:
    counts = Counter((requirement.type, requirement.points) for requirement in framework.requirements)
    # 3.5.3 and 3.13.11 are derived and worth 5 when nothing is in place: 19 + 2.
    assert counts == {("basic", 5): 23, ("derived", 5): 21, ("basic", 3): 7, ("derived", 3): 7, ("derived", 1): 51, ("basic", None): 1}


def test_only_the_system_security_plan_is_not_scored(framework: Framework) -> None:
    unscored = [requirement for requirement in framework.requirements if requirement.not_scored_paragraph]
    assert [(one.id, one.points, one.not_scored_paragraph) for one in unscored] == [("3.12.4", None, "32 CFR 170.24(c)(2)(i)(B)(5)")]
    assert unscored[0].not_scored_note is not None


def test_partial_credit_exists_for_two_requirements_with_its_paragraph(framework: Framework) -> None:
    partial = {requirement.id: requirement for requirement in framework.requirements if requirement.points_partial is not None}
    assert {identifier: (one.points, one.points_partial) for identifier, one in partial.items()} == {"3.5.3": (5, 3), "3.13.11": (5, 3)}
    for requirement in partial.values():
        assert requirement.partial_when is not None
        assert "32 CFR 170.24(c)(2)(i)(B)(4)" in requirement.partial_when


def test_46_requirements_may_stand_on_a_poam_one_may_at_times_and_63_never(framework: Framework) -> None:
    assert Counter(requirement.l2_poam for requirement in framework.requirements) == {"yes": 46, "only_if_partial": 1, "no": 63}


def test_six_requirements_are_barred_by_name(framework: Framework) -> None:
    named = {one.id for one in framework.requirements if one.l2_poam_paragraph == "32 CFR 170.21(a)(2)(iii)"}
    assert named == SIX_NAMED
    assert {framework.requirement(identifier).l2_poam for identifier in named} == {"no"}


def test_all_other_requirements_go_by_their_value(framework: Framework) -> None:
    for requirement in framework.requirements:
        if requirement.id not in SIX_NAMED:
            assert requirement.l2_poam_paragraph == "32 CFR 170.21(a)(2)(ii)"
            assert (requirement.l2_poam == "yes") == (requirement.points == 1)


def test_nothing_worth_more_than_1_point_is_eligible_but_encryption_without_validation(framework: Framework) -> None:
    assert {requirement.points for requirement in select(framework, "yes")} == {1}
    assert [requirement.id for requirement in select(framework, "only_if_partial")] == ["3.13.11"]
    assert framework.requirement("3.13.11").points_partial == 3


def test_multifactor_authentication_in_part_is_not_eligible(framework: Framework) -> None:
    assert (framework.requirement("3.5.3").points_partial, framework.requirement("3.5.3").l2_poam) == (3, "no")


def test_17_requirements_stand_in_level_1_under_15_ids(framework: Framework) -> None:
    level_1 = {one.id: one.level_1 for one in framework.requirements if one.level_1}
    assert len(level_1) == 17
    assert len(set(level_1.values())) == 15
    assert {identifier for identifier, name in level_1.items() if name == "PE.L1-b.1.ix"} == {"3.10.3", "3.10.4", "3.10.5"}


def test_five_requirements_lose_no_points_where_the_technology_is_not_permitted(framework: Framework) -> None:
    noted = [one.id for one in framework.requirements if one.not_applicable_note]
    assert noted == ["3.1.12", "3.1.13", "3.1.16", "3.1.17", "3.1.18"]


def test_objective_ids_are_unique_and_lettered_from_a(framework: Framework) -> None:
    assert len({objective.id for objective in framework.objectives}) == 320
    for requirement in framework.requirements:
        letters = "".join(objective.letter for objective in requirement.objectives)
        assert letters == ascii_lowercase[: len(letters)]
        assert [objective.id for objective in requirement.objectives] == [f"{requirement.id}[{letter}]" for letter in letters]


def test_every_summary_is_short_plain_and_its_own(framework: Framework) -> None:
    summaries = [requirement.summary for requirement in framework.requirements]
    summaries += [objective.summary for objective in framework.objectives]
    assert len(set(summaries)) == 430
    for summary in summaries:
        assert 4 <= len(summary.split()) <= 14, summary
        assert re.fullmatch(r"[A-Z][^.:;()]+", summary), summary


@pytest.mark.parametrize("identifier", ["3.5.3", "3.13.1", "3.13.6", "3.13.11"])
def test_a_host_never_proves_what_it_cannot_know(framework: Framework, identifier: str) -> None:
    for objective in framework.requirement(identifier).objectives:
        assert {objective.linux, objective.windows} <= {"supports", "attested"}


def test_training_physical_protection_and_the_plan_are_a_persons(framework: Framework) -> None:
    families = {"AT", "IR", "PE"}
    for requirement in framework.requirements:
        if requirement.family in families or requirement.id == "3.12.4":
            assert {objective.basis("linux") for objective in requirement.objectives} == {"attested"}
            assert {objective.basis("windows") for objective in requirement.objectives} == {"attested"}


@pytest.mark.parametrize(
    ("identifier", "linux", "windows"),
    [
        ("3.1.8[a]", "attested", "attested"),
        ("3.1.8[b]", "facts", "facts"),
        ("3.5.3[b]", "supports", "supports"),
        ("3.1.18[b]", "attested", "facts"),
        ("3.5.7[d]", "facts", "attested"),
    ],
)
def test_what_a_host_can_do_is_marked_per_platform(framework: Framework, identifier: str, linux: str, windows: str) -> None:
    objective = framework.objective(identifier)
    assert (objective.basis("linux"), objective.basis("windows")) == (linux, windows)


def test_where_a_value_is_to_be_defined_it_is_a_persons(framework: Framework) -> None:
    for identifier in ("3.1.10[a]", "3.1.11[a]", "3.3.1[e]", "3.5.6[a]", "3.5.7[a]", "3.5.8[a]", "3.13.9[a]", "3.14.1[e]"):
        assert framework.objective(identifier).basis("linux") == framework.objective(identifier).basis("windows") == "attested"


def test_things_are_found_by_id(framework: Framework) -> None:
    assert framework.requirement("3.1.8").title == "Unsuccessful Logon Attempts"
    assert framework.requirement("3.11.1").title == "Risk Assessments"
    assert framework.objective("3.1.8[b]").letter == "b"
    assert framework.requirement_of("3.1.8[b]") is framework.requirement("3.1.8")


@pytest.mark.parametrize("wrong", ["3.1.99", "3.1.8[b]", "", "AC.L2-3.1.8"])
def test_an_unknown_requirement_is_refused_with_the_range_of_known_ones(framework: Framework, wrong: str) -> None:
    with pytest.raises(ContentError, match=r"no requirement .*; write one from 3\.1\.1 to 3\.14\.7"):
        framework.requirement(wrong)


def test_an_unknown_objective_is_refused_by_every_lookup(framework: Framework) -> None:
    with pytest.raises(ContentError, match="no objective"):
        framework.objective("3.1.8[c]")
    with pytest.raises(ContentError, match="no objective"):
        framework.requirement_of("3.1.8")
    with pytest.raises(ContentError, match="no objective"):
        framework.proof_set("3.1.8[c]", "linux")


def test_the_shipped_framework_is_read_once(framework: Framework) -> None:
    assert load_framework() is framework


# framework files that people write

SMALL = """\
id: small
title: A small framework
source: A test
maximum: 2
families: {AC: Access Control, SC: System and Communications Protection}
proof_sets:
  "3.1.8[b]":
    windows: {checks: [account-lockout-threshold, account-lockout-window], reason: Together they are the means.}
requirements:
  - id: "3.1.8"
    cmmc_id: AC.L2-3.1.8
    family: AC
    title: Unsuccessful Logon Attempts
    summary: Repeated failed logons are held back
    type: derived
    points: 1
    points_partial: null
    partial_when: null
    level_1: null
    l2_poam: "yes"
    l2_poam_paragraph: 32 CFR 170.21(a)(2)(ii)
    not_scored_paragraph: null
    not_applicable_note: null
    objectives:
      a: {summary: The method and limits are set, linux: attested, windows: attested}
      b: {summary: The limits are in force, linux: facts, windows: facts}
  - id: "3.13.11"
    cmmc_id: SC.L2-3.13.11
    family: SC
    title: CUI Encryption
    summary: Cryptography that protects CUI is validated
    type: derived
    points: 5
    points_partial: 3
    partial_when: CUI is encrypted without validation
    level_1: null
    l2_poam: only_if_partial
    l2_poam_paragraph: 32 CFR 170.21(a)(2)(ii)
    not_scored_paragraph: null
    not_applicable_note: null
    objectives:
      a: {summary: CUI has validated cryptography, linux: supports, windows: supports}
"""


def load_text(folder: Path, text: str) -> Framework:
    file = folder / "framework.yml"
    file.write_text(text, encoding="utf-8")
    return load_framework(file)


def test_a_framework_can_be_read_from_a_file_with_its_proof_sets(tmp_path: Path) -> None:
    small = load_text(tmp_path, SMALL)
    wanted = ProofSet("3.1.8[b]", "windows", ("account-lockout-threshold", "account-lockout-window"), "Together they are the means.")
    assert small.proof_sets == (wanted,)
    assert small.proof_set("3.1.8[b]", "windows") == wanted
    assert small.proof_set("3.1.8[b]", "linux") is None
    assert small.proof_set("3.1.8[a]", "windows") is None
    assert (small.minimum, small.families["AC"], small.file) == (-4, "Access Control", str(tmp_path / "framework.yml"))


def test_a_bare_yes_is_the_word_and_not_a_boolean(tmp_path: Path) -> None:
    assert load_text(tmp_path, SMALL.replace('l2_poam: "yes"', "l2_poam: yes")).requirement("3.1.8").l2_poam == "yes"


# old text, new text, a piece of the message; the error stands on the line of the first change unless a line is named
BROKEN = [
    # shape
    ("id: small\n", "", "the key id is missing", 1),
    ("id: small", "id: Small One", "small letters", 1),
    ("title: A small framework", "titel: A small framework", "did you mean title", 2),
    ("maximum: 2", "maximum: two", "whole number", 4),
    ("maximum: 2", "maximum: 0", "whole number", 4),
    ("families: {AC: Access Control, ", "families: {Access: Control, ", "family code", 5),
    ("requirements:\n  - id", "requirements: none\nrest:\n  - id", "list of requirements", 9),
    ("    type: derived\n    points: 1\n", "    points: 1\n", "the key type is missing", 10),
    ("type: derived\n    points: 1", "type: special\n    points: 1", "basic or derived", 15),
    ("points: 1", "points: 2", "1, 3, 5 or null", 16),
    ("points: 1", 'points: "1"', "1, 3, 5 or null", 16),
    ("points: 1", "points: 1.0", "whole number", 16),
    ("points: 1", "points: true", "1, 3, 5 or null", 16),
    ('id: "3.1.8"', "id: 3.1", "whole number", 10),
    ('id: "3.1.8"', 'id: "3.1"', "the id of a requirement", 10),
    ("cmmc_id: AC.L2-3.1.8", "cmmc_id: 3.1.8", "a CMMC id", 11),
    ("summary: Repeated failed logons are held back", "summary: Too short", "4 to 14 words", 14),
    ("summary: Repeated failed logons are held back", "summary: Repeated failed logons are held back.", "full stop", 14),
    ('l2_poam: "yes"', "l2_poam: true", "only_if_partial", 20),
    ('l2_poam: "yes"', "l2_poam: maybe", "only_if_partial", 20),
    ("32 CFR 170.21(a)(2)(ii)", "CFR 170.21", "paragraph of the CFR", 21),
    ("level_1: null", "level_1: yes", "Level 1 id", 19),
    ("      a: {summary: The method", "      A: {summary: The method", "one small letter", 25),
    ("linux: attested", "linux: manual", "facts, supports or attested", 25),
    ("linux: attested, ", "", "the key linux is missing", 25),
    ("linux: attested", "macos: facts, linux: attested", "no such key", 25),
    ('"3.1.8[b]":', "3.1.8.b:", "id of an objective", 7),
    ("    windows: {checks", "    macos: {checks", "no such key", 8),
    ("checks: [account-lockout-threshold, account-lockout-window]", "checks: []", "a list of check ids", 8),
    ("account-lockout-window]", "account-lockout-threshold]", "each once", 8),
    (", reason: Together they are the means.", "", "the key reason is missing", 8),
    # what does not agree
    ("maximum: 2", "maximum: 110", "number of requirements, here 2", 4),
    ('id: "3.13.11"', 'id: "3.1.8"', "stands already on line 10", 27),
    ("    family: AC", "    family: AU", "no family of this file", 12),
    ("cmmc_id: AC.L2-3.1.8", "cmmc_id: AC.L2-3.1.9", "make this AC.L2-3.1.8", 11),
    ("      b: {summary", "      c: {summary", "lettered ac", 24),
    ("points: 1", "points: null", "needs the paragraph", 22),
    ("not_scored_paragraph: null", "not_scored_paragraph: 32 CFR 170.24(c)", "points is scored", 16),
    ("not_scored_paragraph: null", "not_scored_paragraph: null\n    not_scored_note: Without it there is no score", "points is scored", 16),
    ("points_partial: null", "points_partial: 1", "go together", 17),
    ("partial_when: CUI is encrypted without validation", "partial_when: null", "go together", 34),
    ("points_partial: 3", "points_partial: 5", "not less than points", 34),
    ("l2_poam: only_if_partial", 'l2_poam: "yes"', "170.21(a)(2)(ii)", 37),
    ('l2_poam: "yes"', "l2_poam: only_if_partial", "needs points_partial", 20),
    ('"3.1.8[b]":', '"3.1.8[c]":', "no objective 3.1.8[c]", 7),
    ('"3.1.8[b]":', '"3.1.8[a]":', "marked attested on windows", 8),
    ('"3.1.8[b]":', '"3.13.11[a]":', "marked supports on windows", 8),
]


@pytest.mark.parametrize(("old", "new", "piece", "line"), BROKEN)
def test_a_broken_framework_file_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, piece: str, line: int) -> None:
    assert old in SMALL
    with pytest.raises(ContentError) as caught:
        load_text(tmp_path, SMALL.replace(old, new, 1))
    assert str(caught.value).startswith(f"{tmp_path / 'framework.yml'}:{line}: ")
    assert piece in caught.value.problem
    assert "; " in caught.value.problem


@pytest.mark.parametrize("text", ["", "- a\n", "id: [\n", "id: x\nid: y\n", SMALL[:400], SMALL[:1200], SMALL + SMALL])
def test_a_file_that_is_empty_cut_off_or_doubled_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=r"framework\.yml:[0-9]+: .+; "):
        load_text(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="cannot be read"):
        load_framework(tmp_path / "none.yml")

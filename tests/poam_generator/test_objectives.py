"""What is known of an objective, on the shipped framework and its proof set of 3.1.8[b]; 3.6.1[a] is one that no host can show."""

from dataclasses import replace
from datetime import date

import pytest

from checks.framework import ProofSet, load_framework
from checks.load import load_content
from checks.model import CheckSet
from poam_generator.attestation import Attestation, Evidence, Inheritance
from poam_generator.model import Status
from poam_generator.objectives import AssetResults, ObjectiveStatus, Supposed, Words, assess_objectives, describe
from poam_generator.scope import Category

FRAMEWORK, CONTENT = load_framework(), load_content()
TODAY = date(2026, 11, 24)
LOCKOUT = "3.1.8[b]"
PROOF = next(one for one in FRAMEWORK.proof_sets if (one.objective, one.platform) == (LOCKOUT, "linux"))
MEMBERS = PROOF.checks
SUPPORTERS = [check.id for check in CONTENT.checks.values() if check.assesses.get("3.1.6[b]") == "supports" and "linux" in check.platforms]
SUPPORTING = SUPPORTERS[0]
FINAL = Evidence("policy.pdf", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
MET = Attestation(LOCKOUT, "met", "J. Doe", TODAY, ("examine",), "Seen.", date(2027, 11, 24), (FINAL,))
AWAY = replace(MET, finding="not_applicable", justification="-", ssp_reference="-", approved_by="A. Official")
ROW = Inheritance(LOCKOUT, "Cloud", "csp", "IdP", "provider", "AC-7", "CRM", "1", date(2027, 1, 1), "fedramp-high")


def asset(name: str = "web-1", status: Status = "pass", **other: object) -> AssetResults:
    plain = AssetResults({name: name}, "linux", "cui", dict.fromkeys(MEMBERS, status))
    return replace(plain, **other)  # type: ignore[arg-type] # the words are its fields


def but(check: str, status: Status | None, name: str = "web-1") -> AssetResults:
    statuses = dict.fromkeys(MEMBERS, "pass") | ({check: status} if status else {})
    return asset(name, statuses={one: said for one, said in statuses.items() if status or one != check})


def status_of(*assets: AssetResults, words: Words = Words(), objective: str = LOCKOUT, assumed: str = "") -> ObjectiveStatus:  # noqa: B008
    return assess_objectives(FRAMEWORK, CONTENT, assets, words, TODAY, Supposed(frozenset(assumed.split())))[objective]


def test_the_set_whole_and_passing_proves() -> None:
    found = status_of(asset(), asset("web-2"))
    assert (found.state, found.proven, found.missing) == ("proven", ("web-1", "web-2"), ())
    assert describe(found) == "proven on 2"


def test_one_host_that_is_unclear_is_missing_beside_those_that_prove() -> None:
    found = status_of(asset(), but(MEMBERS[0], "error", "web-2"))
    assert (found.state, found.proven, found.missing) == ("missing", ("web-1",), ("web-2",))


def declared(*proofs: ProofSet, content: CheckSet = CONTENT, shown: AssetResults) -> ObjectiveStatus:
    """What is known of the objective where the framework declares these proof sets."""
    return assess_objectives(replace(FRAMEWORK, proof_sets=proofs), content, [shown], Words(), TODAY)[LOCKOUT]


def test_a_set_of_another_platform_proves_nothing_here() -> None:
    other = replace(PROOF, platform="windows", checks=MEMBERS[:1])
    assert declared(PROOF, other, shown=but(MEMBERS[1], "error")).state == "missing"


def test_a_set_of_which_nothing_applies_proves_nothing_though_nothing_has_to() -> None:
    assert declared(replace(PROOF, must_apply=()), shown=asset(status="not_applicable")).state == "missing"
    assert declared(replace(PROOF, must_apply=MEMBERS[:2]), shown=but(MEMBERS[1], "not_applicable")).state == "missing"


@pytest.mark.parametrize("change", [{"platforms": {}}, {"assesses": {LOCKOUT: "supports"}}])
def test_a_set_with_a_check_that_does_not_judge_the_platform_or_only_supports_proves_nothing(change: dict[str, object]) -> None:
    odd = replace(CONTENT.checks[MEMBERS[0]], **change)  # type: ignore[arg-type] # the words are its fields
    content = replace(CONTENT, checks={**CONTENT.checks, MEMBERS[0]: odd})
    assert declared(PROOF, content=content, shown=asset()).state == "missing"


@pytest.mark.parametrize("objective", ["3.1.18[b]", "3.5.5[b]"])
def test_what_hosts_of_one_platform_can_show_is_missing_on_those_of_another(objective: str) -> None:
    assert status_of(asset(), objective=objective).missing == ("web-1",)


def test_no_assets_prove_nothing() -> None:
    assert status_of().state == "missing"


@pytest.mark.parametrize("status", ["error", "manual", None])
@pytest.mark.parametrize("member", MEMBERS)
def test_one_member_unclear_or_not_evaluated_proves_nothing(member: str, status: Status | None) -> None:
    assert status_of(but(member, status)).state == "missing"


@pytest.mark.parametrize("member", MEMBERS)
def test_one_member_failing_fails_the_objective(member: str) -> None:
    found = status_of(asset("web-2"), but(member, "fail"))
    assert (found.state, found.failing, found.contested_by) == ("failing", (("web-1", member),), ())


def test_a_member_that_does_not_apply_is_left_out_and_all_of_them_prove_nothing() -> None:
    assert status_of(but(MEMBERS[-1], "not_applicable")).state == "proven"
    assert status_of(asset(status="not_applicable")).state == "missing"


def test_a_member_that_must_apply_and_does_not_keeps_the_rest_from_being_proof() -> None:
    (needed,) = PROOF.must_apply
    assert status_of(but(needed, "not_applicable")).state == "missing"


def test_one_asset_without_proof_keeps_the_system_from_it() -> None:
    found = status_of(asset(), asset("switch-1", platform="", statuses={}))
    assert (found.state, found.missing) == ("missing", ("switch-1",))
    assert describe(found) == "proven on 1, missing 1"


def test_a_word_on_that_asset_names_the_rest() -> None:
    words = Words((replace(MET, assets=frozenset({"switch-1"})),))
    found = status_of(asset(), asset("switch-1", platform="", statuses={}), words=words)
    assert (found.state, found.attested, found.missing) == ("attested", ("switch-1",), ())
    assert describe(found) == "proven on 1, attested 1"
    other = asset("switch-2", platform="", statuses={})
    assert status_of(asset(), other, words=words).state == "missing"
    some = status_of(asset("switch-1", platform="", statuses={}), other, words=words)
    assert (some.state, some.attested, some.missing) == ("missing", ("switch-1",), ("switch-2",))
    alike = asset(platform="", statuses={}, assets={one: f"switch-{one}" for one in "fbdcae"})
    named = status_of(alike, words=Words((replace(MET, assets=frozenset("fcabe")),)))
    assert (named.attested, named.missing) == (tuple(f"switch-{one}" for one in "abcef"), ("switch-d",))


def test_a_word_on_all_or_what_is_inherited_leaves_nothing_missing() -> None:
    switch = asset("switch-1", platform="", statuses={})
    whole, inherited = status_of(switch, words=Words((MET,))), status_of(switch, words=Words((), (ROW,)))
    assert (whole.state, whole.attested, whole.missing) == ("attested", ("switch-1",), ())
    assert (inherited.state, inherited.missing) == ("inherited", ())


def test_nobody_attests_away_what_a_scan_shows() -> None:
    failing = but(MEMBERS[0], "fail")
    for words in (Words((MET,)), Words((AWAY,)), Words((), (ROW,))):
        assert status_of(failing, words=words).state == "failing"


def test_words_alone_suffice_where_no_host_says_otherwise() -> None:
    assert [status_of(words=one).state for one in (Words((MET,)), Words((AWAY,)), Words((), (ROW,)))] == [
        "attested",
        "not_applicable",
        "inherited",
    ]


def test_a_word_that_does_not_count_says_why() -> None:
    found = status_of(words=Words((replace(MET, evidence=()),)))
    assert (found.state, len(found.reasons)) == ("missing", 1)
    assert "no final evidence" in found.reasons[0]
    lapsed = status_of(words=Words((), (replace(ROW, expires=date(2026, 11, 23)),)))
    assert (lapsed.state, [one.split(": ")[0] for one in lapsed.reasons]) == ("missing", ["Cloud, IdP"])


def test_a_word_that_it_is_not_met_fails_it() -> None:
    found = status_of(asset(), words=Words((MET, replace(MET, finding="not_met", statement="Two accounts are exempt."))))
    assert found.state == "failing"
    assert found.reasons == ("J. Doe found it not met on 2026-11-24: Two accounts are exempt.",)


def test_a_failing_check_that_only_supports_contests_until_somebody_has_weighed_it() -> None:
    objective = "3.1.6[b]"
    host = asset(statuses={SUPPORTING: "fail"})
    word = replace(MET, objective=objective)
    assert status_of(host, objective=objective).contested_by == (SUPPORTING,)
    every = asset(statuses=dict.fromkeys(reversed(SUPPORTERS), "fail"))
    assert status_of(every, objective=objective).contested_by == tuple(sorted(SUPPORTERS))
    assert status_of(host, words=Words((word,)), objective=objective).state == "contested"
    weighed = replace(word, weighed=frozenset({SUPPORTING}))
    assert status_of(host, words=Words((weighed,)), objective=objective).state == "attested"
    lapsed = replace(weighed, on=date(2025, 9, 1), review_by=date(2026, 9, 1))
    assert status_of(host, words=Words((lapsed,)), objective=objective).state == "contested"


def test_an_excused_failure_counts_as_met_and_an_assumed_one_only_when_asked() -> None:
    failing = but(MEMBERS[0], "fail")
    assert status_of(replace(failing, excused=frozenset({MEMBERS[0]}))).state == "proven"
    assert status_of(replace(failing, excused=frozenset({MEMBERS[1]}))).state == "failing"
    assert status_of(failing, assumed=MEMBERS[0]).state == "proven"


def test_an_error_is_never_excused_into_a_pass() -> None:
    assert status_of(replace(but(MEMBERS[0], "error"), excused=frozenset(MEMBERS))).state == "missing"


def test_a_value_that_nobody_confirmed_proves_nothing() -> None:
    found = status_of(asset(), words=Words(unconfirmed=frozenset({MEMBERS[0]})))
    assert found.state == "missing"
    failing = status_of(but(MEMBERS[0], "fail"), words=Words(unconfirmed=frozenset({MEMBERS[0]})))
    assert (failing.state, failing.contested_by) == ("contested", (MEMBERS[0],))


@pytest.mark.parametrize("category", ["contractor_risk_managed", "specialized", "out_of_scope"])
def test_assets_of_other_categories_are_no_part_of_the_proof(category: Category) -> None:
    failing = replace(but(MEMBERS[0], "fail", "plc-1"), category=category)
    assert status_of(failing, asset()).proven == ("web-1",)
    assert status_of(failing).state == "missing"


def test_what_nobody_has_categorised_counts_as_a_cui_asset() -> None:
    assert status_of(replace(but(MEMBERS[0], "fail", "new-1"), category="uncategorised")).state == "failing"


def test_security_protection_assets_answer_for_what_was_chosen() -> None:
    siem = replace(but(MEMBERS[0], "fail", "siem-1"), category="security_protection")
    assert status_of(siem, asset()).state == "failing"
    assert status_of(siem, asset(), words=Words(relevant=frozenset({LOCKOUT}))).state == "failing"
    assert status_of(siem, asset(), words=Words(relevant=frozenset({"3.1.1[a]"}))).state == "proven"


def test_the_order_of_assets_does_not_matter() -> None:
    assets = [asset(f"web-{n}") for n in range(5)] + [but(MEMBERS[0], "error", "web-9")]
    one, other = status_of(*assets), status_of(*reversed(assets))
    assert (one.state, set(one.proven), one.missing) == (other.state, set(other.proven), other.missing)


def test_a_host_never_proves_what_is_attested() -> None:
    alone = status_of(asset(), objective="3.6.1[a]")
    assert (alone.state, alone.missing, describe(alone)) == ("missing", (), "no evidence yet")
    assert describe(status_of(words=Words((replace(MET, objective="3.6.1[a]"),)), objective="3.6.1[a]")) == "attested"


def test_what_is_supposed_to_be_attested_anew_outweighs_the_words_that_there_are_and_what_contests() -> None:
    objective = "3.1.6[b]"
    words = Words((replace(MET, objective=objective, finding="not_met", statement="Two accounts are exempt."),))
    host, anew = asset(statuses={SUPPORTING: "fail"}), Supposed(attested=frozenset({objective}))
    found = assess_objectives(FRAMEWORK, CONTENT, [host], words, TODAY, anew)[objective]
    assert (found.state, found.contested_by) == ("attested", ())


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (ObjectiveStatus(LOCKOUT, "inherited", missing=("web-1",)), "inherited"),
        (ObjectiveStatus(LOCKOUT, "not_applicable", proven=("web-1",)), "not applicable"),
        (ObjectiveStatus(LOCKOUT, "failing", denied=True), "attested not met"),
        (ObjectiveStatus(LOCKOUT, "failing", weaknesses=("PA-1", "PA-2", "PA-3")), "weakness PA-1, PA-2, PA-3"),
        (ObjectiveStatus(LOCKOUT, "contested", contested_by=tuple("abcde")), "contested by a, b, c and 2 more"),
    ],
)
def test_what_is_known_is_said_in_one_line(status: ObjectiveStatus, line: str) -> None:
    assert describe(status) == line

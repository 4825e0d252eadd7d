from dataclasses import replace
from datetime import date, timedelta

import pytest

from poam_generator.attestation import Attestation, Evidence, Inheritance, attestation_faults, inheritance_faults, is_final

TODAY = date(2026, 11, 24)
FINAL = Evidence("policy.pdf", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
MET = Attestation("3.6.1[a]", "met", "J. Doe", TODAY, ("examine",), "The plan names the team.", date(2027, 11, 24), (FINAL,))
NOT_APPLICABLE = replace(MET, finding="not_applicable", justification="No wireless.", ssp_reference="SSP 3.1.16", approved_by="A. Official")
ROW = Inheritance(
    "3.10.1[a]", "Cloud", "csp", "GovCloud", "provider", "PE-3", "CRM", "4.1", date(2027, 1, 1), authorization="fedramp-moderate"
)


def test_what_is_whole_counts() -> None:
    assert attestation_faults(MET, TODAY) == ()
    assert attestation_faults(NOT_APPLICABLE, TODAY) == ()
    assert inheritance_faults(ROW, TODAY) == ()


def test_not_met_needs_neither_method_nor_evidence() -> None:
    assert attestation_faults(replace(MET, finding="not_met", methods=(), evidence=()), TODAY) == ()


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"on": TODAY + timedelta(days=1)}, "has not come yet"),
        ({"on": date(2025, 12, 1), "review_by": TODAY - timedelta(days=1)}, "due for review"),
        ({"review_by": TODAY + timedelta(days=367)}, "more than a year"),
        ({"statement": "  "}, "no statement"),
        ({"methods": ()}, "names no method"),
        ({"evidence": ()}, "no final evidence"),
        ({"evidence": (replace(FINAL, status="draft"),)}, "no final evidence"),
    ],
)
def test_what_is_wanting_is_said(other: dict[str, object], sentence: str) -> None:
    (fault,) = attestation_faults(replace(MET, **other), TODAY)  # type: ignore[arg-type] # the words are its fields
    assert sentence in fault


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"assets": frozenset({"a"})}, "whole system"),
        ({"justification": ""}, "needs a justification"),
        ({"ssp_reference": " "}, "place in the SSP"),
        ({"approved_by": ""}, "somebody else's approval"),
        ({"approved_by": "J. Doe"}, "somebody else"),
    ],
)
def test_not_applicable_asks_for_more(other: dict[str, object], sentence: str) -> None:
    (fault,) = attestation_faults(replace(NOT_APPLICABLE, **other), TODAY)  # type: ignore[arg-type] # the words are its fields
    assert sentence in fault


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"responsibility": "shared"}, "shared with the provider"),
        ({"responsibility": "customer"}, "customer's own"),
        ({"expires": TODAY - timedelta(days=1)}, "expired on"),
        ({"matrix_row": ""}, "does not name the row"),
        ({"document_version": ""}, "does not name the row"),
        ({"authorization": "none"}, "FedRAMP Moderate"),
        ({"kind": "esp"}, "your own assessment"),
    ],
)
def test_a_row_that_does_not_carry_says_why(other: dict[str, object], sentence: str) -> None:
    (fault,) = inheritance_faults(replace(ROW, **other), TODAY)  # type: ignore[arg-type] # the words are its fields
    assert sentence in fault


def test_a_provider_without_cui_needs_no_authorization_and_an_assessed_one_carries() -> None:
    assert inheritance_faults(replace(ROW, authorization="none", holds_cui=False), TODAY) == ()
    assert inheritance_faults(replace(ROW, kind="esp", assessed_in_scope=True), TODAY) == ()
    assert inheritance_faults(replace(ROW, authorization="equivalency"), TODAY) == ()


def test_a_word_holds_on_its_review_date_and_ends_with_it() -> None:
    assert attestation_faults(MET, MET.review_by) == (
        "It rests on no final evidence; attach an approved document (drafts do not count, 32 CFR 170.24(b)).",
    )
    assert attestation_faults(replace(MET, evidence=(replace(FINAL, next_review=None),)), MET.review_by) == ()
    assert is_final(FINAL, date(2027, 3, 1))
    assert not is_final(FINAL, date(2027, 3, 2))

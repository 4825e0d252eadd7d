"""What people answer for where no host can tell: attestations of objectives, and what a provider does in the organization's place.

Only final evidence counts (32 CFR 170.24(b)); a word holds until its review date, at most a year away ("periodically", 32 CFR 170.4).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from poam_generator.anniversary import years_after

AttestedFinding = Literal["met", "not_met", "not_applicable"]
Method = Literal["examine", "interview", "test"]
EvidenceStatus = Literal["draft", "final"]
ProviderKind = Literal["csp", "esp"]  # cloud service provider; any other external service provider
Responsibility = Literal["provider", "shared", "customer"]
Authorization = Literal["none", "fedramp-moderate", "fedramp-high", "equivalency"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that a word rests on; sha256 of its bytes where they are kept, else empty."""

    name: str
    status: EvidenceStatus
    owner: str = ""
    approved_on: date | None = None
    version: str = ""
    next_review: date | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's finding on one objective. assets: the ids it speaks of, empty for the whole system.

    ssp_reference and justification: for not_applicable. weighed: ids of supporting checks that fail and that the person has
    looked at before finding the objective met all the same.
    """

    objective: str
    finding: AttestedFinding
    by: str
    on: date
    methods: tuple[Method, ...]
    statement: str
    review_by: date
    evidence: tuple[Evidence, ...] = ()
    assets: frozenset[str] = frozenset()
    justification: str = ""
    ssp_reference: str = ""
    approved_by: str = ""
    weighed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inheritance:
    """One row of a shared responsibility matrix: who does what an objective asks for.

    holds_cui: the provider processes, stores or transmits CUI. assessed_in_scope: a provider that is no CSP was looked at as
    part of the organization's own assessment.
    """

    objective: str
    provider: str
    kind: ProviderKind
    service: str
    responsibility: Responsibility
    matrix_row: str
    document: str
    document_version: str
    expires: date
    authorization: Authorization = "none"
    holds_cui: bool = True
    assessed_in_scope: bool = False


def is_final(evidence: Evidence, today: date) -> bool:
    """True when the document is final and approved, and its own review is not overdue."""
    approved = evidence.approved_on is not None and evidence.approved_on <= today
    return evidence.status == "final" and approved and (evidence.next_review is None or evidence.next_review >= today)


def not_applicable_rule(note: str | None) -> str:
    """When a requirement counts as MET because it does not apply, with the paragraphs; note: what is special to that requirement."""
    asks = (
        "N/A counts as MET (32 CFR 170.24(b)) where nothing in scope is concerned; here it takes the reason, its place in the SSP, final "
        "evidence and a second person's approval"
    )
    adjudged = "an adjudication of the DoD CIO that it does not apply has to be in the SSP (32 CFR 170.24(c)(2)(i)(B)(8))"
    return f"{asks}; {adjudged}." + (f" {note}." if note else "")


def attestation_faults(word: Attestation, today: date) -> tuple[str, ...]:
    """Why an attestation counts for nothing, one sentence each; empty when it counts."""
    return tuple(_attestation_faults(word, today))


def _attestation_faults(word: Attestation, today: date) -> Iterator[str]:
    if word.on > today:
        yield f"It is dated {word.on}, which has not come yet."
    if word.review_by < today:
        yield f"It was due for review on {word.review_by}; look at it again and attest anew."
    if word.review_by > years_after(word.on):
        yield f"Its review date {word.review_by} is more than a year after {word.on}; set one within a year."
    if not word.statement.strip():
        yield "It has no statement; say what was found."
    if word.finding == "not_met":
        return
    if not word.methods:
        yield "It names no method; say whether it was examined, asked in an interview, or tested."
    if not any(is_final(one, today) for one in word.evidence):
        yield "It rests on no final evidence; attach an approved document (drafts do not count, 32 CFR 170.24(b))."
    if word.finding == "not_applicable":
        yield from _not_applicable_faults(word)


def _not_applicable_faults(word: Attestation) -> Iterator[str]:
    if word.assets:
        yield "N/A is a finding on the whole system, so it cannot name assets."
    if not word.justification.strip() or not word.ssp_reference.strip():
        yield "N/A needs a justification and the place in the SSP that says so."
    if not word.approved_by:
        yield "N/A needs somebody else's approval: on the page of the requirement, or by `closeout answers approve`."
    elif word.approved_by == word.by:
        yield "N/A was approved by the one who asked for it; somebody else has to."


def inheritance_faults(row: Inheritance, today: date) -> tuple[str, ...]:
    """Why a row of the matrix does not stand for the organization's own proof, one sentence each; empty when it does."""
    return tuple(_inheritance_faults(row, today))


def _inheritance_faults(row: Inheritance, today: date) -> Iterator[str]:
    if row.responsibility != "provider":
        whose = "shared with the provider" if row.responsibility == "shared" else "the customer's own"
        yield f"The matrix says that it is {whose}; prove or attest your part."
    if row.expires < today:
        yield f"{row.document} {row.document_version} expired on {row.expires}; get the present one."
    if not row.matrix_row.strip() or not row.document.strip() or not row.document_version.strip():
        yield "It does not name the row, the document and its version."
    if row.kind == "csp" and row.holds_cui and row.authorization == "none":
        yield f"{row.provider} holds CUI and has neither a FedRAMP Moderate authorization nor its equivalency (32 CFR 170.19(c)(2))."
    if row.kind == "esp" and not row.assessed_in_scope:
        yield f"{row.provider} is no cloud provider, so what it does belongs into your own assessment (32 CFR 170.19(c)(2))."

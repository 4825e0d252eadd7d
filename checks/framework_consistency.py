"""What a JSON schema cannot say of a framework file: that its parts agree with one another and with the regulation."""

from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any, Final

from checks.errors import ContentError, KeyPath
from checks.yaml_file import Document

# 32 CFR 170.21(a)(2)(ii): nothing that is worth more may stand on a POA&M, but 3.13.11 where CUI is encrypted, without FIPS validation.
MOST_POINTS_ON_A_POAM: Final = 1


def list_contradictions(document: Document) -> Iterator[ContentError]:
    """Yield what does not agree in a framework file that conforms to its schema."""
    yield from _check_the_whole(document)
    for place, requirement in enumerate(document.data["requirements"]):
        path = ("requirements", place)
        yield from _check_names(document, path, requirement)
        yield from _check_points(document, path, requirement)
        yield from _check_eligibility(document, path, requirement)
    yield from _check_proof_sets(document)


def _check_the_whole(document: Document) -> Iterator[ContentError]:
    requirements = document.data["requirements"]
    if document.data["maximum"] != len(requirements):
        problem = (
            f"the maximum has to be the number of requirements, here {len(requirements)}; correct it, or restore those that are missing"
        )
        yield document.error(("maximum",), problem)
    first: dict[str, int] = {}
    for place, requirement in enumerate(requirements):
        path = ("requirements", place, "id")
        if (line := first.setdefault(requirement["id"], document.line(path))) != document.line(path):
            yield document.error(path, f"{requirement['id']} stands already on line {line}; keep one of the two")


def _check_names(document: Document, path: KeyPath, requirement: Mapping[str, Any]) -> Iterator[ContentError]:
    family, cmmc_id = requirement["family"], f"{requirement['family']}.L2-{requirement['id']}"
    if family not in document.data["families"]:
        yield document.error((*path, "family"), f"{family} is no family of this file; add it under families, or write another")
    if requirement["cmmc_id"] != cmmc_id:
        yield document.error((*path, "cmmc_id"), f"family and id make this {cmmc_id}; correct the one that is wrong")
    letters = "".join(requirement["objectives"])
    if not ascii_lowercase.startswith(letters):
        yield document.error((*path, "objectives"), f"the objectives are lettered {letters}; letter them from a, in order, without a gap")


def _check_points(document: Document, path: KeyPath, requirement: Mapping[str, Any]) -> Iterator[ContentError]:
    points, partial = requirement["points"], requirement["points_partial"]
    if points is None and requirement["not_scored_paragraph"] is None:
        yield document.error((*path, "not_scored_paragraph"), "a requirement without points needs the paragraph that says why; write it")
    if points is not None and (requirement["not_scored_paragraph"] or requirement.get("not_scored_note")):
        yield document.error((*path, "points"), "a requirement with points is scored; write points: null, or remove what not_scored says")
    if (partial is None) != (requirement["partial_when"] is None):
        yield document.error((*path, "points_partial"), "points_partial and partial_when go together; write both, or null for both")
    if partial is not None and (points is None or partial >= points):
        yield document.error((*path, "points_partial"), f"{partial} is not less than points; write fewer, or null")


def _check_eligibility(document: Document, path: KeyPath, requirement: Mapping[str, Any]) -> Iterator[ContentError]:
    place = (*path, "l2_poam")
    if requirement["l2_poam"] == "yes" and requirement["points"] != MOST_POINTS_ON_A_POAM:
        yield document.error(
            place, 'only what is worth 1 point may stand on a POA&M (32 CFR 170.21(a)(2)(ii)); write "no", or correct points'
        )
    if requirement["l2_poam"] == "only_if_partial" and requirement["points_partial"] is None:
        yield document.error(place, 'only_if_partial needs points_partial; write it, or "no"')


def _check_proof_sets(document: Document) -> Iterator[ContentError]:
    basis = {
        f"{requirement['id']}[{letter}]": objective
        for requirement in document.data["requirements"]
        for letter, objective in requirement["objectives"].items()
    }
    for objective, platforms in document.data["proof_sets"].items():
        path = ("proof_sets", objective)
        if objective not in basis:
            yield document.error(path, f"there is no objective {objective}; write one that a requirement of this file has")
            continue
        for platform, proof in platforms.items():
            if strange := sorted(set(proof.get("must_apply", ())) - set(proof["checks"])):
                yield document.error((*path, platform, "must_apply"), f"{strange[0]} is not among the checks of the set; write one that is")
            if (mark := basis[objective][platform]) != "facts":
                problem = f"the objective is marked {mark} on {platform}, so no checks prove it there; remove the set, or mark it facts"
                yield document.error((*path, platform), problem)

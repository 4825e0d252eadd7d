"""What an entry rests on: final documents, and a fix in the place that decides."""

import re
from collections.abc import Iterator

from poam_generator.attestation import is_final
from poam_generator.lint.model import Entry, Problem, Standards
from poam_generator.names import join_names

_DRAFT = re.compile(r"(?<![a-z])draft(?![a-z])", re.IGNORECASE)


def lint_evidence(entry: Entry, standards: Standards) -> Iterator[Problem]:
    """Evidence that is missing or not final (32 CFR 170.24(b)), and a local fix where a Group Policy object decides."""
    if entry.evidence is not None and entry.state != "set_aside":
        yield from _lint_documents(entry, standards)
    if entry.live and entry.plan is not None:
        yield from _lint_local_fix(entry)


def _lint_documents(entry: Entry, standards: Standards) -> Iterator[Problem]:
    finished = entry.state == "done" or (bool(entry.milestones) and all(one.done_on for one in entry.milestones or ()))
    if not entry.evidence and not entry.by_scan and finished:
        yield Problem(entry.id, "evidence", "Everything is said to be done, and no evidence is named; attach what shows it.")
    for document in entry.evidence or ():
        if _DRAFT.search(document.name) or not is_final(document, standards.today):
            yield Problem(
                entry.id,
                "evidence",
                f"The evidence {document.name!r} is not final; only an approved document whose review is not overdue counts "
                "(32 CFR 170.24(b)).",
            )


def _lint_local_fix(entry: Entry) -> Iterator[Problem]:
    plan = "\n".join((entry.plan or {}).values()).casefold()
    for one in entry.central:
        if one.gpo.casefold() not in plan:
            yield Problem(
                entry.id,
                "local_fix",
                f"The Group Policy object {one.gpo!r} sets {one.key} on {join_names(one.hosts)}, and a local edit is undone at the next "
                "refresh; name that object in the plan and change it there.",
            )

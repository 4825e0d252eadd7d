"""What an assessor is handed for the closeout of a CMMC POA&M: entries, items, closure records, words of people and documents."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from checks.framework import load_framework
from checks.load import Content
from collector.canonical import canonical_bytes
from poam_generator.assessment import CmmcAssessment, entry_standings
from poam_generator.json_form import to_json
from poam_generator.package import build_package
from poam_generator.slack import Slack, find_slack
from server import store
from server.chain_proofs import Sealed, proofs_of
from server.models import AssessmentRecord, Closure, Document, Item, System
from server.score import Assessment, assess
from server.store.sealed import ASSESSMENT, CLOSEOUT, CLOSURE
from server.store.seam import item_number

if TYPE_CHECKING:
    from server.models.documents import Subject

README = """What is in this package, and how to check it
=============================================

    sha256sum -c artifacts.sha256.sha256 artifacts.sha256

says whether every file is as it was when the package was made. Hand the hash in artifacts.sha256.sha256 over apart from the package.

assessment.json   the assessment with its POA&M, frozen at its date
closeouts/        closeout assessments that were recorded
entries.json      where each entry stood when the package was made: ready or what was lacking, its items and their slack
score.json        the score with every list that it comes from
attestations.json the words of people on the objectives of the entries
registers.json    where several factors are asked for (3.5.3), and what encrypts CUI (3.13.11)
items/            the items of the operational plan that the entries name
closures/         the records with which those items were closed, with the observations before and after
documents.json    the documents with status, owner, approval and version; their bytes stand in documents/
chain/            proof that assessment, closeouts and closures stand in the evidence chain, its links from there on, and its head

`closeout assessments check FILE.zip` checks all of it. Keep chain/head.txt: `closeout verify --store --head FILE.zip` says at any time
later whether the installation that made this package still has everything that it had recorded by then.
"""


def slack_of(system: System, held: CmmcAssessment) -> dict[str, Slack]:
    """Item -> how much time it leaves the closeout assessment."""
    numbers = [item_number(item) for entry in held.entries for item in entry.items]
    rows = Item.objects.filter(system=system, number__in=numbers, state__in=("draft", "open"))
    dues: dict[str, date] = {store.item_id(system, number): due for number, due in rows.values_list("number", "scheduled_completion")}
    return find_slack(held, dues, store.draft_settings(system).closeout_lead_days)


def closeout_package(row: AssessmentRecord, content: Content, now: datetime) -> bytes:
    """The package of an assessment as things stand."""
    return build_package(dict(_files(row, assess(row.system, content, now), now)))


def _files(row: AssessmentRecord, found: Assessment, now: datetime) -> Iterator[tuple[str, bytes]]:
    held = store.read_assessment(row)
    objectives = {one.id for entry in held.entries for one in load_framework().requirement(entry.requirement).objectives}
    yield "README.txt", README.encode()
    yield "assessment.json", bytes(row.canonical)
    for number, closeout in enumerate(row.closeouts.all(), 1):
        yield f"closeouts/{number}.json", bytes(closeout.canonical)
    yield "entries.json", _json(_entries(row.system, held, found))
    yield "score.json", _json({"at": now.isoformat(), **found.to_json()})
    yield "attestations.json", _json([to_json(word) for word in found.inputs.words.attestations if word.objective in objectives])
    yield "registers.json", _json(to_json(found.inputs.registers))
    items = sorted({item for entry in held.entries for item in entry.items})
    yield from _items(row.system, items)
    yield from _documents(row, items, sorted(objectives), now.date())
    yield from proofs_of(row.system, dict(_records(row, items))).items()


def _records(row: AssessmentRecord, items: Iterable[str]) -> Iterator[tuple[str, Sealed]]:
    """What of the package stands in the evidence chain."""
    yield "assessment.json", (ASSESSMENT, row)
    for number, closeout in enumerate(row.closeouts.all(), 1):
        yield f"closeouts/{number}.json", (CLOSEOUT, closeout)
    for identifier in items:
        for closure in Closure.objects.filter(item=store.find_item(row.system, identifier)):
            yield f"closures/{identifier}.json", (CLOSURE, closure)


def _entries(system: System, held: CmmcAssessment, found: Assessment) -> list[dict[str, Any]]:
    slack = slack_of(system, held)
    return [
        {
            "requirement": one.entry.requirement,
            "objectives": list(one.entry.objectives),
            "points": one.entry.points,
            "ready": one.ready,
            "lacking": list(one.lacking),
            "closed_on": to_json(one.closed_on),
            "items": [{"item": item, "slack_days": slack[item].days if item in slack else None} for item in one.entry.items],
        }
        for one in entry_standings(held, found.requirements)
    ]


def _items(system: System, items: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for identifier in items:
        row = store.find_item(system, identifier)
        yield f"items/{identifier}.json", canonical_bytes({"item": identifier, "state": row.state, **store.review_json(row)})
        for closure in Closure.objects.filter(item=row):
            yield f"closures/{identifier}.json", bytes(closure.canonical)


def _documents(row: AssessmentRecord, items: Iterable[str], objectives: Iterable[str], today: date) -> Iterator[tuple[str, bytes]]:
    places: list[tuple[Subject, str]] = [("assessment", str(row.number))]
    places += [("item", one) for one in items]
    places += [("objective", one) for one in objectives]
    documents: dict[int, Document] = {}
    used: dict[int, list[str]] = {}
    for subject, key in places:
        for document in store.attached(row.system, subject, key):
            documents[document.pk] = document
            used.setdefault(document.pk, []).append(f"{subject} {key}")
    listed = []
    for number, document in sorted(documents.items()):
        path = f"documents/{number}-{document.name}"
        counts = store.is_final_document(document, today)
        listed.append({"path": path, "attached_to": used[number], "counts": counts, **to_json(store.evidence_of(document))})
        yield path, store.document_bytes(document)
    yield "documents.json", _json(listed)


def _json(data: Any) -> bytes:  # noqa: ANN401 - any JSON value
    return (json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()

"""Documents: their bytes, their versions, and what they are attached to."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from server import store
from server.errors import ServerError
from server.models import Asset, Attachment, Document, ItemEvent, System, User
from server.store.documents import LARGEST
from tests.server.conftest import START, at
from tests.support.items import make_item

PLAN = store.NewDocument("ir-plan.pdf", b"the plan", "final", "J. Doe", date(2026, 3, 1), "2.0", date(2027, 3, 1))
TODAY = START.date()


def test_the_very_bytes_come_back_and_are_named_by_their_sha256(system: System, reviewer: User) -> None:
    row = store.add_document(system, PLAN, reviewer, START)
    assert store.document_bytes(row) == b"the plan"
    evidence = store.evidence_of(store.find_document(system, row.pk))
    assert (evidence.name, evidence.status, evidence.owner, evidence.version) == ("ir-plan.pdf", "final", "J. Doe", "2.0")
    assert evidence.sha256 == "aab8f06fecd1c041e9a3d5a86114f9e522b546918db8503a045fe4a423b3642a"


def test_the_same_bytes_are_stored_once_for_two_documents(system: System, reviewer: User) -> None:
    first = store.add_document(system, PLAN, reviewer, START)
    second = store.add_document(system, replace(PLAN, name="copy.pdf"), reviewer, START)
    assert first.blob_id == second.blob_id


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (replace(PLAN, content=b""), "the file is empty"),
        (replace(PLAN, content=b"x" * (LARGEST + 1)), "larger than 25 MB"),
        (replace(PLAN, name="  "), "needs a name"),
        (replace(PLAN, name="a\nb"), "needs a name"),
        (replace(PLAN, owner=" "), "a final document has an owner"),
        (replace(PLAN, approved_on=None), "a final document has an owner"),
        (replace(PLAN, approved_on=date(2026, 12, 1)), "which has not come yet"),
        (replace(PLAN, status="signed"), "'signed' is no status"),  # type: ignore[arg-type] # what a form may send
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(system: System, reviewer: User, wrong: store.NewDocument, sentence: str) -> None:
    with pytest.raises(ServerError, match=sentence):
        store.add_document(system, wrong, reviewer, START)
    assert not Document.objects.exists()


def test_a_name_loses_its_folders(system: System, reviewer: User) -> None:
    assert store.add_document(system, replace(PLAN, name="C:\\docs/../plan.pdf"), reviewer, START).name == "plan.pdf"


def test_a_draft_by_its_name_is_kept_and_warned_of(system: System, reviewer: User) -> None:
    assert store.add_document(system, replace(PLAN, name="plan DRAFT.pdf"), reviewer, START).warnings == [
        "Its name calls it a draft; drafts are no evidence (32 CFR 170.24(b))."
    ]


def test_a_version_that_was_replaced_counts_no_longer_and_is_replaced_once(system: System, reviewer: User) -> None:
    old = store.add_document(system, PLAN, reviewer, START)
    assert store.is_final_document(old, TODAY)
    new = store.add_document(system, replace(PLAN, content=b"plan 3", version="3.0"), reviewer, at(1), old)
    assert not store.is_final_document(store.find_document(system, old.pk), TODAY)
    assert list(store.current_documents(system)) == [new]
    with pytest.raises(ServerError, match=f"replaced by document {new.pk} already"):
        store.add_document(system, PLAN, reviewer, at(2), old)


def test_a_document_of_another_system_is_not_replaced(system: System, reviewer: User) -> None:
    other = System.objects.create(name="Elsewhere", created_at=START)
    store.grant(other, reviewer, "reviewer", START)
    theirs = store.add_document(other, PLAN, reviewer, START)
    with pytest.raises(ServerError, match="there is no document"):
        store.add_document(system, PLAN, reviewer, START, theirs)
    with pytest.raises(ServerError, match="there is no document"):
        store.find_document(system, theirs.pk)


def test_only_final_approved_and_reviewed_documents_count(system: System, reviewer: User) -> None:
    rows = [
        store.add_document(system, one, reviewer, START)
        for one in (PLAN, replace(PLAN, status="draft"), replace(PLAN, next_review=date(2026, 11, 22)))
    ]
    assert [store.is_final_document(row, TODAY) for row in rows] == [True, False, False]


def test_a_document_is_attached_and_taken_off_and_the_item_tells_of_both(system: System, host: Asset, reviewer: User) -> None:
    row, item = store.add_document(system, PLAN, reviewer, START), make_item(system, "password-age", [host])
    store.attach(row, "item", item.identifier.lower(), reviewer, START)
    assert store.attached(system, "item", item.identifier) == [row]
    assert store.uses_of(row) == [("item", item.identifier)]
    with pytest.raises(ServerError, match="attached to PA-0001 already"):
        store.attach(row, "item", item.identifier, reviewer, START)
    store.detach(row, "item", item.identifier, reviewer, at(1))
    assert store.attached(system, "item", item.identifier) == []
    with pytest.raises(ServerError, match="not attached to PA-0001"):
        store.detach(row, "item", item.identifier, reviewer, at(1))
    told = list(ItemEvent.objects.filter(item=item, kind="document").values_list("text", flat=True))
    assert [text.split(" (")[0] for text in told] == ["rita attached ir-plan.pdf 2.0", "rita took off ir-plan.pdf 2.0"]


@pytest.mark.parametrize(
    ("subject", "key", "sentence"),
    [("item", "PA-0099", "no item"), ("objective", "3.99.1[a]", "no objective"), ("assessment", "7", "no assessment 7")],
)
def test_nothing_is_attached_to_what_is_not_there(system: System, reviewer: User, subject: str, key: str, sentence: str) -> None:
    row = store.add_document(system, PLAN, reviewer, START)
    with pytest.raises(Exception, match=sentence):
        store.attach(row, subject, key, reviewer, START)  # type: ignore[arg-type] # a word of the table above
    assert not Attachment.objects.exists()


def test_a_viewer_adds_and_attaches_nothing(system: System, reviewer: User) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    row = store.add_document(system, PLAN, reviewer, START)
    for deed in (
        lambda: store.add_document(system, PLAN, viewer, START),
        lambda: store.attach(row, "objective", "3.6.1[a]", viewer, START),
        lambda: store.detach(row, "objective", "3.6.1[a]", viewer, START),
    ):
        with pytest.raises(ServerError, match="vera may not"):
            deed()


def test_what_was_kept_cannot_be_changed(system: System, reviewer: User) -> None:
    row = store.add_document(system, PLAN, reviewer, START)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Document.objects.filter(pk=row.pk).update(status="draft")

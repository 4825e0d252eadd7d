"""Whoever has the database in hand can change it, and the chain tells what was done; the end of it only to who kept its head."""

from collections.abc import Callable

import pytest
from django.db import connection

from collector.bundle import read_bundle
from collector.canonical import sha256
from poam_generator.chain import Head
from server import doctor, guards, store
from server.chain import examine_chain, head_fault
from server.models import AnswerRecord, Asset, ChainBatch, ChainLink, System, User
from server.store import Delivery
from server.store.sealed import unpack_entries
from tests.server.conftest import at

Answer = Callable[[str, float], AnswerRecord]


@pytest.fixture
def answer(system: System, reviewer: User) -> Answer:
    """A record that costs one row."""

    def record(key: str, hours: float) -> AnswerRecord:
        raw = key.encode()
        return AnswerRecord.objects.create(
            system=system, kind="put_off", key=key, canonical=raw, sha256=sha256(raw), recorded_by=reviewer, since=at(hours)
        )

    return record


@pytest.fixture
def answers(system: System, answer: Answer) -> list[AnswerRecord]:
    """Five records in three links, one link an hour."""
    rows = []
    for link, keys in enumerate(("ab", "cd", "e"), 1):
        rows += [answer(key, link - 0.5) for key in keys]
        store.seal(system, at(link))
    return rows


def faults(system: System, *, whole: bool = True) -> list[str]:
    return list(examine_chain(system, at(30), whole=whole).faults)


def tamper(*statements: str) -> None:
    """What somebody does who has the database in hand: the guards go, and nobody is asked whether keys fit."""
    guards.remove()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    guards.install()


def blob(raw: bytes) -> str:
    """A literal of bytes."""
    return f"'\\x{raw.hex()}'::bytea" if connection.vendor == "postgresql" else f"X'{raw.hex()}'"


def replacing(row: AnswerRecord, text: str) -> str:
    """The statement that replaces a record together with its digest."""
    raw = text.encode()
    return f"UPDATE server_answerrecord SET canonical = {blob(raw)}, sha256 = '{sha256(raw)}' WHERE id = {row.pk}"  # noqa: S608 - our own words


@pytest.mark.usefixtures("answers")
def test_a_chain_that_nobody_touched_holds_and_says_where_it_ends(system: System, answer: Answer) -> None:
    answer("later", 4)
    seen = examine_chain(system, at(5), whole=True)
    assert (seen.links, seen.records, seen.unsealed, seen.faults) == (3, 5, 1, ())
    assert seen.head == store.chain_head(system)
    (said,) = [one for one in doctor.examine(whole=True) if one.name == "chain"]
    assert seen.head
    assert said.good
    assert said.text.endswith(f"it holds (links: 3, records looked at: 5) and ends with {seen.head.short}; records in no link: 1")


@pytest.mark.parametrize("whole", [True, False])
def test_a_record_that_was_removed_changed_or_put_in_is_named_with_its_link(
    system: System, answers: list[AnswerRecord], answer: Answer, *, whole: bool
) -> None:
    first, second, third, *_ = answers
    moved = answer("moved", 3.5)
    number = second.pk
    tamper(
        f"DELETE FROM server_answerrecord WHERE id IN ({first.pk}, {second.pk})",  # noqa: S608 - our own words
        f"UPDATE server_answerrecord SET id = {number} WHERE id = {moved.pk}",  # noqa: S608 - our own words
        replacing(third, "other"),
    )
    assert faults(system, whole=whole) == [
        f"In link 1 of 2026-11-23 03:00 UTC: answer {first.pk} is gone.",
        f"In link 1 of 2026-11-23 03:00 UTC: answer {number} was changed or replaced.",
        f"In link 2 of 2026-11-23 04:00 UTC: answer {third.pk} was changed or replaced.",
    ]


def test_a_record_among_those_of_another_system_or_of_the_past_is_told(system: System, answers: list[AnswerRecord], answer: Answer) -> None:
    other = System.objects.create(name="Plant 2", created_at=at(0))
    tamper(f"UPDATE server_answerrecord SET system_id = {other.pk} WHERE id = {answers[3].pk}")  # noqa: S608 - our own words
    assert faults(system) == [f"In link 2 of 2026-11-23 04:00 UTC: answer {answers[3].pk} is gone."]
    tamper(f"UPDATE server_answerrecord SET system_id = {system.pk} WHERE id = {answers[3].pk}")  # noqa: S608 - our own words
    late = answer("as if of the first hour", 1)
    store.seal(system, at(5))
    (fault,) = faults(system)
    assert fault == (
        f"In link 4 of 2026-11-23 07:00 UTC: answer {late.pk} says that it is of 2026-11-23 03:00 UTC, and came only with this link: "
        "it was put in later, or this server's clock stood wrong."
    )


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM server_chainlink WHERE sequence = 2", "Link 2 is missing: link 3 is the next that is there."),
        (
            "DELETE FROM server_chainbatch WHERE upto > after + 1 AND after > 0",
            "Link 2 holds 2 records of kind answer, and the list of them is",
        ),
        ("UPDATE server_chainbatch SET after = 1", "Before the records of kind answer in link 1 of 2026-11-23 03:00 UTC there is a gap"),
        (
            "UPDATE server_chainbatch SET entries = {}",
            "The list of the records of kind answer in link 1 of 2026-11-23 03:00 UTC is not the",
        ),
        ("UPDATE server_chainlink SET canonical = {} WHERE sequence = 2", "Link 2 cannot be read: it is no link"),
        ("UPDATE server_chainlink SET sha256 = '' WHERE sequence = 3", "Link 3 is not what its digest says."),
    ],
)
def test_whatever_is_done_to_the_chain_itself_is_told(system: System, statement: str, fault: str) -> None:
    off = "SET CONSTRAINTS ALL DEFERRED" if connection.vendor == "postgresql" else "PRAGMA defer_foreign_keys = ON"
    tamper(off, statement.format(blob(b"")))
    assert faults(system)[0].startswith(fault)
    tamper("DELETE FROM server_chainbatch", "DELETE FROM server_chainlink")


def test_an_end_that_was_cut_off_is_told_by_a_head_that_was_kept_elsewhere(
    system: System, answers: list[AnswerRecord], answer: Answer
) -> None:
    """It is the same when a backup is put back: the store is as it was then, and knows nothing of what came after."""
    head = store.chain_head(system)
    assert head
    assert (head_fault(head), head_fault(Head(3, head.digest[:16]))) == ("", "")
    tamper(
        "DELETE FROM server_chainbatch WHERE link_id IN (SELECT id FROM server_chainlink WHERE sequence = 3)",
        "DELETE FROM server_chainlink WHERE sequence = 3",
        f"DELETE FROM server_answerrecord WHERE id = {answers[4].pk}",  # noqa: S608 - our own words
    )
    assert faults(system) == []
    assert head_fault(head).startswith(f"No chain here has the link {head.short}: that of {system.name} ends with link 2.")
    answer("what goes on", 3.5)
    store.seal(system, at(4))
    assert faults(system) == []
    assert f"that of {system.name} has another link 3." in head_fault(head)


def test_receipts_are_found_to_be_gone_or_to_have_come_by_no_way(system: System, host: Asset, raw: bytes) -> None:
    gone, hidden, kept = [
        store.save_bundle(system, host, read_bundle(raw), Delivery("ssh", at(hours + 1), at(hours))).receipt for hours in range(3)
    ]
    store.seal(system, at(4))
    assert [one for one, _ in unpack_entries(ChainBatch.objects.get())] == [str(one.pk) for one in (gone, hidden, kept)]
    tamper(
        f"DELETE FROM server_reading WHERE receipt_id IN ('{gone.pk.hex}', '{hidden.pk.hex}')",  # noqa: S608 - our own words
        f"DELETE FROM server_receipt WHERE id = '{gone.pk.hex}'",  # noqa: S608 - our own words
    )
    assert faults(system, whole=False) == [
        f"In link 1 of 2026-11-23 06:00 UTC: receipt {gone.pk} is gone.",
        f"In link 1 of 2026-11-23 06:00 UTC: receipt {hidden.pk} is gone.",
        f"Receipt {hidden.pk} has no reading: it did not come as receipts do, and stands in no link.",
    ]


def test_links_that_seal_what_was_there_before_accuse_nobody(system: System, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.sealing.LARGEST", 2)
    for number in range(5):
        answer(str(number), number)
    store.seal(system, at(100), most=1)
    store.seal(system, at(200))
    assert (ChainLink.objects.count(), faults(system)) == (3, [])

"""The evidence chain as it grows: every record comes into one link, whoever else writes or seals meanwhile."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from collector.bundle import read_bundle
from poam_generator.chain import chain_faults, read_link
from server import store
from server.models import AnswerRecord, Asset, ChainBatch, ChainLink, System, User
from server.store import Delivery, sealing
from server.store.sealed import unpack_entries
from tests.server.conftest import at


def answer(system: System, user: User, key: str, hours: float = 0) -> AnswerRecord:
    """A record that costs one row."""
    return AnswerRecord.objects.create(
        system=system, kind="put_off", key=key, canonical=key.encode(), sha256="ab" * 32, recorded_by=user, since=at(hours)
    )


def sealed(system: System) -> list[tuple[int, str, int]]:
    """Sequence, kind and count of every batch of a system."""
    return list(ChainBatch.objects.filter(system=system).values_list("link__sequence", "kind", "count"))


def test_everything_recorded_comes_into_a_link_once_and_nothing_more_is_done(
    system: System, host: Asset, raw: bytes, reviewer: User
) -> None:
    assert store.chain_head(system) is None
    receipt = store.save_bundle(system, host, read_bundle(raw), Delivery("ssh", at(1), at(0))).receipt
    store.save_reading(receipt, at(1))
    answer(system, reviewer, "a")
    assert store.unsealed(system) == 2
    assert store.seal(system, at(2)) == 1
    assert (store.seal(system, at(3)), store.unsealed(system)) == (0, 0)
    assert sealed(system) == [(1, "receipt", 1), (1, "answer", 1)]
    assert unpack_entries(ChainBatch.objects.get(kind="receipt")) == [(str(receipt.pk), bytes.fromhex(receipt.sha256))]


def test_a_store_that_held_records_before_the_chain_is_sealed_in_links_of_bounded_size(
    system: System, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LARGEST", 2)
    for number in range(5):
        answer(system, reviewer, str(number))
    assert store.seal(system, at(1), most=2) == 2
    assert store.unsealed(system) == 1
    assert store.seal(system, at(2)) == 1
    links = [bytes(one.canonical) for one in ChainLink.objects.all()]
    assert list(chain_faults(links)) == []
    assert [read_link(one).records["answer"].count for one in links] == [2, 2, 1]
    head = store.chain_head(system)
    assert head
    assert head.names(links[-1])


def test_each_system_has_a_chain_of_its_own(system: System, reviewer: User) -> None:
    other = System.objects.create(name="Plant 2", created_at=at(0))
    for one in (system, other, system):
        answer(one, reviewer, "a")
    assert (store.seal(system, at(1)), store.seal(other, at(1))) == (1, 1)
    assert (sealed(system), sealed(other)) == ([(1, "answer", 2)], [(1, "answer", 1)])


def run_aside(work: Callable[[], object]) -> threading.Thread:
    """Work on a connection of its own."""

    def go() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=go)
    thread.start()
    return thread


@pytest.mark.usefixtures("committed")
def test_a_record_that_is_committed_late_is_neither_lost_nor_does_it_break_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer took a lower number and is not done when sealing begins: sealing waits for it, or SQLite made the other wait."""
    system, begun, end = store.default_system(), threading.Event(), threading.Event()
    user = store.add_person(system, "rita", ("reviewer",), at(0))[0]

    def write_slowly() -> None:
        with transaction.atomic():
            answer(system, user, "late")
            begun.set()
            end.wait(20)

    slow = run_aside(write_slowly)
    assert begun.wait(20)
    if connection.vendor == "postgresql":
        monkeypatch.setattr(sealing, "WAIT", "100ms")
        answer(system, user, "quick")
        assert store.seal(system, at(1)) == 0, "nothing is sealed that is not settled"
    end.set()
    slow.join(20)
    assert store.seal(system, at(2)) == 1
    assert store.unsealed(system) == 0
    assert ChainBatch.objects.get().count == AnswerRecord.objects.count()


@pytest.mark.usefixtures("committed")
def test_two_that_seal_at_once_make_one_chain() -> None:
    system, made = store.default_system(), []
    user = store.add_person(system, "rita", ("reviewer",), at(0))[0]
    for number in range(20):
        answer(system, user, str(number))
    together = threading.Barrier(2)

    def seal() -> None:
        together.wait(20)
        made.append(store.seal(system, at(1)))

    for thread in [run_aside(seal), run_aside(seal)]:
        thread.join(30)
    assert sorted(made) == [0, 1]
    assert sealed(system) == [(1, "answer", 20)]

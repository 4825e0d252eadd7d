"""The evidence chain: proofs hold for what stands in it and for nothing else, and whatever is done to its links is told."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.canonical import sha256
from poam_generator.chain import Head, Link, batch_of, chain_faults, entry, link_bytes, read_heads, read_link, record_faults
from poam_generator.errors import PoamError
from poam_generator.inclusion import CHAIN, PROOFS, Proof, chain_files, inclusion_faults
from poam_generator.merkle import inclusion_path, is_included, merkle_root

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=9, unique=True)
FEW = settings(max_examples=30)


def chain(count: int, system: int = 1) -> list[bytes]:
    links: list[bytes] = []
    for number in range(1, count + 1):
        records = {"receipt": batch_of([bytes.fromhex(sha256(b"%d" % number))])}
        links.append(link_bytes(Link(system, number, sha256(links[-1]) if links else "", START + timedelta(hours=number), records)))
    return links


def test_roots_are_those_of_rfc_6962() -> None:
    """The tree of the reference vectors that Certificate Transparency uses (seven leaves and the empty list)."""
    leaves = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    assert merkle_root([]).hex() == hashlib.sha256().hexdigest()
    assert merkle_root(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle_root(leaves[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert merkle_root(leaves).hex() == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"


@FEW
@given(LEAVES, st.data())
def test_a_leaf_is_proven_at_its_place_and_no_other_leaf_or_place_is(leaves: list[bytes], data: st.DataObject) -> None:
    root, size = merkle_root(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(leaves, index)
    assert is_included(root, leaves[index], index, size, path)
    assert not any(is_included(root, leaves[index], other, size, path) for other in range(-1, size + 1) if other != index)
    assert not is_included(root, leaves[index] + b"x", index, size, path)
    assert not is_included(root, leaves[index], index, size, (*path, root))
    assert not path or not is_included(root, leaves[index], index, size, path[:-1])


@FEW
@given(LEAVES, st.data())
def test_any_other_list_of_leaves_has_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(leaves) - 1))
    kept = [*leaves[:place], *leaves[place + 1 :]]
    other = data.draw(st.binary(max_size=4).filter(lambda one: one not in leaves))
    moved = [*kept, leaves[place]]
    changed: list[Sequence[bytes]] = [kept, [*leaves[:place], other, *leaves[place + 1 :]], [*leaves[:place], other, *leaves[place:]]]
    changed += [moved] if moved != leaves else []
    assert merkle_root(leaves) not in {merkle_root(one) for one in changed}


@FEW
@given(st.integers(2, 6), st.data())
def test_a_link_that_was_removed_replaced_moved_or_put_in_is_told(count: int, data: st.DataObject) -> None:
    links, strange = chain(count), chain(count, system=2)
    place = data.draw(st.integers(0, count - 2))
    kept = [*links[:place], *links[place + 1 :]]
    assert list(chain_faults(links)) == []
    for changed in (
        kept,
        [*links[:place], strange[place], *links[place + 1 :]],
        [*kept, links[place]],
        [*links[: place + 1], strange[place], *links[place + 1 :]],
        [*links[:place], links[place] + b" ", *links[place + 1 :]],
    ):
        assert list(chain_faults(changed))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda links: links[2:], "Links 1 to 2 are missing: link 3 is the next that is there."),
        (lambda links: [links[0], *links[2:]], "Link 2 is missing: link 3 is the next that is there."),
        (
            lambda links: [links[0], *chain(4, system=2)[1:]],
            "Link 2 does not name link 1 as it is: one of the two was changed or replaced.",
        ),
        (lambda links: [*links[:2], links[1]], "Link 2 stands behind link 2, where link 3 belongs."),
        (lambda links: [b"[]", *links[1:2]], "Link 1 cannot be read: it is no link of closeout/link/1 in canonical form."),
        (lambda _: [link_bytes(Link(1, 1, "0" * 64, START, {}))], "Link 1 names a link before it, and it is the first."),
    ],
)
def test_it_says_where_the_chain_breaks(change: Callable[[list[bytes]], list[bytes]], fault: str) -> None:
    assert next(chain_faults(change(chain(4)))) == fault


def test_a_part_of_a_chain_holds_from_where_it_begins() -> None:
    assert list(chain_faults(chain(4)[2:], begins=3)) == []


def test_a_link_is_read_as_it_was_written() -> None:
    raw = chain(1)[0]
    assert link_bytes(read_link(raw)) == raw
    with pytest.raises(PoamError, match="canonical form"):
        read_link(raw.replace(b",", b", "))


def test_what_stands_beside_a_record_is_a_part_of_its_entry() -> None:
    record = sha256(b"seen")
    assert entry(record, {}) == bytes.fromhex(record)
    assert entry(record, {"by": 1}) not in {entry(record, {"by": 2}), entry(record, {})}


def test_heads_are_found_in_what_somebody_wrote_down_and_a_short_one_names_its_link() -> None:
    raw = chain(1)[0]
    head = Head(1, sha256(raw))
    assert [one.names(raw) for one in read_heads(f"Nov 23: {head.short}\nNov 24: 2:{head.digest[:-1]}0\n")] == [
        True,
        head.digest[-1] == "0",
    ]
    assert read_heads(str(head)) == (head,)
    with pytest.raises(PoamError, match="holds no head of a chain; one looks like 12:3f9a"):
        read_heads("12:3f9a")


@FEW
@given(LEAVES.filter(lambda one: len(one) > 1), st.data())
def test_a_record_that_was_removed_replaced_moved_or_put_in_is_named(leaves: list[bytes], data: st.DataObject) -> None:
    records = [(str(number), one) for number, one in enumerate(leaves)]
    place = data.draw(st.integers(0, len(records) - 2))
    kept, (name, value) = [*records[:place], *records[place + 1 :]], records[place]
    assert list(record_faults("receipt", records, records)) == []
    assert list(record_faults("receipt", records, kept)) == [f"receipt {name} is gone."]
    replaced = [*records[:place], (name, value + b"x"), *records[place + 1 :]]
    assert list(record_faults("receipt", records, replaced)) == [f"receipt {name} was changed or replaced."]
    assert list(record_faults("receipt", kept, records)) == [f"receipt {name} was put in among them later."]
    assert list(record_faults("receipt", records, [*kept, records[place]])) == [f"receipt {name} stands at another place."]


RECORD = b"1"  # what the first link of chain() holds


@pytest.mark.parametrize(("path", "beside"), [(("zz",), {}), ((), {"x": 0.5}), (("00" * 32,), {})])
def test_a_proof_of_digits_or_values_that_are_none_proves_nothing(path: tuple[str, ...], beside: dict[str, float]) -> None:
    good, bad = (Proof("record", "receipt", 1, 0, one, {}) for one in ((), path))
    assert list(inclusion_faults({"record": RECORD, **chain_files([good], [], chain(1))}, ["record"])) == []
    files = {"record": RECORD, **chain_files([bad], [], chain(1))}
    if beside:
        files[PROOFS] = files[PROOFS].replace(b'"beside":{}', b'"beside":{"x":0.5}')
    assert list(inclusion_faults(files, ["record"])) == ["record is not proven to stand in link 1."]


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_proofs_that_cannot_be_read_are_told(raw: bytes) -> None:
    (fault,) = inclusion_faults({f"{CHAIN}proofs.json": raw}, [])
    assert fault.startswith("The proofs of the chain cannot be read: ")

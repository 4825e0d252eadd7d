"""What an asset's category does: who is looked at, what leaves and comes back into items, and what stays on record."""

from dataclasses import replace
from datetime import date

import pytest

from checks.load import Content, load_content
from collector.bundle import read_bundle
from poam_generator.answers import Answers
from poam_generator.attestation import Attestation, Evidence
from server import store
from server.assess import make_assessor, update_items
from server.errors import ServerError
from server.intake import import_bundle, save_judged
from server.models import Asset, CategoryRecord, Item, ItemHost, System, User
from server.score import assess
from server.store import NewAsset
from tests.server.conftest import START, at
from tests.support.bundles import set_machine_id, set_password_age, small_bundle

CHECK = "password-age"


@pytest.fixture
def failing(system: System, content: Content) -> list[Asset]:
    """Two hosts on which passwords last too long: one draft."""
    hosts = [store.add_host(system, NewAsset(name, way_in="ssh"), START) for name in ("ws-1", "ws-2")]
    assessor = make_assessor(system, content)
    for host in hosts:
        bundle = read_bundle(set_machine_id(set_password_age(small_bundle(), 99999), host.pk.hex))
        save_judged(assessor, host, bundle, store.Delivery("ssh", START, START), START)
    update_items(assessor, [CHECK], START)
    return hosts


def dispositions() -> dict[str, str]:
    return dict(ItemHost.objects.values_list("asset__name", "disposition"))


def test_what_nobody_has_categorised_is_looked_at(system: System, failing: list[Asset]) -> None:
    assert {one.category for one in failing} == {"uncategorised"}
    assert store.hosts_to_scan(system) == failing


def test_what_goes_out_of_scope_leaves_its_items_and_is_looked_at_no_more(
    system: System, failing: list[Asset], content: Content, reviewer: User
) -> None:
    store.categorise(failing[:1], "out_of_scope", "own uplink", "", reviewer, at(1))
    update_items(make_assessor(system, content), [CHECK], at(2))
    assert dispositions() == {"ws-1": "retired", "ws-2": ""}
    assert "ws-1 is out of scope: own uplink" in [event.text for event in Item.objects.get().events.all()]
    assert store.hosts_to_scan(system) == failing[1:]
    assert "own uplink" in store.why_not_looked_at(failing[0])
    with pytest.raises(ServerError, match="ws-1 is out of scope"):
        import_bundle(system, small_bundle(), content, at(3), failing[0])


def test_what_comes_back_into_scope_fails_again(system: System, failing: list[Asset], content: Content, reviewer: User) -> None:
    store.categorise(failing, "out_of_scope", "own uplink", "", reviewer, at(1))
    update_items(make_assessor(system, content), [CHECK], at(2))
    store.categorise(failing, "cui", "", "", reviewer, at(3))
    update_items(make_assessor(system, content), [CHECK], at(4))
    live = ItemHost.objects.filter(item__ended_on=None).values_list("asset__name", "disposition")
    assert dict(live) == {"ws-1": "", "ws-2": ""}


def test_every_category_stays_on_record(failing: list[Asset], reviewer: User) -> None:
    store.categorise(failing[:1], "specialized", "a lathe", "SSP 1.4", reviewer, at(1))
    told = [(one.category, one.because, one.ssp_section, one.by) for one in CategoryRecord.objects.filter(asset=failing[0])]
    assert told == [("uncategorised", "", "", None), ("specialized", "a lathe", "SSP 1.4", reviewer)]


def test_one_without_what_its_category_needs_changes_none(failing: list[Asset], reviewer: User) -> None:
    with pytest.raises(ServerError, match=r"ws-1: name the section of the SSP"):
        store.categorise(failing, "specialized", "", "", reviewer, at(1))
    with pytest.raises(ServerError, match="category 'nonsense' is not one of"):
        store.categorise(failing, "nonsense", "", "", reviewer, at(1))
    assert set(Asset.objects.values_list("category", flat=True)) == {"uncategorised"}


def test_only_who_decides_categorises(system: System, failing: list[Asset]) -> None:
    viewer, _ = store.add_person(system, "vera", ("viewer",), START)
    with pytest.raises(ServerError, match="categorise an asset"):
        store.categorise(failing, "cui", "", "", viewer, at(1))


def test_a_printer_has_no_way_in(system: System) -> None:
    with pytest.raises(ServerError, match="only hosts are collected from"):
        store.add_host(system, NewAsset("printer-1", kind="printer", way_in="ssh"), START)


def test_what_no_host_shows_of_a_printer_is_attested_by_its_name(system: System, reviewer: User) -> None:
    printer = store.add_host(system, NewAsset("printer-1", kind="printer"), START, reviewer)
    before = assess(system, load_content(), at(1)).objectives["3.1.8[b]"]
    assert (before.state, before.missing) == ("missing", ("printer-1",))
    final = Evidence("printer.pdf", "final", "J. Doe", date(2026, 3, 1))
    word = Attestation("3.1.8[b]", "met", "J. Doe", START.date(), ("test",), "It locks.", date(2027, 6, 1), (final,))
    on_it = replace(word, assets=frozenset({str(printer.pk)}))
    store.record_answers(system, Answers(attestations=(on_it,)), reviewer, at(1))
    after = assess(system, load_content(), at(2)).objectives["3.1.8[b]"]
    assert (after.state, after.attested) == ("attested", ("printer-1",))
    store.categorise([printer], "out_of_scope", "no CUI is printed", "", reviewer, at(3))
    assert assess(system, load_content(), at(4)).objectives["3.1.8[b]"].attested == ()

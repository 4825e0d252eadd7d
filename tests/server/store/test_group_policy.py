"""Which Group Policy object wins a setting, from what a host delivered, through drafts, lint and changes."""

from dataclasses import replace

import pytest

from checks.framework import load_framework
from checks.load import Content, load_content
from collector.bundle import read_bundle
from collector.canonical import canonical_bytes, sha256
from collector.windows.group_policy import WINNERS
from poam_generator import model as poam
from poam_generator.changes import Winner
from poam_generator.changes.central import say_central
from server import store
from server.changes import central_of, changes_of
from server.drafting import Drafter
from server.lint import item_problems
from server.models import Asset, Item, Reading, Receipt, System, User
from server.store import blobs
from server.store.group_policy import winners_of
from tests.server.conftest import START, at
from tests.support.items import draft, seen

LLMNR = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient|EnableMulticast"
WINNER = {"gpo": "Workstations", "guid": "{31B2F340-016D-11D2-945F-00C04FB984F9}"}


@pytest.fixture(scope="module")
def shipped() -> Content:
    return load_content()


@pytest.fixture
def windows(system: System, host: Asset, raw: bytes) -> Asset:
    """A Windows host that has said who wins its settings; the receipt is a real one with other facts behind it."""
    plain, delivery = read_bundle(raw), store.Delivery("winrm", START, START)
    bundle = replace(plain, platform="windows", frames={**plain.frames, WINNERS.name: next(iter(plain.frames.values()))})
    facts = replace(store.read_delivery(plain, delivery), platform="windows", lasting=None)
    store.save_bundle(system, host, bundle, delivery, facts)
    say(host.receipts.get(), {"winners": {LLMNR: WINNER}})
    return Asset.objects.get(pk=host.pk)


def say(receipt: Receipt, gpo: object) -> None:
    """A later reading of the receipt, with these facts on the group policy."""
    part = canonical_bytes({"values": gpo, "errors": {}})
    index = canonical_bytes({"subsystems": {"gpo": sha256(part)}})
    blobs.put(blobs.pack([part, index]))
    Reading.objects.create(
        system=receipt.system, receipt=receipt, facts_digest=sha256(index), index_id=sha256(index), read_by="test", read_at=at(1)
    )


@pytest.fixture
def llmnr(windows: Asset) -> Item:
    held = (poam.ItemHost(str(windows.pk), windows.name, seen()),)
    item = poam.Item("", "check", "llmnr-off", "draft", "1" * 64, held, START.date())
    text = replace(draft(), remediation={"windows": "secpol.msc: turn off multicast name resolution = 1"})
    return store.create_item(windows.system, item, text, START, None)


def test_the_newest_reading_that_says_so_tells_who_wins(windows: Asset) -> None:
    winners = winners_of(windows.system, [str(windows.pk)])
    assert winners == {str(windows.pk): {LLMNR.casefold(): Winner("Workstations", WINNER["guid"])}}


@pytest.mark.parametrize("said", [None, {}, {"winners": None}, {"winners": {}}, {"winners": {LLMNR: {"gpo": None, "guid": None}}}])
def test_a_host_that_could_not_tell_has_no_winner(windows: Asset, said: object) -> None:
    say(windows.receipts.get(), said)
    assert winners_of(windows.system, [str(windows.pk)]) == {str(windows.pk): {}}


def test_a_change_is_that_of_the_object_and_lint_names_a_local_fix(llmnr: Item, shipped: Content, administrator: User) -> None:
    (change,) = changes_of(llmnr.system, shipped, START.date())
    assert (change.place.kind, change.place.name) == ("gpo", "Workstations")
    problems = [one for one in item_problems(llmnr, shipped, START.date()) if one.kind == "local_fix"]
    assert problems[0].sentence.startswith(f"The Group Policy object 'Workstations' sets {LLMNR} on ws-014, and a local edit is undone")
    mended = {"remediation": {"windows": "In the object Workstations: Turn off multicast name resolution = 1"}}
    store.edit(llmnr, administrator, mended, at(2))
    assert [one for one in item_problems(llmnr, shipped, START.date()) if one.kind == "local_fix"] == []


def test_a_draft_names_the_object_by_itself(windows: Asset, shipped: Content) -> None:
    held = (poam.ItemHost(str(windows.pk), windows.name, seen()),)
    item = poam.Item("", "check", "llmnr-off", "draft", "1" * 64, held, START.date())
    text = Drafter(windows.system, load_framework(), {}, START.date()).write(shipped.checks["llmnr-off"], item)
    assert "Today the Group Policy object 'Workstations' sets" in text.remediation["windows"]
    made = store.create_item(windows.system, item, text, START, None)
    central = central_of(windows.system, shipped, START.date(), [made.number])
    assert say_central(central[made.identifier]) in text.remediation["windows"]
    assert [one for one in item_problems(made, shipped, START.date()) if one.kind == "local_fix"] == []

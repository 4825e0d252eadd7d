"""A parser that reads differently, over a real host: what it says of a stored bundle closes nothing by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.load import load_content
from collector import catalog
from collector.linux import sshd
from collector.probe import Frames
from server import intake, store
from server.assess import make_assessor, update_items
from server.models import Item, Receipt, Result, System, User
from server.scan import Order, scan
from server.ways import Secrets, collector_with
from tests.support.host import Host
from tests.support.lab import Lab

CHECK = "ssh-root-login"


@pytest.fixture
def careless_parser(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The next version of the sshd parser, which takes every host's root login for switched off."""
    before = sshd.PROBES[0]

    def parse(frames: Frames) -> Mapping[str, Any]:
        tree = dict(before.parse(frames))
        return tree | {"settings": {**tree["settings"], "permitrootlogin": "no"}}

    def forget() -> None:
        for cached in (catalog.probes, catalog.declared, catalog.declared_below, catalog.resolve):
            cached.cache_clear()

    monkeypatch.setattr(sshd, "PROBES", (replace(before, parse=parse, version=before.version + 1),))
    forget()
    yield
    monkeypatch.undo()
    forget()


@pytest.fixture
def weak(system: System, reviewer: User, lab: Lab, lab_host: Host) -> Item:
    """An approved item about a real host that was scanned over SSH."""
    lab_host.write("/etc/ssh/sshd_config.d/10-closeout.conf", "PermitRootLogin yes\n")
    new = store.NewAsset(lab_host.name, way_in="ssh", address=lab_host.address, account="scan", key_file=str(lab.key))
    asset = store.add_host(system, new, datetime.now(UTC))
    collect = collector_with(Secrets(accept_host_key="new"))
    scan(system, [asset], load_content(), collect, lambda: datetime.now(UTC), Order((CHECK,)))
    item = Item.objects.get(system=system, source_key=CHECK)
    store.approve(item, reviewer, store.review_digest(store.find_item(system, item.identifier)), datetime.now(UTC))
    return item


def test_the_stored_bundle_read_again_by_another_parser_closes_nothing(system: System, weak: Item, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("careless_parser")
    assessor = make_assessor(system, load_content())
    intake.reread(assessor, Receipt.objects.get(system=system), datetime.now(UTC))
    result = Result.objects.get(system=system, check_id=CHECK)
    assert (result.status, result.reread) == ("pass", True), "the careless parser was not used"
    assert update_items(assessor, [CHECK], datetime.now(UTC)) == store.Applied()
    weak.refresh_from_db()
    assert weak.state == "open"
    assert CHECK in {one.check_id for one in store.pending_judgements(system)}, "a reviewer must be asked"

    rescan = scan(system, [weak.hosts.get().asset], load_content(), collector_with(Secrets()), lambda: datetime.now(UTC), Order((CHECK,)))
    assert weak.identifier not in rescan.applied.closed, "a new receipt under the new judgement waits for the reviewer too"
    weak.refresh_from_db()
    assert weak.state == "open"

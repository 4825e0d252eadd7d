import pytest

from server import store
from server.errors import ServerError
from server.models import Asset, ItemHost, System, User
from tests.server.conftest import START, at
from tests.support.items import make_item


def test_a_name_is_one_asset_of_a_system(system: System, host: Asset) -> None:
    with pytest.raises(ServerError, match="already an asset 'ws-014'"):
        store.add_host(system, store.NewAsset("ws-014"), START)
    elsewhere = System.objects.create(name="Plant 2", created_at=START)
    assert store.add_host(elsewhere, store.NewAsset("ws-014"), START).pk != host.pk


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (store.NewAsset(" "), "needs a name"),
        (store.NewAsset("a", kind="toaster"), "kind 'toaster' is not one of host"),
        (store.NewAsset("a", way_in="telnet"), "way in 'telnet'"),
        (store.NewAsset("a", sudo="always"), "sudo 'always'"),
    ],
)
def test_what_no_asset_can_be_is_told(system: System, new: store.NewAsset, said: str) -> None:
    with pytest.raises(ServerError, match=said):
        store.add_host(system, new, START)


def test_an_asset_is_found_by_name_and_by_id(system: System, host: Asset) -> None:
    assert store.find_host(system, "ws-014") == store.find_host(system, str(host.pk)) == host
    with pytest.raises(ServerError, match="near are: ws-014"):
        store.find_host(system, "ws-015")


def test_a_changed_asset_is_checked_like_a_new_one(system: System, host: Asset) -> None:
    store.add_host(system, store.NewAsset("ws-015"), START)
    assert store.change_host(host, {"port": 2222, "group": "plant"}, START).port == 2222
    with pytest.raises(ServerError, match="no retired_at"):
        store.change_host(host, {"retired_at": START}, START)
    with pytest.raises(ServerError, match="already an asset 'ws-015'"):
        store.change_host(host, {"name": "ws-015"}, START)


def test_what_is_no_host_is_not_scanned(system: System, host: Asset) -> None:
    store.add_host(system, store.NewAsset("printer", kind="printer"), START)
    store.add_host(system, store.NewAsset("agent", way_in="agent"), START)
    assert store.hosts_to_scan(system) == [host]


def test_a_host_is_retired_with_a_reason_and_once(system: System, host: Asset, reviewer: User) -> None:
    item = make_item(system, "password-age", [host])
    with pytest.raises(ServerError, match="say why"):
        store.retire_host(host, reviewer, "", at(1))
    store.retire_host(host, reviewer, "scrapped", at(1))
    assert ItemHost.objects.get().disposition == "retired"
    assert [event.text for event in item.events.filter(kind="retired")] == ["ws-014 was retired: scrapped"]
    with pytest.raises(ServerError, match="was retired on 2026-11-23 already"):
        store.retire_host(host, reviewer, "again", at(2))

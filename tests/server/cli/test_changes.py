"""Changes on the command line."""

import json
from pathlib import Path

import pytest

from server.models import Asset, Item, System
from tests.server.cli.conftest import Run
from tests.support.items import make_item


@pytest.fixture
def drafted(system: System, host: Asset) -> Item:
    Asset.objects.filter(pk=host.pk).update(platform="linux")
    return make_item(system, "forwarding-now", [host])


def key_of(closeout: Run) -> str:
    (change,) = json.loads(closeout("changes", "list", "--json").out)
    return str(change["key"])


def test_changes_are_listed_with_hosts_items_points_and_hours(closeout: Run, drafted: Item) -> None:
    line = closeout("changes", "list").out.splitlines()[1]
    assert line.split()[1:] == ["the", "directory", "/etc/sysctl.d", "linux", "1", "1", "1", "0.1"]
    assert drafted.identifier in closeout("changes", "show", key_of(closeout)).out
    assert "net.ipv4.ip_forward equals 0" in closeout("changes", "show", key_of(closeout)).out


def test_a_change_is_written_to_a_file(closeout: Run, drafted: Item, tmp_path: Path) -> None:
    file = tmp_path / "change.sh"
    ran = closeout("changes", "export", key_of(closeout), "shell", "-o", file)
    assert (ran.status, ran.out) == (0, "")
    assert "sysctl -w 'net.ipv4.ip_forward=0'" in file.read_text()
    assert drafted.identifier in file.read_text()


def test_a_language_that_does_not_fit_and_an_unknown_change_are_a_sentence_each(closeout: Run, drafted: Item) -> None:
    del drafted
    wrong = closeout("changes", "export", key_of(closeout), "powershell")
    assert wrong.status == 3
    assert "the directory /etc/sysctl.d is mended on Linux; export it as shell or ansible" in wrong.err
    unknown = closeout("changes", "show", "0123")
    assert unknown.status == 3
    assert "there is no change '0123' in Default system, or nothing is left of it" in unknown.err

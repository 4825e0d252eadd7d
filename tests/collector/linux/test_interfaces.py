"""The interfaces probe against how the kernel joins what is set for all with what an interface has of its own."""

import pytest

from collector.facts import Unknown
from collector.linux.interfaces import parse
from collector.linux.sysctl import RUNNING
from collector.probe import Frame, Frames


def read(settings: dict[str, int]) -> dict[str, object]:
    """The facts of a host with one interface; settings: path below /proc/sys/net -> value, all others 0."""
    every = {"ipv4/conf/eth0/forwarding": 0, "ipv6/conf/eth0/forwarding": 0, "ipv6/conf/eth0/disable_ipv6": 0} | settings
    text = "".join(f"net/{path}:{value}\n" for path, value in every.items())
    return parse(Frames({RUNNING.name: Frame(RUNNING.name, 0, text)}))


@pytest.mark.parametrize(
    ("every", "own", "forwards", "taken"),
    [(0, 1, 0, 1), (1, 0, 0, 1), (0, 0, 0, 0), (0, 1, 1, 0), (1, 0, 1, 0), (1, 1, 1, 1)],
)
def test_ipv4_redirects_are_taken_where_either_says_so_unless_it_forwards(every: int, own: int, forwards: int, taken: int) -> None:
    settings = {"ipv4/conf/all/accept_redirects": every, "ipv4/conf/eth0/accept_redirects": own, "ipv4/conf/eth0/forwarding": forwards}
    assert read(settings)["redirects_taken"] == ["eth0"] * taken


@pytest.mark.parametrize("setting", ["accept_local", "route_localnet", "send_redirects", "secure_redirects", "shared_media"])
@pytest.mark.parametrize("place", ["all", "eth0"])
def test_other_ipv4_settings_are_on_where_either_has_them_on(setting: str, place: str) -> None:
    on = [name for name, found in read({f"ipv4/conf/{place}/{setting}": 1}).items() if found == ["eth0"] and name != "ipv6"]
    assert len(on) == 1
    assert [name for name, found in read({}).items() if found == ["eth0"]] == ["ipv6"]


@pytest.mark.parametrize(("ra", "forwards", "off", "taken"), [(1, 0, 0, 1), (1, 1, 0, 0), (2, 1, 0, 1), (0, 0, 0, 0), (2, 0, 1, 0)])
def test_router_advertisements_are_taken_by_what_the_interface_itself_says(ra: int, forwards: int, off: int, taken: int) -> None:
    own = {"ipv6/conf/eth0/accept_ra": ra, "ipv6/conf/eth0/forwarding": forwards, "ipv6/conf/eth0/disable_ipv6": off}
    assert read({"ipv6/conf/all/accept_ra": 1 - (ra > 0), **own})["advertisements_taken"] == ["eth0"] * taken


def test_ipv6_redirects_are_taken_whatever_is_set_for_all() -> None:
    facts = read({"ipv6/conf/all/accept_redirects": 0, "ipv6/conf/eth0/accept_redirects": 1, "ipv6/conf/lo/forwarding": 0})
    assert facts["redirects_taken_ipv6"] == ["eth0"]


def test_what_could_not_be_read_is_told() -> None:
    text = "net/ipv4/conf/eth0/forwarding:0\n!net/ipv4/conf/all/accept_redirects\n"
    facts = parse(Frames({RUNNING.name: Frame(RUNNING.name, 0, text)}))
    assert isinstance(facts["redirects_taken"], Unknown)
    assert facts["redirects_sent"] == []

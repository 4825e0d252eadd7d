"""Partial closure: the verified hosts of an open item leave it, and stand in an item of their own that can close."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from poam_generator.errors import PoamError
from poam_generator.model import Item, Milestone


def split_milestones(milestones: Iterable[Milestone], hosts: Collection[str]) -> tuple[Milestone, ...]:
    """The milestones that go with the hosts that leave: those that cover one of them, for these alone, and those that name none."""
    kept = [one for one in milestones if not one.hosts or set(one.hosts) & set(hosts)]
    return tuple(replace(one, hosts=tuple(host for host in one.hosts if host in hosts)) for one in kept)


def split_item(item: Item, hosts: Collection[str]) -> tuple[Item, Item]:
    """What stays, and what leaves as a draft of its own without id; hosts: ids, none for every verified one.

    Raises PoamError where the item is not open or of no check, where a host is not verified, and where nothing would leave, or nothing
    stay that scans decide on.
    """
    if item.state != "open" or item.source != "check":
        raise PoamError(f"{item.id} is {item.state.replace('_', ' ')} and from {item.source}; hosts are split off an open item of a check")
    held = {host.host: host for host in item.hosts}
    if strange := sorted(set(hosts) - held.keys()):
        raise PoamError(f"{item.id} does not hold the host {strange[0]!r}")
    wanted = set(hosts) or {name for name, host in held.items() if host.passing and not host.disposition}
    if open_still := sorted(held[name].host_name for name in wanted if held[name].passing is None or held[name].disposition):
        raise PoamError(f"{', '.join(open_still)} of {item.id} is not verified; only verified hosts are split off")
    leaving = tuple(host for host in item.hosts if host.host in wanted)
    staying = tuple(host for host in item.hosts if host.host not in wanted)
    if not leaving or not staying:
        raise PoamError(f"{item.id} holds no verified host beside others, so there is nothing to split off")
    if all(host.disposition for host in staying):
        raise PoamError(f"{item.id} closes without its other hosts, which are disposed of or retired, so there is nothing to split off")
    return replace(item, hosts=staying), replace(item, id="", state="draft", hosts=leaving, awaiting="")

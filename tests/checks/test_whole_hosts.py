"""Whole hosts, hardened and neglected ones: what applies to a host passes or fails there, and no check is left without either.

Each bundle is what the collection script prints: frames of a real host, and some written by hand that a test host cannot give: the
kernel's audit, units that run, encrypted disks, a boot loader. A workstation's bundle holds the frames in which it differs from the
host of its family: it has a desktop, shares files, runs containers, and takes its addresses from routers.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from checks.evaluate import evaluate_all, explain
from checks.load import load_content
from checks.model import FAIL, NOT_APPLICABLE, PASS, Result
from collector.bundle import Bundle, read_bundle
from collector.facts import Facts
from collector.read import read_facts

FOLDER = Path(__file__).parent / "hosts"
STATUS = {"hardened": PASS, "neglected": FAIL}
HOSTS = sorted(path.stem for path in FOLDER.glob("*.bundle"))
CHECKS = {name for name, check in load_content().checks.items() if "linux" in check.platforms}
FEWEST = {"debian": 620, "rhel": 635}  # checks that apply to a host

# Checks that come out otherwise on a host than it is meant, by the reason. On a workstation that is what other checks need to apply.
_ALWAYS_KNOWN = {"a host that says anything says what it is": ("inventory-hardware", "inventory-software")}
OTHERWISE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "debian-hardened-workstation": {
        "it passes on what its containers send": tuple(
            f"{check}-{time}" for check in ("forwarding", "ipv6-forwarding") for time in ("now", "persistent")
        ),
        "it shares files": ("file-servers-not-installed", "rpc-services-not-active", "rpc-services-not-started"),
        "it is watched by SNMP": ("snmp-agents-not-installed",),
        "each USB device is authorized there": ("module-usb-storage-blocked",),
        "it uses IPv6, as the routers announce it": tuple(
            f"{check}-{part}-{time}"
            for check in ("ipv6-off", "ipv6-router-advertisements-refused")
            for part in ("all", "default")
            for time in ("now", "persistent")
        ),
    },
    "debian-neglected": _ALWAYS_KNOWN,
    "debian-neglected-workstation": _ALWAYS_KNOWN
    | {
        "the lists of who may are there, and open to everybody": ("at-restricted", "cron-restricted"),
        "the firewall drops, also what the host says to itself": ("firewall-ipv4-now", "firewall-starts", "one-firewall"),
        "some logs leave it, in the clear": ("logs-leave-the-host",),
        "malware protection starts, with signatures of two years ago": ("malware-protection-starts",),
        "file systems of their own are mounted without any option": tuple(
            f"{place}-own-file-system" for place in ("home", "tmp", "var", "var-log", "var-log-audit", "var-tmp")
        ),
    },
    "rhel-neglected": _ALWAYS_KNOWN,
}
_OF_SUSE = {"audit-command-unix2-chkpwd"}  # a program that neither family has
NOWHERE = {"hardened": _OF_SUSE, "neglected": {*_OF_SUSE, *chain(*_ALWAYS_KNOWN.values())}}


def read_host(name: str) -> Bundle:
    bundle = read_bundle((FOLDER / f"{name}.bundle").read_bytes())
    base = name.removesuffix("-workstation")
    return bundle if base == name else replace(bundle, frames=read_host(base).frames | bundle.frames)


@cache
def facts_of(name: str) -> Facts:
    return read_facts(read_host(name))


@cache
def verdicts(name: str) -> Mapping[str, Result]:
    return {result.check: result for result in evaluate_all(load_content(), facts_of(name))}


def state_of(name: str) -> str:
    return name.split("-")[1]


def said_by_some(state: str) -> set[str]:
    """The checks that pass on one of the hardened hosts, or fail on one of the neglected."""
    hosts = [name for name in HOSTS if state_of(name) == state]
    return {check for name in hosts for check, result in verdicts(name).items() if result.status == STATUS[state]}


@pytest.mark.parametrize("name", HOSTS)
def test_every_check_that_applies_passes_on_a_hardened_host_and_fails_on_a_neglected(name: str) -> None:
    wanted = (STATUS[state_of(name)], NOT_APPLICABLE)
    odd = {check: [explain(one) for one in result.observations] for check, result in verdicts(name).items() if result.status not in wanted}
    assert set(odd) == set(chain(*OTHERWISE.get(name, {}).values())), odd


@pytest.mark.parametrize("state", STATUS)
def test_every_check_passes_on_some_hardened_host_and_fails_on_some_neglected(state: str) -> None:
    assert CHECKS - said_by_some(state) == NOWHERE[state]


@pytest.mark.parametrize("name", HOSTS)
def test_what_comes_out_otherwise_could_be_judged(name: str) -> None:
    statuses = {verdicts(name)[check].status for check in chain(*OTHERWISE.get(name, {}).values())}
    assert statuses <= {PASS, FAIL}


@pytest.mark.parametrize("name", HOSTS)
def test_most_checks_apply_to_a_host(name: str) -> None:
    applied = sum(result.status in (PASS, FAIL) for result in verdicts(name).values())
    assert applied >= FEWEST[name.partition("-")[0]]


@pytest.mark.parametrize("name", HOSTS)
def test_a_host_is_of_its_family(name: str) -> None:
    assert facts_of(name).values["os"]["family"] == name.partition("-")[0]

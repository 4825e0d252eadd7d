"""What the checks say to type on Debian is typed on a real host, and the next scan shows that it has mended what it is for."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from checks.evaluate import evaluate_all, explain
from checks.judgement import arguments_of
from checks.load import load_content
from checks.model import FAIL, NOT_APPLICABLE, PASS, Result
from checks.remediation import remediation_text
from collector.bundle import read_bundle
from collector.catalog import probes, sources, with_arguments
from collector.read import read_facts
from collector.script import build_script
from tests.support.host import Host
from tests.support.lab import Lab
from tests.support.remedies import plain_commands

CONTENT = load_content()
FEWEST = 200  # plain remediations that a host as Debian installs it gives occasion for


def scan(host: Host) -> dict[str, Result]:
    """Check id -> what all checks say of a host now."""
    every = with_arguments(sources(probes("linux")), arguments_of(CONTENT.checks.values(), "linux"))
    raw = host.run("sh -s", stdin=build_script(every)).stdout.encode(errors="surrogateescape")
    return {result.check: result for result in evaluate_all(CONTENT, read_facts(read_bundle(raw)))}


class Mended(NamedTuple):
    """The verdicts on a host before and after all plain remediations of what failed; tried: the checks that have one."""

    before: Mapping[str, Result]
    after: Mapping[str, Result]
    tried: frozenset[str]


@pytest.fixture(scope="module")
def mended() -> Mended:
    with Lab(1) as lab:
        host = lab.hosts[0]
        host.write("/etc/default/grub", 'GRUB_CMDLINE_LINUX=""\n')
        before, tried = scan(host), set()
        for name in (name for name, result in before.items() if result.status == FAIL):
            commands = plain_commands(remediation_text(CONTENT.checks[name], "linux", None))
            for command in commands:
                host.run(command, check=False)  # systemd and the kernel's audit are not the host's own: what counts is the next scan
            tried |= {name} if commands else set()
        return Mended(before, scan(host), frozenset(tried))


def test_plain_remediations_mend_what_they_are_for(mended: Mended) -> None:
    """One that does not apply any more is mended by another: who refuses advertisements as a whole need not refuse their parts."""
    left = {
        name: [explain(o) for o in mended.after[name].observations]
        for name in sorted(mended.tried)
        if mended.after[name].status not in (PASS, NOT_APPLICABLE)
    }
    assert left == {}


def test_no_remediation_breaks_what_passed(mended: Mended) -> None:
    broken = {
        name: mended.after[name] for name, result in mended.before.items() if result.status == PASS and mended.after[name].status == FAIL
    }
    assert broken == {}


def test_there_are_plain_remediations_enough(mended: Mended) -> None:
    assert len(mended.tried) >= FEWEST

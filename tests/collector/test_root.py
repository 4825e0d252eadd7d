"""An alternative root: the installed system is told of, the running one never."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.bundle import BundleError, read_bundle
from collector.catalog import probes, sources, with_arguments
from collector.facts import Unknown
from collector.read import read_facts
from collector.runtime import RUNTIME
from collector.script import build_script, script_digest
from tests.support.lab import Lab

ALL = sources(probes("linux"))
# Words by which a snippet asks the kernel or a daemon.
ASKS = re.compile(r"/proc/|/sys/|\buname -[rv]|systemctl |\bauditctl -|\bnft -|iptables-save|\bss -|\bps -|sysctl -a|chronyc|timedatectl")


@contextmanager
def mounted(lab: Lab) -> Iterator[str]:
    """A host's root as an image would be: its files alone, without what its kernel mounts there."""
    place = "/mnt/image"
    lab.hosts[0].run(f"mkdir -p {place} && mount --bind / {place}")
    try:
        yield place
    finally:
        lab.hosts[0].run(f"umount {place}")


def collect(lab: Lab, script: str) -> subprocess.CompletedProcess[str]:
    return lab.hosts[0].run("sh -s", stdin=script, check=False)


def test_a_root_is_entered_and_only_what_is_installed_there_is_told(lab: Lab) -> None:
    chosen = with_arguments(ALL, {"file.asked": ["/etc/machine-id"]})
    with mounted(lab) as place:
        ran = collect(lab, build_script(chosen, place))
    bundle = read_bundle(ran.stdout.encode(errors="surrogateescape"))
    assert (bundle.root, bundle.script) == (place, script_digest(chosen, place))
    assert bundle.script != script_digest(chosen)
    facts = read_facts(bundle)
    assert facts.host["name"] == "host1"
    assert facts.values["os"]["id"] == "debian"
    assert [one.value for one in facts.lookup("login_defs.pass_max_days")] == [99999]
    assert [one.value for one in facts.lookup("file[/etc/machine-id].exists")] == [True]
    for name in RUNTIME & set(bundle.frames):
        assert bundle.frames[name].exit_code == 70
        assert bundle.frames[name].output == ""
    for path in ("sysctl.running[kernel.dmesg_restrict]", "mounts.now[/].options", "modules.loaded", "kernel.release"):
        (reading,) = facts.lookup(path)
        assert isinstance(reading.value, Unknown), path
        assert "alternative root" in reading.value.reason


def test_the_machines_own_name_is_not_taken_for_the_images(lab: Lab) -> None:
    identity = tuple(one for one in ALL if one.name.startswith("host."))
    lab.hosts[0].run("mkdir -p /mnt/empty && mount -t tmpfs tmpfs /mnt/empty")
    try:
        lab.hosts[0].run(
            "cd /mnt/empty && mkdir etc && for d in bin sbin lib lib64 usr; do [ ! -e /$d ] || { mkdir $d; mount --bind /$d $d; }; done"
        )
        bundle = read_bundle(collect(lab, build_script(identity, "/mnt/empty")).stdout.encode())
    finally:
        lab.hosts[0].run("umount -R /mnt/empty")
    facts = read_facts(bundle)
    assert facts.values["host"]["name"] is None
    assert "name" not in facts.host


REFUSALS = {
    "no such directory": ("/mnt/nowhere", "true", 66, "is not a directory; mount the image there first"),
    "an empty directory": ("/mnt", "true", 66, "holds no /bin/sh"),
    "the running root": ("/mnt/here", "mkdir -p /mnt/here; mount --rbind / /mnt/here", 69, "unmount them there first"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_directory_that_is_no_image_is_refused_with_a_sentence(lab: Lab, name: str) -> None:
    place, prepare, status, words = REFUSALS[name]
    lab.hosts[0].run(prepare)
    try:
        ran = collect(lab, build_script(ALL[:1], place))
    finally:
        lab.hosts[0].run("umount -R /mnt/here 2>/dev/null", check=False)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert words in ran.stderr


def test_only_root_may_enter(lab: Lab) -> None:
    ran = lab.hosts[0].run("su plain -c 'sh -s'", stdin=build_script(ALL[:1], "/mnt"), check=False)
    assert (ran.returncode, ran.stdout) == (77, "")
    assert "only root may enter /mnt" in ran.stderr


@pytest.mark.parametrize("place", ["image", "", "/mnt/../etc", "/mnt/a b", "/mnt/$(id)", "/mnt/'x'", "/mnt/x\n", "/mnt/", "/", "/mnt/."])
def test_a_directory_that_is_not_named_plainly_is_refused(place: str) -> None:
    if place:
        with pytest.raises(BundleError, match="cannot be entered"):
            build_script(ALL[:1], place)
    else:
        assert build_script(ALL[:1], place) == build_script(ALL[:1])


def test_half_of_such_a_script_runs_nothing(tmp_path: Path) -> None:
    script = build_script(ALL, str(tmp_path))
    for size in range(0, len(script) - len("enter\n"), max(1, len(script) // 23)):
        ran = subprocess.run(["sh", "-s"], input=script[:size].encode(), capture_output=True, check=False)
        assert ran.stdout == b"", f"{size} bytes of the script printed something"


def test_every_source_that_asks_the_running_system_is_known_to_do_so() -> None:
    """Of a source that is not in RUNTIME, and looks at what an image does not have mounted, a person has seen that it copes."""
    assert {one.name for one in ALL} >= RUNTIME
    asking = {one.name for one in ALL if ASKS.search(one.script)}
    assert asking - RUNTIME <= COPING, "look at these with an alternative root, and name them in collector.runtime or here"


COPING = {"boot", "crypto", "files.walk", "hardening.cores", "keys.luks", "mac.config", "modules.configured"}

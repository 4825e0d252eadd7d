"""The agent on real hosts, against a real server behind TLS."""

import json
import re
import socket
import time
from pathlib import Path

import pytest

from poam_generator.evidence import verify_record
from tests.agent.conftest import CHECK, DROP_IN, GOOD, RUN, WEAK, Site, install
from tests.support.host import Host
from tests.support.tls import TlsFront, make_certificate

STATE = "/var/lib/closeout-agent"
FILES = Path(__file__).parents[2] / "deploy" / "agent" / "linux"


@pytest.fixture
def enrolled(site: Site, lab_host: Host) -> Host:
    """A host whose agent is approved, and which is not weak."""
    lab_host.write(DROP_IN, GOOD)
    install(lab_host, site.package(), site.token())
    site.approve(lab_host, f"ws-{len(site.names):03}")
    return lab_host


@pytest.fixture
def name(site: Site, enrolled: Host) -> str:
    """How the inventory calls the enrolled host."""
    del enrolled
    return site.names[-1]


def last_request(site: Site) -> bytes:
    return bytes(site.front.requests[-1])


def send_again(site: Site, request: bytes) -> str:
    """The word with which the server answers these very bytes."""
    with socket.create_connection(site.front.behind) as server:
        server.sendall(request)
        server.settimeout(30)
        answer = b""
        while b"closeout " not in answer and (data := server.recv(4096)):
            answer += data
    return answer.rpartition(b"closeout ")[2].decode().strip()


def test_an_agent_is_installed_approved_delivers_and_what_it_finds_is_drafted_fixed_and_closed(site: Site, lab_host: Host) -> None:
    lab_host.write(DROP_IN, GOOD)
    said = install(lab_host, site.package(), site.token())
    assert "Compare the key" in said.stderr
    waiting = lab_host.run(RUN, check=False)
    assert (waiting.returncode, "waits for an administrator" in waiting.stderr) == (1, True)
    identifier = site.approve(lab_host, "pushing")

    assert "sent whole" in lab_host.run(RUN).stdout
    whole = len(last_request(site))
    assert site.closeout.items(CHECK) == []
    assert "unchanged" in lab_host.run(RUN).stdout
    assert len(last_request(site)) < min(whole / 10, 20_000)
    first, second = site.receipts("pushing")
    assert {first["origin"], second["origin"]} == {"agent-signed"}

    lab_host.write(DROP_IN, WEAK)
    assert "sent whole" in lab_host.run(RUN).stdout
    (item,) = site.closeout.items(CHECK)
    assert item["state"] == "draft"
    site.closeout.say("items", "approve", item["id"])
    lab_host.write(DROP_IN, GOOD)
    lab_host.run(RUN)
    (item,) = site.closeout.items(CHECK)
    assert item["state"] == "closed"
    closure = site.closeout("items", "show", item["id"])["closure"]
    assert verify_record(closure["canonical"].encode()) == []
    (host,) = json.loads(closure["canonical"])["hosts"]
    assert host["failing"]["origin"] == host["passing"]["origin"] == "agent-signed"
    assert all(row["good"] for row in site.closeout("doctor", "--whole"))
    assert [a["state"] for a in site.agents() if a["id"] == identifier] == ["approved"]


def test_the_very_request_of_before_is_replayed_and_changes_nothing(site: Site, enrolled: Host, name: str) -> None:
    enrolled.run(RUN)
    assert send_again(site, last_request(site)) == "replayed"
    assert len(site.receipts(name)) == 1


def test_a_clock_that_is_off_makes_uploads_stale(site: Site, enrolled: Host, name: str) -> None:
    old = "#!/bin/sh\ncase $* in *%Y*) exec /bin/date -u -d '-2 hours' +%Y-%m-%dT%H:%M:%SZ ;; esac\nexec /bin/date \"$@\"\n"
    enrolled.write("/usr/local/bin/date", old, mode=0o755)
    ran = enrolled.run(RUN, check=False)
    assert (ran.returncode, "clocks of this host and of the server are too far apart" in ran.stderr) == (1, True)
    assert site.refused()[0] == "stale"
    assert site.receipts(name) == []


def test_the_key_of_another_host_is_foreign(site: Site, enrolled: Host, name: str) -> None:
    enrolled.run(f"openssl ecparam -name prime256v1 -genkey -noout -out {STATE}/key.pem")
    ran = enrolled.run(RUN, check=False)
    assert (ran.returncode, "knows another key" in ran.stderr) == (1, True)
    assert site.receipts(name) == []


def test_a_revoked_agent_is_told_so(site: Site, enrolled: Host, name: str) -> None:
    enrolled.run(RUN)
    site.closeout.say("agents", "revoke", site.agents()[-1]["id"], "--because", "the disk was sold")
    ran = enrolled.run(RUN, check=False)
    assert (ran.returncode, "was revoked" in ran.stderr) == (1, True)
    assert len(site.receipts(name)) == 1


def test_an_agent_that_the_server_does_not_know_is_told_so(enrolled: Host) -> None:
    enrolled.write(f"{STATE}/id", "00000000-0000-4000-8000-000000000000\n")
    ran = enrolled.run(RUN, check=False)
    assert (ran.returncode, "does not know this token or this agent" in ran.stderr) == (1, True)


def test_a_script_that_was_changed_on_the_host_is_not_believed(site: Site, enrolled: Host, name: str) -> None:
    enrolled.run(
        f"sed -i 's/^  echo .script [0-9a-f]*/&/; s/script [0-9a-f]\\{{64\\}}/script {'0' * 64}/' /usr/local/lib/closeout-agent/collect.sh"
    )
    ran = enrolled.run(RUN, check=False)
    assert (ran.returncode, "does not know the collection script" in ran.stderr) == (1, True)
    assert site.receipts(name) == []


def test_a_collection_that_is_cut_or_too_large_is_not_sent(site: Site, enrolled: Host) -> None:
    before = len(site.front.requests)
    enrolled.run("mv /usr/local/lib/closeout-agent/collect.sh /root/collect.sh")
    enrolled.write("/usr/local/lib/closeout-agent/collect.sh", "sh /root/collect.sh | head -n 20\n")
    assert "cut short" in enrolled.run(RUN, check=False).stderr
    enrolled.write("/usr/local/lib/closeout-agent/collect.sh", "head -c 68000000 /dev/zero; echo; echo finish 1\n")
    assert "larger than" in enrolled.run(RUN, check=False).stderr
    assert len(site.front.requests) == before
    assert "work" not in enrolled.run(f"ls {STATE}").stdout


def test_a_server_without_the_pinned_key_gets_nothing(site: Site, lab_host: Host, tmp_path: Path) -> None:
    other = make_certificate(tmp_path, site.front.address)
    ran = install(lab_host, site.package(certificate=other), site.token(), check=False)
    assert (ran.returncode, "does not show the pinned key" in ran.stderr) == (75, True)
    assert "nothing was left installed" in ran.stderr
    assert lab_host.run(f"ls -d {STATE} /usr/local/lib/closeout-agent", check=False).returncode != 0
    assert last_request(site) == b"", "not a byte of the request went out"


def test_a_client_that_ignores_the_pin_is_found_out(site: Site, lab_host: Host) -> None:
    careless = "#!/bin/sh\nexit 0\n"
    lab_host.write("/usr/local/bin/curl", careless, mode=0o755)
    ran = install(lab_host, site.package(), site.token(), check=False)
    assert (ran.returncode, "does not hold to a pinned key" in ran.stderr) == (69, True)


@pytest.mark.parametrize(("lacking", "sentence"), [("openssl", "openssl is not installed"), ("curl", "neither curl nor wget is installed")])
def test_a_host_that_lacks_what_it_takes_is_refused_in_a_sentence(site: Site, lab_host: Host, lacking: str, sentence: str) -> None:
    lab_host.run(f"rm -f /usr/bin/{lacking} /usr/bin/wget")
    ran = install(lab_host, site.package(), "no-token", check=False)
    assert (ran.returncode, sentence in ran.stderr, "Nothing was installed" in ran.stderr) == (69, True, True)
    assert lab_host.run(f"ls -d {STATE} /usr/local/lib/closeout-agent", check=False).returncode != 0


def test_what_is_no_token_installs_nothing(site: Site, lab_host: Host) -> None:
    for token in ("", "no-token", "$(touch /root/was-run)", "`touch /root/was-run`"):
        ran = install(lab_host, site.package(), token, check=False)
        assert (ran.returncode, "token" in ran.stderr) == (69, True)
        assert lab_host.run(f"ls -d {STATE} /root/was-run", check=False).stdout == ""


def test_a_token_enrols_one_host_only(site: Site, lab_hosts: tuple[Host, ...]) -> None:
    token, package = site.token(), site.package()
    install(lab_hosts[0], package, token)
    ran = install(lab_hosts[1], package, token, check=False)
    assert (ran.returncode, "used before" in ran.stderr) == (1, True)


def test_two_agents_are_two_hosts_and_neither_speaks_for_the_other(site: Site, lab_hosts: tuple[Host, ...]) -> None:
    package = site.package()
    for number, host in enumerate(lab_hosts):
        host.write(DROP_IN, (WEAK, GOOD)[number])
        install(host, package, site.token())
        site.approve(host, f"twin-{number}")
        host.run(RUN)
    standing = {row["name"]: row["fail"] for row in site.closeout("hosts", "list") if row["name"].startswith("twin")}
    assert standing["twin-0"] > standing["twin-1"]
    stolen = lab_hosts[0].run(f"cat {STATE}/accepted").stdout
    lab_hosts[1].write(f"{STATE}/accepted", stolen.split()[0] + " " + stolen.split()[1] + "\n")
    lab_hosts[1].write(f"{STATE}/id", lab_hosts[0].read(f"{STATE}/id"))
    assert "knows another key" in lab_hosts[1].run(RUN, check=False).stderr
    assert [len(site.receipts(f"twin-{number}")) for number in (0, 1)] == [1, 1]


def test_wget_does_where_there_is_no_curl(site: Site, lab_host: Host, tmp_path: Path) -> None:
    lab_host.run("rm /usr/bin/curl")
    other = make_certificate(tmp_path, site.front.address)
    assert "does not show the pinned key" in install(lab_host, site.package(certificate=other), site.token(), check=False).stderr
    install(lab_host, site.package(), site.token())
    waiting = lab_host.run(RUN, check=False)
    assert (waiting.returncode, "waits for an administrator" in waiting.stderr) == (1, True)
    site.approve(lab_host, "by-wget")
    assert "sent whole" in lab_host.run(RUN).stdout
    assert "unchanged" in lab_host.run(RUN).stdout
    assert len(site.receipts("by-wget")) == 2


HOSTILE = [
    b"closeout stored; touch /root/was-run\n",
    b"closeout $(touch /root/was-run)\n",
    b"`touch /root/was-run`\n",
    b"closeout stored\0; touch /root/was-run\n",
    b"'; touch /root/was-run; '\n\x1b]0;owned\x07\x1b[2J",
    b"closeout " + b"$(touch /root/was-run) " * 100_000,
    b"#!/bin/sh\ntouch /root/was-run\n",
]


def test_an_answer_full_of_shell_words_does_nothing_and_is_not_shown(site: Site, enrolled: Host) -> None:
    recent = "find / -xdev -newer /proc/1/comm -path /proc -prune -o -type f -print"
    before = set(enrolled.run(recent).stdout.split())
    scripts = "sha256sum /usr/local/lib/closeout-agent/*.sh"
    known = enrolled.run(scripts).stdout
    with TlsFront(site.front.address, site.front.certificate) as hostile:
        enrolled.run(f"sed -i 's|^url https://[^/]*|url {hostile.url}|' /usr/local/lib/closeout-agent/server.conf")
        for answer in HOSTILE:
            hostile.answer = answer
            ran = enrolled.run(RUN, check=False)
            assert ran.returncode in {1, 75}, answer
            assert "was-run" not in ran.stdout + ran.stderr
            assert "\x1b" not in ran.stdout + ran.stderr
            assert set(enrolled.run(recent).stdout.split()) - before <= {f"{STATE}/sequence"}
            assert enrolled.run(scripts).stdout == known


def test_no_line_of_the_agent_runs_what_was_received() -> None:
    for name in ("closeout-agent.sh", "install.sh"):
        lines = [line for line in (FILES / name).read_text().splitlines() if not line.lstrip().startswith("#")]
        assert not [line for line in lines if re.search(r"\beval\b|^\s*\.\s|\bsource\b|\bsh -c\b", line)]
        assert not [line for line in lines if "answer" in line and re.search(r"\bsh\b|exec.*\banswer\"?$", line)]


def test_everything_of_the_agent_is_roots_alone_and_an_installation_can_be_renewed_and_taken_away(enrolled: Host, site: Site) -> None:
    assert enrolled.run(f"stat -c '%a %U' {STATE} {STATE}/key.pem {STATE}/id").stdout.split() == [
        "700",
        "root",
        "600",
        "root",
        "600",
        "root",
    ]
    key = enrolled.read(f"{STATE}/key.pem")
    assert "enrolled already" in install(enrolled, site.package(), "").stderr
    assert enrolled.read(f"{STATE}/key.pem") == key
    assert (
        enrolled.run("readlink /etc/systemd/system/timers.target.wants/closeout-agent.timer")
        .stdout.strip()
        .endswith("closeout-agent.timer")
    )
    enrolled.run(RUN)
    enrolled.run("sh /usr/local/lib/closeout-agent/install.sh --uninstall")
    left = enrolled.run("find / -xdev -name '*closeout-agent*' -not -path '/root/*' -not -path '/proc/*'").stdout
    assert left == ""


def test_a_host_restored_from_a_backup_goes_on_by_itself(enrolled: Host, site: Site, name: str) -> None:
    enrolled.run(RUN)
    enrolled.run(f"rm {STATE}/sequence {STATE}/accepted")
    time.sleep(1.1)
    assert "sent whole" in enrolled.run(RUN).stdout
    assert len(site.receipts(name)) == 2


def test_a_run_that_is_killed_leaves_no_bundle_behind_for_long(enrolled: Host) -> None:
    enrolled.run(f"mkdir {STATE}/work && echo old > {STATE}/work/bundle")
    enrolled.run(RUN)
    assert "work" not in enrolled.run(f"ls {STATE}").stdout


def test_what_the_unit_leaves_of_roots_powers_is_enough_to_read_the_same(enrolled: Host) -> None:
    unit = enrolled.read("/etc/systemd/system/closeout-agent.service")
    found = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.MULTILINE)
    assert found
    keep = ",".join(f"+{word.removeprefix('CAP_').lower()}" for word in found[1].split())
    collect = "sh /usr/local/lib/closeout-agent/collect.sh"
    enrolled.run("cp /bin/true /tmp/left-open && chmod 6777 /tmp/left-open && chown 4242 /tmp/left-open")
    free = frames(enrolled.run(collect).stdout)
    confine = "mount -o remount,bind,ro /"  # what ProtectSystem=strict does
    bounded = f"CLOSEOUT_MOUNTS_OF=1 setpriv --bounding-set=-all,{keep} --no-new-privs {collect}"
    bound = frames(enrolled.run(f"unshare --mount sh -c '{confine} && {bounded}'").stdout)
    assert len(free) > 50
    assert "left-open" in free["files.walk"]
    assert {name for name in free if free[name] != bound[name]} == set()


def frames(bundle: str) -> dict[str, str]:
    """Name -> text of the frames that are the same from run to run."""
    found = re.findall(r"^begin (\S+)\n(.*?)^(?:end|again) \S+", bundle, re.MULTILINE | re.DOTALL)
    return dict(found)


def test_systemd_understands_every_line_of_the_units(enrolled: Host) -> None:
    """It names what it does not know, and its own rating of the sandbox is good."""
    done = enrolled.run("systemd-analyze verify --man=no /etc/systemd/system/closeout-agent.*", check=False)
    assert "closeout-agent" not in done.stderr, done.stderr
    rated = enrolled.run("systemd-analyze security --offline=true --threshold=50 closeout-agent.service", check=False)
    assert rated.returncode == 0, rated.stdout[-300:]

"""The contenders of the fleet comparison: the command of each, from a cold start, over the same hosts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.measure import Contender, Sample, measure
from benchmarks.peers import python_peer
from tests.support.lab import Lab

Run = Callable[[], Sample]
_AT_A_TIME = 20  # how many hosts each waits for at once
_FACTS = (
    "server.Hostname",
    "server.Kernel",
    "server.LinuxDistribution",
    "server.Users",
    "server.Groups",
    "server.Mounts",
    "server.Sysctl",
    "server.KernelModules",
    "server.Crontab",
    "server.SecurityLimits",
    "server.Locales",
    "deb.DebPackages",
)
_TESTS = Path(__file__).with_name("testinfra_checks.py")


def make_contenders(lab: Lab, scratch: Path, repetitions: Mapping[str, int]) -> tuple[list[Contender], list[str]]:
    """Those that are to be had, and the names of those that are not."""
    makers: dict[str, Callable[[Lab, Path], Run | None]] = {
        "closeout, facts and verdicts": _verdicts,
        "closeout scan": _closeout,
        "Ansible setup": _ansible,
        "pyinfra, 12 facts": _pyinfra,
        "testinfra, 20 checks": _testinfra,
    }
    found, missing = [], []
    for name, make in makers.items():
        if not repetitions.get(name):
            continue
        run = make(lab, scratch)
        if run is None:
            missing.append(name)
        else:
            found.append(Contender(name, run, repetitions[name]))
    return found, missing


def _checked(command: list[str], env: Mapping[str, str], wanted: int, mark: bytes) -> Sample:
    """The cost of a command that must say a word once for each host; raises RuntimeError when it left hosts out."""
    sample, done = measure(command, env={**os.environ, **env})
    if done.stdout.count(mark) < wanted:
        raise RuntimeError(f"{command[0]} left hosts out: {done.stdout.decode()[-2000:]} {done.stderr.decode()[-2000:]}")
    return sample


def _verdicts(lab: Lab, scratch: Path) -> Run:
    """All facts and the verdicts of all checks, printed as JSON; no database."""

    def run() -> Sample:
        words = [str(lab.known_hosts), str(lab.key), str(_AT_A_TIME), *(host.address for host in lab.hosts)]
        command = [sys.executable, "-m", "benchmarks.fleet.verdicts", *words]
        return _checked(command, {"HOME": str(scratch)}, len(lab.hosts), b'{"verdicts": ')

    return run


def _closeout(lab: Lab, scratch: Path) -> Run:
    """A first scan into an empty database: collection, parsing, every check, drafts of POA&M items, all stored."""

    def run() -> Sample:
        with tempfile.TemporaryDirectory(dir=scratch) as data:
            env = {"CLOSEOUT_DATA": data}
            hosts = [f"{host.name}={host.address}" for host in lab.hosts]
            prepare = [sys.executable, "-m", "benchmarks.fleet.inventory", str(lab.key), *hosts]
            subprocess.run(prepare, env=os.environ | env, check=True)
            (Path(data) / "known_hosts").write_bytes(lab.known_hosts.read_bytes())
            scan = ["scan", "--all", "--json", "--workers", str(_AT_A_TIME)]
            return _checked([sys.executable, "-c", "import server.cli; server.cli.main()", *scan], env, len(hosts), b'"receipt": "')

    return run


def _ansible(lab: Lab, scratch: Path) -> Run | None:
    """The facts that `setup` gathers, with pipelining and kept connections."""
    ansible = python_peer("ansible")
    if ansible is None:
        return None

    def run() -> Sample:
        with tempfile.TemporaryDirectory(dir=scratch) as home:
            inventory = Path(home) / "hosts"
            inventory.write_text("".join(f"{host.address} ansible_python_interpreter=/usr/bin/python3\n" for host in lab.hosts))
            keep = f"-C -o ControlMaster=auto -o ControlPersist=5s -o UserKnownHostsFile={lab.known_hosts}"
            env = {"ANSIBLE_PIPELINING": "True", "ANSIBLE_SSH_ARGS": keep, "ANSIBLE_HOME": home, "HOME": home}
            command = [str(ansible), "all", "-i", str(inventory), "-u", "root", "--private-key", str(lab.key), "-m", "setup"]
            return _checked([*command, "-f", str(_AT_A_TIME)], env, len(lab.hosts), b"| SUCCESS")

    return run


def _pyinfra(lab: Lab, scratch: Path) -> Run | None:
    """Twelve facts, printed and judged by nobody."""
    pyinfra = python_peer("pyinfra")
    if pyinfra is None:
        return None
    inventory = scratch / "inventory.py"
    common = {"ssh_user": "root", "ssh_key": str(lab.key), "ssh_known_hosts_file": str(lab.known_hosts)}
    inventory.write_text(f"hosts = ({[(host.address, common) for host in lab.hosts]!r}, {{}})\n")

    def run() -> Sample:
        command = [str(pyinfra), "-y", "--parallel", str(_AT_A_TIME), str(inventory), "fact", *_FACTS]
        sample, done = measure(command, env={**os.environ, "HOME": str(scratch)})
        said = done.stdout + done.stderr
        if done.returncode != 0 or any(said.count(host.address.encode()) == 0 for host in lab.hosts):
            raise RuntimeError(f"pyinfra left hosts out: {said.decode()[-3000:]}")
        return sample

    return run


def _testinfra(lab: Lab, scratch: Path) -> Run | None:
    """Twenty checks, one host after another."""
    if python_peer("pytest") is None:
        return None
    pytest = str(python_peer("pytest"))
    config = scratch / "ssh_config"
    config.write_text(f"Host *\n  User root\n  IdentityFile {lab.key}\n  UserKnownHostsFile {lab.known_hosts}\n")

    def run() -> Sample:
        hosts = ",".join(f"ssh://{host.address}" for host in lab.hosts)
        command = [pytest, "-q", "-p", "no:cacheprovider", "--rootdir", str(scratch), "-c", os.devnull, f"--hosts={hosts}"]
        sample, done = measure([*command, f"--ssh-config={config}", str(_TESTS)], env={**os.environ, "HOME": str(scratch)})
        if b" passed" not in done.stdout and b" failed" not in done.stdout:
            raise RuntimeError(f"testinfra ran nothing: {done.stdout.decode()[-2000:]} {done.stderr.decode()[-2000:]}")
        return sample

    return run

"""What is compared, each a process of its own: `python -m benchmarks.winrm.contenders NAME THREADS CERTIFICATE PORT ...`."""

import json
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from winrm.protocol import Protocol

from checks.evaluate import evaluate_plans, make_plans
from checks.load import load_content
from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.read import read_facts
from collector.script import build_script
from collector.transports.targets import WinrmTarget
from collector.transports.winrm import COMMAND, collect_winrm
from tests.support.wsman import PASSWORD, USER

SCRIPT = build_script(sources(probes("windows")), platform="windows")


def ours(certificate: Path, port: int) -> bytes:
    """What closeout does for one host."""
    target = WinrmTarget(str(port), "127.0.0.1", USER, certificate.with_name("none"), port, "ntlm", PASSWORD, ca_file=certificate)
    return collect_winrm(target, SCRIPT).raw


def plain(certificate: Path, port: int) -> bytes:
    """The same exchange by pywinrm as it comes: shell, command, script on standard input, output, and the shell closed."""
    protocol = Protocol(
        f"https://127.0.0.1:{port}/wsman", transport="ntlm", username=USER, password=PASSWORD, ca_trust_path=str(certificate), proxy=None
    )
    shell = protocol.open_shell()
    command = protocol.run_command(shell, "powershell.exe", COMMAND)
    protocol.send_command_input(shell, command, SCRIPT.encode(), end=True)
    out, _, _ = protocol.get_command_output(shell, command)
    protocol.cleanup_command(shell, command)
    protocol.close_shell(shell)
    return out


def judge(bundles: Iterable[bytes]) -> None:
    """Facts and verdicts of each, a line of JSON a host."""
    plans = make_plans(load_content(), "windows")
    for raw in bundles:
        facts = read_facts(read_bundle(raw), datetime.now(UTC))
        verdicts = {one.check: one.status for one in evaluate_plans(plans, facts)}
        sys.stdout.write(f"{json.dumps({'verdicts': verdicts, 'facts': facts.to_json()})}\n")


def keep(bundles: Iterable[bytes]) -> None:
    """The size of what came, and nothing more."""
    for raw in bundles:
        sys.stdout.write(f"{len(raw)}\n")


CONTENDERS: dict[str, tuple[Callable[[Path, int], bytes], Callable[[Iterable[bytes]], None]]] = {
    "closeout, facts and verdicts": (ours, judge),
    "closeout, bundles only": (ours, keep),
    "pywinrm, output only": (plain, keep),
}


def main() -> None:
    """Threads wait for the hosts."""
    name, threads, certificate, *ports = sys.argv[1:]
    collect, take = CONTENDERS[name]
    with ThreadPoolExecutor(int(threads)) as pool:
        take(pool.map(lambda port: collect(Path(certificate), int(port)), ports))


if __name__ == "__main__":
    main()

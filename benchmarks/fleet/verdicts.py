"""Facts and verdicts of many hosts without a database: `python -m benchmarks.fleet.verdicts KNOWN_HOSTS KEY THREADS ADDRESS ...`.

It prints one line of JSON a host: its facts and the verdict of every check. This is what the peers do, and the verdicts besides.
"""

import json
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from checks.evaluate import Plan, evaluate_plans, make_plans
from checks.load import load_content
from collector.bundle import read_bundle
from collector.catalog import probes, sources
from collector.read import read_facts
from collector.script import build_script
from collector.transports.ssh import collect_ssh
from collector.transports.targets import SshTarget


def main() -> None:
    """Threads wait for the hosts; one reads and judges what comes."""
    known_hosts, key, threads, *addresses = sys.argv[1:]
    script = build_script(sources(probes("linux")))
    plans = make_plans(load_content(), "linux")

    def collect(address: str) -> bytes:
        return collect_ssh(SshTarget(address, address, "root", Path(known_hosts), key_file=Path(key)), script).raw

    with ThreadPoolExecutor(int(threads)) as pool:
        for line in _judge(pool.map(collect, addresses), plans):
            sys.stdout.write(f"{line}\n")


def _judge(bundles: Iterable[bytes], plans: tuple[Plan, ...]) -> Iterable[str]:
    for raw in bundles:
        facts = read_facts(read_bundle(raw), datetime.now(UTC))
        verdicts = {one.check: one.status for one in evaluate_plans(plans, facts)}
        yield json.dumps({"verdicts": verdicts, "facts": facts.to_json()})


if __name__ == "__main__":
    main()

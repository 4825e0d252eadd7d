"""Windows hosts for the comparison, in a process of their own: `python -m benchmarks.winrm.hosts COUNT CERTIFICATE`.

Each is an endpoint that speaks WS-Management over HTTPS with NTLM and replays one bundle: the answers of the test fixtures, all
probes. It prints the ports, and goes on until its standard input ends. What PowerShell would cost on a host is not in it.
"""

import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from collector.catalog import probes, sources
from tests.support.windows import bundle_text, pack
from tests.support.wsman import Behaviour, WsmanEndpoint

FIXTURES = Path(__file__).parents[2] / "tests" / "collector" / "windows" / "fixtures"
PIECES = 4  # Receive answers that a bundle of this size takes


def replayed() -> bytes:
    """A packed bundle with the first good answer that the fixtures have for each source."""
    said = {"host.identity": "WS-014\n9f0c\nTrue\nS-1-5-18\n5.1.20348.1", "host.clock": "1795441860"}
    for source in sources(probes("windows")):
        found = sorted(FIXTURES.glob(f"*/*/{source.name}.out"), key=lambda file: -file.stat().st_size)
        if found and source.name not in said:
            said[source.name] = found[0].read_text(encoding="utf-8", errors="replace").replace("\r", "")
    return pack(bundle_text(said))


def main() -> None:
    """Listen until standard input ends."""
    count, certificate = int(sys.argv[1]), Path(sys.argv[2])
    behaviour = Behaviour(replayed(), pieces=PIECES, again=True)
    with ExitStack() as listening:
        endpoints = [listening.enter_context(WsmanEndpoint(certificate, replace(behaviour))) for _ in range(count)]
        sys.stdout.write(f"{json.dumps([endpoint.port for endpoint in endpoints])}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()

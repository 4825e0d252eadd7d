"""Which host this is, by its own word, and what its clock said: for display and for noticing conflicts, never for attribution."""

import re
from datetime import UTC, datetime
from typing import Any

from collector.canonical import time_text
from collector.facts import Fact
from collector.probe import Frames, Probe, ProbeError, Source

IDENTITY = Source(
    "host.identity",
    """
name=''
if [ -z "$alternative_root" ]; then name=$(uname -n)
elif [ -r /etc/hostname ]; then read -r name </etc/hostname || :
fi
printf '%s\n' "$name"
id -u
show /etc/machine-id
""",
)
CLOCK = Source("host.clock", "date -u +%s", volatile=True)


def parse(frames: Frames) -> dict[str, Any]:
    """{"name": "ws-014", "machine_id": "4f0c...", "uid": 0, "clock": "2026-11-23T13:51:00.000000Z"}"""
    name, uid, *rest = frames.text(IDENTITY).splitlines()
    seconds = frames.text(CLOCK).strip()
    if not re.fullmatch(r"\d{1,12}", seconds):
        raise ProbeError(f"host.clock: the host's clock said {seconds[:40]!r}")
    machine_id = next((line[1:] for line in rest if re.fullmatch(r":[0-9a-f]{32}", line)), None)
    return {"name": name or None, "uid": int(uid), "machine_id": machine_id, "clock": time_text(datetime.fromtimestamp(int(seconds), UTC))}


PROBES = (
    Probe(
        name="host",
        sources=(IDENTITY, CLOCK),
        facts=(
            Fact("name", "string", "what the host calls itself"),
            Fact("machine_id", "string", "/etc/machine-id"),
            Fact("uid", "integer", "the user that the collection script ran as; 0 is root"),
            Fact("clock", "string", "the host's clock in UTC when the script ran"),
        ),
        parse=parse,
    ),
)

"""Optional features of Windows and roles of a server, by the names that DISM gives them."""

from collections.abc import Mapping
from typing import Any, Final

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import read_objects

FEATURES = Source(
    "features",
    r"""
$found = foreach ($one in Get-CimInstance -ClassName Win32_OptionalFeature) { @{ name = $one.Name; state = $one.InstallState } }
Format-Json @($found)
""",
    seconds=60,
)
STATES: Final[Mapping[int, str]] = {1: "enabled", 2: "disabled", 3: "absent"}


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"known": ["SMB1Protocol", ...], "enabled": ["NetFx4", ...], "by_name": {"SMB1Protocol": {"state": "disabled"}}}"""
    answers = read_objects(frames, FEATURES)
    found = {str(one.get("name")): STATES.get(one.get("state") or 0) for one in answers}
    if not found:
        raise ProbeError(f"{FEATURES.name}: the list of features is empty")
    return {
        "known": sorted(found),
        "enabled": sorted(name for name, state in found.items() if state == "enabled"),
        "by_name": {name: {"state": state or Unknown("the host does not know whether it is enabled")} for name, state in found.items()},
    }


PROBES = (
    Probe(
        name="features",
        sources=(FEATURES,),
        facts=(
            Fact("known", "strings", "the features that this Windows knows; one that is not among them cannot be enabled"),
            Fact("enabled", "strings", "the features that are enabled"),
            Fact("by_name.*.state", "string", "enabled, disabled, or its files absent", tuple(STATES.values())),
        ),
        parse=parse,
    ),
)

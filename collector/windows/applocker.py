"""AppLocker: what the policy says of each kind of program, and whether the service that enforces it runs."""

from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, member, read_object
from collector.windows.codes import spell

COLLECTIONS = {"exe": "Exe", "dll": "Dll", "script": "Script", "installer": "Msi", "packaged": "Appx"}
_KINDS = ", ".join(f"'{name}'" for name in COLLECTIONS.values())
APPLOCKER = Source(
    "applocker",
    rf"""
$collections = @{{}}
foreach ($kind in @({_KINDS})) {{
  $key = 'SOFTWARE\Policies\Microsoft\Windows\SrpV2\' + $kind
  $collections[$kind] = @{{
    mode = Read-Registry LocalMachine $key 'EnforcementMode'
    rules = @(Get-Subkeys LocalMachine $key).Count
  }}
}}
Format-Json @{{ collections = $collections; service = (Get-ServiceStates)['AppIDSvc'] }}
""",
)
MODES = {0: "audit", 1: "enforced"}


def parse(frames: Frames) -> dict[str, Any]:
    """{"collections": {"exe": {"enforcement": "enforced", "rules": 12}, ...}, "service_running": True, "enforced": ["exe"]}"""
    answer = read_object(frames, APPLOCKER)
    said = answer.get("collections")
    if not isinstance(said, dict) or not all(isinstance(said.get(kind), dict) for kind in COLLECTIONS.values()):
        raise ProbeError("applocker: the host's answer lacks a collection of rules")
    collections = {name: _collection(said[kind]) for name, kind in COLLECTIONS.items()}
    running = answer.get("service") == "Running"
    return {"collections": collections, "service_running": running, "enforced": _enforced(collections, running=running)}


def _collection(answer: Answer) -> dict[str, Any]:
    """Without rules nothing is held back, whatever the mode; without a mode, rules that are there are enforced."""
    rules, mode = member(answer, "rules"), member(answer, "mode")
    if isinstance(rules, bool) or not isinstance(rules, int) or isinstance(mode, Unknown):
        silent = Unknown("applocker: the host's answer does not tell the mode and the number of the rules of a collection")
        return {"rules": silent, "enforcement": silent}
    if rules == 0 or mode is None:
        return {"rules": rules, "enforcement": "enforced" if rules else "none"}
    return {"rules": rules, "enforcement": spell(mode, MODES, "EnforcementMode")}


def _enforced(collections: dict[str, dict[str, Any]], *, running: bool) -> list[str] | Unknown:
    unclear = next((one["enforcement"] for one in collections.values() if isinstance(one["enforcement"], Unknown)), None)
    return unclear or sorted(name for name, one in collections.items() if running and one["enforcement"] == "enforced")


PROBES = (
    Probe(
        name="applocker",
        sources=(APPLOCKER,),
        facts=(
            Fact(
                "collections.*.enforcement",
                "string",
                "what group policy says of these programs; rules that device management brings are not seen here",
                ("none", *MODES.values()),
                tuple(COLLECTIONS),
            ),
            Fact("collections.*.rules", "integer", "rules of the collection", (), tuple(COLLECTIONS)),
            Fact("service_running", "boolean", "the Application Identity service runs, without which nothing is enforced"),
            Fact("enforced", "strings", "collections that are enforced by a running service"),
        ),
        parse=parse,
    ),
)

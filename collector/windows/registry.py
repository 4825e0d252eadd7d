r"""Values of the registry that checks ask for, of the machine and of every user whose hive is loaded.

As in `registry[HKLM\SYSTEM\CurrentControlSet\Control\Lsa|LmCompatibilityLevel].number`: hive and key, and behind the bar the value
(nothing for the default value of the key). Keys that hold nothing but secrets cannot be asked for, and of a value whose name
sounds like a secret only a number leaves the host.
"""

import re
from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import Answer, read_object, read_objects

_KEY = re.compile(r"[A-Za-z0-9_{}().,:/ #&+@$*'~-]+(\\[A-Za-z0-9_{}().,:/ #&+@$*'~-]+)*")
_VALUE = re.compile(r"[A-Za-z0-9_{}().,:/\\ #&+@$*'~-]*")
_CLOSED = re.compile(r"(SAM|SECURITY)(\\.*)?", re.IGNORECASE)
_WORDS = ("number", "text", "texts")
_DWORDS = 2**32
_QWORDS = 2**64

ASKED_REGISTRY = Source(
    "registry.asked",
    r"""
$found = foreach ($one in $Asked) {
  $key, $name = $one.Substring(5).Split('|')
  $said = Read-RegistryValue LocalMachine $key $name
  $said['asked'] = $one
  $said
}
Format-Json @($found)
""",
    seconds=60,
)
USER_HIVES = Source(
    "registry.user_hives",
    r"""
$loaded = @(Get-Subkeys Users '' | Where-Object { $_ -match '^S-1-(5-21|12-1)-[0-9-]+$' })
$profiles = @(Get-Subkeys LocalMachine 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList')
$profiles = @($profiles | Where-Object { $_ -match '^S-1-(5-21|12-1)-[0-9-]+$' })
Format-Json @{ loaded = $loaded; profiles = $profiles }
""",
)
ASKED_USER_REGISTRY = Source(
    "user_registry.asked",
    r"""
$sids = @(Get-Subkeys Users '' | Where-Object { $_ -match '^S-1-(5-21|12-1)-[0-9-]+$' })
$found = foreach ($one in $Asked) {
  $key, $name = $one.Split('|')
  $users = @{}
  foreach ($sid in $sids) { $users[$sid] = Read-RegistryValue Users "$sid\$key" $name }
  @{ asked = $one; users = $users }
}
Format-Json @($found)
""",
    seconds=60,
)


def check_machine_argument(argument: str) -> None:
    r"""Raise ProbeError with a sentence when HKLM\KEY|VALUE may not be asked for."""
    if not argument.startswith("HKLM\\"):
        raise ProbeError(f"{argument[:120]!r} does not begin with HKLM\\; values of users are asked for as user_registry[KEY|VALUE]")
    check_argument(argument.removeprefix("HKLM\\"))


def check_argument(argument: str) -> None:
    """Raise ProbeError with a sentence when KEY|VALUE may not be asked for."""
    key, bar, value = argument.partition("|")
    if not bar:
        raise ProbeError(f"{argument[:120]!r} names no value; write KEY|VALUE, or KEY| for the default value")
    if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value) or value != value.strip():
        raise ProbeError(f"{argument[:120]!r} is no plain key and value of the registry; write KEY\\KEY|VALUE")
    if _CLOSED.fullmatch(key):
        raise ProbeError(f"{key} holds the secrets of Windows, and secrets never leave a host; ask for another key")


def parse_machine(frames: Frames) -> Mapping[str, Any]:
    r"""{"HKLM\...\Lsa|LmCompatibilityLevel": {"exists": true, "type": "dword", "number": 5, "text": null, "texts": null}}"""
    answers = {str(one.get("asked")): one for one in read_objects(frames, ASKED_REGISTRY)}
    return {asked: _read(asked, answers.get(asked)) for asked in frames.arguments(ASKED_REGISTRY)}


def parse_users(frames: Frames) -> Mapping[str, Any]:
    r"""{"Software\...|ScreenSaveActive": {"users": {"S-1-5-21-1-2-3-1001": {"exists": true, "text": "1", ...}}}}"""
    answers = {str(one.get("asked")): one.get("users") for one in read_objects(frames, ASKED_USER_REGISTRY)}
    return {asked: {"users": _read_users(asked, answers.get(asked))} for asked in frames.arguments(ASKED_USER_REGISTRY)}


def _read_users(asked: str, users: Any) -> Mapping[str, Any] | Unknown:  # noqa: ANN401 - whatever a host said
    if not isinstance(users, dict):
        return Unknown(f"the host's answer says nothing of {asked}")
    return {sid: _read(f"{sid}\\{asked}", one) for sid, one in users.items()}


def _read(asked: str, answer: Any) -> dict[str, Value | Unknown]:  # noqa: ANN401 - whatever a host said
    """One value; where it is of a type that the words below do not fit, those are null and the type says so."""
    if not isinstance(answer, dict):
        return dict.fromkeys(("exists", "type", *_WORDS), Unknown(f"the host's answer says nothing of {asked}"))
    if reason := answer.get("denied"):
        return dict.fromkeys(("exists", "type", *_WORDS), Unknown(f"{asked}: {str(reason)[:160]}; collect as an administrator"))
    kind = str(answer.get("kind") or "").lower()
    found: dict[str, Value | Unknown] = {"exists": bool(kind), "type": kind or None, "number": None, "text": None, "texts": None}
    if answer.get("withheld"):
        return found | dict.fromkeys(_WORDS, Unknown(f"{asked} may hold a secret, so it was left on the host"))
    return found | _typed(asked, kind, answer) if kind else found


def _typed(asked: str, kind: str, answer: Answer) -> dict[str, Value | Unknown]:
    data = answer.get("data")
    if kind in {"dword", "qword"} and isinstance(data, int) and not isinstance(data, bool):
        return {"number": data % (_DWORDS if kind == "dword" else _QWORDS)}  # .NET gives them with a sign
    if kind in {"string", "expandstring", "binary"} and isinstance(data, str):
        return {"text": data}
    if kind == "multistring" and isinstance(data, list) and all(isinstance(one, str) for one in data):
        return {"texts": data}
    return dict.fromkeys(_WORDS, Unknown(f"{asked} is of the type {kind}, and what it holds is not what that type holds"))


def parse_hives(frames: Frames) -> Mapping[str, Any]:
    """{"loaded": ["S-1-5-21-1-2-3-1001"], "not_loaded": ["S-1-5-21-1-2-3-1002"]}"""
    answer = read_object(frames, USER_HIVES)
    loaded, profiles = ({str(sid) for sid in answer.get(name) or ()} for name in ("loaded", "profiles"))
    return {"loaded": sorted(loaded), "not_loaded": sorted(profiles - loaded)}


_FACTS = (
    ("exists", "boolean", "the value is there; asked for as {0}"),
    ("type", "string", "its type: dword, qword, string, expandstring, multistring, binary; null where it is not there"),
    ("number", "integer", "a dword or qword, without a sign; null where it is not there or of another type"),
    ("text", "string", "a string, as it is stored, and binary data as hexadecimal digits; null where it is not there or of another type"),
    ("texts", "strings", "the members of a multistring; null where it is not there or of another type"),
)
PROBES = (
    Probe(
        name="registry",
        sources=(ASKED_REGISTRY,),
        facts=tuple(Fact(f"*.{name}", type_, meaning.format("HKLM\\KEY|VALUE in a check")) for name, type_, meaning in _FACTS),  # type: ignore[arg-type] # the words are FactType's
        parse=parse_machine,
        argument=check_machine_argument,
    ),
    Probe(
        name="user_registry",
        sources=(ASKED_USER_REGISTRY,),
        facts=tuple(
            Fact(f"*.users.*.{name}", type_, meaning.format("KEY|VALUE in a check, of every user whose hive is loaded"))  # type: ignore[arg-type] # the words are FactType's
            for name, type_, meaning in _FACTS
        ),
        parse=parse_users,
        argument=check_argument,
    ),
    Probe(
        name="user_hives",
        sources=(USER_HIVES,),
        facts=(
            Fact("loaded", "strings", "the SIDs of the users whose part of the registry is loaded, because they are logged on"),
            Fact("not_loaded", "strings", "the SIDs of the users with a profile here of whom user_registry says nothing"),
        ),
        parse=parse_hives,
    ),
)

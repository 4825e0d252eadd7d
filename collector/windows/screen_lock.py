"""When a session locks by itself: the machine's limit, and each logged-on user's screen saver, policy before own choice."""

from collections.abc import Mapping
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source
from collector.windows.answers import or_unknown, read_object
from collector.windows.machine_values import first_set, machine_values, read_values

_LIMIT = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System|InactivityTimeoutSecs"
_CAMERA = r"SOFTWARE\Policies\Microsoft\Windows\Personalization|NoLockScreenCamera"
_SLIDES = r"SOFTWARE\Policies\Microsoft\Windows\Personalization|NoLockScreenSlideshow"
MACHINE = machine_values("screen_lock", [_LIMIT, _CAMERA, _SLIDES])
USERS = Source(
    "screen_lock.users",
    r"""
$found = @{}
foreach ($sid in @(Get-Subkeys Users '') -match '^S-1-(5-21|12-1)-[\d-]+$') {
  $values = @{}
  foreach ($name in @('ScreenSaveActive', 'ScreenSaverIsSecure', 'ScreenSaveTimeOut', 'SCRNSAVE.EXE')) {
    $policy = Read-Registry Users "$sid\Software\Policies\Microsoft\Windows\Control Panel\Desktop" $name
    $values[$name] = @($policy, (Read-Registry Users "$sid\Control Panel\Desktop" $name))
  }
  $found[$sid] = $values
}
Format-Json $found
""",
)
_NAMES = {"ScreenSaveActive": "active", "ScreenSaverIsSecure": "secure", "ScreenSaveTimeOut": "seconds", "SCRNSAVE.EXE": "program"}
_LONGEST = 10


def parse(frames: Frames) -> dict[str, Any]:
    """{"machine_seconds": 900, "users": {"S-1-5-21-...": {"active": True, "secure": True, "seconds": 600, "locks_after": 600}}, ...}"""
    values = read_values(frames, MACHINE)
    limit = values.number(_LIMIT) or None  # 0 is no limit
    users = or_unknown(lambda: _users(frames, limit))
    return {
        "machine_seconds": limit,
        "lock_screen_camera_off": values.flag(_CAMERA) or False,
        "lock_screen_slides_off": values.flag(_SLIDES) or False,
        "users": users,
        "users_without_lock": _without_lock(users),
    }


def _users(frames: Frames, limit: Value | Unknown) -> dict[str, Any]:
    return {sid: _user(said, limit) for sid, said in read_object(frames, USERS).items()}


def _without_lock(users: dict[str, Any] | Unknown) -> list[str] | Unknown:
    """Users whose session never locks by itself; Unknown where one of them does not tell."""
    if isinstance(users, Unknown):
        return users
    unclear = next((user["locks_after"] for user in users.values() if isinstance(user["locks_after"], Unknown)), None)
    return unclear or sorted(sid for sid, user in users.items() if user["locks_after"] is None)


def _user(said: Value, limit: Value | Unknown) -> dict[str, Any]:
    if not isinstance(said, dict) or set(said) != set(_NAMES):
        raise ProbeError("screen_lock.users: the host's answer on a user is not whole")
    held = {word: _held(said[name], name) for name, word in _NAMES.items()}
    saver: dict[str, Any] = {
        "active": _number(held["active"], "ScreenSaveActive", lambda number: number == 1),
        "secure": _number(held["secure"], "ScreenSaverIsSecure", lambda number: number == 1),
        "seconds": _number(held["seconds"], "ScreenSaveTimeOut", lambda number: number),
        "program": bool(held["program"]) if not isinstance(held["program"], Unknown) else held["program"],
    }
    return saver | {"locks_after": _locks_after(saver, limit)}


def _held(pair: Value, name: str) -> Value | Unknown:
    """The policy's value or, where there is none, the user's own."""
    if not isinstance(pair, list) or len(pair) != len(("policy", "own")):
        return Unknown(f"screen_lock.users: the host's answer on {name} is no pair")
    return first_set(*pair)


def _number(found: Value | Unknown, name: str, read: Any) -> Value | Unknown:  # noqa: ANN401 - a reading of a number
    """These values are texts that hold a number."""
    if found is None or isinstance(found, Unknown):
        return found
    if not isinstance(found, str) or not (found.isascii() and found.isdigit() and len(found) < _LONGEST):
        return Unknown(f"{name} holds {str(found)[:40]!r}, where a text of digits belongs")
    return read(int(found))


def _locks_after(saver: Mapping[str, Any], limit: Value | Unknown) -> int | Unknown | None:
    """Seconds until the session locks, None for never: the shorter of the machine's limit and a screen saver that locks."""
    unclear = next((value for value in (limit, *saver.values()) if isinstance(value, Unknown)), None)
    if unclear:
        return unclear
    locks = saver["active"] and saver["secure"] and saver["program"] and saver["seconds"]
    found: list[Any] = [limit, saver["seconds"] if locks else None]
    return min((seconds for seconds in found if seconds), default=None)


PROBES = (
    Probe(
        name="screen_lock",
        sources=(MACHINE, USERS),
        facts=(
            Fact(
                "machine_seconds",
                "integer",
                "seconds without input after which every session locks (InactivityTimeoutSecs); not set: no such limit",
            ),
            Fact("lock_screen_camera_off", "boolean", "the lock screen offers no camera"),
            Fact("lock_screen_slides_off", "boolean", "the lock screen shows no slides"),
            Fact("users_without_lock", "strings", "SIDs of users logged on whose session never locks by itself"),
            Fact("users.*.active", "boolean", "the user's screen saver is switched on; users logged on alone, by SID"),
            Fact("users.*.secure", "boolean", "it asks for the password when it ends"),
            Fact("users.*.seconds", "integer", "seconds without input until it starts"),
            Fact("users.*.program", "boolean", "a screen saver is chosen, without which it never starts"),
            Fact(
                "users.*.locks_after",
                "integer",
                "seconds until the user's session locks, by the machine's limit or the screen saver; not set: never",
            ),
        ),
        parse=parse,
    ),
)

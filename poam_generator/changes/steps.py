"""What has to be set, taken from what a check expects; None where only a person can say, as among alternatives."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from checks.settings import Setting

StepKind = Literal[
    "sysctl",
    "sshd",
    "line",
    "module",
    "mode",
    "owner",
    "unit",
    "registry",
    "windows_service",
    "auditpol",
    "secedit",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set. where: a file or key; name: what in it; value: to what. sign: what stands between name and value in a file."""

    kind: StepKind
    where: str
    name: str
    value: int | str
    sign: str = " "


_LISTS: Final = frozenset({"ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms"})
_RANGE: Final = re.compile(r"(?:at_least (-?\d+), )?at_most (-?\d+)")
_WORD: Final = re.compile(r"[a-z]+")
_UNIT: Final = re.compile(r"[\w@.-]+\.(service|socket|timer)")
_MODES: Final[Mapping[str, str]] = {
    "group_writable": "g-w",
    "world_writable": "o-w",
    "world_accessible": "o-rwx",
    "world_readable": "o-r",
    "group_readable": "g-r",
}
_QUALITY: Final = frozenset(
    {"difok", "minclass", "minlen", "dcredit", "ucredit", "lcredit", "ocredit", "maxrepeat", "maxclassrepeat", "maxsequence", "retry"}
)
_FAILLOCK: Final = frozenset({"deny", "fail_interval", "unlock_time"})
_SYSTEM_ACCESS: Final = re.compile(r"[A-Za-z]+")


def steps_of(setting: Setting) -> tuple[Step, ...]:
    """The steps that make a setting what is expected; none for an alternative, and where the check names no one value."""
    find = _FINDERS.get((setting.platform, setting.kind))
    return () if find is None or setting.alternative else find(setting)


def wanted_value(expected: str, *, whole_list: bool = False) -> Any:  # noqa: ANN401 - a JSON value
    """The value that an expectation asks for, the stricter bound of a range, the first of several; None where it names none.

    whole_list: a list of allowed members is itself the value, as the ciphers of a server are.
    """
    if bounds := _RANGE.fullmatch(expected):
        return int(bounds[2])
    operator, _, text = expected.partition(" ")
    if operator == "at_least":
        return int(text)
    if operator not in {"equals", "one_of"}:
        return None
    value = _read(text)
    return value if operator == "equals" or whole_list else value[0]


def _read(text: str) -> Any:  # noqa: ANN401 - a JSON value, or text as it stands
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
    """A value as a line of a file has it; None for what no line holds."""
    if isinstance(value, list):
        return _text(value[0]) if len(value) == 1 else None
    return None if value is None or isinstance(value, (bool, dict)) else str(value)


def _of_sysctl(setting: Setting) -> tuple[Step, ...]:
    value = _text(wanted_value(setting.expected))
    return () if value is None or setting.part not in {"", "values"} else (Step("sysctl", "", setting.key, value, " = "),)


def _of_sshd(setting: Setting) -> tuple[Step, ...]:
    if not _WORD.fullmatch(setting.key):
        return ()
    value = wanted_value(setting.expected, whole_list=setting.key in _LISTS)
    text = ",".join(value) if isinstance(value, list) else _text(value)
    return (Step("sshd", "", setting.key, text),) if text else ()


def _of_login_defs(setting: Setting) -> tuple[Step, ...]:
    value = _text(wanted_value(setting.expected))
    return () if value is None else (Step("line", "/etc/login.defs", setting.key, value),)


def _of_pam(setting: Setting) -> tuple[Step, ...]:
    head, _, name = setting.key.partition(".")
    files = {"faillock": (_FAILLOCK, "/etc/security/faillock.conf"), "quality": (_QUALITY, "/etc/security/pwquality.conf")}
    names, file = files.get(head, (frozenset[str](), ""))
    value = _text(wanted_value(setting.expected))
    return (Step("line", file, name, value, " = "),) if name in names and value is not None else ()


def _of_module(setting: Setting) -> tuple[Step, ...]:
    return (Step("module", "/etc/modprobe.d", setting.key, ""),) if setting.part == "blocked" else ()


def _of_file(setting: Setting) -> tuple[Step, ...]:
    if not setting.key.startswith("/"):
        return ()
    if setting.part in _MODES and setting.expected == "equals false":
        return (Step("mode", setting.key, "mode", _MODES[setting.part]),)
    if setting.part in {"owner", "group"} and setting.expected.startswith("equals "):
        return (Step("owner", setting.key, setting.part, setting.expected.removeprefix("equals ")),)
    return ()


def _of_units(setting: Setting) -> tuple[Step, ...]:
    """Units that should neither run nor start."""
    operator, _, text = setting.expected.partition(" ")
    names = _read(text) if operator == "excludes" and setting.key in {"active", "at_boot"} else []
    return tuple(Step("unit", "", name, "off") for name in names if _UNIT.fullmatch(name))


def _of_registry(setting: Setting) -> tuple[Step, ...]:
    key, bar, name = setting.key.partition("|")
    # A text that looks like a number, such as the "1" of a Defender rule, is one all the same.
    text = setting.part == "text" and setting.expected.startswith("equals ")
    value = setting.expected.removeprefix("equals ") if text else wanted_value(setting.expected)
    # Of a value of several texts (REG_MULTI_SZ) the first one that is allowed is not the value.
    fits = isinstance(value, {"number": int, "text": str}.get(setting.part, ()))
    # PowerShell takes a slash in a key for the end of its name, and a star for any name.
    if not bar or not key.startswith("HKLM\\") or set("*/") & set(setting.key) or not fits or isinstance(value, bool):
        return ()
    return (Step("registry", key, name, value),)


def _of_windows_service(setting: Setting) -> tuple[Step, ...]:
    disabled = setting.part == "start" and setting.expected == "equals disabled"
    return (Step("windows_service", "", setting.key, "disabled"),) if disabled else ()


def _of_auditpol(setting: Setting) -> tuple[Step, ...]:
    fits = setting.expected == "equals true" and setting.part in {"success", "failure"}
    return (Step("auditpol", "", setting.key, setting.part),) if fits else ()


def _of_secedit(setting: Setting) -> tuple[Step, ...]:
    value = wanted_value(setting.expected)
    fits = isinstance(value, int) and not isinstance(value, bool) and _SYSTEM_ACCESS.fullmatch(setting.key)
    return (Step("secedit", "System Access", setting.key, value, " = "),) if fits else ()


_FINDERS: Final[Mapping[tuple[str, str], Callable[[Setting], tuple[Step, ...]]]] = {
    ("linux", "sysctl"): _of_sysctl,
    ("linux", "sshd"): _of_sshd,
    ("linux", "login_defs"): _of_login_defs,
    ("linux", "pam"): _of_pam,
    ("linux", "kernel_module"): _of_module,
    ("linux", "file"): _of_file,
    ("linux", "service"): _of_units,
    ("windows", "registry"): _of_registry,
    ("windows", "service"): _of_windows_service,
    ("windows", "auditpol"): _of_auditpol,
    ("windows", "secedit"): _of_secedit,
}

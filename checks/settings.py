"""The concrete settings that a check expects, in the words of the tools that people set them with."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from checks.judgement import CATALOG, Catalog
from checks.model import AnyOf, Check, Condition, Reference
from checks.parameters import resolve_parameters
from checks.windows_values import registry_values
from collector.errors import CollectorError
from collector.facts import EVERY, Segments, Value
from collector.windows.audit_policy import SUBCATEGORIES

_KINDS: Final[Mapping[str, str]] = {
    "services": "service",
    "files": "file",
    "setting": "file_setting",
    "modules": "kernel_module",
    "mounts": "mount",
    "packages": "package",
    "sudoers": "sudo",
    "passwords": "account",
    "accounts": "account",
    "security_policy": "secedit",
    "audit_policy": "auditpol",
    "user_rights": "user_right",
    "user_registry": "registry",
}
_EVERY_USER: Final = "HKCU"  # as baselines write what holds for each user by their own hive
_CAMEL_EXCEPTIONS: Final[Mapping[str, str]] = {"lsa_anonymous_name_lookup": "LSAAnonymousNameLookup"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a check judges.

    kind: sysctl, sshd, pam, audit, service, file, registry, secedit, auditpol, user_right, ...; key: its name there;
    part: what of it is judged where it has several things to judge (a unit's state), else empty; expected: operator and
    value, as in "at_least 5"; alternative: another one may hold in its place.
    """

    platform: str
    kind: str
    key: str
    part: str
    expected: str
    alternative: bool

    def to_json(self) -> dict[str, str | bool]:
        """The setting as JSON data."""
        return {
            "platform": self.platform,
            "kind": self.kind,
            "key": self.key,
            "part": self.part,
            "expected": self.expected,
            "alternative": self.alternative,
        }


def list_settings(check: Check, settings: Mapping[str, Value] | None = None, *, catalog: Catalog = CATALOG) -> list[Setting]:
    """What a check expects on each platform, with its default parameters or others; raises ParameterError on one it may not have."""
    values = resolve_parameters(check, settings)
    return [
        setting
        for platform, part in check.platforms.items()
        for clause in part.expect
        for condition, alternative in _flatten(clause)
        for setting in _make_settings(platform, condition, values, catalog, alternative=alternative)
    ]


def _flatten(clause: Condition | AnyOf) -> Iterator[tuple[Condition, bool]]:
    if isinstance(clause, AnyOf):
        yield from ((condition, True) for condition in clause.alternatives)
    else:
        yield clause, False


def _make_settings(
    platform: str, condition: Condition, values: Mapping[str, Value], catalog: Catalog, *, alternative: bool
) -> list[Setting]:
    """The setting that a condition judges; for an effective fact of Windows, the values of the registry behind it."""
    behind = registry_values(condition, values) if platform == "windows" else []
    if not behind:
        return [_make_setting(platform, condition, values, catalog, alternative=alternative)]
    return [Setting(platform, "registry", w.key, w.part, _expected(w.operators, values), alternative) for w in behind]


def _make_setting(platform: str, condition: Condition, values: Mapping[str, Value], catalog: Catalog, *, alternative: bool) -> Setting:
    head, *rest = condition.segments
    key, part = _split_member(platform, condition, catalog) or (".".join(rest), "")
    kind = _KINDS.get(head, head)
    if kind == "auditpol":
        key, part = _name_subcategory(key)
    if head == "user_registry":
        key, part = f"{_EVERY_USER}\\{key}", part.removeprefix("users.*.")
    return Setting(platform, kind, _RENAMED.get(kind, str)(key), part, _expected(condition.operators, values), alternative)


def _expected(operators: Mapping[str, Value | Reference], values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {_show(operand, values)}" for name, operand in operators.items())


def _split_member(platform: str, condition: Condition, catalog: Catalog) -> tuple[str, str] | None:
    """The member of a map that a path names, and what of it; None where the path goes through no map."""
    try:
        declared: Segments = catalog.resolve(platform, condition.path).segments
    except CollectorError:
        return None
    place = next((index for index, segment in enumerate(declared) if segment == EVERY), None)
    return None if place is None else (condition.segments[place], ".".join(condition.segments[place + 1 :]))


def _name_sshd(key: str) -> str:
    return key.removeprefix("settings.")


def _name_secedit(key: str) -> str:
    """The key as the security template (INF) has it: lockout_bad_count is LockoutBadCount."""
    return _CAMEL_EXCEPTIONS.get(key) or "".join(word.capitalize() for word in key.split("_"))


def _name_subcategory(key: str) -> tuple[str, str]:
    """The GUID of a subcategory, whose name is another one in every language, and which of its sides: logon.success."""
    name, _, side = key.partition(".")
    return SUBCATEGORIES.get(name, name), side


_RENAMED: Final[Mapping[str, Callable[[str], str]]] = {"sshd": _name_sshd, "secedit": _name_secedit, "login_defs": str.upper}


def _show(operand: Value | Reference, values: Mapping[str, Value]) -> str:
    value = values[operand.name] if isinstance(operand, Reference) else operand
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""Where a setting is mended: the Group Policy object that wins it, else a file, a directory, a unit or a part of the system."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from checks.settings import Setting

PlaceKind = Literal["gpo", "file", "directory", "service", "package", "registry", "policy", "part"]
_REGISTRY_DEPTH: Final = 5  # HKLM\SOFTWARE\Policies\Microsoft\Windows Defender: what one administrative template covers


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One place on one platform. guid: of the Group Policy object, where the host knows it."""

    platform: str
    kind: PlaceKind
    name: str
    guid: str = ""

    def __str__(self) -> str:
        return _WORDS[self.kind].format(self.name)


_WORDS: Final[Mapping[PlaceKind, str]] = {
    "gpo": "the Group Policy object {!r}",
    "file": "the file {}",
    "directory": "the directory {}",
    "service": "the service {}",
    "package": "the package {}",
    "registry": "the registry below {}",
    "policy": "the {}",
    "part": "the settings of {}",
}
_LINUX: Final[Mapping[str, tuple[PlaceKind, str]]] = {
    "sysctl": ("directory", "/etc/sysctl.d"),
    "sshd": ("file", "/etc/ssh/sshd_config"),
    "ssh_client": ("file", "/etc/ssh/ssh_config"),
    "audit": ("directory", "/etc/audit"),
    "kernel_module": ("directory", "/etc/modprobe.d"),
    "mount": ("file", "/etc/fstab"),
    "login_defs": ("file", "/etc/login.defs"),
    "desktop": ("directory", "/etc/dconf"),
    "sudo": ("file", "/etc/sudoers"),
    "useradd": ("file", "/etc/default/useradd"),
    "usbguard": ("directory", "/etc/usbguard"),
    "fapolicyd": ("directory", "/etc/fapolicyd"),
    "walk": ("part", "files on local disks"),
}
_WINDOWS: Final[Mapping[str, tuple[PlaceKind, str]]] = {
    "secedit": ("policy", "local security policy"),
    "user_right": ("policy", "assignment of user rights"),
    "auditpol": ("policy", "advanced audit policy"),
}
_UNITS: Final = re.compile(r'"([\w@.-]+)\.(?:service|socket|timer)"')


def place_of(setting: Setting) -> Place:
    """The place of a setting as the host itself has it; what stands in no known place belongs to its part of the system."""
    known = (_WINDOWS if setting.platform == "windows" else _LINUX).get(setting.kind)
    if known:
        return Place(setting.platform, *known)
    find = _FINDERS.get(setting.kind)
    kind, name = (find(setting) if find else None) or ("part", setting.kind.replace("_", " "))
    return Place(setting.platform, kind, name)


def _of_pam(setting: Setting) -> tuple[PlaceKind, str]:
    files = {"faillock": "/etc/security/faillock.conf", "quality": "/etc/security/pwquality.conf"}
    head, _, rest = setting.key.partition(".")
    return ("file", files[head]) if head in files and rest != "enforced" else ("directory", "/etc/pam.d")


def _of_registry(setting: Setting) -> tuple[PlaceKind, str]:
    return ("registry", "\\".join(setting.key.partition("|")[0].split("\\")[:_REGISTRY_DEPTH]))


def _of_file(setting: Setting) -> tuple[PlaceKind, str]:
    """A file by its path; several that are judged together have a name of their own, which is no path."""
    return ("file", setting.key) if setting.key.startswith("/") else ("part", f"files ({setting.key.replace('_', ' ')})")


def _of_service(setting: Setting) -> tuple[PlaceKind, str] | None:
    if setting.platform == "windows":
        return ("service", setting.key)
    units = _UNITS.search(setting.expected)
    return ("service", units[1]) if units else None


def _of_package(setting: Setting) -> tuple[PlaceKind, str]:
    """A package by its name; a check that forbids several looks at the names of all."""
    return ("part", "installed packages") if setting.key == "names" else ("package", setting.key)


_FINDERS: Final[Mapping[str, Callable[[Setting], tuple[PlaceKind, str] | None]]] = {
    "pam": _of_pam,
    "registry": _of_registry,
    "file": _of_file,
    "service": _of_service,
    "package": _of_package,
}

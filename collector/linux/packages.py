"""Installed packages, by the package manager's own records."""

from typing import Any

from collector.facts import Fact
from collector.linux.shown import addressable
from collector.probe import Frames, Probe, ProbeError, Source

PACKAGES = Source(
    "packages.installed",
    r"""
if have dpkg-query && [ -s /var/lib/dpkg/status ]; then
  echo dpkg; dpkg-query -W -f '${db:Status-Abbrev}|${Package}|${Version}\n'
elif have rpm; then
  echo rpm; rpm -qa --qf '|%{NAME}|%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n' | sort
else exit 69; fi
""",
    seconds=30,
)
_INSTALLED = "i"  # second letter of dpkg's status; the first is what is wanted: i, or h for held


def read_packages(text: str) -> tuple[str, dict[str, str]]:
    """Package manager, and package -> version; several versions of one package stand side by side."""
    manager, _, rows = text.partition("\n")
    found: dict[str, list[str]] = {}
    for row in rows.splitlines():
        status, _, rest = row.partition("|")
        name, _, version = rest.partition("|")
        if addressable(name) and version and (manager == "rpm" or status[1:2] == _INSTALLED):
            found.setdefault(name, []).append(version)
    if not found:
        raise ProbeError(f"packages.installed: {manager or 'nothing'} named no installed package")
    return manager, {name: ", ".join(sorted(set(versions))) for name, versions in sorted(found.items())}


def installed(frames: Frames) -> dict[str, str]:
    """Package -> version of this bundle; raises ProbeError where there is no package manager that is known here."""
    return _read(frames)[1]


def _read(frames: Frames) -> tuple[str, dict[str, str]]:
    if frames.absent(PACKAGES):
        raise ProbeError("packages.installed: neither dpkg nor rpm is here, so packages were not read")
    return read_packages(frames.text(PACKAGES))


def parse(frames: Frames) -> dict[str, Any]:
    """{"manager": "dpkg", "installed": {"openssh-server": "1:9.2p1-2+deb12u3", ...}, "names": ["adduser", ...]}"""
    manager, found = _read(frames)
    return {"manager": manager, "installed": found, "names": list(found)}


PROBES = (
    Probe(
        name="packages",
        sources=(PACKAGES,),
        facts=(
            Fact("manager", "string", "whose records these are", ("dpkg", "rpm")),
            Fact("installed.*", "string", "version of an installed package; several versions are joined by commas"),
            Fact("names", "strings", "names of all installed packages"),
        ),
        parse=parse,
    ),
)

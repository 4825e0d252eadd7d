"""Where software comes from, and whether its signatures are checked: apt, dnf and yum, zypper."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from collector.facts import Fact, Unknown
from collector.linux.shown import read_ini
from collector.probe import Frames, Probe, ProbeError, Source

# Only these words of the files are printed: repository files may hold passwords, and addresses may hold accounts.
APT = Source(
    "repositories.apt",
    r"""
need apt-config
apt-config dump | awk '/^(APT::Get::AllowUnauthenticated|Acquire::Allow[A-Za-z]*|Acquire::Check-Valid-Until) /
  /^(APT::Periodic|Unattended-Upgrade)::/' | sed 's/^/=/'
set --
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  if [ -f "$f" ] && [ -r "$f" ]; then set -- "$@" "$f"; elif [ -f "$f" ]; then echo "@unreadable $f"; fi
done
[ $# = 0 ] || awk 'FNR == 1 { print "@file " FILENAME } { gsub(/\/\/[^\/@ \t]*@/, "//(hidden)@") } /^[ \t]*#/ { next }
  FILENAME ~ /list$/ || /^(Types|URIs|Suites|Trusted|Enabled|Check-Valid-Until|Allow-[A-Za-z-]*):/ || /^[ \t]*$/ { print ":" $0 }' "$@"
""",
)
RPM = Source(
    "repositories.rpm",
    r"""
have dnf || have dnf5 || have microdnf || have yum || have zypper || exit 69
if have zypper && ! have dnf; then echo 'tool zypper'; set -- /etc/zypp/zypp.conf /etc/zypp/repos.d/*.repo
else
  echo 'tool dnf'; main=/etc/dnf/dnf.conf
  [ -e "$main" ] || main=/etc/yum.conf
  set -- "$main" /etc/yum.repos.d/*.repo /etc/yum/repos.d/*.repo /etc/distro.repos.d/*.repo
fi
for f in "$@"; do
  shift
  if [ -f "$f" ] && [ -r "$f" ]; then set -- "$@" "$f"; elif [ -f "$f" ]; then echo "@unreadable $f"; fi
done
[ $# = 0 ] || awk 'FNR == 1 { print "@file " FILENAME } /^[ \t]*\[/ { print ":" $0 }
  /^[ \t]*(enabled|gpgcheck|pkg_gpgcheck|repo_gpgcheck|localpkg_gpgcheck)[ \t]*[=:]/ { print ":" $0 }' "$@"
""",
)
TRUE = ("1", "yes", "true", "on", "with", "enable")
MAIN_FILES = ("/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/zypp/zypp.conf")


def read_reduced(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """The lines that stand in no file, and file -> its reduced lines; raises ProbeError where a file could not be read."""
    loose: list[str] = []
    files: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("@unreadable "):
            raise ProbeError(f"{line[12:]}: permission denied; collect as root or with sudo")
        if line.startswith("@file "):
            files[line[6:]] = []
        elif line.startswith(":") and files:
            files[next(reversed(files))].append(line[1:])
        elif line:
            loose.append(line)
    return loose, files


def read_apt_config(lines: list[str]) -> dict[str, str]:
    """Effective apt settings by name, in lower case, as `apt-config dump` gives them; the last of a name holds."""
    found = (re.fullmatch(r'=([^ ]+) "(.*)";', line) for line in lines)
    return {one[1].lower(): one[2] for one in found if one}


def apt_true(value: str | None, *, default: bool = False) -> bool:
    """A truth value as apt reads it."""
    word = (value or "").strip().lower()
    if word in TRUE:
        return True
    if word in ("0", "no", "false", "without", "off", "disable"):
        return False
    return word.lstrip("-").isdigit() or default


def unchecked_apt(files: Mapping[str, list[str]]) -> list[str]:
    """Entries of apt's source lists that are trusted, or may be used, without a valid signature."""
    return [
        f"{path}: {entry}" for path, lines in files.items() for entry in (_stanzas(lines) if path.endswith(".sources") else _lines(lines))
    ]


_LOOSE = re.compile(
    r"\b(trusted|allow-insecure|allow-weak|allow-downgrade-to-insecure)\s*[=:]\s*(yes|true|1|on|with|enable)\b", re.IGNORECASE
)


def _lines(lines: list[str]) -> Iterator[str]:
    for line in lines:
        found = re.match(r"\s*deb(?:-src)?\s+\[([^\]]*)\]\s*(\S+.*)", line)
        if found and _LOOSE.search(found[1]):
            yield found[2].split("#")[0].strip()


def _stanzas(lines: list[str]) -> Iterator[str]:
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = {name.lower(): value for name, value in re.findall(r"^([A-Za-z-]+):[ \t]*(.*?)[ \t]*$", stanza, re.MULTILINE)}
        if apt_true(fields.get("enabled"), default=True) and _LOOSE.search(stanza):
            yield f"{fields.get('uris', '')} {fields.get('suites', '')}".strip()


def apt_facts(frames: Frames) -> dict[str, Any]:
    """What apt checks: the entries that it does not check, and whether it refuses software without a valid signature."""
    loose, files = read_reduced(frames.text(APT))
    config = read_apt_config(loose)
    switches = ("apt::get::allowunauthenticated", "acquire::allowinsecurerepositories", "acquire::allowdowngradetoinsecurerepositories")
    opened = [name for name in switches if apt_true(config.get(name))]
    return {"tool": "apt", "unchecked": unchecked_apt(files), "signatures_required": not opened, "local_packages_checked": None}


def rpm_true(value: str) -> bool:
    """A truth value as dnf, yum and zypper read it."""
    return value.strip().lower() in TRUE


def rpm_facts(frames: Frames) -> dict[str, Any]:
    """What dnf, yum or zypper check. Packages are not checked unless gpgcheck says so in dnf and yum; zypper checks by default."""
    loose, files = read_reduced(frames.text(RPM))
    tool = loose[0].removeprefix("tool ") if loose else ""
    main = next((read_ini(lines).get("main", {}) for path, lines in files.items() if path in MAIN_FILES), {})
    whole = rpm_true(main.get("gpgcheck", main.get("pkg_gpgcheck", "1" if tool == "zypper" else "0")))
    repositories = {
        f"{path}: {name}": section
        for path, lines in files.items()
        for name, section in read_ini(lines).items()
        if name not in ("", "main") and rpm_true(section.get("enabled", "1"))
    }
    return {
        "tool": tool,
        "unchecked": sorted(name for name, section in repositories.items() if not _checked(section, tool, whole=whole)),
        "signatures_required": whole,
        "local_packages_checked": rpm_true(main.get("localpkg_gpgcheck", "0")) if tool == "dnf" else None,
    }


def _checked(section: Mapping[str, str], tool: str, *, whole: bool) -> bool:
    own = section.get("gpgcheck", section.get("pkg_gpgcheck"))
    if tool == "zypper" and "pkg_gpgcheck" in section and rpm_true(section["pkg_gpgcheck"]):
        return True
    return whole if own is None else rpm_true(own)


def parse(frames: Frames) -> dict[str, Any]:
    """{"tool": "dnf", "unchecked": ["/etc/yum.repos.d/local.repo: local"], "signatures_required": True, "local_packages_checked": False}"""
    if not frames.absent(APT):
        return apt_facts(frames)
    if not frames.absent(RPM):
        return rpm_facts(frames)
    return dict.fromkeys(("tool", "unchecked", "signatures_required"), Unknown("repositories: neither apt, dnf, yum nor zypper is here"))


PROBES = (
    Probe(
        name="repositories",
        sources=(APT, RPM),
        facts=(
            Fact("tool", "string", "whose settings these are", ("apt", "dnf", "zypper")),
            Fact("unchecked", "strings", "enabled repositories whose packages are taken without a valid signature, as FILE: ENTRY"),
            Fact("signatures_required", "boolean", "the tool as a whole refuses packages and repositories without a valid signature"),
            Fact("local_packages_checked", "boolean", "dnf checks the signatures of local package files too; not set with apt and zypper"),
        ),
        parse=parse,
    ),
)

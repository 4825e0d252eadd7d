"""What the boot loader gives the kernel now and after a restart, and whether it asks before it lets anybody change that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, Source

# A command line may hold secrets, so only words that are known to hold none leave the host.
_WORDS = (
    "audit audit_backlog_limit apparmor security selinux enforcing lsm fips lockdown module[.]sig_enforce "
    "page_alloc[.]shuffle page_poison slub_debug slab_nomerge init_on_alloc init_on_free randomize_kstack_offset vsyscall debugfs oops "
    "mitigations pti nopti spectre_v2 nospectre_v1 nospectre_v2 spec_store_bypass_disable nospec_store_bypass_disable l1tf mds mce tsx "
    "tsx_async_abort retbleed spec_rstack_overflow nosmap nosmep nokaslr rng_core[.]default_quality random[.]trust_cpu "
    "iommu intel_iommu amd_iommu iommu[.]strict iommu[.]passthrough ipv6[.]disable nousb "
    "systemd[.]confirm_spawn systemd[.]debug-shell systemd[.]debug_shell single"
)
BOOT = Source(
    "boot",
    f"""
all=''
for file in /proc/cmdline /etc/default/grub /etc/default/grub.d/*.cfg /boot/grub/grub.cfg /boot/grub/custom.cfg /boot/grub/user.cfg \\
/boot/grub2/grub.cfg /boot/grub2/custom.cfg /boot/grub2/user.cfg /boot/grub2/grubenv /boot/loader/entries/*.conf; do
  if [ -f "$file" ] && [ -r "$file" ]; then all="$all$nl$file"
  elif [ -e "$file" ] || out_of_sight "$file"; then echo "unreadable $file"
  fi
done
IFS=$nl; set -f
[ -z "$all" ] || awk '
  function words(kind) {{
    line = FILENAME " " kind
    for (i = 1; i <= NF; i++) {{
      word = $i; gsub(/["\\047]/, "", word); sub(/^(GRUB_CMDLINE_LINUX(_DEFAULT)?|kernelopts)=/, "", word)
      if (word ~ /^({_WORDS.replace(" ", "|")})(=|$)/ || word ~ /^\\$\\{{?(kernelopts|GRUB_CMDLINE_LINUX)/) line = line " " word
    }}
    print line
  }}
  FILENAME == "/proc/cmdline" {{ words("running") }}
  FILENAME ~ /^\\/etc\\/default/ && /^[ \\t]*GRUB_CMDLINE_LINUX(_DEFAULT)?=/ {{ words($0 ~ /LINUX_DEFAULT=/ ? "default" : "linux") }}
  FILENAME ~ /^\\/boot/ && ($1 ~ /^linux(16|efi)?$/ || $1 == "options") {{ words("entry") }}
  FILENAME ~ /grubenv$/ && /^kernelopts=/ {{ words("kernelopts") }}
  FILENAME ~ /^\\/boot/ && /^[ \\t]*set[ \\t]+superusers=["\\047]?[A-Za-z0-9_]/ {{ print FILENAME " superusers" }}
  FILENAME ~ /^\\/boot/ && /^[ \\t]*(password_pbkdf2[ \\t]+[^ \\t]+[ \\t]+grub[.]pbkdf2[.]|GRUB2_PASSWORD=grub[.]pbkdf2[.])/ {{
    print FILENAME " password"
  }}
' $all
""",
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Words of the running kernel, of /etc/default/grub and of each boot entry; marks of a password; files that were not read."""

    running: list[str] | None
    variables: Mapping[str, list[str]]
    entries: list[list[str]]
    marks: frozenset[str]
    hidden: list[str]

    def hides(self, folder: str) -> bool:
        return any(path.startswith(folder) for path in self.hidden)

    @property
    def default_grub(self) -> list[str] | None:
        """Words that /etc/default/grub gives ordinary entries; None without such a file."""
        found = {"linux", "default"} & set(self.variables)
        return self.variables.get("linux", []) + self.variables.get("default", []) if found else None

    @property
    def unseen(self) -> Unknown:
        return Unknown(f"{', '.join(self.hidden)}: permission denied; collect as root or with sudo")


def _read(frames: Frames) -> _Seen:
    lines = [line.split() for line in frames.text(BOOT).splitlines() if line]
    rest = [words for words in lines if words[0] != "unreadable"]
    variables: dict[str, list[str]] = {}
    for _, kind, *words in (words for words in rest if words[1] in ("linux", "default", "kernelopts")):
        variables[kind] = words if not any(w.startswith("$") for w in words) else variables.get(kind, []) + words
    return _Seen(
        running=next((words[2:] for words in rest if words[1] == "running"), None),
        variables=variables,
        entries=[_expand(words[2:], variables.get("kernelopts", [])) for words in rest if words[1] == "entry"],
        marks=frozenset(words[1] for words in rest if words[1] in ("superusers", "password")),
        hidden=[words[1] for words in lines if words[0] == "unreadable"],
    )


def _expand(words: list[str], kernelopts: list[str]) -> list[str]:
    return [w for word in words for w in (kernelopts if "kernelopts" in word else [word])]


def parse_audit(frames: Frames) -> dict[str, Any]:
    """Whether audit=1 stands on the kernel's command line now, in /etc/default/grub, and in every entry of the boot loader."""
    seen = _read(frames)
    default = seen.default_grub
    return {
        "running": _is_on(seen.running) if seen.running is not None else Unknown("/proc/cmdline could not be read"),
        "default_grub": seen.unseen if seen.hides("/etc") else None if default is None else _is_on(default),
        "entries": seen.unseen if seen.hides("/boot") else len(seen.entries),
        "every_entry": seen.unseen if seen.hides("/boot") else all(map(_is_on, seen.entries)) if seen.entries else None,
        "backlog_limit": _number(seen.running or []),
        "every_backlog_limit": seen.unseen if seen.hides("/boot") else _least(seen.entries),
    }


def _is_on(words: list[str]) -> bool:
    values = [word.partition("=")[2] for word in words if word.startswith("audit=")]
    return bool(values) and values[-1] in ("1", "on")


def _number(words: list[str]) -> int | None:
    values = [word.partition("=")[2] for word in words if word.startswith("audit_backlog_limit=")]
    return int(values[-1]) if values and values[-1].isdecimal() else None


def _least(entries: list[list[str]]) -> int | None:
    limits = [_number(words) for words in entries]
    return None if None in limits else min((limit for limit in limits if limit is not None), default=None)


def parse(frames: Frames) -> dict[str, Any]:
    """{"entries": 2, "everywhere": ["page_alloc.shuffle=1"], "somewhere": [...], "default_grub": [...], "password": true}"""
    seen = _read(frames)
    default = seen.default_grub
    boot: dict[str, Any] = {
        "entries": len(seen.entries),
        "everywhere": sorted(set.intersection(*map(set, seen.entries))) if seen.entries else None,
        "somewhere": sorted({word for words in seen.entries for word in words}) if seen.entries else None,
        "password": {"password", "superusers"} <= seen.marks,
    }
    if seen.hides("/boot"):
        boot = dict.fromkeys(boot, seen.unseen)
    return boot | {"default_grub": seen.unseen if seen.hides("/etc") else default}


PROBES = (
    Probe(
        name="audit.boot",
        sources=(BOOT,),
        facts=(
            Fact("running", "boolean", "audit=1 is on the command line of the running kernel"),
            Fact("default_grub", "boolean", "audit=1 is in /etc/default/grub, null without such a file"),
            Fact("entries", "integer", "boot entries seen"),
            Fact("every_entry", "boolean", "audit=1 is in every boot entry, null when none was seen"),
            Fact("backlog_limit", "integer", "audit_backlog_limit of the running kernel"),
            Fact("every_backlog_limit", "integer", "the least audit_backlog_limit of all boot entries, null when one has none"),
        ),
        parse=parse_audit,
    ),
    Probe(
        name="boot",
        sources=(BOOT,),
        facts=(
            Fact("entries", "integer", "boot entries seen"),
            Fact("everywhere", "strings", "known words of the kernel's command line that every boot entry has; null when none was seen"),
            Fact("somewhere", "strings", "known words that some boot entry has; null when none was seen"),
            Fact("default_grub", "strings", "known words that /etc/default/grub gives ordinary entries; null without such a file"),
            Fact("password", "boolean", "GRUB asks for a name and a password before entries are changed"),
        ),
        parse=parse,
    ),
)

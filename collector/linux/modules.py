"""Kernel modules: loaded now, built in, and whether modprobe's files let each be loaded after a restart."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import File, in_order
from collector.linux.shown import said, split_shown
from collector.probe import Frames, Probe, ProbeError, Source

LOADED = Source(
    "modules.loaded",
    """
[ -r /proc/modules ] || { [ -r /proc/version ] && exit 69; echo '/proc/modules is not there' >&2; exit 1; }
while read -r name rest; do echo "$name"; done </proc/modules | sort
""",
)
BUILT_IN = Source(
    "modules.built_in",
    """
f="/lib/modules/$(uname -r)/modules.builtin"
[ -r "$f" ] || { echo "$f is not there, as in a container" >&2; exit 1; }
awk '{ sub(/.*\\//, ""); sub(/\\.ko.*/, ""); print }' "$f" | sort
""",
)
CONFIGURED = Source(
    "modules.configured",
    """
if [ -r /proc/cmdline ]; then
  awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^(module_blacklist|modprobe.blacklist)=/) print "parameter " $i }' /proc/cmdline
fi
set -- /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/local/lib/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf
[ -L /lib ] || set -- "$@" /lib/modprobe.d/*.conf
plain='^[[:space:]]*(#|options[[:space:]]+[^[:space:]]+)'
show "$@"
""",
)
AT_BOOT = Source(
    "modules.at_boot",
    """
set -- /etc/modules /etc/modules-load.d/*.conf /run/modules-load.d/*.conf
set -- "$@" /usr/local/lib/modules-load.d/*.conf /usr/lib/modules-load.d/*.conf
[ -L /lib ] || set -- "$@" /lib/modules-load.d/*.conf
show_settings "$@"
""",
)
_NOTHING = re.compile(r"(/usr)?(/s?bin/)?(true|false|nologin|:)(\s[^;&|`$]*)?")


@dataclass(slots=True)
class Rules:
    """What the lines of modprobe's files say: module or pattern -> its first install command; blacklisted; blocked by the kernel itself."""

    install: dict[str, str] = field(default_factory=dict)
    blacklist: set[str] = field(default_factory=set)
    kernel: set[str] = field(default_factory=set)


def plain(name: str) -> str:
    """The name as the kernel has it: a hyphen and an underscore are the same to modprobe."""
    return name.replace("-", "_")


def joined(lines: Iterable[str]) -> list[str]:
    r"""Lines with those that end in a backslash drawn together, as modprobe reads them."""
    return re.sub(r"\\\n", "", "\n".join(lines)).split("\n")


def read_rules(files: Iterable[File], parameters: Iterable[str]) -> Rules:
    """The rules of modprobe.d(5) and of the kernel's command line."""
    rules = Rules()
    for parameter in parameters:
        word, _, names = parameter.partition("=")
        target = rules.kernel if word == "module_blacklist" else rules.blacklist
        target.update(plain(name) for name in names.split(",") if name)
    for file in files:
        for line in joined(file.lines):
            _read_line(line.split(None, 2), rules)
    return rules


def _read_line(words: list[str], rules: Rules) -> None:
    if len(words) > 1 and words[0] == "blacklist":
        rules.blacklist.add(plain(words[1]))
    elif len(words) > 2 and words[0] == "install":  # noqa: PLR2004 - install NAME COMMAND
        rules.install.setdefault(plain(words[1]), words[2].strip())


def describe(name: str, rules: Rules) -> dict[str, Any]:
    """What the rules do to one module; the first install line whose pattern fits is the one that modprobe takes."""
    command = next((does for pattern, does in rules.install.items() if fnmatchcase(name, pattern)), None)
    never = command is not None and _NOTHING.fullmatch(command) is not None
    return {"blocked": never or name in rules.kernel, "blacklisted": name in rules.blacklist or name in rules.kernel, "install": command}


def parse_configured(frames: Frames) -> dict[str, Any]:
    """{"configured": {"usb_storage": {"blocked": True, "blacklisted": True, "install": "/bin/false"}}}"""
    own, files = split_shown(frames.text(CONFIGURED))
    folders = tuple(f"{top}/modprobe.d" for top in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
    rules = read_rules(in_order(files, folders), said(own, "parameter"))
    named = {name for name in (*rules.install, *rules.blacklist, *rules.kernel) if re.fullmatch(r"\w+", name)}
    return {name: describe(name, rules) for name in sorted(named)}


def parse(frames: Frames) -> dict[str, Any]:
    """{"loaded": ["ext4", ...], "built_in": [...], "at_boot": [...], "configured": {...}}"""
    return {
        "loaded": _tried(lambda: [] if frames.absent(LOADED) else frames.text(LOADED).split()),
        "built_in": _tried(lambda: [plain(name) for name in frames.text(BUILT_IN).split()]),
        "at_boot": _tried(lambda: _at_boot(frames)),
        "configured": _tried(lambda: parse_configured(frames)),
    }


def _tried(read: Any) -> Any:  # noqa: ANN401 - whatever the reader gives
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def _at_boot(frames: Frames) -> list[str]:
    _, files = split_shown(frames.text(AT_BOOT))
    folders = tuple(f"{top}/modules-load.d" for top in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"))
    lines = [line for file in in_order(files, folders) for line in file.lines] + list(files.lines("/etc/modules") or ())
    return sorted({plain(line.strip()) for line in lines if line.strip() and line.strip()[0] not in "#;"})


PROBES = (
    Probe(
        name="modules",
        sources=(LOADED, BUILT_IN, CONFIGURED, AT_BOOT),
        facts=(
            Fact("loaded", "strings", "modules that are loaded now; empty where the kernel has no loadable modules"),
            Fact("built_in", "strings", "modules that are part of the running kernel and cannot be kept out"),
            Fact("at_boot", "strings", "modules that modules-load.d and /etc/modules ask for at boot"),
            Fact(
                "configured.*.blocked",
                "boolean",
                "it cannot be loaded after a restart: its install line does nothing, or module_blacklist names it",
            ),
            Fact(
                "configured.*.blacklisted",
                "boolean",
                "it is not loaded by alias (hardware found, protocol asked for); by name it still can be",
            ),
            Fact("configured.*.install", "string", "the command that modprobe runs instead of loading it"),
        ),
        parse=parse,
    ),
)

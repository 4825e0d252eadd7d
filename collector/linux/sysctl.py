"""Kernel settings: in force now, and as the files give them at the next start, read as systemd-sysctl and sysctl(8) read them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import File, Files, need_whole
from collector.linux.shown import addressable, said, split_shown
from collector.probe import Frames, Probe, ProbeError, Source

# Keys that hold secrets, that change by themselves, or that come and go with containers are left out on the host.
RUNNING = Source(
    "sysctl.running",
    r"""
[ -d /proc/sys/kernel ] || { echo '/proc/sys is not there' >&2; exit 1; }
grep -r '' /proc/sys 2>&1 | awk '
  { denied = sub(/^grep: /, "") }
  !sub(/^\/proc\/sys\//, "") { next }
  /tcp_fastopen_key|stable_secret/ { next }
  /^kernel\/(random\/(uuid|boot_id|entropy_avail)|ns_last_pid|pty\/nr|usermodehelper|keys|core_modes|sched_domain)/ { next }
  /^fs\/(dentry-state|inode-nr|inode-state|file-nr|aio-nr|quota|binfmt_misc)|^dev\/cdrom|_conntrack_count/ { next }
  /^net\/ipv[46]\/(neigh|route)\// { next }
  /^net\/ipv[46]\/conf\// {
    split($0, part, "/"); name = part[4]
    if (name ~ /^(veth|cali|lxc|vnet|tap)/) next
    if (name != "all" && name != "default" && !(name in seen)) { if (++count > 64) next; seen[name] = 1 }
  }
  denied { if (sub(/: Permission denied$/, "")) print "!" $0; next }
  { print substr($0, 1, 600) }'
""",
)
PERSISTED = Source(
    "sysctl.persisted",
    r"""
daemon=''
for f in /usr/lib/systemd/systemd-sysctl /lib/systemd/systemd-sysctl; do if [ -e "$f" ]; then daemon=systemd; fi; done
unit=/etc/systemd/system/systemd-sysctl.service
if [ "$daemon" ] && [ -L "$unit" ] && [ ! -f "$unit" ]; then daemon=masked; fi
if [ -z "$daemon" ] && have sysctl; then daemon=procps; fi
echo "reader $daemon"
set -- /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf
[ -L /lib ] || set -- "$@" /lib/sysctl.d/*.conf
for f in "$@"; do if [ "$f" -ef /etc/sysctl.conf ]; then echo "same $f"; fi; done
after=''
if [ -r /etc/ufw/ufw.conf ] && grep -Eqi '^ENABLED="?yes' /etc/ufw/ufw.conf; then
  after=$(awk -F= '$1 == "IPT_SYSCTL" { gsub(/["\047 \t]/, "", $2); file = $2 } END { print file }' /etc/default/ufw)
fi
case $after in /*) echo "after $after"; set -- "$@" "$after" ;; esac
show_settings /etc/sysctl.conf "$@" | sed -e '/^:.*tcp_fastopen_key/d' -e '/^:.*stable_secret/d'
""",
)
FOLDERS = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
VENDOR = ("/usr/lib/sysctl.d/", "/lib/sysctl.d/")
MAIN = "/etc/sysctl.conf"
SAME = ("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding")  # one setting of the kernel by two names: each gives the other its value


@dataclass(frozen=True, slots=True)
class Assignment:
    """One line of a file; key as sysctl(8) prints it, value None for a line `-key` that keeps a pattern off this key."""

    file: str
    key: str
    value: str | None

    @property
    def pattern(self) -> bool:
        """True when the key names settings by a pattern."""
        return any(sign in self.key for sign in "*?[")


def dotted(path: str) -> str:
    """The name of a setting by its path below /proc/sys: dots within a name become slashes, as sysctl(8) prints it."""
    return path.translate(str.maketrans("/.", "./"))


def read_running(text: str) -> dict[str, str | Unknown]:
    """Setting -> value with single spaces; Unknown where permission was denied."""
    found: dict[str, str | Unknown] = {}
    for line in text.splitlines():
        path, _, value = line.partition(":")
        key = dotted(path.removeprefix("!"))
        if not addressable(key) or not re.match(r"!?[a-z][^/]*/", path):
            continue
        if line.startswith("!"):
            found[key] = Unknown(f"sysctl.running: permission to read {key} was denied; collect as root")
        elif isinstance(before := found.get(key), str):
            found[key] = f"{before}\n{_spaced(value)}"
        else:
            found[key] = _spaced(value)
    if not any(isinstance(value, str) for value in found.values()):
        raise ProbeError("sysctl.running: /proc/sys gave no settings; grep and awk must be installed")
    return found


def _spaced(value: str) -> str:
    return " ".join(value.split())


def normal_key(written: str) -> str:
    """A key as sysctl(8) prints it: whichever of dot and slash comes first is the separator (sysctl.d(5))."""
    first = re.search(r"[./]", written)
    slashes = written if first and first[0] == "/" else written.translate(str.maketrans("/.", "./"))
    return dotted(re.sub(r"/+", "/", slashes).strip("/"))


def read_assignments(file: File) -> Iterator[Assignment]:
    """The assignments of one file; comments, empty lines and what is no assignment are left out."""
    for raw in file.lines:
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        key, equals, value = line.partition("=")
        if equals:
            yield Assignment(file.path, normal_key(key.strip().removeprefix("-").strip()), _spaced(value))
        elif key.startswith("-"):
            yield Assignment(file.path, normal_key(key[1:].strip()), None)


def in_force(files: Files) -> list[File]:
    """The files below the sysctl.d folders that count, in their order: a name in an earlier folder hides it in later ones."""
    chosen: dict[str, File] = {}
    for folder in FOLDERS:
        for path, file in files.by_path.items():
            name = path.rpartition("/")[2]
            if path.startswith(f"{folder}/") and file.state != "directory":
                chosen.setdefault(name, file)
    # odd is what a link to /dev/null is: how a file of that name is switched off
    return [chosen[name] if chosen[name].state in ("odd", "missing") else need_whole(chosen[name]) for name in sorted(chosen)]


def resolve(assignments: Iterable[Assignment], known: Iterable[str]) -> dict[str, list[Assignment]]:
    """Setting -> the assignments that reach it in order; a key named outright is never set by a pattern (sysctl.d(5))."""
    outright: dict[str, list[Assignment]] = {}
    patterns = []
    for one in assignments:
        if one.pattern:
            patterns.append(one)
        else:
            for key in SAME if one.key in SAME else (one.key,):
                outright.setdefault(key, []).append(one)
    reached: dict[str, list[Assignment]] = {}
    for one in patterns:
        for key in known:
            if key not in outright and key.count(".") == one.key.count(".") and fnmatchcase(key, one.key):
                reached.setdefault(key, []).append(one)
    return {key: made for key, made in (reached | outright).items() if addressable(key)}


def last_value(made: list[Assignment]) -> str | None:
    """What the last of the assignments gives."""
    return made[-1].value


def parse(frames: Frames) -> dict[str, Any]:
    """{"running": {"kernel.panic": "0"}, "persistent": {...}, "written": {"kernel.panic": {"values": ["0"], "files": [...]}}, ...}"""
    running = _running(frames)
    return {"running": running, **_persisted(frames, running)}


def _running(frames: Frames) -> dict[str, str | Unknown] | Unknown:
    try:
        return read_running(frames.text(RUNNING))
    except ProbeError as error:
        return Unknown(str(error))


def _persisted(frames: Frames, running: Mapping[str, Any] | Unknown) -> dict[str, Any]:
    try:
        own, files = split_shown(frames.text(PERSISTED))
        return _read_persisted(own, files, running)
    except ProbeError as error:
        return dict.fromkeys(("persistent", "written", "unread_files"), Unknown(str(error)))


def _read_persisted(own: list[list[str]], files: Files, running: Mapping[str, Any] | Unknown) -> dict[str, Any]:
    dropped = [one for file in in_force(files) for one in read_assignments(file)]
    main = [] if files.lines(MAIN) is None else list(read_assignments(files.get(MAIN)))
    last = [one for path in said(own, "after") if files.lines(path) is not None for one in read_assignments(files.get(path))]
    reader, linked = said(own, "reader")[0], bool(said(own, "same"))
    if isinstance(running, Unknown) and any(one.pattern for one in (*dropped, *main, *last)):
        raise ProbeError(f"sysctl.persisted: the files use patterns, and what they match is not known: {running.reason}")
    known = [] if isinstance(running, Unknown) else list(running)
    applied = [*_applied(reader, dropped, main), *last]  # ufw sets what its own file says when it starts, after all others
    at_boot = {key: value for key, made in resolve(applied, known).items() if (value := last_value(made)) is not None}
    unread = {one.file for one in (*dropped, *main)} - {one.file for one in applied}
    return {
        "persistent": at_boot,
        "written": _written(resolve([*dropped, *main, *last], known), at_boot),
        "unread_files": sorted(unread - ({MAIN} if linked and reader != "masked" else set())),
    }


def _applied(reader: str, dropped: list[Assignment], main: list[Assignment]) -> list[Assignment]:
    """What the program that runs at boot applies: systemd-sysctl does not read /etc/sysctl.conf unless a link brings it in."""
    if reader == "systemd":
        return dropped
    return [*dropped, *main] if reader == "procps" else []


def _written(made: Mapping[str, list[Assignment]], at_boot: Mapping[str, str]) -> dict[str, dict[str, list[str]]]:
    return {key: one for key, assignments in made.items() if (one := _agreement(assignments, at_boot.get(key)))}


def _agreement(assignments: list[Assignment], effective: str | None) -> dict[str, list[str]] | None:
    """Values and files, those of the vendor only where the administrator says nothing; the value that wins at boot is among them."""
    set_ones = [one for one in assignments if one.value is not None]
    administrators = [one for one in set_ones if not one.file.startswith(VENDOR)] or set_ones[:]
    values = {one.value for one in administrators if one.value is not None}
    if effective is not None and effective not in values:
        administrators += [one for one in set_ones if one.value == effective]
        values.add(effective)
    return {"values": sorted(values), "files": sorted({one.file for one in administrators})} if values else None


PROBES = (
    Probe(
        name="sysctl",
        sources=(RUNNING, PERSISTED),
        facts=(
            Fact("running.*", "string", "value in force now, single spaces; without settings that hold secrets or change by themselves"),
            Fact("persistent.*", "string", "value that the start of the system sets from the files; absent where no file in force sets it"),
            Fact(
                "written.*.values",
                "strings",
                "distinct values that the files give, the one that wins at boot among them: one value means that all agree;"
                " vendor files count where the administrator's say nothing or where theirs wins",
            ),
            Fact("written.*.files", "strings", "the files that give them"),
            Fact("unread_files", "strings", "files with settings that nothing reads at boot, as /etc/sysctl.conf without a link to it"),
        ),
        parse=parse,
    ),
)

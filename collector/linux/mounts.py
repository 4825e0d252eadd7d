"""File systems and swap: mounted now, mounted after a restart, and whether what lies beneath is encrypted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown, Value
from collector.files import Files
from collector.linux.shown import addressable, read_ini, said, split_shown, unescape_octal
from collector.probe import Frames, Probe, ProbeError, Source

# What containers and login sessions mount and unmount all day is left out. A service in a sandbox has mounts of its own, which
# say nothing of the host: its unit sets CLOSEOUT_MOUNTS_OF to the process whose mounts are the host's.
NOW = Source(
    "mounts.now",
    r"""
case ${CLOSEOUT_MOUNTS_OF-} in 1) of=/proc/1/mountinfo ;; *) of=/proc/self/mountinfo ;; esac
[ -r "$of" ] || { echo "$of cannot be read" >&2; exit 1; }
awk '$5 ~ /^\/var\/lib\/(docker|containers|containerd|kubelet|lxc|lxd)\// { next }
  $5 ~ /^\/run\/(docker|netns|user|credentials|containerd|k3s)\// { next }
  NR < 2000' "$of"
""",
)
SWAP = Source("mounts.swap", "[ ! -r /proc/swaps ] || awk 'FNR > 1 { print $1, $2 }' /proc/swaps")
BLOCKS = Source(
    "mounts.blocks",
    r"""
[ -d /sys/class/block ] || { echo '/sys/class/block is not there' >&2; exit 1; }
for b in /sys/class/block/*; do
  [ -r "$b/dev" ] || continue
  name=''; uuid=''; below=''
  read -r dev <"$b/dev"
  if [ -r "$b/dm/name" ]; then read -r name <"$b/dm/name"; fi
  if [ -r "$b/dm/uuid" ]; then read -r uuid <"$b/dm/uuid"; fi
  for s in "$b"/slaves/*; do if [ -e "$s" ]; then below="$below ${s##*/}"; fi; done
  if [ -r "$b/partition" ]; then
    for p in /sys/block/*/"${b##*/}"; do if [ -e "$p" ]; then p=${p%/*}; below="$below ${p##*/}"; fi; done
  fi
  echo "${b##*/}|$dev|$name|${uuid%%-*}${uuid:+-}|$below"
done
""",
)
AFTER = Source(
    "mounts.after",
    r"""
for f in /lib/systemd/systemd /usr/lib/systemd/systemd; do if [ -e "$f" ]; then echo 'init systemd'; break; fi; done
for d in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
  for l in "$d"/*.target.wants/*.mount; do if [ -e "$l" ]; then echo "wanted ${l##*/}"; fi; done
done
for l in /etc/systemd/system/*.mount; do if [ -L "$l" ] && [ ! -f "$l" ]; then echo "masked ${l##*/}"; fi; done
set -- /etc/systemd/system/*.mount /usr/lib/systemd/system/*.mount
[ -L /lib ] || set -- "$@" /lib/systemd/system/*.mount
show_settings /etc/fstab "$@" | sed -e 's/^\(:.*Environment[A-Za-z]*=\).*/\1(hidden)/' -e 's/#[^/@[:space:]]*:[^@[:space:]]*@/#(hidden)@/' \
  -e 's/\([a-z_]*pass[a-z0-9]*\)=[^,[:space:]]*/\1=(hidden)/g' -e 's/\([,[:space:]=][a-z_]*key\)=[^,[:space:]]*/\1=(hidden)/g' \
  -e 's/\(secret\)=[^,[:space:]]*/\1=(hidden)/g' -e 's/\(token\)=[^,[:space:]]*/\1=(hidden)/g'
""",
)
API = {"/dev/shm": ("tmpfs", "tmpfs", ["rw", "nosuid", "nodev"])}  # noqa: S108 - what systemd mounts by itself, whatever fstab says
IN_MEMORY_OR_ELSEWHERE = "not a block device of this host"
BOOT = ("/boot", "/boot/efi", "/efi")
READ_ONLY_IMAGES = ("squashfs", "iso9660", "erofs", "udf")


@dataclass(frozen=True, slots=True)
class Block:
    """One block device; below: what it is made of."""

    name: str
    number: str
    mapped: str
    kind: str
    below: tuple[str, ...]


def read_blocks(text: str) -> dict[str, Block]:
    """Kernel name -> block device."""
    rows = (line.split("|", 4) for line in text.splitlines())
    return {row[0]: Block(row[0], row[1], row[2], row[3], tuple(row[4].split())) for row in rows}


def encrypted(block: Block, blocks: Mapping[str, Block]) -> bool:
    """True when every way down from the device passes an encrypted layer of the device mapper."""
    if block.kind == "CRYPT-":
        return True
    below = [blocks[name] for name in block.below if name in blocks]
    return bool(below) and all(encrypted(one, blocks) for one in below)


def find_block(source: str, number: str, blocks: Mapping[str, Block]) -> Block | None:
    """The block device of a mount: by its number, or, where the file system has none of its own (btrfs), by its name."""
    by_number = next((b for b in blocks.values() if b.number == number), None)
    last = source.rpartition("/")[2]
    named = [b for b in blocks.values() if source.startswith("/dev/") and last in (b.name, b.mapped)]
    return by_number or (named[0] if named else None)


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system; the last on a mount point hides those before it."""

    point: str
    number: str
    type: str
    source: str
    options: tuple[str, ...]


def read_mounts(text: str) -> dict[str, Mount]:
    """Mount point -> what is visible there; proc(5) on mountinfo."""
    found: dict[str, Mount] = {}
    for line in text.splitlines():
        head, dash, tail = line.partition(" - ")
        fields, rest = head.split(" "), tail.split(" ")
        if not dash or len(fields) < 6 or len(rest) < 3:  # noqa: PLR2004 - proc(5): six fields before the optional ones, three after them
            raise ProbeError(f"mounts.now: a line of mountinfo is not understood: {line[:80]!r}")
        options = tuple(dict.fromkeys([*fields[5].split(","), *(unescape_octal(o) for o in rest[2].split(",") if _telling(o))]))
        point = unescape_octal(fields[4]).removesuffix("//deleted")
        found.pop(point, None)
        found[point] = Mount(point, fields[2], rest[0], unescape_octal(rest[1]), options)
    return {point: one for point, one in found.items() if addressable(point)}


def _telling(option: str) -> bool:
    # the super block's own "rw" says nothing where the mount is "ro", and paths of overlays are long
    return option not in ("rw", "ro") and not option.startswith(("lowerdir=", "upperdir=", "workdir=", "password", "pass="))


def effective(options: Iterable[str]) -> list[str]:
    """The options that hold after all of fstab's words are read in order (mount(8)): user means noexec, a later exec takes it back."""
    implied = {
        "user": ("noexec", "nosuid", "nodev"),
        "users": ("noexec", "nosuid", "nodev"),
        "owner": ("nosuid", "nodev"),
        "group": ("nosuid", "nodev"),
    }
    opposite = {"exec": "noexec", "suid": "nosuid", "dev": "nodev", "rw": "ro", "defaults": ""}
    opposite |= {no: yes for yes, no in opposite.items() if no}
    held: dict[str, None] = {}
    for word in (w.strip() for w in options):
        for one in (*implied.get(word, ()), word):
            held.pop(opposite.get(one, ""), None)
            if one and one not in ("defaults", "exec", "suid", "dev") and not one.startswith("x-"):
                held[one] = None
    return list(held)


def read_fstab(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Mount point and entry of each line of fstab(5); swap has no mount point and is left out."""
    for line in lines:
        fields = line.split()
        if len(fields) < 3 or fields[0].startswith("#") or fields[2] == "swap":  # noqa: PLR2004 - source, point and type at least
            continue
        options = _public(fields[3] if len(fields) > 3 else "defaults")  # noqa: PLR2004 - options may be left out
        point = unescape_octal(fields[1]).rstrip("/") or "/"
        if addressable(point):
            yield point, {"source": unescape_octal(fields[0]), "type": fields[2], "options": effective(options), "from": "/etc/fstab"}


def _public(options: str) -> list[str]:
    return [o for o in options.split(",") if not o.startswith(("password", "pass="))]


def read_units(files: Files, wanted: set[str], masked: set[str]) -> Iterator[tuple[str, dict[str, Value], bool]]:
    """Mount point, entry, and whether it stands in /etc, of each .mount unit that is started at boot; /etc hides the vendor's."""
    seen: set[str] = set()
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if not name.endswith(".mount") or name in seen or file.state != "read":
            continue
        seen.add(name)
        section = read_ini(file.lines).get("Mount", {})
        point = (section.get("Where") or "").rstrip("/") or "/"
        if name in wanted and name not in masked and addressable(point):
            options = effective(_public(section.get("Options", "")))
            yield (
                point,
                {"source": section.get("What"), "type": section.get("Type"), "options": options, "from": file.path},
                folder == "/etc/systemd/system",
            )


def after_restart(frames: Frames) -> dict[str, dict[str, Value]]:
    """Mount point -> entry: units in /etc come before fstab, fstab before the vendor's units, and those before systemd's own."""
    own, files = split_shown(frames.text(AFTER))
    found: dict[str, dict[str, Value]] = {}
    if said(own, "init"):
        found |= {point: {"source": s, "type": t, "options": o, "from": "systemd"} for point, (s, t, o) in API.items()}
        units = list(read_units(files, set(said(own, "wanted")), set(said(own, "masked"))))
        found |= {point: entry for point, entry, local in units if not local}
        found |= dict(read_fstab(files.lines("/etc/fstab") or ()))
        return found | {point: entry for point, entry, local in units if local}
    return dict(read_fstab(files.lines("/etc/fstab") or ()))


def parse(frames: Frames) -> dict[str, Any]:
    """{"now": {"/tmp": {"type": "tmpfs", "options": ["rw", "nosuid"], "encrypted": None}}, "after_restart": {...}, "unencrypted": ["/"]}"""
    now: Any = _tried(lambda: read_mounts(frames.text(NOW)))
    blocks: Any = _tried(lambda: read_blocks(frames.text(BLOCKS)))
    swap: Any = _tried(lambda: [tuple(line.split(" ", 1)) for line in frames.text(SWAP).splitlines()])
    if isinstance(now, Unknown):
        return {"now": now, "swap": now, "unencrypted": now, "after_restart": _tried(lambda: after_restart(frames))}
    members = {point: _member(one, blocks) for point, one in now.items()}
    swaps = (
        swap if isinstance(swap, Unknown) else {name: _swap(name, kind, now, members, blocks) for name, kind in swap if addressable(name)}
    )
    return {
        "now": members,
        "swap": swaps,
        "unencrypted": _unencrypted(members, swaps),
        "after_restart": _tried(lambda: after_restart(frames)),
    }


def _tried(read: Any) -> Any:  # noqa: ANN401 - whatever the reader gives
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def _member(one: Mount, blocks: Any) -> dict[str, Value | Unknown]:  # noqa: ANN401 - a map or Unknown
    return {"type": one.type, "source": one.source, "options": list(one.options), "encrypted": _state(one, blocks)}


def _state(one: Mount, blocks: Any) -> Value | Unknown:  # noqa: ANN401 - a map or Unknown
    if one.type in ("zfs", "overlay", "bcachefs"):
        return Unknown(f"mounts: whether {one.type} on {one.point} lies on encrypted storage cannot be told from the device mapper")
    if isinstance(blocks, Unknown):
        return blocks if one.source.startswith("/dev/") else None
    block = find_block(one.source, one.number, blocks)
    if block is None:
        gone = one.source.startswith("/dev/") and one.type != "devtmpfs"
        return Unknown(f"mounts: {one.source} is no block device that /sys shows") if gone else None
    return encrypted(block, blocks)


def _swap(name: str, kind: str, now: Mapping[str, Mount], members: Mapping[str, Any], blocks: Any) -> dict[str, Value | Unknown]:  # noqa: ANN401
    if "/zram" in name:
        return {"kind": "memory", "encrypted": None}
    if kind == "partition":
        return {"kind": kind, "encrypted": _state(Mount(name, "", "swap", name, ()), blocks)}
    holder = max((p for p in now if name == p or name.startswith(p.rstrip("/") + "/")), key=len, default=None)
    return {"kind": "file", "encrypted": members[holder]["encrypted"] if holder else Unknown(f"mounts: no mount holds {name}")}


def _unencrypted(members: Mapping[str, Any], swaps: Any) -> list[str] | Unknown:  # noqa: ANN401 - a map or Unknown
    if isinstance(swaps, Unknown):
        return swaps
    stored = {p: m for p, m in members.items() if p not in BOOT and m["type"] not in READ_ONLY_IMAGES} | swaps
    unknown = next((m["encrypted"] for m in stored.values() if isinstance(m["encrypted"], Unknown)), None)
    open_ones = sorted(name for name, m in stored.items() if m["encrypted"] is False)
    return unknown if unknown and not open_ones else open_ones


_ENCRYPTED = "every way down from its block device passes dm-crypt (self-encrypting drives cannot be told)"
PROBES = (
    Probe(
        name="mounts",
        sources=(NOW, SWAP, BLOCKS, AFTER),
        facts=(
            Fact("now.*.type", "string", "file system type; mounts of containers and of login sessions are left out"),
            Fact("now.*.source", "string", "what is mounted"),
            Fact("now.*.options", "strings", "options in force"),
            Fact("now.*.encrypted", "boolean", f"{_ENCRYPTED}; not set where it is {IN_MEMORY_OR_ELSEWHERE}"),
            Fact("swap.*.kind", "string", "what kind of swap is in use", ("partition", "file", "memory")),
            Fact("swap.*.encrypted", "boolean", f"{_ENCRYPTED}; not set for swap in memory"),
            Fact(
                "unencrypted",
                "strings",
                "mount points and swap on local storage that is not encrypted, but for /boot, /boot/efi and read-only images",
            ),
            Fact("after_restart.*.type", "string", "file system type in /etc/fstab, in a mount unit started at boot, or by systemd itself"),
            Fact("after_restart.*.source", "string", "what is mounted then"),
            Fact(
                "after_restart.*.options",
                "strings",
                "options that hold after a restart; what defaults stands for (suid, dev, exec) is not named",
            ),
            Fact("after_restart.*.from", "string", "the file that says so, or systemd"),
        ),
        parse=parse,
    ),
)

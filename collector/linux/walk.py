"""The one walk over the local file systems: set-ID programs, what anybody may write, and what belongs to nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source

# Two parts, each with its own time limit: where set-ID bits count, and where they do not (nosuid). find asks for numbers
# that /etc/passwd does not have, and stat then asks the host's directory for the name, so that it is asked rarely.
WALK = Source(
    "files.walk",
    r"""
uid=$(id -u)
echo "$uid"
[ "$uid" = 0 ] || exit 0
echo '@kinds program'
top=/
IFS="$nl"; set -f
for line in $(awk '{ suid = $4 ~ /(^|,)nosuid(,|$)/ ? "no" : "yes"
    if ($3 ~ /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|overlay|tmpfs|ramfs)$/) print suid " " $2 }' /proc/self/mounts); do
  case $line in
    *\\*) echo "@cut ${line#* }" ;;
    'no /') top='' ; idle="/${idle:+$nl$idle}" ;;
    'no /'?*) idle="${idle-}${idle:+$nl}${line#* }" ;;
    'yes /'?*) more="${more-}$nl${line#* }" ;;
  esac
done
for pruned in /var/lib/docker /var/lib/containers /var/lib/containerd /var/lib/rancher /snap /.snapshots; do
  if [ -d "$pruned" ]; then echo "@cut $pruned"; fi
done
strangers=$(awk -F: 'FNR == 1 { files++ }
  $3 ~ /^[0-9]+$/ && !seen[files, $3]++ && ++kept[files] <= 300 {
    list[files] = list[files] "!\n" (files == 1 ? "-uid" : "-gid") "\n" $3 "\n"
  }
  END { print "-o\n(\n" list[1] ")\n-o\n(\n" list[2] ")" }' /etc/passwd /etc/group)
limit=''
if have timeout; then limit="timeout${nl}-k${nl}1${nl}8"; fi
walk() {
  echo "@part $1"; shift
  if [ $# = 0 ]; then echo '@end 0'; return; fi
  $limit find "$@" -xdev '(' -path /var/lib/docker -o -path /var/lib/containers -o -path /var/lib/containerd -o \
    -path /var/lib/rancher -o -path /snap -o -path /.snapshots -o -path /proc ')' -prune -o \
    '(' -type f '(' -perm -4000 -o -perm -2000 -o -perm -0002 ')' -o -type d -perm -0002 ! -perm -1000 $strangers \
    -o '(' ! -uid 0 -o -perm -0020 ')' ! -type l '(' -path '/usr/bin/*' -o -path '/usr/sbin/*' -o -path '/usr/lib*' -o \
    -path '/usr/local/bin/*' -o -path '/usr/local/sbin/*' -o -path '/bin/*' -o -path '/sbin/*' -o -path '/lib*' ')' ')' \
    '(' -name "*$nl*" -exec echo @odd ';' -o -exec stat -c '%A|%U|%G|%n' '{}' + ')'
  echo "@end $?"
}
{ walk suid $top ${more-}; walk nosuid ${idle-}; } | awk -F'|' '
  function say(kind) { if (++count[kind] <= 1000) print kind " " path }
  /^@/ { print; next }
  { path = substr($0, length($1 $2 $3) + 4) }
  $1 ~ /^-(..[sS]|.....[sS])/ { say("set_id") }
  $1 ~ /^-.......w/ { say("writable_file") }
  $1 ~ /^d.......w[-x]/ { say("writable_directory") }
  path ~ /^(\/usr|\/usr\/local)?\/(s?bin|lib[a-z0-9]*)\// && $1 !~ /^l/ &&
    ($2 != "root" && $1 !~ /^-..[sS]/ || $1 ~ /^.....w/ && $3 != "root" || $1 ~ /^........w/) { say("program") }
  $2 == "UNKNOWN" { say("unowned") }
  $3 == "UNKNOWN" { say("ungrouped") }
  END {
    n = split("set_id writable_file writable_directory program unowned ungrouped", kinds, " ")
    for (i = 1; i <= n; i++) if (count[kinds[i]] > 1000) print "@more " kinds[i] " " count[kinds[i]]
  }'
""",
    seconds=20,
)
KINDS = ("set_id", "writable_file", "writable_directory", "program", "unowned", "ungrouped")
_TIMED_OUT = ("124", "137")


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the walk found: paths by kind, whether it reached its end, and of which kinds there were too many to list."""

    found: dict[str, tuple[str, ...]]
    whole: bool
    odd: int
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Both parts; not_walked: folders and mounts that were left out."""

    suid: Part
    nosuid: Part
    not_walked: tuple[str, ...]
    programs: bool  # looked for; older scripts did not


def read_walk(frames: Frames) -> Walk:
    """The walk; raises ProbeError when it was not root's or its output is not whole."""
    uid, *lines = frames.text(WALK).splitlines() or [""]
    if uid != "0":
        raise ProbeError("files.walk: not every folder can be searched as this user; collect as root or with sudo")
    more = tuple(line[6:] for line in lines if line.startswith("@more "))
    if "@part nosuid" not in lines or "@part suid" not in lines:
        raise ProbeError("files.walk: the output is not whole")
    middle = lines.index("@part nosuid")
    left_out = sorted({line[5:] for line in lines if line.startswith("@cut ")})
    return Walk(
        _part(lines[lines.index("@part suid") : middle], more), _part(lines[middle:], more), tuple(left_out), "@kinds program" in lines
    )


def _part(lines: list[str], more: tuple[str, ...]) -> Part:
    ended = next((line[5:] for line in lines if line.startswith("@end ")), None)
    if ended is None:
        raise ProbeError("files.walk: the output is not whole")
    rows = [line.partition(" ") for line in lines if not line.startswith("@")]
    found = {kind: tuple(sorted(path for word, _, path in rows if word == kind)) for kind in KINDS}
    return Part(found, ended not in _TIMED_OUT, lines.count("@odd"), more)


def set_id_programs(frames: Frames) -> list[str]:
    """Every set-ID program where the bit counts, sorted; raises ProbeError when the walk or the list was cut."""
    part = read_walk(frames).suid
    found = list(part.found["set_id"])
    if not part.whole:
        raise ProbeError(f"files.walk: the walk for set-user-ID files was cut after 8 s; it had found {len(found)}")
    if any(line.startswith("set_id ") for line in part.more):
        raise ProbeError("files.walk: there are more than 1000 set-user-ID files, so not all of them are known")
    return found


def parse(frames: Frames) -> dict[str, Any]:
    """{"set_id": ["/usr/bin/su"], "writable_files": [], "writable_directories": [], "unowned": [], "ungrouped": [], ...}"""
    walk = read_walk(frames)
    if not (walk.suid.whole and walk.nosuid.whole):
        names = [len(paths) for part in (walk.suid, walk.nosuid) for paths in part.found.values()]
        raise ProbeError(f"files.walk: the walk was cut after 8 s; it had found {sum(names)} entries, so nothing can be said of the rest")
    return {
        "set_id": list(walk.suid.found["set_id"]),
        "writable_files": _both(walk, "writable_file"),
        "writable_directories": _both(walk, "writable_directory"),
        "programs": _both(walk, "program")
        if walk.programs
        else Unknown("files.walk: the script did not look for them; redeploy the collection script"),
        "unowned": _both(walk, "unowned"),
        "ungrouped": _both(walk, "ungrouped"),
        "not_walked": list(walk.not_walked),
        "odd_names": walk.suid.odd + walk.nosuid.odd,
        "cut": list(_said(walk.suid.more)),
    }


def _both(walk: Walk, kind: str) -> list[str]:
    return sorted({*walk.suid.found[kind], *walk.nosuid.found[kind]})


def _said(more: Iterable[str]) -> Iterable[str]:
    return (f"{kind}: 1000 listed of {number}" for kind, _, number in (line.partition(" ") for line in more))


PROBES = (
    Probe(
        name="walk",
        sources=(WALK,),
        facts=(
            Fact("set_id", "strings", "files with the set-user-ID or set-group-ID bit, where it counts (not on nosuid mounts)"),
            Fact("writable_files", "strings", "files that anybody may write"),
            Fact("writable_directories", "strings", "directories that anybody may write and that are not sticky"),
            Fact(
                "programs",
                "strings",
                "files and folders in those of programs and libraries that others than root own or may write to; "
                "what runs as its own owner (set-user-ID) is that owner's",
            ),
            Fact("unowned", "strings", "files of a user that nobody is"),
            Fact("ungrouped", "strings", "files of a group that there is not"),
            Fact("not_walked", "strings", "mounts and folders of containers and snapshots that were left out"),
            Fact("odd_names", "integer", "entries that would stand in a list, but have a line end in their name"),
            Fact("cut", "strings", "lists that are longer than the thousand entries given, as `unowned: 1000 listed of 5312`"),
        ),
        parse=parse,
    ),
)

"""What root runs by itself: systemd's units with their drop-ins, the programs that units and cron jobs start, and who may change them."""

import re
from typing import Any

from collector.facts import Fact, Unknown
from collector.probe import Frames, Probe, ProbeError, Source

# Only what others than root own or may write to is listed. A word of a command line counts as a program when it names an executable
# file, so that the script behind `sh` is seen too. What a unit runs as another account is that account's own affair.
ROOT_JOBS = Source(
    "root_jobs",
    r"""
id -u
set --
for top in /etc/systemd /run/systemd /usr/local/lib/systemd /usr/lib/systemd /lib/systemd; do
  if [ "$top" = /lib/systemd ] && [ -L /lib ]; then continue; fi
  for folder in "$top/system" "$top/user"; do
    if [ -d "$folder" ] && [ -r "$folder" ]; then set -- "$@" "$folder"; elif [ -d "$folder" ]; then echo "hidden|$folder"; fi
  done
done
list_open() {
  find -L "$@" '(' ! -uid 0 -o -perm -0020 -o -perm -0002 ')' ! -name "*$nl*" -exec stat -L -c "$kind|%a|%u|%g|%n" '{}' + 2>&1
}
kind=unit
[ $# = 0 ] || list_open "$@" -maxdepth 2 '(' -type f -o -type d ')' ! -path '*.wants/*' ! -path '*.requires/*'
for folder in "$@"; do
  case $folder in
    */system) for file in "$folder"/*.service "$folder"/*.service.d/*.conf; do
        if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"; elif [ -f "$file" ]; then echo "hidden|$file"; fi
      done ;;
  esac
  shift
done
for file in /etc/crontab /etc/cron.d/* /var/spool/cron/root /var/spool/cron/crontabs/root; do
  if [ -f "$file" ] && [ -r "$file" ]; then set -- "$@" "$file"
  elif [ -f "$file" ] || out_of_sight "$file"; then echo "hidden|$file"
  fi
done
IFS=$nl; set -f
[ $# = 0 ] || programs=$(awk '
  function words(text, all, list, n, i, full) {
    n = split(text, list, /[ \t\r"\047;&|<>(){}=]+/)
    for (i = 1; i <= n; i++) {
      full = list[i] ~ /^[-@:]*[+!]/
      sub(/^[-@:+!]+/, "", list[i])
      if (list[i] !~ /^\/[^%*?$\\`]*$/) continue
      if (all || full) always[list[i]] = 1; else runs[list[i]] = runs[list[i]] "\n" unit
    }
  }
  FNR == 1 {
    more = 0; n = split(FILENAME, part, "/"); unit = part[n]
    if (part[n - 1] ~ /\.service\.d$/) unit = substr(part[n - 1], 1, length(part[n - 1]) - 2)
    cron = FILENAME ~ /cron/ && FILENAME !~ /\/systemd\//; shared = FILENAME ~ /\/etc\//
  }
  cron {
    if ($0 ~ /^[ \t]*(#|[A-Za-z_]+[ \t]*=)/) next
    skip = $1 ~ /^@/ ? 1 : 5
    if (shared && $(skip + 1) != "root") next
    text = ""; for (i = skip + 1 + shared; i <= NF; i++) text = text " " $i
    words(text, 1); next
  }
  /^[ \t]*[#;]/ { next }
  !more && /^[ \t]*User[ \t]*=/ { sub(/^[^=]*=[ \t]*/, ""); sub(/[ \t\r]+$/, ""); own[unit] = $0 !~ /^(root|0|)$/; next }
  !more && /^[ \t]*DynamicUser[ \t]*=[ \t]*(1|yes|true|on|y|t)[ \t\r]*$/ { own[unit] = 1; next }
  more || /^[ \t]*Exec[A-Z][A-Za-z]*[ \t]*=/ { if (!more) sub(/^[^=]*=/, ""); more = /\\\r?$/; words($0, 0); next }
  END {
    for (path in runs) {
      n = split(runs[path], list, "\n")
      for (i = 2; i <= n; i++) if (!own[list[i]]) always[path] = 1
    }
    for (path in always) print path
  }' "$@") || exit 1
# By mode and not by `[ -x ]`: root without all its powers may not execute what another owns, and may still read it.
set -- ${programs-}
[ $# = 0 ] || set -- $(find -L "$@" -maxdepth 0 -type f '(' -perm -0100 -o -perm -0010 -o -perm -0001 ')' 2>/dev/null)
folders=''
for file in "$@"; do
  case "$nl$folders$nl" in *"$nl${file%/*}$nl"*) ;; *) folders=$folders$nl${file%/*} ;; esac
done
kind=program
[ $# = 0 ] || list_open "$@" $folders -maxdepth 0
echo end
""",
)
_OTHERS, _GROUP = 0o002, 0o020
_HIDDEN = re.compile(r"hidden\|(.+)|find: '?(.+?)'?: Permission denied")


def parse(frames: Frames) -> dict[str, Any]:
    """{"open_units": ["/etc/systemd/system/app.service"], "open_programs": ["/opt/app", "/opt/app/run.sh"]}"""
    *lines, end = frames.text(ROOT_JOBS).splitlines() or [""]
    if end != "end":
        raise ProbeError("root_jobs: the list is not whole")
    hidden = [found[1] or found[2] for line in lines if (found := _HIDDEN.fullmatch(line))]
    return {
        "open_units": _out_of_sight([path for path in hidden if "/systemd/" in path]) or _open(lines, "unit"),
        "open_programs": _out_of_sight(hidden) or _open(lines, "program"),
    }


def _out_of_sight(hidden: list[str]) -> Unknown | None:
    return Unknown(f"{hidden[0]}: permission denied; collect as root or with sudo") if hidden else None


def _open(lines: list[str], kind: str) -> list[str]:
    seen = [re.fullmatch(r"(\w+)\|([0-7]+)\|(\d+)\|(\d+)\|(/.*)", line) for line in lines]
    return sorted({one[5] for one in seen if one and one[1] == kind and _changeable(int(one[2], 8), int(one[3]), int(one[4]))})


def _changeable(mode: int, uid: int, gid: int) -> bool:
    """Whether somebody else than root can change it; what only root's own group may write is root's."""
    return uid != 0 or bool(mode & _OTHERS) or (bool(mode & _GROUP) and gid != 0)


PROBES = (
    Probe(
        name="root_jobs",
        sources=(ROOT_JOBS,),
        facts=(
            Fact("open_units", "strings", "unit files, drop-ins and folders of systemd that others than root own or may write to"),
            Fact(
                "open_programs", "strings", "programs that units and cron jobs start as root, and folders of such, that others may change"
            ),
        ),
        parse=parse,
    ),
)

"""What sudo lets whom do: sudoers with all its includes in sudo's order, settings, and entries without a password."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import File, Files, need_whole, read_files
from collector.probe import Frames, Probe, ProbeError, Source

SUDOERS = Source(
    "sudoers",
    """
need sudo
if have visudo; then visudo -V | sed -n 's/^visudo version /@version /p'; fi
all=''
follow() {
  case $1 in *"$nl"*) all="$all$nl|"; return 0 ;; esac
  case "$nl$all$nl" in *"$nl$1$nl"*) return 0 ;; esac
  all="$all$nl$1"
  [ -f "$1" ] && [ -r "$1" ] && [ "$2" -lt 17 ] || return 0
  while read -r word rest || [ -n "$word" ]; do
    case $word in
      @include | '#include') each='' ;;
      @includedir | '#includedir') each='/*' ;;
      *) continue ;;
    esac
    rest=${rest#\\"}; rest=${rest%\\"}
    case $rest in
      *%h*) echo "@host $(uname -n)"; rest=${rest%%%h*}$(uname -n | sed 's/[.].*//')${rest#*%h} ;;
    esac
    case $rest in /*) ;; *) rest=${1%/*}/$rest ;; esac
    if [ "$each" ] && unlisted "$rest/x"; then all="$all$nl$rest/*"; fi
    for name in "$rest"$each; do
      case $each${name##*/} in /*.* | /*'~' | '/*'\\*) ;; *) follow "$name" $(($2 + 1)) ;; esac
    done
  done <"$1"
}
if [ -e /etc/sudoers ] || [ ! -e /usr/etc/sudoers ]; then follow /etc/sudoers 0
else follow /usr/etc/sudoers 0; fi
IFS=$nl; set -f
set -- ${all#?}
unset IFS; set +f
# A comment loses its text; `#` before a digit is a uid, before include a directive, and within quotes it is text.
show "$@" | sed -e '/^:[[:space:]]*#include\\(dir\\)\\{0,1\\}[[:space:]]/!s/^\\(:[[:space:]]*#\\)[^-0-9].*/\\1/' \\
  -e '/\\\\$/!s/^\\(:[^"#]*[^"#[:space:]][[:space:]][[:space:]]*#\\)[^-0-9].*/\\1/'
""",
)

BOOLEANS: Mapping[str, str] = {
    "authenticate": "a password is asked for",
    "use_pty": "commands run in a terminal of their own",
    "requiretty": "sudo works only in a terminal",
    "pwfeedback": "typing a password shows stars",
    "visiblepw": "a password may be typed where it is seen",
    "log_input": "what is typed is recorded",
    "log_output": "what is shown is recorded",
    "env_reset": "the environment is reset",
    "targetpw": "the target user's password is asked for",
    "rootpw": "root's password is asked for",
    "runaspw": "the password of runas_default is asked for",
    "insults": "wrong passwords are insulted",
    "ignore_dot": "the current directory in PATH is not used",
    "noexec": "commands cannot start further commands",
    "mail_badpass": "mail is sent when a password is wrong",
    "syslog_enabled": "commands are logged to syslog",
    "log_allowed": "allowed commands are logged",
}
DEFAULTS: Mapping[str, bool] = {
    "authenticate": True,
    "requiretty": False,
    "pwfeedback": False,
    "visiblepw": False,
    "log_input": False,
    "log_output": False,
    "env_reset": True,
    "targetpw": False,
    "rootpw": False,
    "runaspw": False,
    "noexec": False,
    "log_allowed": True,
}
STRINGS: Mapping[str, str] = {
    "logfile": "file that commands are logged to",
    "secure_path": "PATH of commands",
    "umask": "file creation mask",
}
TAGS = re.compile(
    r"\s*(NOPASSWD|PASSWD|NOEXEC|EXEC|SETENV|NOSETENV|LOG_INPUT|NOLOG_INPUT|LOG_OUTPUT|NOLOG_OUTPUT|MAIL|NOMAIL|FOLLOW|NOFOLLOW|INTERCEPT|NOINTERCEPT)\s*:"
)
OPTIONS = re.compile(r"\s*(?:ROLE|TYPE|PRIVS|LIMITPRIVS|TIMEOUT|NOTBEFORE|NOTAFTER|CWD|CHROOT|APPARMOR_PROFILE)\s*=\s*(?:\"[^\"]*\"|\S+)")
USE_PTY_SINCE = (1, 9, 14)
DEEPEST = 16
MOST_INCLUDES = 2000
Said = str | bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line and where it begins."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One command of a user specification."""

    place: str
    who: str
    host: str
    runas: str
    tags: frozenset[str]
    command: str

    def __str__(self) -> str:
        tags = "".join(f"{tag}: " for tag in sorted(self.tags))
        return f"{self.place}: {self.who} {self.host}=({self.runas}) {tags}{self.command}"


def parse(frames: Frames) -> dict[str, Any]:
    """{"installed": True, "files": [...], "nopasswd": [...], "settings": {"use_pty": True, ...}, "all_commands": ["%sudo"]}"""
    if frames.absent(SUDOERS):
        return {"installed": False}
    heads, _, shown = _split(frames.text(SUDOERS))
    version = next((line.removeprefix("@version ") for line in heads if line.startswith("@version ")), None)
    host = next((line.removeprefix("@host ") for line in heads if line.startswith("@host ")), "")
    try:
        found = _read(read_files(shown), host)
    except ProbeError as error:
        return {"installed": True, "version": version} | dict.fromkeys(BRANCHES, Unknown(str(error)))
    return {"installed": True, "version": version} | _facts_of(found, version)


BRANCHES = ("files", "nopasswd", "negations", "not_authenticated", "all_commands", "scoped_defaults", "settings")


def _split(text: str) -> tuple[list[str], str, str]:
    """The lines before the files, and the files."""
    lines = text.splitlines(keepends=True)
    heads = [line.rstrip("\n") for line in lines if line.startswith(("@version ", "@host "))]
    return heads, "", "".join(line for line in lines if not line.startswith(("@version ", "@host ")))


def _read(files: Files, host: str) -> list[Line]:
    main = next(iter(files), None)
    if main is None or main.state == "missing":
        raise ProbeError("/etc/sudoers: there is none, so sudo refuses to run")
    for file in files:
        need_whole(file)
    return list(_walk(files, main, host, 0, iter(range(MOST_INCLUDES))))


def _walk(files: Files, file: File, host: str, depth: int, left: Iterator[int]) -> Iterator[Line]:
    for line in _logical(file):
        included = re.fullmatch(r"[@#](include|includedir)\s+(.*)", line.text)
        if not included:
            yield line
        elif depth < DEEPEST:
            for inner in _included(files, file, included[1], _unquote(included[2]).replace("%h", host.split(".", maxsplit=1)[0])):
                if next(left, None) is None:
                    raise ProbeError(f"{file.path}: more than {MOST_INCLUDES} files are included; look whether they include each other")
                yield from _walk(files, inner, host, depth + 1, left)


def _logical(file: File) -> Iterator[Line]:
    """Lines joined at a backslash, without comments; `#` before a digit is a uid, before include a directive."""
    pending, start = "", 0
    for number, raw in enumerate(file.lines, 1):
        line = raw.rstrip("\r")
        start = start if pending else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            pending += line[:-1] + " "
            continue
        text = _uncomment(pending + line).strip()
        pending = ""
        if text:
            yield Line(f"{file.path}:{start}", text)
    if pending and (text := _uncomment(pending).strip()):
        yield Line(f"{file.path}:{start}", text)


def _uncomment(text: str) -> str:
    if re.match(r"\s*#(include|includedir)\s", text):
        return text
    return re.sub(r'^((?:\\.|"[^"]*"|[^"#\\]|#(?=-?\d))*)#(?!-?\d).*', r"\1", text)


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip().strip('"'))


def _included(files: Files, file: File, kind: str, path: str) -> list[File]:
    whole = path if path.startswith("/") else f"{file.path.rsplit('/', 1)[0]}/{path}"
    if kind == "include":
        found = files.by_path.get(whole)
        return [found] if found is not None and found.state == "read" else []
    names = {f.path.rsplit("/", 1)[1]: f for f in files if f.state == "read" and f.path.rsplit("/", 1)[0] == whole.rstrip("/")}
    return [names[name] for name in sorted(names) if "." not in name and not name.endswith("~")]


def _facts_of(lines: list[Line], version: str | None) -> dict[str, Any]:
    aliases = _aliases(lines)
    defaults = [line for line in lines if re.match(r"Defaults\b", line.text)]
    whole = [line for line in defaults if re.match(r"Defaults\s", line.text)]
    scoped = [line for line in defaults if line not in whole]
    grants = [
        grant for line in lines if not re.match(r"Defaults\b|(User|Runas|Host|Cmnd|Cmd)_Alias\b", line.text) for grant in _grants(line)
    ]
    nopasswd = [grant for grant in grants if "NOPASSWD" in grant.tags and not grant.command.startswith("!")]
    return {
        "files": list(dict.fromkeys(line.place.rsplit(":", 1)[0] for line in lines)),
        "nopasswd": [str(grant) for grant in nopasswd],
        "negations": [str(grant) for grant in grants if any(name.startswith("!") for name in _expand(grant.command, aliases))],
        "not_authenticated": [f"{line.place}: {line.text}" for line in defaults if _sets(line, "!authenticate")],
        "all_commands": sorted({who for grant in grants if _everything(grant, aliases) for who in _people(grant.who, aliases)}),
        "scoped_defaults": [f"{line.place}: {line.text}" for line in scoped],
        "settings": _settings(whole, version),
    }


def _aliases(lines: Iterable[Line]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        if declared := re.match(r"(?:User|Runas|Host|Cmnd|Cmd)_Alias\s+(.*)", line.text):
            for one in re.split(r"\s:\s(?=\s*[A-Z][A-Z0-9_]*\s*=)", declared[1]):
                name, _, members = one.partition("=")
                found[name.strip()] = [_unquote(m) for m in _commas(members)]
    return found


def _commas(text: str) -> list[str]:
    """Parts between commas that stand neither in quotes nor behind a backslash."""
    return [part.strip() for part in re.findall(r'((?:\\.|"[^"]*"|[^",\\])+)', text) if part.strip()]


def _options(line: Line) -> list[str]:
    return _commas(re.sub(r"Defaults(?:[@:!>](?:\"[^\"]*\"|[^\s])(?:\\.|[^\s])*)?\s*", "", line.text, count=1))


def _sets(line: Line, option: str) -> bool:
    return any(re.sub(r"^!\s+", "!", each) == option for each in _options(line))


def _settings(lines: Iterable[Line], version: str | None) -> dict[str, Any]:
    """Settings for everybody: the last of a name counts, above sudo's own defaults where they are the same in every sudo."""
    said: dict[str, Said] = {}
    for option in (option for line in lines for option in _options(line)):
        name, sign, value = (part.strip() for part in option.partition("="))
        name = name.removesuffix("+").removesuffix("-").strip()
        if name.startswith("!"):
            said[name[1:].strip()] = False
        else:
            said[name] = _unquote(value) if sign else True
    booleans = {name: said.get(name, DEFAULTS.get(name)) for name in BOOLEANS}
    booleans["use_pty"] = said.get("use_pty", _use_pty(version))
    booleans["syslog_enabled"] = said.get("syslog", True) is not False
    timeout = said.get("timestamp_timeout")
    return {
        **{name: value is not False if value is not None else None for name, value in booleans.items()},
        **{name: _text(said.get(name)) for name in STRINGS},
        "timestamp_timeout_minutes": _minutes(timeout),
        "passwd_tries": _integer(said.get("passwd_tries"), 3),
    }


def _use_pty(version: str | None) -> bool | None:
    numbers = tuple(int(n) for n in re.findall(r"\d+", version or "")[:3])
    return numbers >= USE_PTY_SINCE if numbers else None


def _text(value: Said) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Said, default: int) -> int | None:
    if value is None:
        return default
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value) else None


def _minutes(value: Said) -> int | None:
    """Whole minutes, a fraction counted as one; `!timestamp_timeout` is 0, below 0 is never."""
    if value is False:
        return 0
    found = re.fullmatch(r"(-?)(\d{1,9})(?:\.(\d{1,6}))?", value) if isinstance(value, str) else None
    if not found:
        return None
    minutes = int(found[2]) + (1 if int(found[3] or 0) else 0)
    return -minutes if found[1] else minutes


def _grants(line: Line) -> Iterator[Grant]:
    """Commands of `who host = (runas) TAG: command, command : host = ...`; tags and runas go on to the commands behind."""
    specification = re.match(r"((?:\\.|\"[^\"]*\"|\s*,\s*|[^\s,=\"\\])+)\s+(.*)", line.text)
    if not specification:
        return
    for part in re.split(r"(?<!\\)\s:\s(?=[^=]*=)", specification[2]):
        host, sign, commands = part.partition("=")
        if not sign:
            continue
        runas, tags = "root", frozenset[str]()
        for command in _commands(commands):
            runas, tags, name = _tagged(command, runas, tags)
            yield Grant(line.place, specification[1].strip(), host.strip(), runas, tags, name)


def _commands(text: str) -> list[str]:
    """Parts between commas, but for those in the parentheses of a runas list."""
    return [part.strip() for part in re.findall(r'((?:\([^)]*\)|\\.|"[^"]*"|[^",\\(])+)', text) if part.strip()]


def _tagged(command: str, runas: str, tags: frozenset[str]) -> tuple[str, frozenset[str], str]:
    rest = command
    while True:
        if named := re.match(r"\s*\(([^)]*)\)", rest):
            runas = named[1].strip() or "root"
        elif named := TAGS.match(rest):
            opposite = named[1].removeprefix("NO") if named[1].startswith("NO") else f"NO{named[1]}"
            tags = (tags - {opposite}) | {named[1]}
        elif not (named := OPTIONS.match(rest)):
            return runas, tags, rest.strip()
        rest = rest[named.end() :]


def _everything(grant: Grant, aliases: Mapping[str, list[str]]) -> bool:
    """True when the grant is of any command as root."""
    users = [user.strip() for user in grant.runas.split(":")[0].split(",")]
    as_root = any(name in ("ALL", "root", "#0") for user in users for name in _expand(user, aliases))
    return as_root and "ALL" in _expand(grant.command, aliases)


def _people(who: str, aliases: Mapping[str, list[str]]) -> list[str]:
    return [_unquote(name) for part in _commas(who) for name in _expand(part, aliases) if not name.startswith("!")]


def _expand(name: str, aliases: Mapping[str, list[str]], depth: int = 0) -> list[str]:
    if name not in aliases or depth > DEEPEST:
        return [name]
    return [inner for member in aliases[name] for inner in _expand(member, aliases, depth + 1)]


PROBES = (
    Probe(
        name="sudoers",
        sources=(SUDOERS,),
        facts=(
            Fact("installed", "boolean", "sudo is installed"),
            Fact("version", "string", "version of sudo"),
            Fact("files", "strings", "files that say something, in sudo's order"),
            Fact("nopasswd", "strings", "commands that are run without a password, with file and line"),
            Fact("negations", "strings", "commands that are forbidden with `!`, which a copy of the command gets around"),
            Fact("not_authenticated", "strings", "Defaults lines with !authenticate, for all or for some"),
            Fact("all_commands", "strings", "users, %groups and #uids that may run any command as root"),
            Fact("scoped_defaults", "strings", "Defaults lines for some users, hosts, commands or targets only"),
            *(Fact(f"settings.{name}", "boolean", f"{meaning} (for everybody)") for name, meaning in BOOLEANS.items()),
            *(Fact(f"settings.{name}", "string", meaning) for name, meaning in STRINGS.items()),
            Fact("settings.timestamp_timeout_minutes", "integer", "minutes until the password is asked for again; 0 always, below 0 never"),
            Fact("settings.passwd_tries", "integer", "tries to give the password"),
        ),
        parse=parse,
    ),
)

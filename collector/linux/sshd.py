"""What the SSH server does: its own word on its settings (`sshd -T`), and what its Match blocks change for some connections."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from collector.facts import Fact, Unknown
from collector.files import File, Files, read_files
from collector.probe import Frame, Frames, Probe, ProbeError, Source

# Settings come from the file and from the service's command line: RHEL 8 hands its cryptographic policy over that way.
# `sshd -T` needs host keys and its own directory under /run; `sshd -G` (since 9.3) needs neither. Older ones with a Match
# block want a connection to be named: this one is of nobody, so it gives the settings outside the blocks.
EFFECTIVE = Source(
    "sshd.effective",
    """
need sshd
[ "$(id -u)" = 0 ] || { echo 'the settings of sshd are for root alone to see; collect as root or with sudo' >&2; exit 77; }
IFS=" '\\"$nl"; set -f; options=''
for file in /etc/crypto-policies/back-ends/opensshserver.config /etc/sysconfig/sshd /etc/sysconfig/ssh /etc/default/ssh; do
  [ -r "$file" ] && [ -f "$file" ] || continue
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      CRYPTO_POLICY=*) crypto=${line#*=} ;;
      OPTIONS=* | SSHD_OPTS=*) service=${line#*=} ;;
    esac
  done <"$file"
done
for word in ${service-} ${crypto-}; do
  case $word in
    -o[Ss][Ee][Tt][Ee][Nn][Vv]*) ;;
    -o?*) options="$options$nl$word"; echo "@option $word" ;;
  esac
done
said=$(sshd -T $options) || {
  nobody=user=closeout-nobody,host=closeout.invalid,addr=192.0.2.1,laddr=192.0.2.2,lport=22
  said=$(sshd -T $options -C $nobody) || said=$(sshd -G $options)
} || exit 1
printf '%s\\n' "$said" | sed '/^setenv /d'
banner=${said#*"$nl"banner }; banner=${banner%%"$nl"*}
case $banner in /*) show "$banner" ;; esac
""",
)
FILES = Source(
    "sshd.files",
    """
need sshd
all=''
follow() {
  case $1 in *"$nl"*) all="$all$nl|"; return 0 ;; esac
  case "$nl$all$nl" in *"$nl$1$nl"*) return 0 ;; esac
  all="$all$nl$1"
  [ -f "$1" ] && [ -r "$1" ] && [ "$2" -lt 17 ] || return 0
  while IFS=' 	=' read -r word rest || [ -n "$word" ]; do
    case $word in [Ii][Nn][Cc][Ll][Uu][Dd][Ee]) ;; *) continue ;; esac
    for pattern in $rest; do
      pattern=${pattern#\\"}; pattern=${pattern%\\"}
      case $pattern in /*) ;; *) pattern=/etc/ssh/$pattern ;; esac
      for name in $pattern; do follow "$name" $(($2 + 1)); done
    done
  done <"$1"
}
if [ -e /etc/ssh/sshd_config ] || [ ! -e /usr/etc/ssh/sshd_config ]; then follow /etc/ssh/sshd_config 0
else follow /usr/etc/ssh/sshd_config 0; fi
IFS=$nl; set -f
set -- ${all#?}
unset IFS; set +f
show_settings "$@" | sed 's/^\\(:[[:space:]]*[Ss][Ee][Tt][Ee][Nn][Vv]\\).*/\\1/'
""",
)

INTEGERS: Mapping[str, str] = {
    "clientaliveinterval": "seconds of silence after which sshd asks whether the client is still there; 0 is never",
    "clientalivecountmax": "questions without an answer before the connection is closed; 0 closes none",
    "logingracetime": "seconds to log in; 0 is no limit",
    "maxauthtries": "authentication attempts in one connection",
    "maxsessions": "sessions in one connection",
    "persourcemaxstartups": "unauthenticated connections from one source; not set is no limit of its own",
    "requiredrsasize": "least length of RSA keys in bits",
    "unusedconnectiontimeout": "seconds until a connection without a channel is closed; not set is never",
    "x11displayoffset": "first X11 display number",
}
COMMA_LISTS: dict[str, str] = {
    "casignaturealgorithms": "algorithms with which certificates may be signed",
    "ciphers": "ciphers that the server agrees to",
    "gssapikexalgorithms": "GSSAPI key exchange methods",
    "hostbasedacceptedalgorithms": "algorithms for host-based authentication",
    "hostkeyalgorithms": "host key algorithms that the server offers",
    "kexalgorithms": "key exchange methods that the server agrees to",
    "macs": "message authentication codes that the server agrees to",
    "pubkeyacceptedalgorithms": "algorithms for public key authentication",
}
WORD_LISTS: dict[str, str] = {
    "acceptenv": "environment variables taken from the client",
    "allowgroups": "groups that may log in; empty is no such limit",
    "allowusers": "users who may log in; empty is no such limit",
    "authenticationmethods": "sequences of methods of which one must be completed, or any",
    "authorizedkeysfile": "files of keys that let a user in",
    "channeltimeout": "channel types and their idle time, or none",
    "denygroups": "groups that may not log in",
    "denyusers": "users who may not log in",
    "hostkey": "host key files",
    "listenaddress": "addresses and ports that are listened on",
    "permitlisten": "where clients may make the server listen",
    "permitopen": "where clients may make the server connect to",
    "subsystem": "subsystems and their commands",
}
STRINGS: Mapping[str, str] = {
    "addressfamily": "any, inet or inet6",
    "allowagentforwarding": "yes or no",
    "allowstreamlocalforwarding": "yes, no, local or remote",
    "allowtcpforwarding": "yes, no, local or remote",
    "authorizedkeyscommand": "program that gives keys of a user, or none",
    "banner": "file shown before a login, or none",
    "chrootdirectory": "where users are shut in, or none",
    "compression": "yes (only after the login) or no",
    "disableforwarding": "yes or no",
    "exposeauthinfo": "yes or no",
    "fingerprinthash": "SHA256 or MD5",
    "forcecommand": "command that replaces every other, or none",
    "gatewayports": "yes, no or clientspecified",
    "gssapiauthentication": "yes or no",
    "gssapicleanupcredentials": "yes or no",
    "gssapikeyexchange": "yes or no",
    "gssapistrictacceptorcheck": "yes or no",
    "hostbasedauthentication": "yes or no",
    "hostbasedusesnamefrompacketonly": "yes or no",
    "ignorerhosts": "yes, no or shosts-only",
    "ignoreuserknownhosts": "yes or no",
    "kbdinteractiveauthentication": "yes or no",
    "kerberosauthentication": "yes or no",
    "kerberosorlocalpasswd": "yes or no",
    "kerberosticketcleanup": "yes or no",
    "loglevel": "QUIET, FATAL, ERROR, INFO, VERBOSE, DEBUG ...",
    "maxstartups": "unauthenticated connections: start:rate:full",
    "passwordauthentication": "yes or no",
    "permitemptypasswords": "yes or no",
    "permitrootlogin": "yes, no, without-password or forced-commands-only",
    "permittty": "yes or no",
    "permittunnel": "yes, no, point-to-point or ethernet",
    "permituserenvironment": "yes, no or names of variables",
    "permituserrc": "yes or no",
    "printlastlog": "yes or no",
    "printmotd": "yes or no",
    "pubkeyauthentication": "yes or no",
    "rekeylimit": "bytes and seconds after which session keys are renewed; 0 0 is the cipher's own limit alone",
    "streamlocalbindunlink": "yes or no",
    "strictmodes": "yes or no",
    "syslogfacility": "facility of the log messages",
    "tcpkeepalive": "yes or no",
    "trustedusercakeys": "file of certificate authorities for users, or none",
    "usedns": "yes or no",
    "usepam": "yes or no",
    "useprivilegeseparation": "yes, no or sandbox (only old versions)",
    "x11forwarding": "yes or no",
    "x11uselocalhost": "yes or no",
}
RENAMED: Mapping[str, str] = {
    "challengeresponseauthentication": "kbdinteractiveauthentication",
    "hostbasedacceptedkeytypes": "hostbasedacceptedalgorithms",
    "pubkeyacceptedkeytypes": "pubkeyacceptedalgorithms",
}
# What a Match block can make weaker; ForceCommand and ChrootDirectory only narrow what a connection may do.
MATCHED = (
    *("allowagentforwarding", "allowgroups", "allowstreamlocalforwarding", "allowtcpforwarding", "allowusers", "authenticationmethods"),
    *("authorizedkeyscommand", "authorizedkeysfile", "banner", "channeltimeout", "clientalivecountmax", "clientaliveinterval"),
    *("denygroups", "denyusers", "disableforwarding", "gatewayports", "gssapiauthentication", "hostbasedauthentication", "ignorerhosts"),
    *("kbdinteractiveauthentication", "kerberosauthentication", "loglevel", "maxauthtries", "maxsessions", "passwordauthentication"),
    *("permitemptypasswords", "permitlisten", "permitopen", "permitrootlogin", "permittunnel", "pubkeyauthentication", "rekeylimit"),
    *("trustedusercakeys", "unusedconnectiontimeout", "x11forwarding", "x11uselocalhost"),
)
DEEPEST = 16
_MADE_AT_START = "; its start makes that folder: start the SSH server once, or make it by hand, and collect again"


def parse(frames: Frames) -> dict[str, Any]:
    """{"installed": True, "options": [], "settings": {"permitrootlogin": "no", ...}, "match": {"lines": [...], "values": {...}}}"""
    if frames.absent(EFFECTIVE):
        return {"installed": False}
    return {"installed": True} | _effective(frames) | {"match": _known(lambda: parse_match(read_files(frames.text(FILES))))}


def _known(read: Any) -> Any:  # noqa: ANN401 - a callable of no arguments and what it gives
    try:
        return read()
    except ProbeError as error:
        return Unknown(str(error))


def _effective(frames: Frames) -> dict[str, Any]:
    try:
        text = said_by(frames, EFFECTIVE)
    except ProbeError as error:
        return dict.fromkeys(("options", "settings", "port"), Unknown(str(error)))
    lines = text.splitlines()
    options = [line.removeprefix("@option ") for line in lines if line.startswith("@option ")]
    settings = parse_settings(line for line in lines if re.match(r"[a-z]", line))
    ports = [line.split()[1] for line in lines if line.startswith("port ")]
    return {"options": options, "settings": settings, "port": [int(port) for port in ports if port.isdigit()]}


def said_by(frames: Frames, source: Source) -> str:
    """What sshd printed; raises ProbeError with sshd's own words when it refused its configuration."""
    frame: Frame | None = frames.by_name.get(source.name)
    words = [line for line in (frame.stderr.splitlines() if frame else []) if line.strip()]
    if frame and frame.exit_code == 1 and words:
        useful = [line for line in words if not re.match(r"usage:|unknown option|OpenSSH_|\s|.*(invalid|illegal) option", line)]
        mending = _MADE_AT_START if any("privilege separation directory" in line for line in useful) else ""
        raise ProbeError(f"sshd -T gives no settings: {'; '.join(dict.fromkeys(useful))[:300]}{mending}")
    return frames.text(source)


def parse_settings(lines: Iterator[str]) -> dict[str, Any]:
    """Typed settings from the lines of `sshd -T`; raises ProbeError when there are too few to be all of them."""
    said: dict[str, list[str]] = {}
    for line in lines:
        keyword, _, value = line.partition(" ")
        said.setdefault(RENAMED.get(keyword, keyword), []).append(value.strip())
    if "permitrootlogin" not in said or "ciphers" not in said:
        raise ProbeError("sshd -T printed no whole configuration")
    settings: dict[str, Any] = {name: _integer(said[name][0]) for name in INTEGERS if name in said}
    settings |= {name: said[name][0].split(",") for name in COMMA_LISTS if name in said}
    settings |= {name: [word for value in said.get(name, []) for word in _split(name, value)] for name in WORD_LISTS}
    settings |= {name: said[name][0] for name in STRINGS if name in said}
    if limit := re.fullmatch(r"(\d+) (\d+)", settings.get("rekeylimit", "")):
        settings |= {"rekeylimit_bytes": int(limit[1]), "rekeylimit_seconds": int(limit[2])}
    if starts := re.fullmatch(r"(\d+):(\d+):(\d+)", settings.get("maxstartups", "")):
        settings |= {"maxstartups_start": int(starts[1]), "maxstartups_rate": int(starts[2]), "maxstartups_full": int(starts[3])}
    return settings | {"methods_needed": _methods_needed(settings["authenticationmethods"])}


def _methods_needed(sequences: list[str]) -> int:
    """Different methods in the shortest sequence; `any` is one."""
    return min((len({method.split(":")[0] for method in sequence.split(",")}) for sequence in sequences), default=1)


def _integer(value: str) -> int | None:
    return int(value) if re.fullmatch(r"\d{1,18}", value) else None


def _split(name: str, value: str) -> list[str]:
    return [value] if name == "subsystem" else value.split()


def parse_match(files: Files) -> dict[str, Any]:
    """{"lines": ["Match user backup: permitrootlogin yes"], "values": {"permitrootlogin": ["yes"], ...}}, includes followed."""
    main = next(iter(files), None)
    if main is None or main.state == "missing":
        return {"lines": [], "values": {name: [] for name in MATCHED}}
    for file in files:
        _need(file)
    found = list(_walk(files, main, None, 0))
    lines = dict.fromkeys(f"{condition}: {keyword} {value}" for condition, keyword, value in found)
    values = {name: sorted({value for _, keyword, value in found if keyword == name}) for name in MATCHED}
    return {"lines": list(lines), "values": values}


def _need(file: File) -> None:
    if file.state in ("unreadable", "odd") or file.cut:
        raise ProbeError(f"{file.path}: {file.state if not file.cut else 'cut'}, so its Match blocks are not known; collect as root")


def _walk(files: Files, file: File, condition: str | None, depth: int) -> Iterator[tuple[str, str, str]]:
    """(condition, keyword, value) of every line that stands in a Match block; a block ends with the file that it began in."""
    outer = condition
    for line in file.lines:
        keyword, value = _words(line)
        if keyword == "include" and depth < DEEPEST:
            for included in _included(files, value):
                yield from _walk(files, included, condition, depth + 1)
        elif keyword == "match":
            condition = None if value.lower() == "all" and outer is None else f"Match {value}"
        elif condition is not None and RENAMED.get(keyword, keyword) in MATCHED:
            yield condition, RENAMED.get(keyword, keyword), value.lower() if value.lower() in ("yes", "no") else value


def _words(line: str) -> tuple[str, str]:
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(.*)", line)
    if not found:
        return "", ""
    value = re.sub(r"\s+#.*", "", found[2]).strip()
    return found[1].lower(), value[1:-1] if re.fullmatch(r'"[^"]*"', value) else value


def _included(files: Files, patterns: str) -> list[File]:
    found = []
    for pattern in patterns.replace('"', "").split():
        whole = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
        same_depth = [f for f in files if f.path.count("/") == whole.count("/") and f.state == "read"]
        found += sorted((f for f in same_depth if fnmatchcase(f.path, whole)), key=lambda f: f.path)
    return found


def _facts() -> tuple[Fact, ...]:
    return (
        Fact("installed", "boolean", "the SSH server is installed"),
        Fact("options", "strings", "-o options that its service gives it on the command line"),
        Fact("port", "integers", "ports that it listens on"),
        *(Fact(f"settings.{name}", "integer", meaning) for name, meaning in INTEGERS.items()),
        *(Fact(f"settings.{name}", "strings", meaning) for name, meaning in (COMMA_LISTS | WORD_LISTS).items()),
        *(Fact(f"settings.{name}", "string", meaning) for name, meaning in STRINGS.items()),
        Fact("settings.methods_needed", "integer", "different methods that a login must at least complete (AuthenticationMethods)"),
        Fact("settings.rekeylimit_bytes", "integer", "bytes after which session keys are renewed; 0 is the cipher's own limit"),
        Fact("settings.rekeylimit_seconds", "integer", "seconds after which session keys are renewed; 0 is never by time"),
        Fact("settings.maxstartups_start", "integer", "unauthenticated connections from which on some are dropped"),
        Fact("settings.maxstartups_rate", "integer", "percent of connections dropped from there on"),
        Fact("settings.maxstartups_full", "integer", "unauthenticated connections from which on all are dropped"),
        Fact("match.lines", "strings", "every setting that a Match block changes, as `Match user backup: permitrootlogin yes`"),
        *(Fact(f"match.values.{name}", "strings", f"values that Match blocks give {name}; empty when none does") for name in MATCHED),
    )


PROBES = (Probe(name="sshd", sources=(EFFECTIVE, FILES), facts=_facts(), parse=parse),)

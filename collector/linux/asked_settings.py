"""One key of a key=value or INI file that a check asks for: `setting[/etc/default/useradd#INACTIVE].value`.

Only the lines of the keys that were asked for leave the host, and only out of files that hold no secrets.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from collector.facts import Fact, Unknown, Value
from collector.probe import Frames, Probe, ProbeError, Source

Form = Literal["shell", "plain", "blank", "ini"]
_SHELL = (
    "/etc/default/useradd /etc/default/locale /etc/default/ufw /etc/default/motd-news /etc/default/apport /etc/default/cron "
    "/etc/default/grub /etc/selinux/config /etc/adduser.conf /etc/deluser.conf /etc/updatedb.conf /etc/sysconfig/chronyd "
    "/etc/sysconfig/init /etc/sysconfig/network /etc/sysconfig/selinux /etc/sysconfig/crond /etc/sysconfig/rsyslog "
    "/etc/sysconfig/kernel /etc/sysconfig/firewalld /etc/sysconfig/sshd"
)
_PLAIN = "/etc/audit/auditd.conf /etc/usbguard/usbguard-daemon.conf /etc/firewalld/firewalld.conf /etc/fwupd/remotes.d/lvfs.conf"
_INI = (
    "/etc/systemd/system.conf /etc/systemd/user.conf /etc/systemd/journald.conf /etc/systemd/journal-upload.conf "
    "/etc/systemd/journal-remote.conf /etc/systemd/logind.conf /etc/systemd/coredump.conf /etc/systemd/timesyncd.conf "
    "/etc/systemd/resolved.conf /etc/systemd/networkd.conf /etc/systemd/sleep.conf /etc/systemd/pstore.conf /etc/systemd/oomd.conf "
    "/etc/dnf/dnf.conf /etc/dnf/automatic.conf /etc/yum.conf /etc/NetworkManager/NetworkManager.conf /etc/gdm/custom.conf "
    "/etc/gdm3/custom.conf /etc/gdm3/daemon.conf /etc/bluetooth/main.conf /etc/bluetooth/input.conf /etc/PackageKit/PackageKit.conf "
    "/etc/fwupd/daemon.conf /etc/fwupd/fwupd.conf /etc/libuser.conf /etc/zypp/zypp.conf"
)
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(_SHELL.split(), "shell"),
    **dict.fromkeys(_PLAIN.split(), "plain"),
    **dict.fromkeys(_INI.split(), "ini"),
    "/etc/login.defs": "blank",
}
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}")
_SECTION = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
# Keys of the files above, or of files like them, in whose values secrets have been seen.
_SECRET = re.compile(r"passw|passphrase|secret|token|credential|authtok|psk|apikey|api_key|private|proxy|cmdline|bind_?pw", re.IGNORECASE)
_NUMBER = re.compile(r"0|-?[1-9]\d{0,14}")  # 027 is no number of ours: whoever reads it may take it for octal
_MOST_LINES = 50
_LONGEST = 2000
_VALUES = ("value", "number", "values")

ASKED_SETTINGS = Source(
    "setting.asked",
    f"""
for asked in "$@"; do
  file=${{asked%%#*}}; key=${{asked#*#}}; section=''
  case $key in *'#'*) section=${{key%%#*}}; key=${{key#*#}} ;; esac
  printf '@%s\\n' "$asked"
  if [ -f "$file" ] && [ -r "$file" ]; then
    echo '+read'
    awk -v section="$section" -v key="$key" '
      {{ line = $0; sub(/\\r$/, "", line); sub(/^[ \\t]+/, "", line) }}
      line ~ /^[#;]/ || line == "" {{ next }}
      section != "" && line ~ /^\\[.*\\][ \\t]*$/ {{ now = line; gsub(/^\\[[ \\t]*|[ \\t]*\\][ \\t]*$/, "", now); next }}
      now != section {{ next }}
      {{ sub(/^export[ \\t]+/, "", line); at = match(line, /[= \\t]/); if (!at || substr(line, 1, at - 1) != key) next }}
      ++found <= {_MOST_LINES} {{ print ":" substr(line, at, {_LONGEST}) }}
      END {{ if (found > {_MOST_LINES}) print "+cut" }}' "$file"
  elif [ -f "$file" ] || out_of_sight "$file"; then echo '+unreadable'
  elif [ -e "$file" ]; then echo '+odd'
  else echo '+missing'
  fi
done
""",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an argument asks for; section is empty where the file has none."""

    file: str
    section: str
    key: str


def read_argument(argument: str) -> Asked:
    """What an argument asks for; raises ProbeError with a sentence when it may not be asked."""
    file, *rest = argument.split("#")
    if file not in FORMS:
        raise ProbeError(
            f"the settings of {file[:80]!r} cannot be asked for: only files that hold no secrets are read by key, which are "
            f"{', '.join(sorted(FORMS))}"
        )
    wanted = "FILE#SECTION#KEY" if FORMS[file] == "ini" else "FILE#KEY"
    if len(rest) != (2 if FORMS[file] == "ini" else 1):
        raise ProbeError(f"{argument[:120]!r} does not name one key of {file}; write {wanted}")
    section, key = rest if FORMS[file] == "ini" else ("", rest[0])
    if not _KEY.fullmatch(key) or (section and not _SECTION.fullmatch(section)) or (FORMS[file] == "ini" and not section):
        raise ProbeError(f"{argument[:120]!r}: sections and keys are letters, digits and _ . - and begin with a letter; write {wanted}")
    if _SECRET.search(key):
        raise ProbeError(f"{key} of {file} may hold a secret, and secrets never leave a host; ask for another key")
    return Asked(file, section, key)


def check_argument(argument: str) -> None:
    """Raise ProbeError with a sentence when a setting may not be asked for."""
    read_argument(argument)


def parse(frames: Frames) -> Mapping[str, Any]:
    """{"/etc/default/useradd#INACTIVE": {"exists": true, "value": "30", "number": 30, "values": ["30"]}}"""
    blocks = dict(_blocks(frames.text(ASKED_SETTINGS)))
    asked = frames.arguments(ASKED_SETTINGS)
    return {one: _read(read_argument(one), blocks.get(one, [])) for one in asked}


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The lines that follow each argument."""
    for block in re.split(r"(?m)^@", text)[1:]:
        name, *lines = block.splitlines()
        yield name, lines


def _read(asked: Asked, lines: list[str]) -> dict[str, Value | Unknown]:
    state, *rest = lines or [""]
    if state == "+missing":
        return {"exists": False, "values": []}
    if state != "+read":
        why = {"+unreadable": "permission denied; collect as root or with sudo", "+odd": "not a regular file, so it was not read"}
        return dict.fromkeys(("exists", *_VALUES), Unknown(f"{asked.file}: {why.get(state, 'the answer is not whole')}"))
    if "+cut" in rest:
        return {"exists": True} | dict.fromkeys(_VALUES, Unknown(f"{asked.file}: {asked.key} stands there more than {_MOST_LINES} times"))
    try:
        values = [value for line in rest if (value := _value(line[1:], FORMS[asked.file])) is not None]
    except ValueError as error:
        return {"exists": True} | dict.fromkeys(_VALUES, Unknown(f"{asked.file}: {asked.key}: {error}"))
    last = values[-1] if values else None
    number = int(last) if last is not None and _NUMBER.fullmatch(last) else None
    return {"exists": True, "value": last, "values": values, "number": number}


def _value(rest: str, form: Form) -> str | None:
    """The value in what stood behind a key; None where the line sets nothing. Raises ValueError on what only a program can tell."""
    if len(rest) >= _LONGEST:
        raise ValueError("the value is longer than is read")
    if form == "blank":
        return rest.strip().strip('"') if "=" not in rest[:1] else None
    if form == "shell":
        return _shell_value(rest[1:]) if rest.startswith("=") else None
    found = re.fullmatch(r"[ \t]*=[ \t]*(.*?)[ \t]*", rest)
    if found and found[1].endswith("\\"):
        raise ValueError("the value goes on in the next line, which is not read")
    return found[1] if found else None


def _shell_value(text: str) -> str:
    """The word that a shell would assign."""
    if re.search(r"[$`\\]", re.sub(r"'[^']*'", "", text)):
        raise ValueError("the value is computed by a shell, so what it comes to is not known")
    try:
        words = shlex.split(text, comments=True)
    except ValueError as error:
        raise ValueError("the quotes of the value do not end in its line") from error
    if len(words) > 1 or (words and text[:1].isspace()):
        raise ValueError("more than one word stands there without quotes")
    return words[0] if words else ""


PROBES = (
    Probe(
        name="setting",
        sources=(ASKED_SETTINGS,),
        facts=(
            Fact("*.exists", "boolean", "the file is there; asked for as FILE#KEY or FILE#SECTION#KEY in a check"),
            Fact("*.value", "string", "what the key is set to in this very file (the last one counts), null where it is not set"),
            Fact("*.number", "integer", "the same as a number; null where it is not set or is no whole number"),
            Fact("*.values", "strings", "every value that the key is set to, in the order of the file"),
        ),
        parse=parse,
        argument=check_argument,
    ),
)

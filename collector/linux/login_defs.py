"""The settings of /etc/login.defs and the defaults of useradd, as the programs of shadow-utils read them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.facts import Fact
from collector.files import Files, in_order, need_whole, read_files
from collector.probe import Frames, Probe, Source

LOGIN_DEFS = Source(
    "login_defs",
    """
set --
for file in login.defs default/useradd libuser.conf; do
  if [ -e /etc/$file ] || [ ! -e /usr/etc/$file ]; then set -- "$@" /etc/$file
  else set -- "$@" /usr/etc/$file; fi
done
show_settings "$@" /usr/etc/login.defs.d/*.defs /etc/login.defs.d/*.defs |
  sed 's/^\\(:[^=]*[Pp][Aa][Ss][Ss][A-Za-z_]*[[:space:]]*=\\).*/\\1(hidden)/'
""",
)
INTEGERS: Mapping[str, str] = {
    "PASS_MAX_DAYS": "days after which a password must be changed, for accounts made from now on",
    "PASS_MIN_DAYS": "days before a password may be changed again, for accounts made from now on",
    "PASS_WARN_AGE": "days of warning before a password ends, for accounts made from now on",
    "PASS_MIN_LEN": "least length, where PAM is not used",
    "UID_MIN": "first uid of people",
    "UID_MAX": "last uid of people",
    "SYS_UID_MIN": "first uid of system accounts",
    "SYS_UID_MAX": "last uid of system accounts",
    "GID_MIN": "first gid of people's groups",
    "GID_MAX": "last gid of people's groups",
    "SHA_CRYPT_MIN_ROUNDS": "least rounds of SHA-256 and SHA-512 hashes",
    "SHA_CRYPT_MAX_ROUNDS": "most rounds of SHA-256 and SHA-512 hashes",
    "YESCRYPT_COST_FACTOR": "cost of yescrypt hashes",
    "LOGIN_RETRIES": "wrong passwords before login ends",
    "LOGIN_TIMEOUT": "seconds to log in",
    "FAIL_DELAY": "seconds of waiting after a wrong password",
}
BOOLEANS: Mapping[str, str] = {
    "CREATE_HOME": "useradd makes home directories",
    "USERGROUPS_ENAB": "every user gets a group of their own",
    "LOG_OK_LOGINS": "successful logins are logged",
    "FAILLOG_ENAB": "failed logins are counted",
    "SYSLOG_SU_ENAB": "su is logged",
    "DEFAULT_HOME": "a login without a home directory is allowed",
}
MODES: Mapping[str, str] = {"UMASK": "file creation mask, in octal", "HOME_MODE": "mode of new home directories, in octal"}
USERADD = ("INACTIVE", "SHELL", "HOME", "GROUP", "EXPIRE", "SKEL")
NEVER = -1
SHA_ROUNDS = 5000  # of crypt, where neither setting is there; never fewer than 1000


@dataclass(frozen=True, slots=True)
class LoginDefs:
    """Raw values by upper case name, the last of a name, as shadow-utils takes it."""

    values: Mapping[str, str]
    files: Files

    def integer(self, name: str) -> int | None:
        """The number of a setting; None where it is not set or is no number, for then its program goes by the default."""
        return _integer(self.values.get(name, ""))


def read_login_defs(frames: Frames) -> LoginDefs:
    """The settings of the host; raises ProbeError when the file is there and cannot be read."""
    files = read_files(frames.text(LOGIN_DEFS))
    values: dict[str, str] = {}
    for path in ("/usr/etc/login.defs", "/etc/login.defs"):
        if path in files.by_path:
            values |= _settings(files, path)
    for file in in_order(files, ("/etc/login.defs.d", "/usr/etc/login.defs.d")):
        values |= _settings(files, file.path)
    return LoginDefs(values, files)


def _settings(files: Files, path: str) -> dict[str, str]:
    """A name, blanks, and a value up to a quote or the end: a comment behind a value belongs to the value."""
    found = {}
    for line in files.lines(path) or ():
        parts = re.match(r"\s*([^\s#]\S*)[ \t]+[ \t\"]*([^\"]*)", line)
        if parts:
            found[parts[1]] = parts[2].strip()
    return found


def _integer(value: str) -> int | None:
    """A number as strtol reads it: hexadecimal after 0x, octal after 0."""
    found = re.fullmatch(r"(-?)(?:0[xX]([0-9a-fA-F]{1,12})|0([0-7]{1,12})|(\d{1,12}))", value)
    if not found:
        return None
    number = int(found[2], 16) if found[2] else int(found[3], 8) if found[3] else int(found[4])
    return -number if found[1] else number


def parse_login_defs(frames: Frames) -> dict[str, Any]:
    """{"pass_max_days": 60, "encrypt_method": "YESCRYPT", "umask": "027", ...}"""
    defs = read_login_defs(frames)
    values: dict[str, Any] = {name.lower(): defs.integer(name) for name in INTEGERS}
    values |= {name.lower(): defs.values[name] == "yes" if name in defs.values else None for name in BOOLEANS}
    values |= {name.lower(): _mode(defs.integer(name)) for name in MODES}
    method = defs.values.get("ENCRYPT_METHOD")
    return values | {"encrypt_method": method.upper() if method else None, "sha_rounds": _sha_rounds(defs)}


def _sha_rounds(defs: LoginDefs) -> int:
    """The least rounds that a new SHA-2 hash can get: where one of the two settings is missing, the other stands for it."""
    given = [number for name in ("MIN", "MAX") if (number := defs.integer(f"SHA_CRYPT_{name}_ROUNDS")) is not None]
    return max(given[0], 1000) if given else SHA_ROUNDS


def _mode(number: int | None) -> str | None:
    return None if number is None else f"{number:03o}"


def parse_useradd(frames: Frames) -> dict[str, Any]:
    """{"inactive": 30, "shell": "/bin/bash", ...}; inactive is -1, never, when it is not set."""
    files = read_files(frames.text(LOGIN_DEFS))
    path = next((p for p in ("/etc/default/useradd", "/usr/etc/default/useradd") if p in files.by_path), "/etc/default/useradd")
    found = dict(line.split("=", 1) for line in files.lines(path) or () if re.match(r"[A-Z_]+=", line))
    texts = {name: found.get(name, "").strip().strip("\"'") or None for name in USERADD}
    inactive = _integer(texts.pop("INACTIVE") or str(NEVER))
    return {name.lower(): value for name, value in texts.items()} | {"inactive": NEVER if inactive is None else inactive}


def parse_libuser(frames: Frames) -> dict[str, Any]:
    """{"installed": True, "crypt_style": "sha512"}"""
    files = read_files(frames.text(LOGIN_DEFS))
    file = files.by_path.get("/etc/libuser.conf") or files.by_path.get("/usr/etc/libuser.conf")
    if file is None or file.state == "missing":
        return {"installed": False}
    section, style = "", None
    for line in need_whole(file).lines:
        if header := re.match(r"\s*\[\s*(\w+)\s*\]", line):
            section = header[1]
        elif section == "defaults" and (parts := re.match(r"\s*crypt_style\s*=\s*(\S+)", line)):
            style = parts[1].lower()
    return {"installed": True, "crypt_style": style}


PROBES = (
    Probe(
        name="login_defs",
        sources=(LOGIN_DEFS,),
        facts=(
            *(Fact(name.lower(), "integer", meaning) for name, meaning in INTEGERS.items()),
            *(Fact(name.lower(), "boolean", meaning) for name, meaning in BOOLEANS.items()),
            *(Fact(name.lower(), "string", meaning) for name, meaning in MODES.items()),
            Fact("encrypt_method", "string", "how new passwords are hashed, in upper case"),
            Fact("sha_rounds", "integer", "the least rounds of new SHA-256 and SHA-512 hashes, crypt's 5000 where nothing is set"),
        ),
        parse=parse_login_defs,
    ),
    Probe(
        name="useradd",
        sources=(LOGIN_DEFS,),
        facts=(
            Fact("inactive", "integer", "days after a password ended until the account is disabled; -1 is never"),
            Fact("shell", "string", "shell of new accounts"),
            Fact("home", "string", "directory of new home directories"),
            Fact("group", "string", "group of new accounts where they get none of their own"),
            Fact("expire", "string", "date on which new accounts end"),
            Fact("skel", "string", "directory copied to new home directories"),
        ),
        parse=parse_useradd,
    ),
    Probe(
        name="libuser",
        sources=(LOGIN_DEFS,),
        facts=(
            Fact("installed", "boolean", "/etc/libuser.conf exists"),
            Fact("crypt_style", "string", "how libuser hashes new passwords, in lower case"),
        ),
        parse=parse_libuser,
    ),
)
